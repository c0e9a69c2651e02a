#ifndef CLI_WHEN_H
#define CLI_WHEN_H

/*
 * Times as people type and read them.  A span is a whole number and a unit: 90s, 15m, 24h, 30d,
 * 2w.  A date is 2026-12-31 or 2026-12-31T09:00 or with seconds, a 'Z' at the end or not: always
 * UTC.
 */
#include <stdint.h>

#include "base/error.h"

/* The longest span that is taken: ten years, so that sums of times never overflow. */
#define WHEN_SPAN_MAX_DAYS 3653

int when_span(const char *text, int64_t *out_ms, struct error *err);

/* A date, or a span before now (when_past) or after it (when_future; "never" gives 0). */
int when_past(const char *text, int64_t now_ms, int64_t *out_ms, struct error *err);
int when_future(const char *text, int64_t now_ms, int64_t *out_ms, struct error *err);

struct when_text {
	char text[40];
};
struct when_text when_show(int64_t wall_ms); /* "2026-12-31 09:00 UTC" */
/* "in 3 h 20 min", "in 5 days", "never" for INT64_MAX */
struct when_text when_show_until(int64_t wall_ms, int64_t now_ms);

#endif
