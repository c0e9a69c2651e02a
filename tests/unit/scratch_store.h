#ifndef TESTS_SCRATCH_STORE_H
#define TESTS_SCRATCH_STORE_H

/*
 * What most tests of the store begin with: a folder, a fresh database in it, an arena and an error.
 * A set-up function returns scratch_open(), a tear-down function scratch_close().
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/json_scan.h"
#include "scratch.h"
#include "store/store.h"

static char scratch_folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];
static struct store *store;
static struct arena arena;
static struct error err;

static inline int scratch_open_as(enum store_mode mode)
{
	err = (struct error){ 0 };
	if (scratch_make(scratch_folder, path) != 0)
		return -1;
	arena_init(&arena);
	store = store_open(path, mode, &err);
	return store ? 0 : -1;
}

static inline int scratch_open(void)
{
	return scratch_open_as(STORE_INLINE);
}

static inline int scratch_close(void)
{
	store_close(store);
	arena_release(&arena);
	return scratch_remove(scratch_folder, path);
}

/* Usable in a table of tests as they stand. */
static inline int scratch_set_up(void **state)
{
	return scratch_open();
}

/* The same with a writer's thread, as a serving process has it. */
static inline int scratch_set_up_shared(void **state)
{
	return scratch_open_as(STORE_SHARED);
}

static inline int scratch_tear_down(void **state)
{
	return scratch_close();
}

#endif
