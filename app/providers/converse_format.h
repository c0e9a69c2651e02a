#ifndef PROVIDERS_CONVERSE_FORMAT_H
#define PROVIDERS_CONVERSE_FORMAT_H

/*
 * Bedrock's Converse on the provider's side: the one format for Nova, Llama, Mistral, DeepSeek and
 * the others that have no address of their own there.  No client speaks it, so that its bodies are
 * always written anew.  For providers/ only.
 *
 * Shapes and limits: botocore 1.44.8, service model bedrock-runtime 2023-09-30 (2026-11-29).
 */
#include "providers/provider.h"

int converse_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err);
int converse_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err);
enum stream_step converse_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out);
void converse_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx);
void converse_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx);

#endif
