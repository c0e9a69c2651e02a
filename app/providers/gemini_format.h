#ifndef PROVIDERS_GEMINI_FORMAT_H
#define PROVIDERS_GEMINI_FORMAT_H

/*
 * Gemini's generateContent on the provider's side, and what its files share.  For providers/ only.
 */
#include "providers/provider.h"

int gemini_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err);
/* A neutral conversation as a generateContent body. */
int gemini_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err);
int gemini_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err);
enum stream_step gemini_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out);
void gemini_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx);
void gemini_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx);

/* usageMetadata, evened out: thoughts are output, tool prompts are input. */
void gemini_usage_read(struct slice metadata, struct usage *out);

#endif
