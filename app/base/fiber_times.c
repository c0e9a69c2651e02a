/*
 * A binary heap.  See the header.
 */
#include "base/fiber_times.h"

#include <stdlib.h>

#include "base/alloc.h"

#include "base/banned.h"

void fiber_times_release(struct fiber_times *times)
{
	free(times->items);
	*times = (struct fiber_times){ NULL, 0, 0 };
}

static void times_put(struct fiber_times *times, size_t place, struct fiber_time *time)
{
	times->items[place - 1] = time;
	time->place = place;
}

static void rise(struct fiber_times *times, struct fiber_time *time)
{
	size_t place = time->place;

	for (; place > 1; place /= 2) {
		struct fiber_time *above = times->items[place / 2 - 1];

		if (above->placed_us <= time->placed_us)
			break;
		times_put(times, place, above);
	}
	times_put(times, place, time);
}

static void sink(struct fiber_times *times, struct fiber_time *time)
{
	size_t place = time->place, below;

	for (; (below = place * 2) <= times->count; place = below) {
		if (below < times->count &&
		    times->items[below]->placed_us < times->items[below - 1]->placed_us)
			below++;
		if (times->items[below - 1]->placed_us >= time->placed_us)
			break;
		times_put(times, place, times->items[below - 1]);
	}
	times_put(times, place, time);
}

void fiber_times_set(struct fiber_times *times, struct fiber_time *time, int64_t until_us)
{
	time->until_us = until_us;
	if (time->place ? until_us >= time->placed_us : until_us == INT64_MAX)
		return;
	time->placed_us = until_us;
	if (!time->place) {
		if (times->count == times->room) {
			times->room = times->room ? times->room * 2 : 64;
			times->items =
			    alloc_grow(times->items, times->room, sizeof(struct fiber_time *));
		}
		times_put(times, ++times->count, time);
	}
	rise(times, time);
}

void fiber_times_remove(struct fiber_times *times, struct fiber_time *time)
{
	struct fiber_time *last;

	if (!time->place)
		return;
	last = times->items[--times->count];
	if (last != time) {
		times_put(times, time->place, last);
		rise(times, last);
		sink(times, last);
	}
	time->place = 0;
}

int64_t fiber_times_next(const struct fiber_times *times)
{
	return times->count ? times->items[0]->placed_us : INT64_MAX;
}

struct fiber_time *fiber_times_due(struct fiber_times *times, int64_t now_us)
{
	while (times->count && times->items[0]->placed_us <= now_us) {
		struct fiber_time *first = times->items[0];

		if (first->until_us <= now_us || first->until_us == INT64_MAX) {
			fiber_times_remove(times, first);
			if (first->until_us <= now_us)
				return first;
		} else {
			first->placed_us = first->until_us;
			sink(times, first);
		}
	}
	return NULL;
}
