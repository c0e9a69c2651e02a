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
/* The chunk with indexes of calls that clients can put pieces together by; where it is passed on,
 * with ids. */
struct slice openai_with_indexes(
    struct provider_stream *stream, struct slice data, struct arena *arena);
/* A whole answer whose calls have ids; as it is where they have. */
struct slice openai_with_ids(struct slice body, struct arena *arena);
void openai_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx);
void openai_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx);
/* The member that switches thinking off at this model, other than reasoning_effort; NULL: none. */
const char *openai_off_word(const struct model_traits *traits, const char **out_json);
/* max_tokens or max_completion_tokens: the one that the model knows, else the provider's. */
const char *openai_limit_name(const struct provider_call *call);

/* A finish_reason of an answer that was cut: "error" (OpenRouter), "insufficient_system_resource"
 * (DeepSeek; @ai-sdk/deepseek tells it as an error, too). */
bool openai_reason_is_failure(struct slice reason);

/* By its members: a choice with such a finish_reason, or an error in a reason's place.  An error
 * beside another reason is a remark. */
bool openai_has_failed(struct slice error, struct slice reason);

/* The provider's own cost, in nano-dollars, where it tells one; -1: it does not. */
int64_t openai_reported_cost(
    const struct provider *provider, struct slice usage, int64_t *out_fee_nano);

/* A usage object, wherever it stood; vendors' differences are evened out here. */
void openai_usage_read(const struct provider *provider, struct slice usage, struct usage *out);

/* The same beside what *out has already: of each count the largest. */
void openai_usage_take(const struct provider *provider, struct slice usage, struct usage *out);

/* All that a chunk tells: in its member x_groq, its usage and its choices; of each count the
 * largest, also of what *out has already. */
void openai_usage_find(const struct provider *provider, struct slice groq, struct slice usage,
    struct slice choices, struct arena *arena, struct usage *out);

#endif
