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

static int64_t floor_to(int64_t value, int64_t step)
{
	return value - ((value % step) + step) % step;
}

/* The first second of a date (day may be out of range) at an hour. */
static int64_t second_of(const struct tm *date, int month, int day, int hour)
{
	struct tm at = { .tm_year = date->tm_year,
		.tm_mon = month,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_isdst = -1 };

	return (int64_t)mktime(&at);
}

static int64_t day_number(const struct tm *date)
{
	struct tm at = {
		.tm_year = date->tm_year, .tm_mon = date->tm_mon, .tm_mday = date->tm_mday
	};

	return (int64_t)timegm(&at) / DAY_S;
}

/* A block of `count` days that holds the date; day 0 of the count is `first`. */
static void days_window(
    const struct tm *date, int64_t count, int64_t first, int64_t *begin, int64_t *end)
{
	int64_t today = day_number(date), start = floor_to(today - first, count) + first;
	int offset = (int)(start - today);

	*begin = second_of(date, date->tm_mon, date->tm_mday + offset, 0);
	*end = second_of(date, date->tm_mon, date->tm_mday + offset + (int)count, 0);
}

static void months_window(const struct tm *date, int64_t count, int64_t *begin, int64_t *end)
{
	int64_t month = (int64_t)date->tm_year * 12 + date->tm_mon, start = floor_to(month, count);
	int offset = (int)(start - month);

	*begin = second_of(date, date->tm_mon + offset, 1, 0);
	*end = second_of(date, date->tm_mon + offset + (int)count, 1, 0);
}

static void clock_window(int64_t now_s, int64_t step_s, int64_t *begin, int64_t *end)
{
	*begin = floor_to(now_s, step_s);
	*end = *begin + step_s;
}

/* Hours that divide a day are counted from midnight; others from 1970. */
static void hours_window(
    const struct tm *date, int64_t now_s, int64_t count, int64_t *begin, int64_t *end)
{
	if (24 % count != 0) {
		clock_window(now_s, count * HOUR_S, begin, end);
		return;
	}
	*begin = second_of(
	    date, date->tm_mon, date->tm_mday, date->tm_hour - date->tm_hour % (int)count);
	*end = second_of(date, date->tm_mon, date->tm_mday,
	    date->tm_hour - date->tm_hour % (int)count + (int)count);
	if (now_s < *begin || now_s >= *end) /* the hour that a clock change repeats */
		clock_window(now_s, count * HOUR_S, begin, end);
}

static void calendar_window_locked(
    const struct period *period, int64_t now_s, int64_t *begin, int64_t *end)
{
	time_t now = (time_t)now_s;
	struct tm date;

	(void)localtime_r(&now, &date); /* fails only for years beyond int */
	switch (period->unit) {
	case UNIT_SECOND:
		clock_window(now_s, period->count, begin, end);
		break;
	case UNIT_MINUTE:
		clock_window(now_s, period->count * 60, begin, end);
		break;
	case UNIT_HOUR:
		hours_window(&date, now_s, period->count, begin, end);
		break;
	case UNIT_DAY:
		if (period->count ==
		    30) /* LiteLLM: thirty days are a calendar month, seven a week */
			months_window(&date, 1, begin, end);
		else
			days_window(&date, period->count, period->count == 7 ? 4 : 0, begin, end);
		break;
	case UNIT_WEEK:
		days_window(&date, period->count * 7, 4, begin, end); /* 1970-01-05 was a Monday */
		break;
	case UNIT_MONTH:
		months_window(&date, period->count, begin, end);
		break;
	}
}

void window_prepare(const char *zone)
{
	pthread_mutex_lock(&zone_mutex);
	use_zone_locked(zone && *zone ? zone : "UTC");
	pthread_mutex_unlock(&zone_mutex);
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
