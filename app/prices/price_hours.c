/*
 * Hours of the week.  See the header.
 */
#include "prices/price_hours.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define QUARTER_MS  INT64_C(900000)
#define DAY_MINUTES 1440
#define DAY_BYTES   (PRICE_HOURS_QUARTERS / 7 / 8)
#define MONDAY      4 /* Unix time began on a Thursday: days until the first Monday */

static void mark(struct price_hours *hours, int day, int from, int to)
{
	for (int quarter = (from + 14) / 15; quarter < to / 15; quarter++) {
		int at = (day - 1) * 96 + quarter;

		hours->quarters[at / 8] |= (uint8_t)(1U << at % 8);
	}
	hours->any = true;
}

static bool is_time(int hour, int minute)
{
	return hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59;
}

/* "04:00-06:00"; across midnight it goes on on the same days, as LiteLLM reads it. */
static bool parse_span(const char *text, int first, int last, struct price_hours *out)
{
	int from_hour, from_minute, to_hour, to_minute, end = 0;

	if (sscanf(text, "%2d:%2d-%2d:%2d%n", &from_hour, &from_minute, &to_hour, &to_minute,
		&end) != 4 ||
	    text[end] || !is_time(from_hour, from_minute) || !is_time(to_hour, to_minute))
		return false;
	for (int day = first; day <= last; day++) {
		int from = from_hour * 60 + from_minute, to = to_hour * 60 + to_minute;

		to = to == 0 ? DAY_MINUTES : to > DAY_MINUTES ? DAY_MINUTES : to;
		if (to > from) {
			mark(out, day, from, to);
		} else {
			mark(out, day, from, DAY_MINUTES);
			mark(out, day, 0, to);
		}
	}
	return true;
}

/* "1-5 00:00-01:00,04:00-06:00", cut up in place. */
static bool parse_days(char *text, struct price_hours *out)
{
	int first, last, end = 0;
	char *rest, *span;

	if (sscanf(text, "%1d-%1d %n", &first, &last, &end) != 2 || !end || first < 1 || last > 7 ||
	    first > last)
		return false;
	for (rest = text + end; (span = strsep(&rest, ",")) != NULL;)
		if (!parse_span(span, first, last, out))
			return false;
	return true;
}

bool price_hours_parse(struct slice text, struct price_hours *out)
{
	char copy[512], *rest = copy, *days;
	struct price_hours hours = { .any = false };

	*out = hours;
	if (text.len == 0 || text.len >= sizeof copy)
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	while ((days = strsep(&rest, ";")) != NULL)
		if (!parse_days(days, &hours))
			return false;
	*out = hours;
	return true;
}

bool price_hours_hold(const struct price_hours *hours, int64_t from_ms, int64_t to_ms)
{
	int64_t from = from_ms / QUARTER_MS, to = to_ms / QUARTER_MS;

	if (!hours->any || from_ms < 0 || to < from || to - from >= PRICE_HOURS_QUARTERS)
		return false;
	for (int64_t at = from; at <= to; at++) {
		int64_t quarter = (at - MONDAY * 96 + PRICE_HOURS_QUARTERS) % PRICE_HOURS_QUARTERS;

		if (!(hours->quarters[quarter / 8] >> quarter % 8 & 1))
			return false;
	}
	return true;
}

static bool is_less_in(const uint8_t *day, int quarter)
{
	return day[quarter / 8] >> quarter % 8 & 1;
}

static void write_spans(const uint8_t *day, struct text *out)
{
	const char *before = " ";

	for (int from = 0, to; from < 96; from = to + 1) {
		for (to = from; to < 96 && is_less_in(day, to); to++)
			;
		if (to - from == 96)
			text_puts(out, " all day");
		else if (to > from)
			text_printf(out, "%s%02d:%02d-%02d:%02d", before, from / 4, from % 4 * 15,
			    to / 4, to % 4 * 15);
		before = to > from ? ", " : before;
	}
}

void price_hours_write(const struct price_hours *hours, struct text *out)
{
	static const char names[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const uint8_t never[DAY_BYTES];
	const char *before = "";

	for (int first = 0, last; first < 7; first = last + 1) {
		const uint8_t *day = &hours->quarters[DAY_BYTES * first];

		for (last = first;
		     last < 6 && memcmp(day, day + DAY_BYTES * (last + 1 - first), DAY_BYTES) == 0;
		     last++)
			;
		if (memcmp(day, never, DAY_BYTES) == 0)
			continue;
		text_printf(out, "%s%s%s%s", before, names[first], last > first ? "-" : "",
		    last > first ? names[last] : "");
		write_spans(day, out);
		before = "; ";
	}
}
