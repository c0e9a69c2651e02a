/*
 * Numbers and times in words.  See the header.
 */
#include "panel/show.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "accounts/window.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "base/number.h"

#include "base/banned.h"

#define NARROW_SPACE "\xE2\x80\xAF" /* U+202F */
#define DEPTH_MAX    16
#define CENT         UINT64_C(10000000)

/* Digits in groups of three. */
static void group(uint64_t number, const char *between, char *out, size_t size)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
	size_t at = 0, step = strlen(between);

	for (int i = 0; i < len && at + step + 2 < size; i++) {
		if (i > 0 && (len - i) % 3 == 0) {
			memcpy(out + at, between, step);
			at += step;
		}
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

static uint64_t magnitude(int64_t number)
{
	return number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number;
}

struct shown show_number(int64_t number)
{
	struct shown shown;
	char grouped[40];

	group(magnitude(number), NARROW_SPACE, grouped, sizeof grouped);
	snprintf(shown.text, sizeof shown.text, "%s%s", number < 0 ? "\xE2\x88\x92" : "", grouped);
	return shown;
}

/* A unit has so many places after the point; what is below it is cut off. */
static struct shown money(bool negative, uint64_t amount, uint64_t unit, int places)
{
	const char *sign = negative ? "\xE2\x88\x92" : "";
	struct shown shown;
	char dollars[40];

	group(amount / (uint64_t)NANO_PER_DOLLAR, ",", dollars, sizeof dollars);
	snprintf(shown.text, sizeof shown.text, "%s$%.20s.%0*llu", sign, dollars, places & 15,
	    (unsigned long long)(amount % (uint64_t)NANO_PER_DOLLAR / unit));
	return shown;
}

/* Cents; below ten cents down to the second digit that is not 0, so that a tenth of a cent is seen.
 */
static struct shown short_money(int64_t nano, bool rounded)
{
	uint64_t amount = magnitude(nano), unit = CENT;
	int places = 2;

	while (amount > 0 && amount < unit * 10 && places < 9) {
		unit /= 10;
		places++;
	}
	return money(nano < 0, amount + (rounded ? unit / 2 : 0), unit, places);
}

struct shown show_money(int64_t nano)
{
	return short_money(nano, true);
}

struct shown show_money_exact(int64_t nano)
{
	uint64_t amount = magnitude(nano), unit = CENT;
	int places = 2;

	while (amount % unit != 0) {
		unit /= 10;
		places++;
	}
	return money(nano < 0, amount, unit, places);
}

struct shown show_duration(int64_t ms)
{
	struct shown shown;

	if (ms < 1000)
		snprintf(shown.text, sizeof shown.text, "%lld ms", (long long)ms);
	else if (ms < 100000)
		snprintf(shown.text, sizeof shown.text, "%lld.%lld s", (long long)(ms / 1000),
		    (long long)(ms % 1000 / 100));
	else if (ms < INT64_C(2) * 3600000)
		snprintf(shown.text, sizeof shown.text, "%lld min", (long long)(ms / 60000));
	else if (ms < INT64_C(2) * 86400000)
		snprintf(shown.text, sizeof shown.text, "%lld h", (long long)(ms / 3600000));
	else
		snprintf(shown.text, sizeof shown.text, "%lld d", (long long)(ms / 86400000));
	return shown;
}

/* Whole units: nobody needs the tenths of a second in "5 s ago". */
static struct shown rough(int64_t ms)
{
	struct shown shown;

	if (ms >= 100000)
		return show_duration(ms);
	snprintf(shown.text, sizeof shown.text, "%lld s", (long long)(ms / 1000));
	return shown;
}

struct shown show_ago(int64_t at_ms, int64_t now_ms)
{
	struct shown shown;

	if (at_ms > now_ms)
		snprintf(shown.text, sizeof shown.text, "in %.40s", rough(at_ms - now_ms).text);
	else if (now_ms - at_ms < 5000)
		snprintf(shown.text, sizeof shown.text, "just now");
	else
		snprintf(shown.text, sizeof shown.text, "%.40s ago", rough(now_ms - at_ms).text);
	return shown;
}

/* ---- walking ---- */

struct shown_clock {
	int64_t now_ms;
	const char *zone;
};

/* "cost" and "_shown" into out; false when the object has it already or it is too long. */
static bool beside(
    const json_t *object, const char *name, size_t stem, const char *ending, char out[96])
{
	if (stem > 80)
		return false;
	snprintf(out, 96, "%.*s%.12s", (int)stem, name, ending);
	return !json_object_get(object, out);
}

static void show_add(
    json_t *object, json_t *to, const char *name, size_t stem, const char *ending, const char *text)
{
	char full[96];

	if (beside(object, name, stem, ending, full))
		json_object_set_new(to, full, json_string(text));
}

/* A limit is what it is, and what is left is not more than that. */
static struct shown show_money_of(const char *name, int64_t nano)
{
	return strcmp(name, "limit_nano") == 0  ? show_money_exact(nano)
	       : strcmp(name, "left_nano") == 0 ? short_money(nano, false)
						: show_money(nano);
}

static void show_integer(json_t *object, json_t *to, const char *name, int64_t value)
{
	size_t len = strlen(name);

	if (slice_ends(slice_of(name), "_nano"))
		show_add(object, to, name, len - 5, "_shown", show_money_of(name, value).text);
	else if (slice_ends(slice_of(name), "_ms") && value < INT64_C(100000000000))
		show_add(object, to, name, len - 3, "_shown", show_duration(value).text);
	else if (!slice_ends(slice_of(name), "_us") && !slice_ends(slice_of(name), "_ms"))
		show_add(object, to, name, len, "_shown", show_number(value).text);
}

static uint64_t up_to(int64_t amount, uint64_t unit)
{
	return (magnitude(amount) + unit - 1) / unit * unit;
}

/* Spent and held are rounded up to the unit of the finer one, and left is what is left of the limit
 * then: the four add up, and no more is left than there is. */
static void show_budget(const json_t *object, json_t *to)
{
	static const char *const names[] = { "spent", "held", "left" };
	int64_t limit = json_read_int(object, "limit_nano", 0), parts[3], left = limit;
	uint64_t unit = CENT;
	int places = 2;

	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof name, "%s_nano", names[i]);
		if (!json_is_integer(json_object_get(object, name)))
			return;
		parts[i] = json_read_int(object, name, 0);
		while (i < 2 && parts[i] > 0 && (uint64_t)parts[i] < unit * 10 && places < 9) {
			unit /= 10;
			places++;
		}
	}
	for (int i = 0; i < 2; i++) {
		char name[16];

		snprintf(name, sizeof name, "%s_shown", names[i]);
		json_object_set_new(to, name,
		    json_string(money(parts[i] < 0, up_to(parts[i], unit), unit, places).text));
		left -= (int64_t)up_to(parts[i], unit);
	}
	json_object_set_new(to, "left_shown",
	    json_string(parts[2] <= 0 || left <= 0
			    ? show_money(parts[2] < 0 ? parts[2] : 0).text
			    : money(false, (uint64_t)left, unit, places).text));
}

static bool is_day(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (leap && month == 2);
}

static bool is_clock(int hour, int minute, int second)
{
	return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 &&
	       second <= 59;
}

/* Days from a civil date, after the proleptic Gregorian calendar. */
int64_t show_iso_ms(const char *text)
{
	int y, mo, d, h, mi, s, used = 0;

	if (strlen(text) < 20 ||
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &mo, &d, &h, &mi, &s, &used) != 6 ||
	    used != 19 || text[strlen(text) - 1] != 'Z')
		return -1;
	if (!is_day(y, mo, d) || !is_clock(h, mi, s))
		return -1;
	int64_t year = mo <= 2 ? y - 1 : y, era = year / 400, of_era = year - era * 400;
	int64_t of_year = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
	return ((days * 24 + h) * 60 + mi) * 60000 + s * INT64_C(1000);
}

static void show_text(json_t *object, json_t *to, const char *name, const char *value,
    const struct shown_clock *clock)
{
	int64_t at_ms = value[0] == '2' ? show_iso_ms(value) : -1;
	struct clock_text local;
	char shown[24], utc[32];

	if (at_ms < 0)
		return;
	local = clock_iso(window_shown_at(clock->zone, at_ms));
	snprintf(shown, sizeof shown, "%.10s %.8s", local.text, local.text + 11);
	snprintf(utc, sizeof utc, "%.10s %.8s UTC", value, value + 11);
	show_add(object, to, name, strlen(name), "_utc", utc);
	show_add(object, to, name, strlen(name), "_shown", shown);
	show_add(object, to, name, strlen(name), "_ago", show_ago(at_ms, clock->now_ms).text);
}

static void show_within(json_t *value, const struct shown_clock *clock, int depth)
{
	const char *name;
	json_t *one, *added;
	size_t i;

	if (depth > DEPTH_MAX)
		return;
	json_array_foreach(value, i, one) show_within(one, clock, depth + 1);
	if (!json_is_object(value))
		return;
	added = json_object();
	json_object_foreach(value, name, one)
	{
		if (json_is_integer(one))
			show_integer(value, added, name, json_integer_value(one));
		else if (json_is_string(one))
			show_text(value, added, name, json_string_value(one), clock);
		else
			show_within(one, clock, depth + 1);
	}
	if (json_is_integer(json_object_get(value, "limit_nano")))
		show_budget(value, added);
	json_object_update(value, added);
	json_decref(added);
}

void show_object(json_t *value, int64_t now_ms, const char *zone)
{
	show_within(value, &(struct shown_clock){ now_ms, zone }, 0);
}
