/* Numbers and times as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "panel/show.h"

static void test_money_shows_two_digits_that_matter(void **state)
{
	assert_string_equal(show_money(0).text, "$0.00");
	assert_string_equal(show_money(1204070000000).text, "$1,204.07");
	assert_string_equal(show_money(999999999).text, "$1.00");
	assert_string_equal(show_money(123456789).text, "$0.12");
	assert_string_equal(show_money(12345678).text, "$0.012");
	assert_string_equal(show_money(42000).text, "$0.000042");
	assert_string_equal(show_money(1).text, "$0.000000001");
	assert_string_equal(show_money(-5000000000).text, "\xE2\x88\x92$5.00");
	assert_string_equal(show_money(INT64_MAX).text, "$9,223,372,036.85");
}

static void test_exact_money_loses_nothing(void **state)
{
	assert_string_equal(show_money_exact(0).text, "$0.00");
	assert_string_equal(show_money_exact(1204070000000).text, "$1,204.07");
	assert_string_equal(show_money_exact(999999999).text, "$0.999999999");
	assert_string_equal(show_money_exact(5000000000).text, "$5.00");
	assert_string_equal(show_money_exact(12500000).text, "$0.0125");
	assert_string_equal(show_money_exact(-100000000).text, "\xE2\x88\x92$0.10");
	assert_string_equal(show_money_exact(INT64_MAX).text, "$9,223,372,036.854775807");
}

static void test_a_limit_is_exact_and_what_is_left_is_not_more_than_there_is(void **state)
{
	json_t *data = json_loads("{\"limit_nano\": 1999999999, \"left_nano\": 1999999999, "
				  "\"spent_nano\": 1999999999}",
	    0, NULL);

	show_object(data, 0, NULL);
	assert_string_equal(
	    json_string_value(json_object_get(data, "limit_shown")), "$1.999999999");
	assert_string_equal(json_string_value(json_object_get(data, "left_shown")), "$1.99");
	assert_string_equal(json_string_value(json_object_get(data, "spent_shown")), "$2.00");
	json_decref(data);
}

static void test_durations_and_distances(void **state)
{
	assert_string_equal(show_duration(412).text, "412 ms");
	assert_string_equal(show_duration(2900).text, "2.9 s");
	assert_string_equal(show_duration(600000).text, "10 min");
	assert_string_equal(show_ago(0, 1000).text, "just now");
	assert_string_equal(show_ago(0, 65000).text, "65 s ago");
	assert_string_equal(show_ago(90000000, 0).text, "in 25 h");
}

static void test_a_day_that_is_not_in_the_calendar_is_no_time(void **state)
{
	static const char *const wrong[] = { "2026-02-30T00:00:00Z", "2027-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
		"2026-01-01T00:00:60Z", "2026-01--1T00:00:00Z", "2100-02-29T00:00:00Z" };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(show_iso_ms(wrong[i]), -1);
	assert_int_equal(show_iso_ms("2028-02-29T23:59:59Z"), INT64_C(1835481599000));
	assert_int_equal(show_iso_ms("1970-01-01T00:00:00Z"), 0);
}

static void test_words_stand_beside_numbers(void **state)
{
	json_t *data = json_loads(
	    "{\"cost_nano\": 1500000000, \"rows\": [{\"requests\": 184302, \"latency_ms\": 2900}],"
	    "\"at\": \"2026-11-23T09:00:00Z\", \"own_shown\": \"kept\", \"own\": 7}",
	    0, NULL);
	json_t *row;

	show_object(data, 1795424700000, "Europe/Berlin"); /* 2026-11-23T09:05:00Z */
	row = json_array_get(json_object_get(data, "rows"), 0);
	assert_string_equal(json_string_value(json_object_get(data, "cost_shown")), "$1.50");
	assert_string_equal(json_string_value(json_object_get(row, "requests_shown")),
	    "184\xE2\x80\xAF"
	    "302");
	assert_string_equal(json_string_value(json_object_get(row, "latency_shown")), "2.9 s");
	assert_string_equal(
	    json_string_value(json_object_get(data, "at_shown")), "2026-11-23 10:00:00");
	assert_string_equal(
	    json_string_value(json_object_get(data, "at_utc")), "2026-11-23 09:00:00 UTC");
	assert_string_equal(json_string_value(json_object_get(data, "at_ago")), "5 min ago");
	assert_string_equal(json_string_value(json_object_get(data, "own_shown")), "kept");
	json_decref(data);
}

static void assert_budget(
    int64_t limit, int64_t spent, int64_t held, const char *spent_shown, const char *left_shown)
{
	json_t *data = json_pack("{s:I, s:I, s:I, s:I}", "limit_nano", (json_int_t)limit,
	    "spent_nano", (json_int_t)spent, "held_nano", (json_int_t)held, "left_nano",
	    (json_int_t)(limit - spent - held));

	show_object(data, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(data, "spent_shown")), spent_shown);
	assert_string_equal(json_string_value(json_object_get(data, "left_shown")), left_shown);
	json_decref(data);
}

static void test_the_figures_of_a_budget_add_up(void **state)
{
	assert_budget(INT64_C(40000000000), INT64_C(1651234567), 0, "$1.66", "$38.34");
	assert_budget(INT64_C(40000000000), INT64_C(4200000), 0, "$0.0042", "$39.9958");
	assert_budget(INT64_C(40000000000), 0, 0, "$0.00", "$40.00");
	assert_budget(INT64_C(2000000000), INT64_C(1999999999), 0, "$2.00", "$0.00");
	assert_budget(INT64_C(2000000000), INT64_C(3000000000), 0, "$3.00", "\xE2\x88\x92$1.00");
	assert_budget(
	    INT64_C(10000000000), INT64_C(1000000000), INT64_C(20000000), "$1.000", "$8.980");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_money_shows_two_digits_that_matter),
		cmocka_unit_test(test_exact_money_loses_nothing),
		cmocka_unit_test(test_a_limit_is_exact_and_what_is_left_is_not_more_than_there_is),
		cmocka_unit_test(test_durations_and_distances),
		cmocka_unit_test(test_a_day_that_is_not_in_the_calendar_is_no_time),
		cmocka_unit_test(test_words_stand_beside_numbers),
		cmocka_unit_test(test_the_figures_of_a_budget_add_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
