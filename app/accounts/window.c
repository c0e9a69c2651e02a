/*
 * Calendar windows.  See the header.
 *
 * UTC is arithmetic.  Other zones go through the C library, whose zone is one for the process: a
 * lock covers setting it and using it.  The environment is not safe to change while other threads
 * read it, so a process sets its zone before it has threads (window_prepare), and again only when
 * its settings name another.
 */
#include "accounts/window.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/number.h"

#include "base/banned.h"

#define DAY_S  INT64_C(86400)
#define HOUR_S INT64_C(3600)

enum unit { UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH };

static const struct {
	const char *suffix;
	enum unit unit;
} units[] = { { "s", UNIT_SECOND }, { "m", UNIT_MINUTE }, { "h", UNIT_HOUR }, { "d", UNIT_DAY },
	{ "w", UNIT_WEEK }, { "mo", UNIT_MONTH } };

struct period {
	enum unit unit;
	int64_t count;
};

static int read_period(const char *text, struct period *out, struct error *err)
{
	size_t digits = strspn(text, "0123456789");

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(text + digits, units[i].suffix) != 0)
			continue;
		out->unit = units[i].unit;
		if (number_whole((struct slice){ text, digits }, 1, 100000, &out->count, NULL) == 0)
			return 0;
	}
	return error_set(err, ERROR_BAD_REQUEST,
	    "'%.20s' is not a period; write 30s, 5m, 1h, 1d, 2w, 1mo or nothing for a lifetime",
	    text);
}

int window_check(const char *period, struct error *err)
{
	struct period parsed;

	return *period ? read_period(period, &parsed, err) : 0;
}

/* ---- the calendar of a zone ---- */

static pthread_mutex_t zone_mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the C library's zone */

static void use_zone_locked(const char *zone)
{
	const char *now = getenv("TZ");

	if (now && strcmp(now, zone) == 0)
		return;
	(void)setenv("TZ", zone, 1); /* fails only without memory */
	tzset();
}

/* No zone is further from UTC, and no change of a clock larger. */
#define FARTHEST_S (26 * HOUR_S)

static int64_t offset_at(int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm date;

	(void)localtime_r(&at, &date); /* fails only for years beyond int */
	return date.tm_gmtoff;
}

/* The first moment after which the clock has the offset that it has at `after_s`. */
static int64_t change_between(int64_t before_s, int64_t after_s)
{
	const int64_t offset = offset_at(after_s);

	while (after_s - before_s > 1) {
		int64_t middle = before_s + (after_s - before_s) / 2;

		if (offset_at(middle) == offset)
			after_s = middle;
		else
			before_s = middle;
	}
	return after_s;
}

/*
 * The furthest that the clock has shown until now, in seconds of a calendar without a zone.  A
 * clock that is set back shows an hour again, even yesterday's last one after today's first minute:
 * what has begun stays begun.
 */
static int64_t furthest_shown(int64_t now_s)
{
	const int64_t before = offset_at(now_s - FARTHEST_S), offset = offset_at(now_s);
	int64_t shown = now_s + offset, last;

	if (before <= offset)
		return shown;
	last = change_between(now_s - FARTHEST_S, now_s) - 1 + before;
	return last > shown ? last : shown;
}

/* The first moment at which the clock shows that, or has jumped over it. */
static int64_t first_moment(int64_t shown)
{
	const int64_t before = offset_at(shown - FARTHEST_S), after = offset_at(shown + FARTHEST_S);
	int64_t change;

	if (before == after)
		return shown - before;
	change = change_between(shown - FARTHEST_S, shown + FARTHEST_S);
	if (shown - before < change)
		return shown - before;
	return shown - after > change ? shown - after : change;
}

static int64_t floor_to(int64_t value, int64_t step)
{
	return value - ((value % step) + step) % step;
}

/* A block of `count` days; day 0 of the count is `first`. */
static void days_window(int64_t shown, int64_t count, int64_t first, int64_t *begin, int64_t *end)
{
	int64_t today = floor_to(shown, DAY_S) / DAY_S,
		start = floor_to(today - first, count) + first;

	*begin = first_moment(start * DAY_S);
	*end = first_moment((start + count) * DAY_S);
}

static int64_t first_of_month(int64_t month)
{
	struct tm date = {
		.tm_year = (int)(month / 12), .tm_mon = (int)(month % 12), .tm_mday = 1
	};

	return first_moment((int64_t)timegm(&date));
}

static void months_window(int64_t shown, int64_t count, int64_t *begin, int64_t *end)
{
	time_t at = (time_t)shown;
	struct tm date;
	int64_t start;

	(void)gmtime_r(&at, &date); /* fails only for years beyond int */
	start = floor_to((int64_t)date.tm_year * 12 + date.tm_mon, count);
	*begin = first_of_month(start);
	*end = first_of_month(start + count);
}

static void clock_window(int64_t now_s, int64_t step_s, int64_t *begin, int64_t *end)
{
	*begin = floor_to(now_s, step_s);
	*end = *begin + step_s;
}

/* Hours that divide a day are counted from midnight; others from 1970. */
static void hours_window(int64_t shown, int64_t now_s, int64_t count, int64_t *begin, int64_t *end)
{
	int64_t start = floor_to(shown, count * HOUR_S);

	if (24 % count != 0) {
		clock_window(now_s, count * HOUR_S, begin, end);
		return;
	}
	*begin = first_moment(start);
	*end = first_moment(start + count * HOUR_S);
}

static void calendar_window_locked(
    const struct period *period, int64_t now_s, int64_t *begin, int64_t *end)
{
	const int64_t shown = furthest_shown(now_s);

	switch (period->unit) {
	case UNIT_SECOND:
		clock_window(now_s, period->count, begin, end);
		break;
	case UNIT_MINUTE:
		clock_window(now_s, period->count * 60, begin, end);
		break;
	case UNIT_HOUR:
		hours_window(shown, now_s, period->count, begin, end);
		break;
	case UNIT_DAY:
		if (period->count ==
		    30) /* LiteLLM: thirty days are a calendar month, seven a week */
			months_window(shown, 1, begin, end);
		else
			days_window(shown, period->count, period->count == 7 ? 4 : 0, begin, end);
		break;
	case UNIT_WEEK:
		days_window(shown, period->count * 7, 4, begin, end); /* 1970-01-05 was a Monday */
		break;
	case UNIT_MONTH:
		months_window(shown, period->count, begin, end);
		break;
	}
}

void window_prepare(const char *zone)
{
	pthread_mutex_lock(&zone_mutex);
	use_zone_locked(zone && *zone ? zone : "UTC");
	pthread_mutex_unlock(&zone_mutex);
}

int64_t window_shown_at(const char *zone, int64_t at_ms)
{
	int64_t offset_s;

	pthread_mutex_lock(&zone_mutex);
	use_zone_locked(zone && *zone ? zone : "UTC");
	offset_s = offset_at(at_ms / 1000);
	pthread_mutex_unlock(&zone_mutex);
	return at_ms + offset_s * 1000;
}

int64_t window_moment_of(const char *zone, int64_t shown_ms)
{
	int64_t moment_s;

	pthread_mutex_lock(&zone_mutex);
	use_zone_locked(zone && *zone ? zone : "UTC");
	moment_s = first_moment(shown_ms / 1000);
	pthread_mutex_unlock(&zone_mutex);
	return moment_s * 1000;
}

int window_at(
    const char *period, const char *zone, int64_t now_ms, struct window *out, struct error *err)
{
	int64_t begin = 0, end = 0;
	struct period parsed;

	if (!*period) {
		*out = (struct window){ 0, INT64_MAX };
		return 0;
	}
	if (read_period(period, &parsed, err) != 0)
		return -1;
	pthread_mutex_lock(&zone_mutex);
	use_zone_locked(zone && *zone ? zone : "UTC");
	calendar_window_locked(&parsed, now_ms / 1000, &begin, &end);
	pthread_mutex_unlock(&zone_mutex);
	*out = (struct window){ begin * 1000, end * 1000 };
	return 0;
}
