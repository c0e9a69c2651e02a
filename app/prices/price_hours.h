#ifndef PRICES_PRICE_HOURS_H
#define PRICES_PRICE_HOURS_H

/*
 * Hours of the week, UTC, in which a cheaper price holds.
 *
 * As text: "1-5 00:00-01:00,04:00-06:00;6-7 00:00-00:00", days from Monday, 00:00 as an end is the
 * day's.  They are kept by quarters of an hour; of a quarter that is cheap in part only nothing is.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/text.h"

#define PRICE_HOURS_QUARTERS (7 * 24 * 4)

struct price_hours {
	bool any;
	uint8_t quarters[PRICE_HOURS_QUARTERS / 8];
};

/* False: it is no such text; *out is then empty. */
bool price_hours_parse(struct slice text, struct price_hours *out);

/* Do they hold the whole time between two moments (Unix time)? */
bool price_hours_hold(const struct price_hours *hours, int64_t from_ms, int64_t to_ms);

/* Adds "Mon-Fri 00:00-01:00, 04:00-06:00; Sat-Sun all day". */
void price_hours_write(const struct price_hours *hours, struct text *out);

#endif
