#ifndef PANEL_RANGE_H
#define PANEL_RANGE_H

/*
 * The time that a page is about, and the time before it to compare with.
 *
 * ?range=24h, 7d, 30d or month, or ?from=&to= ("2026-11-29" or "2026-11-29T17:00") in the settings'
 * time zone.  A range is cut into hours, days or months of that zone.  It ends now or earlier; the
 * time before has the same length and ends at the same hour, by the calendar: a month until the
 * 5th stands beside the month before until its 5th.
 *
 * All moments are whole hours, because sums are kept by the hour: the hour that runs counts whole
 * on both sides.
 */
#include "panel/page.h"

struct range_span {
	int64_t from_ms, to_ms; /* to is exclusive */
	int64_t *starts;        /* of its parts, and to_ms behind them */
	size_t count;           /* of parts, at least 1 */
};

struct range {
	const char *name;   /* "7d", or "" for from and to */
	const char *period; /* of a part: "1h", "1d", "1mo" */
	struct range_span now, before;
	bool compared;     /* are there figures of the time before? */
	int64_t first_ms;  /* when the first request was, or INT64_MAX */
	const char *query; /* "range=7d": for links that keep it */
};

/* usual: the range without a query, and of one that is wrong, which call->problem says then. */
int range_read(struct page_call *call, const char *usual, struct range *out, struct error *err);

/* Widens it to whole days of the call's time zone, beside as many before. */
void range_to_days(struct page_call *call, struct range *range);

/* For templates/range.html: choices, what is shown beside what, and from and to for its form. */
json_t *range_json(struct page_call *call, const struct range *range);

/* What else of the query, by these names, another range is to keep; for the same template. */
void range_keep(struct page_call *call, json_t *data, const char *const *names, size_t count);

/* The part that a moment is in, or the first that its hour is in; span->count when it is in none.
 */
size_t range_part(const struct range_span *span, int64_t at_ms);

/* A part's short labels for an axis ("Mon" with "23" under it, "14:00", "Nov 2026"), and its whole
 * name ("Mon 23 Nov"). */
const char *range_label(
    struct page_call *call, const struct range *range, int64_t start_ms, const char **out_under);
const char *range_part_name(struct page_call *call, const struct range *range, int64_t start_ms);

/* A moment as from and to take it. */
const char *range_value(struct page_call *call, int64_t at_ms);

/* "Sun 29 Nov". */
const char *range_day(struct page_call *call, int64_t at_ms);

/* "2026-11-29" (the day's begin, or its end with end) or "2026-11-29T17:05" in the page's time
 * zone; 0 for NULL. */
int range_moment(
    struct page_call *call, const char *name, bool end, int64_t *out_ms, struct error *err);

#endif
