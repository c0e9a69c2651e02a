#ifndef PROVIDERS_OPENAI_FORMAT_H
#define PROVIDERS_OPENAI_FORMAT_H

/*
 * The three parts of OpenAI's chat format, one file each, and what they share.  For providers/
 * only.
 */
#include "providers/provider.h"

int openai_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err);
int openai_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err);
enum stream_step openai_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out);

/* A neutral conversation as a chat body. */
int openai_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err);
void openai_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx);
void openai_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx);
/* The effort that is asked for, in words or by a budget. */
enum chat_effort openai_effort_of(const struct chat_conversation *from);
const char *openai_limit_name(const struct provider *provider);

/* A choice with finish_reason "error" (OpenRouter), or an error in a reason's place.  An error
 * beside another reason is a remark. */
bool openai_choice_failed(struct slice choice);

/* A usage object, wherever it stood; vendors' differences are evened out here. */
void openai_usage_read(const struct provider *provider, struct slice usage, struct usage *out);

#endif
