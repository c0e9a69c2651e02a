#ifndef CHAT_EMBEDDINGS_H
#define CHAT_EMBEDDINGS_H

/*
 * Embeddings: OpenAI's request is the one that goes to providers; Gemini's embedContent and
 * batchEmbedContents are rewritten to it and back.  For chat/ only; others go through
 * client_format().
 *
 * Vectors reach the client in the encoding it asked for: both OpenAI SDKs ask for base64
 * (little-endian 32-bit floats) and read nothing else, and not every provider knows it.
 */
#include "chat/client_format.h"

int embeddings_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err);
struct slice embeddings_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena);

int gemini_embed_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err);
int gemini_embed_batch_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err);
struct slice gemini_embed_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena);
struct slice gemini_embed_batch_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena);

#endif
