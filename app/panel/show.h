#ifndef PANEL_SHOW_H
#define PANEL_SHOW_H

/*
 * Numbers and times in words, for people.
 *
 * show_object walks a page's JSON and adds members beside those that are there (never over one):
 *
 *	cost_nano: 1234500000       cost_shown: "$1.23"  (small amounts keep two digits that matter;
 *	                            limit_nano keeps all, left_nano is never rounded up)
 *	latency_ms: 2900            latency_shown: "2.9 s"
 *	started: "2026-11-23T..Z"   started_shown: "2026-11-23 10:00:00" in the zone (NULL: UTC),
 *	                            started_utc: "2026-11-23 09:00:00 UTC", started_ago: "5 min ago"
 *	requests: 184302            requests_shown: "184 302"
 *
 * Members that end in _us are left alone, and so are times in milliseconds.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/arena.h"

void show_object(json_t *value, int64_t now_ms, const char *zone);

/* Milliseconds of "2026-11-23T09:00:00Z"; -1 when it is no such text, or no moment of the
 * calendar (2026-02-30). */
int64_t show_iso_ms(const char *text);

struct shown {
	char text[48];
};
struct shown show_money(int64_t nano);       /* "$1,204.07", "$0.0042", "$0.00" */
struct shown show_money_exact(int64_t nano); /* the same with every digit: "$1.999999999" */
struct shown show_number(int64_t number);    /* "184 302" with narrow no-break spaces */
struct shown show_duration(int64_t ms);      /* "412 ms", "2.9 s", "4 min", "3 h", "12 d" */
struct shown show_ago(int64_t at_ms, int64_t now_ms); /* "just now", "5 min ago", "in 3 h" */

#endif
