#include "cli/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW  INT64_C(1763888400000) /* 2025-11-23T09:00:00Z */
#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static struct error err;
static int64_t at;

static void test_spans_have_a_number_and_a_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "90s", 90000 }, { "15m", 900000 }, { "24h", DAY }, { "30d", 30 * DAY },
		{ "2w", 14 * DAY }, { "0s", 0 } };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(when_span(good[i].text, &at, &err), 0);
		assert_int_equal(at, good[i].ms);
	}
}

static void test_what_is_no_span_is_refused(void **state)
{
	static const char *const bad[] = { "", "h", "24", "-1h", "1.5h", "1 h", "1y",
		"99999999999999d", "3654d" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		at = 7;
		assert_int_equal(when_span(bad[i], &at, &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
		assert_int_equal(at, 7);
	}
}

static void test_dates_are_utc(void **state)
{
	assert_int_equal(when_past("2025-11-23T09:00:00Z", NOW, &at, &err), 0);
	assert_int_equal(at, NOW);
	assert_int_equal(when_past("2025-11-23T09:00", NOW, &at, &err), 0);
	assert_int_equal(at, NOW);
	assert_int_equal(when_past("2025-11-23", NOW, &at, &err), 0);
	assert_int_equal(at, NOW - 9 * HOUR);
	assert_int_equal(when_past("2024-02-29", NOW, &at, &err), 0);
}

static void test_days_that_do_not_exist_are_refused(void **state)
{
	static const char *const bad[] = { "2025-02-29", "2025-13-01", "2025-00-10",
		"2025-11-23T25:00", "2025-11-23T09", "2025-11-23 09:00",
		"2025-11-23T09:00:00+01:00", "2025- 1- 1", "11/23/2025" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(when_past(bad[i], NOW, &at, &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

static void test_a_span_counts_back_for_the_past_and_ahead_for_the_future(void **state)
{
	assert_int_equal(when_past("7d", NOW, &at, &err), 0);
	assert_int_equal(at, NOW - 7 * DAY);
	assert_int_equal(when_future("7d", NOW, &at, &err), 0);
	assert_int_equal(at, NOW + 7 * DAY);
}

static void test_the_future_is_not_yesterday(void **state)
{
	assert_int_equal(when_future("2025-11-22", NOW, &at, &err), -1);
	assert_int_equal(when_future("0d", NOW, &at, &err), -1);
	assert_int_equal(when_future("never", NOW, &at, &err), 0);
	assert_int_equal(at, 0);
}

static void test_times_are_shown_for_people(void **state)
{
	assert_string_equal(when_show(NOW).text, "2025-11-23 09:00 UTC");
	assert_string_equal(when_show_until(NOW + 90 * 1000, NOW).text, "in 2 min");
	assert_string_equal(when_show_until(NOW + 3 * HOUR + 60000, NOW).text, "in 3 h 1 min");
	assert_string_equal(when_show_until(NOW + 5 * DAY, NOW).text, "in 5 days");
	assert_string_equal(when_show_until(INT64_MAX, NOW).text, "never");
	assert_string_equal(when_show_until(NOW - 1, NOW).text, "now");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans_have_a_number_and_a_unit),
		cmocka_unit_test(test_what_is_no_span_is_refused),
		cmocka_unit_test(test_dates_are_utc),
		cmocka_unit_test(test_days_that_do_not_exist_are_refused),
		cmocka_unit_test(test_a_span_counts_back_for_the_past_and_ahead_for_the_future),
		cmocka_unit_test(test_the_future_is_not_yesterday),
		cmocka_unit_test(test_times_are_shown_for_people),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
