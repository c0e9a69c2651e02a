/*
 * Reading a range and cutting it into parts.  See the header.
 */
#include "panel/range.h"

#include <string.h>

#include "accounts/window.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "panel/show.h"
#include "views/view_traffic.h"

#include "base/banned.h"

#define HOUR_MS    INT64_C(3600000)
#define DAY_MS     (24 * HOUR_MS)
#define PARTS_MOST 400 /* of a range: a year by days */
#define MOST_MS    (10 * 366 * DAY_MS)

static const struct choice {
	const char *name, *words;
	int days; /* of the calendar, with today; 0: a month; -1: 24 hours */
} choices[] = { { "24h", "24 h", -1 }, { "7d", "7 days", 7 }, { "30d", "30 days", 30 },
	{ "month", "Month", 0 } };
#define CHOICE_COUNT (sizeof choices / sizeof choices[0])

static int64_t shown(const struct page_call *call, int64_t at_ms)
{
	return window_shown_at(call->timezone, at_ms);
}

static int64_t moment(const struct page_call *call, int64_t shown_ms)
{
	return window_moment_of(call->timezone, shown_ms);
}

static int64_t hour_of(int64_t at_ms)
{
	return at_ms / HOUR_MS * HOUR_MS;
}

/* The first moment of the calendar's day, month or hour. */
static int64_t begin_of(struct page_call *call, const char *period, int64_t at_ms)
{
	struct window window = { at_ms, at_ms };

	(void)window_at(period, call->timezone, at_ms, &window, NULL); /* periods of our own */
	return window.starts_ms;
}

int range_moment(
    struct page_call *call, const char *name, bool end, int64_t *out_ms, struct error *err)
{
	const char *text = page_query(call, name);
	size_t len = text ? strlen(text) : 0;
	int64_t at_ms = -1;

	*out_ms = 0;
	if (!text)
		return 0;
	if (len == 10)
		at_ms = show_iso_ms(arena_printf(call->arena, "%sT00:00:00Z", text));
	else if (len == 16)
		at_ms = show_iso_ms(arena_printf(call->arena, "%s:00Z", text));
	if (at_ms < 0)
		return error_set(err, ERROR_BAD_REQUEST,
		    "%s: '%.40s' is not a date; write it as 2026-12-31 or 2026-12-31T17:00", name,
		    text);
	*out_ms = moment(call, at_ms + (end && len == 10 ? DAY_MS : 0));
	return 0;
}

/* ---- cutting ---- */

static void cut(struct page_call *call, const char *period, struct range_span *span)
{
	int64_t at_ms = span->from_ms;

	span->starts = arena_alloc(call->arena, (PARTS_MOST + 1) * sizeof *span->starts);
	for (span->count = 0; at_ms < span->to_ms && span->count < PARTS_MOST; span->count++) {
		struct window window = { 0, span->to_ms };

		(void)window_at(period, call->timezone, at_ms, &window, NULL);
		span->starts[span->count] = at_ms;
		at_ms = window.ends_ms > at_ms ? window.ends_ms : at_ms + HOUR_MS;
	}
	span->starts[span->count] = span->to_ms;
}

size_t range_part(const struct range_span *span, int64_t at_ms)
{
	size_t low = 0, high = span->count;

	if (at_ms < span->from_ms && at_ms / HOUR_MS == span->from_ms / HOUR_MS)
		at_ms = span->from_ms; /* days of Kolkata begin within an hour */
	if (at_ms < span->from_ms || at_ms >= span->to_ms)
		return span->count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (span->starts[middle] <= at_ms)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* By the calendar, so that a day whose clock is changed is a day. */
static int64_t days_before(const struct page_call *call, int64_t at_ms, int64_t days)
{
	return moment(call, shown(call, at_ms) - days * DAY_MS);
}

static void month_before(struct page_call *call, struct range *range)
{
	struct range_span *now = &range->now, *before = &range->before;
	int64_t into = shown(call, now->to_ms) - shown(call, now->from_ms);

	before->from_ms = begin_of(call, "1mo", now->from_ms - 1);
	before->to_ms = moment(call, shown(call, before->from_ms) + into);
	if (before->to_ms > now->from_ms)
		before->to_ms = now->from_ms; /* a shorter month has no 31st */
}

static void choose(struct page_call *call, const struct choice *choice, struct range *range)
{
	struct range_span *now = &range->now, *before = &range->before;

	range->name = choice->name;
	now->to_ms = hour_of(call->now_ms) + HOUR_MS;
	if (choice->days == 0) {
		now->from_ms = begin_of(call, "1mo", call->now_ms);
		month_before(call, range);
		return;
	}
	if (choice->days < 0) {
		now->from_ms = now->to_ms - DAY_MS;
		*before =
		    (struct range_span){ .from_ms = now->from_ms - DAY_MS, .to_ms = now->from_ms };
		return;
	}
	now->from_ms = days_before(call, begin_of(call, "1d", call->now_ms), choice->days - 1);
	before->from_ms = days_before(call, now->from_ms, choice->days);
	before->to_ms = days_before(call, now->to_ms, choice->days);
}

static int choose_dates(struct page_call *call, struct range *range, struct error *err)
{
	struct range_span *now = &range->now;
	int64_t length;

	if (range_moment(call, "from", false, &now->from_ms, err) != 0 ||
	    range_moment(call, "to", true, &now->to_ms, err) != 0)
		return -1;
	if (now->to_ms == 0 || now->to_ms > call->now_ms)
		now->to_ms = call->now_ms;
	now->to_ms = hour_of(now->to_ms + HOUR_MS - 1);
	if (now->from_ms == 0)
		now->from_ms = now->to_ms - DAY_MS;
	now->from_ms = hour_of(now->from_ms);
	if (now->from_ms >= now->to_ms)
		return error_set(
		    err, ERROR_BAD_REQUEST, "from: it must be before to, and not later than now");
	if (now->to_ms - now->from_ms > MOST_MS)
		return error_set(err, ERROR_BAD_REQUEST, "from: a range has ten years at most");
	length = shown(call, now->to_ms) - shown(call, now->from_ms);
	range->name = "";
	range->before = (struct range_span){ .to_ms = now->from_ms,
		.from_ms = hour_of(moment(call, shown(call, now->from_ms) - length)) };
	return 0;
}

const char *range_value(struct page_call *call, int64_t at_ms)
{
	return arena_printf(call->arena, "%.16s", clock_iso(shown(call, at_ms)).text);
}

/* "from=...&to=..." or "range=..." */
static const char *query_of(struct page_call *call, const struct range *range)
{
	const char *from = page_query(call, "from"), *to = page_query(call, "to");

	if (*range->name)
		return arena_printf(call->arena, "range=%s", range->name);
	return arena_printf(call->arena, "from=%s&to=%s",
	    form_encode(from ? from : "", call->arena), form_encode(to ? to : "", call->arena));
}

static const struct choice *choice_named(const char *name, const struct choice *otherwise)
{
	for (size_t i = 0; i < CHOICE_COUNT; i++)
		if (strcmp(choices[i].name, name) == 0)
			return &choices[i];
	return otherwise;
}

int range_read(struct page_call *call, const char *usual, struct range *out, struct error *err)
{
	const char *name = page_query(call, "range");
	bool dates = page_query(call, "from") || page_query(call, "to");
	struct error mistake;
	int64_t length;

	*out = (struct range){ 0 };
	if (dates && choose_dates(call, out, &mistake) != 0) {
		call->problem = arena_copy(call->arena, mistake.text);
		*out = (struct range){ 0 };
	}
	if (!out->name)
		choose(call, choice_named(name ? name : "", choice_named(usual, &choices[0])), out);
	length = out->now.to_ms - out->now.from_ms;
	out->period = length <= 3 * DAY_MS ? "1h" : length <= 100 * DAY_MS ? "1d" : "1mo";
	cut(call, out->period, &out->now);
	cut(call, out->period, &out->before);
	out->query = query_of(call, out);
	if (view_traffic_first(call->store, &out->first_ms, err) != 0)
		return -1;
	/* A quiet beginning is no reason to compare with nothing; a time that is mostly not there
	 * is. */
	out->compared = out->first_ms < out->before.from_ms +
					    (out->before.to_ms - out->before.from_ms) / 7 + HOUR_MS;
	return 0;
}

void range_to_days(struct page_call *call, struct range *range)
{
	struct range_span *now = &range->now, *before = &range->before;
	int64_t days;

	now->from_ms = begin_of(call, "1d", now->from_ms);
	days = (now->to_ms - now->from_ms + DAY_MS - 1) / DAY_MS;
	*before = (struct range_span){ .from_ms = days_before(call, now->from_ms, days),
		.to_ms = now->from_ms };
	if (strcmp(range->period, "1h") == 0)
		range->period = "1d";
	cut(call, range->period, now);
	cut(call, range->period, before);
}

/* ---- words ---- */

static const char *const weekdays[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	"Oct", "Nov", "Dec" };

/* "Sun 29 Nov", and with a clock "Sun 29 Nov 17:00". */
static const char *day_words(struct page_call *call, int64_t at_ms, bool with_clock)
{
	int64_t local_ms = shown(call, at_ms);
	struct clock_text iso = clock_iso(local_ms);
	int month = (iso.text[5] - '0') * 10 + iso.text[6] - '0';
	int day = (iso.text[8] - '0') * 10 + iso.text[9] - '0';

	return arena_printf(call->arena, "%s %d %s%s%.5s", weekdays[local_ms / DAY_MS % 7], day,
	    months[(month - 1) % 12], with_clock ? " " : "", with_clock ? iso.text + 11 : "");
}

const char *range_day(struct page_call *call, int64_t at_ms)
{
	return day_words(call, at_ms, false);
}

const char *range_part_name(struct page_call *call, const struct range *range, int64_t start_ms)
{
	const char *day = day_words(call, start_ms, strcmp(range->period, "1h") == 0);

	return strcmp(range->period, "1mo") != 0
		   ? day
		   : arena_printf(call->arena, "%.3s %.4s", strrchr(day, ' ') + 1,
			 clock_iso(shown(call, start_ms)).text);
}

const char *range_label(
    struct page_call *call, const struct range *range, int64_t start_ms, const char **out_under)
{
	struct clock_text iso = clock_iso(shown(call, start_ms));
	const char *name = range_part_name(call, range, start_ms);
	bool with_month = start_ms == range->now.from_ms || memcmp(iso.text + 8, "01", 2) == 0;

	*out_under = NULL;
	if (strcmp(range->period, "1h") == 0)
		return arena_printf(call->arena, "%.5s", iso.text + 11);
	if (strcmp(range->period, "1mo") == 0)
		return name;
	*out_under = arena_printf(call->arena, "%.*s",
	    (int)(with_month ? strlen(name) : strcspn(name + 4, " ")), name + 4);
	return arena_printf(call->arena, "%.3s", name);
}

static void add_choices(const struct range *range, json_t *to)
{
	json_t *list = json_array();

	for (size_t i = 0; i < CHOICE_COUNT; i++) {
		json_t *one = json_object();

		json_set_all(one, "value words here?", choices[i].name, choices[i].words,
		    strcmp(choices[i].name, range->name) == 0);
		json_append(list, one);
	}
	json_set(to, "choices", list);
}

json_t *range_json(struct page_call *call, const struct range *range)
{
	const struct range_span *now = &range->now, *before = &range->before;
	bool running = now->to_ms > call->now_ms;
	json_t *out = json_object();

	add_choices(range, out);
	json_set_all(out, "from_words to_words before_words compared? running? query named",
	    day_words(call, now->from_ms, now->from_ms != begin_of(call, "1d", now->from_ms)),
	    running ? day_words(call, call->now_ms, true) : day_words(call, now->to_ms, true),
	    arena_printf(call->arena, "%s to %s", day_words(call, before->from_ms, true),
		day_words(call, before->to_ms, true)),
	    range->compared, running, range->query, *range->name ? range->name : NULL);
	json_set_all(out, "now_words from_value to_value",
	    arena_printf(call->arena, "%.8s", clock_iso(shown(call, call->now_ms)).text + 11),
	    range_value(call, now->from_ms),
	    range_value(call, running ? call->now_ms : now->to_ms));
	return out;
}

void range_keep(struct page_call *call, json_t *data, const char *const *names, size_t count)
{
	json_t *fields = json_array();
	const char *kept = "";

	for (size_t i = 0; i < count; i++) {
		const char *value = page_query(call, names[i]);
		json_t *field;

		if (!value)
			continue;
		field = json_object();
		json_set_all(field, "name value", names[i], value);
		json_append(fields, field);
		kept = arena_printf(call->arena, "%s%s%s=%s", kept, *kept ? "&" : "", names[i],
		    form_encode(value, call->arena));
	}
	json_set_all(data, "kept kept_fields", *kept ? kept : NULL, fields);
}
