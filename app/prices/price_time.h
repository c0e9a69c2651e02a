#ifndef PRICES_PRICE_TIME_H
#define PRICES_PRICE_TIME_H

/*
 * The price that a call meets, by when it is made: cheaper hours, and a name that goes on at
 * another price from a day on.  Nobody says whether a call that goes over such a line is billed by
 * its begin or its end, so it meets the dearer.
 */
#include "prices/price_table.h"

/* A successor may have a day of its own. */
#define PRICE_CHANGES_MOST 2

/* A model's price, and what it becomes. */
struct price_course {
	const struct price *now;
	const struct price *after; /* each from the changes_ms of the one before it on */
	size_t changes;            /* of them; 0: it stays */
};

/* The dearest that a call between two moments can meet; around the day of a change, which begins
 * somewhere at midnight, that of both. */
struct price price_within(const struct price_course *course, int64_t from_ms, int64_t to_ms);

/* The same for a bill: `answered` is the model that the answer names (may be NULL or empty).
 * Where it names the successor, or before the change's day the model itself, that one counts. */
struct price price_billed(const struct price_course *course, const char *model,
    const char *answered, int64_t from_ms, int64_t to_ms);

#endif
