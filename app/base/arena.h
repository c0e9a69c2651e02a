#ifndef BASE_ARENA_H
#define BASE_ARENA_H

/*
 * Memory that lives as long as one request: taken piece by piece, given back whole.
 *
 * Blocks have 8 KiB, unless said otherwise; a large piece gets a block of its own.  arena_reset
 * keeps the first block for the next request.  An arena belongs to one thread.  Allocation never
 * fails (see alloc.h); limit sizes from outside first.
 *
 *	AUTO_ARENA struct arena arena = { 0 };
 */
#include <stdarg.h>
#include <stddef.h>

#include "base/slice.h"

struct arena {
	struct arena_block *first;
	struct arena_block *current;
	size_t block_bytes; /* 0: the usual size */
};

void arena_init(struct arena *arena); /* of one that is a member: { 0 } is empty as well */
/* Its blocks have so many bytes, for what is small and lasts long. */
void arena_init_small(struct arena *arena, size_t block_bytes);
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size_bytes); /* zeroed, aligned for anything */
void *arena_room(struct arena *arena, size_t size_bytes);  /* the same, not zeroed: to be filled */
/* Adds one element of item_size to an array in the arena that doubles at powers of two, and
 * returns it zeroed. */
void *arena_grow(struct arena *arena, void *array_pointer, size_t *count, size_t item_size);
char *arena_copy(struct arena *arena, const char *text);         /* NULL gives NULL */
char *arena_copy_slice(struct arena *arena, struct slice bytes); /* adds a NUL */
char *arena_join(struct arena *arena, const char *first, const char *second);
char *arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

/* Bytes that grow in an arena: the room doubles, so what is left behind is less than what is kept.
 */
struct arena_bytes {
	char *ptr;
	size_t len, room;
};
void arena_bytes_add(struct arena_bytes *bytes, struct slice more, struct arena *arena);
/* Room for so many more. */
void arena_bytes_grow(struct arena_bytes *bytes, size_t size_bytes, struct arena *arena);
/* Adds size_bytes for the caller to fill: where they begin, until the next addition. */
static inline char *arena_bytes_room(
    struct arena_bytes *bytes, size_t size_bytes, struct arena *arena)
{
	if (size_bytes > bytes->room - bytes->len)
		arena_bytes_grow(bytes, size_bytes, arena);
	bytes->len += size_bytes;
	return bytes->ptr + bytes->len - size_bytes;
}
static inline struct slice arena_bytes_slice(const struct arena_bytes *bytes)
{
	return (struct slice){ bytes->ptr ? bytes->ptr : "", bytes->len };
}

#define AUTO_ARENA __attribute__((cleanup(arena_release)))

#endif
