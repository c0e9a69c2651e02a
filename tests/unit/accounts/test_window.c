/* When windows begin and end, by the calendar of a zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "accounts/window.h"
#include "base/clock.h"

#define NOW_MS INT64_C(1795430000000) /* Monday 2026-11-23 10:33:20 UTC */

static const struct {
	const char *period, *zone;
	int64_t now_ms;
	const char *begin, *end;
} cases[] = {
	{ "1d", "UTC", NOW_MS, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z" },
	{ "7d", "UTC", NOW_MS, "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z" },
	{ "7d", "UTC", NOW_MS - 86400000, "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z" },
	{ "1w", "UTC", NOW_MS, "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z" },
	{ "30d", "UTC", NOW_MS, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z" },
	{ "1mo", "UTC", NOW_MS, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z" },
	{ "3mo", "UTC", NOW_MS, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z" },
	{ "1h", "UTC", NOW_MS, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z" },
	{ "6h", "UTC", NOW_MS, "2026-11-23T06:00:00Z", "2026-11-23T12:00:00Z" },
	{ "5m", "UTC", NOW_MS, "2026-11-23T10:30:00Z", "2026-11-23T10:35:00Z" },
	{ "30s", "UTC", NOW_MS, "2026-11-23T10:33:00Z", "2026-11-23T10:33:30Z" },
	{ "1d", "America/New_York", NOW_MS, "2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z" },
	{ "1d", "Asia/Kolkata", NOW_MS, "2026-11-22T18:30:00Z", "2026-11-23T18:30:00Z" },
	{ "1mo", "Europe/Berlin", NOW_MS, "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z" },
	/* clang-format off */
	/* Midnight comes twice: the first of the two begins the day. */
	{ "1d", "Atlantic/Azores", INT64_C(1761438600000), "2025-10-26T00:00:00Z", "2025-10-27T01:00:00Z" },
	{ "1d", "Atlantic/Azores", INT64_C(1761442200000), "2025-10-26T00:00:00Z", "2025-10-27T01:00:00Z" },
	{ "1d", "America/Havana", INT64_C(1730608200000), "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z" },
	{ "1d", "America/Havana", INT64_C(1730611800000), "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z" },
	/* The clock jumps over midnight. */
	{ "1d", "America/Havana", INT64_C(1710050400000), "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z" },
	/* At midnight the day's last hour begins again. */
	{ "1d", "America/Santiago", INT64_C(1743910200000), "2025-04-05T03:00:00Z", "2025-04-06T04:00:00Z" },
	/* clang-format on */
	/* The clock goes back on 2026-10-25 in Berlin: that day has 25 hours. */
	{ "1d", "Europe/Berlin", INT64_C(1792922400000), "2026-10-24T22:00:00Z",
	    "2026-10-25T23:00:00Z" },
};

static void test_windows_follow_the_calendar(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = { 0 };
		struct window window;

		assert_int_equal(
		    window_at(cases[i].period, cases[i].zone, cases[i].now_ms, &window, &err), 0);
		assert_string_equal(clock_iso(window.starts_ms).text, cases[i].begin);
		assert_string_equal(clock_iso(window.ends_ms).text, cases[i].end);
	}
}

/* ---- all zones ---- */

#define STEP_S   900 /* clocks change at quarters of an hour */
#define DAY_S    INT64_C(86400)
#define AROUND_S (7 * 3600)
#define BEGIN_S  INT64_C(1735689600) /* 2025-01-01, and ten years from there */
#define YEARS_S  (3652 * DAY_S)

static int64_t shown_at(int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm date;

	localtime_r(&at, &date);
	return at_s + date.tm_gmtoff;
}

/* Goes by quarters of an hour over the hours around a change, and looks when the furthest that the
 * clock has shown enters a new block of period_s: only then a new window begins. */
static void look_around(const char *zone, int64_t change_s, const char *period, int64_t period_s)
{
	int64_t furthest = shown_at(change_s - AROUND_S), begun_s = 0;

	for (int64_t at = change_s - AROUND_S; at < change_s + AROUND_S; at += STEP_S) {
		int64_t shown = shown_at(at);
		struct window window;

		if (shown / period_s > furthest / period_s)
			begun_s = at;
		furthest = shown > furthest ? shown : furthest;
		assert_int_equal(window_at(period, zone, at * 1000, &window, NULL), 0);
		if (window.starts_ms > at * 1000 || window.ends_ms <= at * 1000 ||
		    (begun_s && window.starts_ms != begun_s * 1000))
			fail_msg("%s, %s at %s: %s to %s", zone, period, clock_iso(at * 1000).text,
			    clock_iso(window.starts_ms).text, clock_iso(window.ends_ms).text);
	}
}

static int changes_of(const char *zone)
{
	int64_t offset = 0;
	int changes = 0;

	window_prepare(zone);
	for (int64_t at = BEGIN_S; at < BEGIN_S + YEARS_S; at += 7 * DAY_S) {
		int64_t now = shown_at(at) - at;

		if (at > BEGIN_S && now != offset) {
			int64_t change = at - 7 * DAY_S;

			while (shown_at(change) - change == offset)
				change += STEP_S;
			look_around(zone, change, "1d", DAY_S);
			look_around(zone, change, "1h", 3600);
			changes++;
		}
		offset = now;
	}
	return changes;
}

/* tzdata.zi is tzdata as one text; a line "Z NAME ..." begins a zone. */
static void test_windows_of_all_zones_and_ten_years(void **state)
{
	FILE *list = fopen("/usr/share/zoneinfo/tzdata.zi", "re");
	char line[256], zone[64];
	int zones = 0, changes = 0;

	if (!list)
		skip();
	while (fgets(line, sizeof line, list)) {
		if (sscanf(line, "Z %63s", zone) != 1)
			continue;
		changes += changes_of(zone);
		zones++;
	}
	fclose(list);
	assert_true(zones > 300 && changes > 1500);
}

/* Every moment lies in its window, and the next window begins where this one ends. */
static void test_windows_follow_each_other_without_gaps(void **state)
{
	static const char *const periods[] = { "1d", "7d", "30d", "3d", "1h", "5h", "1mo", "2w",
		"90m" };

	for (size_t p = 0; p < sizeof periods / sizeof periods[0]; p++) {
		int64_t at = NOW_MS - INT64_C(40) * 86400000;

		for (int i = 0; i < 60; i++) {
			struct window window;

			assert_int_equal(
			    window_at(periods[p], "Europe/Berlin", at, &window, NULL), 0);
			assert_true(window.starts_ms <= at && at < window.ends_ms);
			if (i > 0)
				assert_int_equal(window.starts_ms, at);
			at = window.ends_ms;
		}
	}
}

static void test_nothing_is_a_lifetime_and_nonsense_is_refused(void **state)
{
	static const char *const bad[] = { "1", "d", "0d", "-1d", "1y", "1dd", " 1d", "1.5d",
		"month" };
	struct window window;

	assert_int_equal(window_at("", "UTC", NOW_MS, &window, NULL), 0);
	assert_true(window.starts_ms == 0 && window.ends_ms == INT64_MAX);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(window_check(bad[i], NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows_follow_the_calendar),
		cmocka_unit_test(test_windows_follow_each_other_without_gaps),
		cmocka_unit_test(test_windows_of_all_zones_and_ten_years),
		cmocka_unit_test(test_nothing_is_a_lifetime_and_nonsense_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
