/*
 * A chain of blocks with a bump pointer.  See the header.
 *
 * Blocks of the usual size are kept for the next arena: a few by each thread, which goes with them
 * to a list for all threads when it has too many or none.  malloc would take the lock of a heap for
 * each, and so would that list: a request takes a dozen.
 */
#include "base/arena.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#include "base/banned.h"

#define BLOCK_BYTES ((size_t)8 << 10)

/* AddressSanitizer must see the use of memory after its release. */
#ifdef __SANITIZE_ADDRESS__
#define SPARE_MAX 0
#define OWN_MAX   0
#else
#define SPARE_MAX                                                                                  \
	384 /* the records of two batches for the writer (accounts/till_state.h): 3 MB             \
	     */
#define OWN_MAX 8
#endif

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

struct spare {
	struct arena_block *first;
	int count;
};

static struct {
	pthread_mutex_t mutex;
	pthread_once_t once;
	pthread_key_t thread_ends;
	struct spare spare;
} common = { .mutex = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT };

static _Thread_local struct {
	struct spare spare;
	bool known; /* its end gives them back */
} own;

static struct arena_block *arena_pop(struct spare *from)
{
	struct arena_block *block = from->first;

	if (block) {
		from->first = block->next;
		from->count--;
	}
	return block;
}

static void arena_push(struct spare *to, struct arena_block *block)
{
	block->next = to->first;
	to->first = block;
	to->count++;
}

/* Leaves so many to the thread; what is too much for all is freed. */
static void give_away(int left)
{
	pthread_mutex_lock(&common.mutex);
	while (own.spare.count > left && common.spare.count < SPARE_MAX)
		arena_push(&common.spare, arena_pop(&own.spare));
	pthread_mutex_unlock(&common.mutex);
	while (own.spare.count > left)
		free(arena_pop(&own.spare));
}

static void arena_thread_ends(void *ctx)
{
	give_away(0);
}

static void arena_begin(void)
{
	(void)pthread_key_create(&common.thread_ends, arena_thread_ends); /* or they are lost */
}

static struct arena_block *take_spare(void)
{
	if (!own.spare.first && OWN_MAX > 0) {
		pthread_mutex_lock(&common.mutex);
		while (own.spare.count < OWN_MAX / 2 && common.spare.first)
			arena_push(&own.spare, arena_pop(&common.spare));
		pthread_mutex_unlock(&common.mutex);
	}
	return arena_pop(&own.spare);
}

static void keep_spare(struct arena_block *block)
{
	if (!own.known) {
		own.known = true;
		pthread_once(&common.once, arena_begin);
		(void)pthread_setspecific(common.thread_ends, &own);
	}
	arena_push(&own.spare, block);
	if (own.spare.count > OWN_MAX)
		give_away(OWN_MAX / 2);
}

static struct arena_block *new_block(size_t size)
{
	struct arena_block *block = size == BLOCK_BYTES ? take_spare() : NULL;

	if (!block)
		block = alloc_grow(NULL, 1, sizeof *block + size);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

void arena_init_small(struct arena *arena, size_t block_bytes)
{
	*arena = (struct arena){ .block_bytes = block_bytes };
}

void arena_init(struct arena *arena)
{
	arena_init_small(arena, 0);
}

static void free_after(struct arena_block *block)
{
	struct arena_block *next;

	for (; block; block = next) {
		next = block->next;
		if (block->size == BLOCK_BYTES)
			keep_spare(block);
		else
			free(block);
	}
}

void arena_reset(struct arena *arena)
{
	if (!arena->first)
		return;
	free_after(arena->first->next);
	arena->first->next = NULL;
	arena->first->used = 0;
	arena->current = arena->first;
}

void arena_release(struct arena *arena)
{
	free_after(arena->first);
	arena->first = arena->current = NULL;
}

static size_t block_bytes(const struct arena *arena)
{
	return arena->block_bytes ? arena->block_bytes : BLOCK_BYTES;
}

/* The current block has too little room.  A large piece gets a block of its own, behind the one in
 * use, which stays in use. */
static __attribute__((noinline)) void *room_in_new_block(struct arena *arena, size_t size)
{
	bool is_large = size > block_bytes(arena) / 2;
	struct arena_block *fresh;

	if (!arena->current) {
		arena->first = arena->current = new_block(block_bytes(arena));
		return arena_room(arena, size);
	}
	fresh = new_block(is_large ? size : block_bytes(arena));
	fresh->used = size;
	fresh->next = arena->current->next;
	arena->current->next = fresh;
	if (!is_large)
		arena->current = fresh;
	return fresh->bytes;
}

void *arena_room(struct arena *arena, size_t size_bytes)
{
	size_t size = (size_bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *block = arena->current;
	void *piece;

	if (!block || size > block->size - block->used)
		return room_in_new_block(arena, size);
	piece = block->bytes + block->used;
	block->used += size;
	return piece;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
	return memset(arena_room(arena, size_bytes), 0, size_bytes);
}

void *arena_grow(struct arena *arena, void *array_pointer, size_t *count, size_t item_size)
{
	char *items;
	memcpy(&items, array_pointer, sizeof items);
	size_t n = *count;
	if ((n & (n - 1)) == 0) {
		char *grown = arena_alloc(arena, (n ? n * 2 : 1) * item_size);
		if (n)
			memcpy(grown, items, n * item_size);
		items = grown;
		memcpy(array_pointer, &items, sizeof items);
	}
	*count = n + 1;
	memset(items + n * item_size, 0, item_size);
	return items + n * item_size;
}

char *arena_copy(struct arena *arena, const char *text)
{
	return text ? arena_copy_slice(arena, slice_of(text)) : NULL;
}

char *arena_copy_slice(struct arena *arena, struct slice bytes)
{
	char *copy = arena_room(arena, bytes.len + 1);

	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	copy[bytes.len] = '\0';
	return copy;
}

char *arena_join(struct arena *arena, const char *first, const char *second)
{
	struct slice a = slice_of(first), b = slice_of(second);
	char *text = arena_room(arena, a.len + b.len + 1);

	*slice_put(slice_put(text, a), b) = '\0';
	return text;
}

/* Written where it is to stand; what does not fit there is written again.  Blocks and pieces are
 * whole multiples of the alignment, so that what fits is still there when the piece is taken. */
char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	size_t left = 0, size;
	va_list ap, again;
	char *text = NULL;
	int len;

	if (arena->first) {
		text = arena->current->bytes + arena->current->used;
		left = arena->current->size - arena->current->used;
	}
	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(text, left, fmt, ap);
	va_end(ap);
	size = (size_t)(len < 0 ? 0 : len) + 1;
	text = arena_room(arena, size);
	if (len < 0)
		text[0] = '\0';
	else if (size > left)
		vsnprintf(text, size, fmt, again);
	va_end(again);
	return text;
}

void arena_bytes_grow(struct arena_bytes *bytes, size_t size_bytes, struct arena *arena)
{
	size_t larger = (bytes->len + size_bytes) * 2;
	char *moved = arena_room(arena, larger);

	if (bytes->len)
		memcpy(moved, bytes->ptr, bytes->len);
	bytes->ptr = moved;
	bytes->room = larger;
}

void arena_bytes_add(struct arena_bytes *bytes, struct slice more, struct arena *arena)
{
	if (more.len)
		memcpy(arena_bytes_room(bytes, more.len, arena), more.ptr, more.len);
}
