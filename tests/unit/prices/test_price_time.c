/* Prices by the hour, and prices that change on a day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "prices/price_row.h"
#include "prices/price_time.h"

#define HOUR   INT64_C(3600000)
#define DAY    (24 * HOUR)
#define MONDAY INT64_C(1795392000000) /* 2026-11-23 00:00 UTC */

/* DeepSeek's, as LiteLLM writes them. */
static const char off_peak[] = "1-5 00:00-01:00,04:00-06:00,10:00-00:00;6-7 00:00-00:00";

static bool cheap(int64_t from_hours_tenth, int64_t to_hours_tenth)
{
	struct price_hours hours;

	assert_true(price_hours_parse(slice_of(off_peak), &hours));
	return price_hours_hold(
	    &hours, MONDAY + from_hours_tenth * HOUR / 10, MONDAY + to_hours_tenth * HOUR / 10);
}

static void test_hours_of_the_week_hold(void **state)
{
	assert_true(cheap(0, 9));
	assert_false(cheap(10, 10)); /* 01:00 begins the peak */
	assert_false(cheap(39, 39));
	assert_true(cheap(40, 59));
	assert_false(cheap(60, 61));
	assert_true(cheap(100, 239));
	assert_false(cheap(55, 60));                      /* goes over the line */
	assert_true(cheap(120 * 10 + 15, 120 * 10 + 30)); /* Saturday */
	assert_true(cheap(100 + 240 * 4, 240 * 7 + 9));   /* Friday evening to Monday */
	assert_false(cheap(0, 240 * 7));
}

static void test_hours_that_go_over_midnight(void **state)
{
	struct price_hours hours;

	assert_true(price_hours_parse(slice_of("1-7 16:30-00:30"), &hours));
	assert_true(price_hours_hold(&hours, MONDAY, MONDAY + HOUR / 4));
	assert_false(price_hours_hold(&hours, MONDAY + HOUR, MONDAY + HOUR));
	assert_true(price_hours_hold(&hours, MONDAY + 17 * HOUR, MONDAY + 24 * HOUR));
}

static void test_what_is_no_hours_is_refused(void **state)
{
	static const char *const wrong[] = { "", "1-5", "1-5 ", "0-5 00:00-01:00",
		"1-8 00:00-01:00", "5-1 00:00-01:00", "1-5 00:00", "1-5 25:00-26:00",
		"1-5 00:00-01:00,", "x" };
	struct price_hours hours;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_false(price_hours_parse(slice_of(wrong[i]), &hours));
		assert_false(hours.any);
	}
}

static struct price priced(int64_t input, int64_t output)
{
	struct price price;

	price_clear(&price);
	price.input_pico = input;
	price.output_pico = output;
	return price;
}

static void test_a_call_meets_the_dearer_price_unless_all_of_it_is_off_peak(void **state)
{
	struct price price = priced(300, 1200);
	struct price_course course = { &price, NULL, 0 };

	price.off_input_pico = 150;
	price.off_output_pico = 600;
	assert_true(price_hours_parse(slice_of(off_peak), &price.off_peak));
	assert_int_equal(price_within(&course, MONDAY, MONDAY + HOUR / 2).input_pico, 150);
	assert_int_equal(price_within(&course, MONDAY, MONDAY + HOUR).output_pico, 1200);
	assert_int_equal(
	    price_within(&course, MONDAY + 2 * HOUR, MONDAY + 2 * HOUR).input_pico, 300);
}

static void test_around_a_change_the_dearer_counts_and_the_bill_goes_by_the_answers_name(
    void **state)
{
	struct price now = priced(1250, 10000), after = priced(750, 3750);
	struct price_course course = { &now, &after, 1 };
	int64_t day = MONDAY;

	now.changes_ms = day;
	(void)strcpy(now.goes_on_as, "gemini-3.8-flash");
	after.cache_read_pico = 2000;
	assert_int_equal(price_within(&course, day - 3 * DAY, day - 2 * DAY).input_pico, 1250);
	assert_int_equal(price_within(&course, day - HOUR, day).input_pico, 1250);
	assert_int_equal(price_within(&course, day - HOUR, day).cache_read_pico, 2000);
	assert_int_equal(price_within(&course, day + HOUR, day + HOUR).output_pico, 10000);
	assert_int_equal(price_within(&course, day + 2 * DAY, day + 2 * DAY).output_pico, 3750);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", "gemini-3.8-flash", day, day).output_pico,
	    3750);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", "gemini-3.8-flash-001", day, day).output_pico,
	    3750);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", "gemini-2.5-pro", day, day).output_pico, 10000);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", "gemini-2.5-pro", day, day).cache_read_pico,
	    PRICE_UNKNOWN);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", NULL, day, day).cache_read_pico, 2000);
}

static void test_a_price_that_doubles_on_a_day(void **state)
{
	struct price now = priced(2000, 10000), after = priced(4000, 20000);
	struct price_course course = { &now, &after, 1 };

	now.changes_ms = MONDAY;
	(void)strcpy(now.goes_on_as, "gemini-4-argon@2026-12-01");
	assert_int_equal(
	    price_billed(&course, "gemini-4-argon", "gemini-4-argon", MONDAY, MONDAY).input_pico,
	    4000);
	assert_int_equal(price_billed(&course, "gemini-4-argon", "gemini-4-argon", MONDAY - 2 * DAY,
			     MONDAY - 2 * DAY)
			     .input_pico,
	    2000);
}

/* gemini-2.5-pro is gemini-3.8-flash from December on, whose price doubles in January. */
static void test_a_successor_has_a_day_of_its_own(void **state)
{
	struct price now = priced(1250, 10000), after[] = { priced(750, 3750), priced(1500, 7500) };
	struct price_course course = { &now, after, 2 };
	int64_t december = MONDAY, january = december + 31 * DAY, later = january + 2 * DAY;

	now.changes_ms = december;
	(void)strcpy(now.goes_on_as, "gemini-3.8-flash");
	after[0].changes_ms = january;
	(void)strcpy(after[0].goes_on_as, "gemini-3.8-flash@2027-01-01");
	assert_int_equal(price_within(&course, december - HOUR, december).output_pico, 10000);
	assert_int_equal(
	    price_within(&course, december + 3 * DAY, december + 3 * DAY).output_pico, 3750);
	assert_int_equal(price_within(&course, january, january).output_pico, 7500);
	assert_int_equal(price_within(&course, later, later).input_pico, 1500);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", "gemini-3.8-flash", later, later).output_pico,
	    7500);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", "gemini-3.8-flash", december, december)
		.output_pico,
	    3750);
	assert_int_equal(
	    price_billed(&course, "gemini-2.5-pro", NULL, later, later).output_pico, 7500);
}

static void test_the_dearer_of_two_prices_is_so_in_every_figure(void **state)
{
	struct price a = priced(100, 900), b = priced(200, 800), both;

	a.cache_write_pico = 150; /* b: as its input, 200 */
	b.reasoning_pico = 850;   /* a: as its output, 900 */
	a.long_from_tokens = 200000;
	a.long_input_pico = 150;
	b.long_from_tokens = 100000;
	both = price_dearer(&a, &b);
	assert_int_equal(both.input_pico, 200);
	assert_int_equal(both.output_pico, 900);
	assert_int_equal(both.cache_write_pico, 200);
	assert_int_equal(both.reasoning_pico, 900);
	assert_int_equal(both.long_from_tokens, 100000);
	assert_int_equal(both.long_input_pico, 200);
	assert_int_equal(both.audio_input_pico, PRICE_UNKNOWN);
	assert_int_equal(both.cache_write_12h_pico, PRICE_UNKNOWN);
}

static void test_the_dearer_price_has_what_only_one_of_them_names(void **state)
{
	struct price a = priced(100, 900), b = priced(200, 800), both;

	a.cache_write_12h_pico = 300; /* b: 2.5 times its input, 500 */
	b.audio_input_pico = 700;
	b.cache_read_audio_pico = 150; /* a: as its input, 100 */
	b.per_use_nano[SERVER_WEB_SEARCH] = 10000000;
	b.per_request_nano = 5;
	both = price_dearer(&a, &b);
	assert_int_equal(both.cache_write_12h_pico, 500);
	assert_int_equal(both.audio_input_pico, 700);
	assert_int_equal(both.cache_read_audio_pico, 150);
	assert_int_equal(both.per_use_nano[SERVER_WEB_SEARCH], 10000000);
	assert_int_equal(both.per_request_nano, 5);
	assert_int_equal(price_dearer(&b, &a).cache_write_12h_pico, 500);
	assert_int_equal(price_dearer(&b, &a).per_use_nano[SERVER_WEB_SEARCH], 10000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hours_of_the_week_hold),
		cmocka_unit_test(test_hours_that_go_over_midnight),
		cmocka_unit_test(test_what_is_no_hours_is_refused),
		cmocka_unit_test(test_a_call_meets_the_dearer_price_unless_all_of_it_is_off_peak),
		cmocka_unit_test(
		    test_around_a_change_the_dearer_counts_and_the_bill_goes_by_the_answers_name),
		cmocka_unit_test(test_a_price_that_doubles_on_a_day),
		cmocka_unit_test(test_a_successor_has_a_day_of_its_own),
		cmocka_unit_test(test_the_dearer_of_two_prices_is_so_in_every_figure),
		cmocka_unit_test(test_the_dearer_price_has_what_only_one_of_them_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
