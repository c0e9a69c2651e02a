#ifndef PROVIDERS_RESPONSES_FORMAT_H
#define PROVIDERS_RESPONSES_FORMAT_H

/*
 * OpenAI's Responses format on the provider's side, for models that have no other (codex, pro, deep
 * research).  For providers/ only.
 *
 * Nothing is stored at the provider: store is always false, so reasoning that is to go on in the
 * next turn travels encrypted through the client.
 */
#include "providers/provider.h"

int responses_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err);
/* A neutral conversation as a Responses body. */
int responses_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err);
int responses_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err);
enum stream_step responses_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out);
void responses_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx);
void responses_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx);

#endif
