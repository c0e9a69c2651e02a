#ifndef PROVIDERS_ANTHROPIC_FORMAT_H
#define PROVIDERS_ANTHROPIC_FORMAT_H

/*
 * Anthropic's Messages format on the provider's side, and what its files share.  For providers/
 * only.
 */
#include "providers/provider.h"

int anthropic_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err);
/* A neutral conversation as a Messages body. */
int anthropic_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err);
int anthropic_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err);
enum stream_step anthropic_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out);
void anthropic_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx);
void anthropic_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx);

/* A usage object over what is known: members that are absent keep their figures, because a stream
 * repeats only some. */
void anthropic_usage_read(struct slice usage, struct usage *out);

#define ANTHROPIC_LEAST_BUDGET 1024 /* of tokens to think; Anthropic's own limit */

#endif
