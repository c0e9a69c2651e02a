/*
 * Spans and dates in UTC.  Dates are read by hand and proved by going there and back, so that
 * 2026-02-30 is refused rather than taken as the second of March.
 */
#include "cli/when.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/number.h"
#include "base/slice.h"

#include "base/banned.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

static int64_t unit_ms(char unit)
{
	switch (unit) {
	case 's':
		return SECOND_MS;
	case 'm':
		return MINUTE_MS;
	case 'h':
		return HOUR_MS;
	case 'd':
		return DAY_MS;
	case 'w':
		return 7 * DAY_MS;
	default:
		return 0;
	}
}

int when_span(const char *text, int64_t *out_ms, struct error *err)
{
	size_t len = strlen(text);
	int64_t unit = len > 1 ? unit_ms(text[len - 1]) : 0;
	int64_t count;

	if (!unit || number_whole((struct slice){ text, len - 1 }, 0,
			 WHEN_SPAN_MAX_DAYS * DAY_MS / unit, &count, NULL) < 0)
		return error_set(err, ERROR_USAGE,
		    "'%.40s' is not a span of time; write for example 15m, 24h, 30d or 2w, ten "
		    "years at most",
		    text);
	*out_ms = count * unit;
	return 0;
}

static bool same_moment(const struct tm *a, const struct tm *b)
{
	return a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday && a->tm_hour == b->tm_hour &&
	       a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

static int date_ms(const char *text, int64_t *out_ms)
{
	struct tm tm = { 0 }, back;
	int used = 0;
	char copy[32];
	size_t len = strlen(text);

	if (len < 10 || len >= sizeof copy)
		return -1;
	memcpy(copy, text, len + 1);
	if (copy[len - 1] == 'Z')
		copy[--len] = '\0';
	if (strspn(copy, "0123456789-T:") != len)
		return -1;
	if (sscanf(copy, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 ||
	    used != 10)
		return -1;
	if (len > 10) {
		int fields = sscanf(copy + 10, "T%2d:%2d%n:%2d%n", &tm.tm_hour, &tm.tm_min, &used,
		    &tm.tm_sec, &used);
		if (fields < 2 || (size_t)used + 10 != len)
			return -1;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	back = tm;
	time_t at = timegm(&back);
	if (at < 0 || !same_moment(&tm, &back))
		return -1;
	*out_ms = (int64_t)at * SECOND_MS;
	return 0;
}

static int when_either(
    const char *text, int64_t now_ms, int sign, int64_t *out_ms, struct error *err)
{
	int64_t span = 0;

	if (date_ms(text, out_ms) == 0)
		return 0;
	if (when_span(text, &span, NULL) < 0)
		return error_set(err, ERROR_USAGE,
		    "'%.40s' is not a time; write a span (24h, 30d) or a date (2026-12-31, "
		    "2026-12-31T09:00Z)",
		    text);
	*out_ms = now_ms + sign * span;
	return 0;
}

int when_past(const char *text, int64_t now_ms, int64_t *out_ms, struct error *err)
{
	return when_either(text, now_ms, -1, out_ms, err);
}

int when_future(const char *text, int64_t now_ms, int64_t *out_ms, struct error *err)
{
	int64_t at = 0;

	if (strcmp(text, "never") == 0) {
		*out_ms = 0;
		return 0;
	}
	if (when_either(text, now_ms, 1, &at, err) < 0)
		return -1;
	if (at <= now_ms)
		return error_set(err, ERROR_USAGE, "%.40s is not in the future", text);
	*out_ms = at;
	return 0;
}

struct when_text when_show(int64_t wall_ms)
{
	struct when_text out;
	time_t at = (time_t)(wall_ms / SECOND_MS);
	struct tm tm;

	if (!gmtime_r(&at, &tm) ||
	    strftime(out.text, sizeof out.text, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		snprintf(out.text, sizeof out.text, "?");
	return out;
}

struct when_text when_show_until(int64_t wall_ms, int64_t now_ms)
{
	struct when_text out;
	int64_t minutes = (wall_ms - now_ms + MINUTE_MS - 1) / MINUTE_MS;

	if (wall_ms == INT64_MAX)
		snprintf(out.text, sizeof out.text, "never");
	else if (wall_ms <= now_ms)
		snprintf(out.text, sizeof out.text, "now");
	else if (minutes < 60)
		snprintf(out.text, sizeof out.text, "in %d min", (int)minutes);
	else if (minutes < 48 * 60)
		snprintf(out.text, sizeof out.text, "in %d h %d min", (int)(minutes / 60),
		    (int)(minutes % 60));
	else
		snprintf(
		    out.text, sizeof out.text, "in %lld days", (long long)(minutes / (24 * 60)));
	return out;
}
