#ifndef PROVIDERS_MOCK_EMBEDDINGS_H
#define PROVIDERS_MOCK_EMBEDDINGS_H

/*
 * The demonstration provider's vectors: words hashed into `dimensions` (256 unless asked), with
 * length 1, so that texts with the same words lie near each other.
 */
#include "base/arena.h"
#include "base/slice.h"

/* An OpenAI reply for an OpenAI request. */
struct slice mock_embeddings_reply(struct slice request, struct arena *arena);

#endif
