/* When windows begin and end, by the calendar of a zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
		cmocka_unit_test(test_nothing_is_a_lifetime_and_nonsense_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
