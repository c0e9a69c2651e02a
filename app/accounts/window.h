#ifndef ACCOUNTS_WINDOW_H
#define ACCOUNTS_WINDOW_H

/*
 * When a budget's window begins and ends, by the calendar of the configured time zone, as
 * LiteLLM aligns them: "1d" from midnight, "7d" and "1w" from Monday, "30d" and "1mo" from the
 * first of the month, other days from midnights counted in blocks since 1970, hours, minutes and
 * seconds by the clock; "" is a lifetime (0 to INT64_MAX).  A day with a clock change is 23 or 25
 * hours long and that is right: where midnight comes twice the first counts, where it never comes
 * the moment that jumps over it, and an hour that is shown twice is one window.
 */
#include <stdint.h>

#include "base/error.h"

struct window {
	int64_t starts_ms;
	int64_t ends_ms; /* exclusive */
};

/* zone: an IANA name, NULL or "" for UTC. */
int window_at(
    const char *period, const char *zone, int64_t now_ms, struct window *out, struct error *err);

/* What the zone's clock and calendar show at a moment, in milliseconds of a calendar without zones
 * (clock_iso writes it out), and the first moment at which they show that. */
int64_t window_shown_at(const char *zone, int64_t at_ms);
int64_t window_moment_of(const char *zone, int64_t shown_ms);

/* Call before threads are started: see window.c. */
void window_prepare(const char *zone);

/* Is it a period? "30s", "5m", "1h", "1d", "2w", "1mo" or "". */
int window_check(const char *period, struct error *err);

#endif
