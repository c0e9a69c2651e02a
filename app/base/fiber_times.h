#ifndef BASE_FIBER_TIMES_H
#define BASE_FIBER_TIMES_H

/*
 * Until when fibers wait: a heap, the earliest on top.  One that waits again until a later time
 * keeps its place, and is put right when its old time comes: most waits end before their time.
 * For base/fiber.c only.
 */
#include <stddef.h>
#include <stdint.h>

struct fiber_time {        /* all zero: in no heap */
	int64_t until_us;  /* wanted */
	int64_t placed_us; /* by which it stands in the heap; at most until_us */
	size_t place;      /* from 1; 0: it stands in none */
};

struct fiber_times { /* all zero is empty */
	struct fiber_time **items;
	size_t count, room;
};

void fiber_times_release(struct fiber_times *times);
void fiber_times_set(struct fiber_times *times, struct fiber_time *time, int64_t until_us);
void fiber_times_remove(struct fiber_times *times, struct fiber_time *time);
int64_t fiber_times_next(const struct fiber_times *times); /* INT64_MAX: none */
/* Takes one out whose time has come; NULL: none. */
struct fiber_time *fiber_times_due(struct fiber_times *times, int64_t now_us);

#endif
