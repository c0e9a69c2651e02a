#ifndef PROVIDERS_CHUNK_ALIKE_H
#define PROVIDERS_CHUNK_ALIKE_H

/*
 * The chunks of a stream differ in little more than their text.  One that has been read and told
 * nothing but that is kept; the next is compared with it, byte by byte, which proves that it is
 * JSON and says the same, in a tenth of the time that reading it takes.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

#define CHUNK_TEXTS_MAX 2

struct chunk_alike { /* all zero: nothing is kept */
	struct arena_bytes kept;
	struct slice texts[CHUNK_TEXTS_MAX]; /* of kept, with their quotes */
	size_t count;
	size_t cut_at, cut_len; /* bytes of kept that are not shown */
	struct arena_bytes shown;
};

/* Keeps a chunk that is JSON; texts are strings of it, in their order.  shown is the same, or the
 * chunk without some bytes outside of the texts.  False: it is large,
 * or shown otherwise, and not kept. */
bool chunk_alike_keep(struct chunk_alike *alike, struct slice chunk, struct slice shown,
    const struct slice *texts, size_t count, struct arena *arena);

/* Is it the one that is kept, but for the texts?  Then these are its own: valid strings, which may
 * be empty. */
bool chunk_alike_is(
    const struct chunk_alike *alike, struct slice chunk, struct slice out_texts[CHUNK_TEXTS_MAX]);
/* What is shown of such a chunk, until the next one. */
struct slice chunk_alike_shown(struct chunk_alike *alike, struct slice chunk,
    const struct slice texts[CHUNK_TEXTS_MAX], struct arena *arena);

#endif
