/* Decimal text to whole numbers, exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"

static int64_t scaled(const char *text, int scale)
{
	int64_t value = -77;

	return number_scaled(slice_of(text), scale, &value, NULL) == 0 ? value : INT64_MIN;
}

static void test_decimals_are_exact(void **state)
{
	assert_int_equal(scaled("0.25", 9), 250000000);
	assert_int_equal(scaled("0.000002", 12), 2000000);
	assert_int_equal(scaled("2.5E-7", 12), 250000);
	assert_int_equal(scaled("1e-06", 12), 1000000);
	assert_int_equal(scaled("+12", 0), 12);
	assert_int_equal(scaled("-0.1", 9), -100000000);
	assert_int_equal(scaled("5.", 0), 5);
	assert_int_equal(scaled(".5", 1), 5);
	assert_int_equal(scaled("0.1", 1), 1);
	assert_int_equal(scaled("9223372036854775807", 0), INT64_MAX);
}

static void test_what_is_below_the_last_place_is_rounded_up(void **state)
{
	assert_int_equal(scaled("0.0000000001", 9), 1);
	assert_int_equal(scaled("1.0000000001", 9), 1000000001);
	assert_int_equal(scaled("-0.0000000001", 9), -1);
	assert_int_equal(scaled("1e-300", 9), 1);
	assert_int_equal(scaled("0e-300", 9), 0);
}

static void test_what_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = { "", ".", "-", "abc", "1e", "1e+", "1 ", " 1", "0x10",
		"1,5", "1.2.3", "NaN", "inf", "1e999", "99999999999999999999", "1e-9999" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (scaled(bad[i], 0) != INT64_MIN)
			fail_msg("accepted '%s'", bad[i]);
}

static void test_whole_numbers_keep_their_range(void **state)
{
	int64_t value = 5;

	assert_int_equal(number_whole(slice_of("42"), 0, 100, &value, NULL), 0);
	assert_int_equal(value, 42);
	assert_int_equal(number_whole(slice_of("-3"), -5, 5, &value, NULL), 0);
	assert_int_equal(value, -3);
	assert_int_equal(
	    number_whole(slice_of("-9223372036854775808"), INT64_MIN, 0, &value, NULL), 0);
	assert_int_equal(number_whole(slice_of("101"), 0, 100, &value, NULL), -1);
	assert_int_equal(
	    number_whole(slice_of("9223372036854775808"), 0, INT64_MAX, &value, NULL), -1);
	assert_int_equal(number_whole(slice_of("1.0"), 0, 100, &value, NULL), -1);
	assert_int_equal(number_whole(slice_of(""), 0, 100, &value, NULL), -1);
	assert_true(value == INT64_MIN);
}

static void test_dollars_read_well(void **state)
{
	assert_string_equal(number_dollars(12500000000).text, "$12.50");
	assert_string_equal(number_dollars(-100000000).text, "-$0.10");
	assert_string_equal(number_dollars(1).text, "$0.000000001");
	assert_string_equal(number_dollars_bare(12500000000).text, "12.5");
	assert_string_equal(number_dollars_bare(0).text, "0");
	assert_string_equal(number_dollars(INT64_MIN).text, "-$9223372036.854775808");
	assert_string_equal(number_dollars(0).text, "$0.00");
	assert_string_equal(number_dollars(1000000000000).text, "$1000.00");
	assert_string_equal(number_dollars_bare(-1).text, "-0.000000001");
	assert_int_equal(number_dollars_bare(12500000000).len, 4);
	assert_string_equal(number_text(0).text, "0");
	assert_string_equal(number_text(INT64_MIN).text, "-9223372036854775808");
	assert_string_equal(number_thousandths(12).text, "0.012");
	assert_string_equal(number_thousandths(61234).text, "61.234");
}

static void test_a_rate_is_the_nearest(void **state)
{
	assert_int_equal(number_permille(2856, 10000), 286);
	assert_int_equal(number_permille(2854, 10000), 285);
	assert_int_equal(number_permille(1, 3), 333);
	assert_int_equal(number_permille(2, 3), 667);
	assert_int_equal(number_permille(5, 0), 0);
	assert_int_equal(number_permille(INT64_MAX, INT64_MAX), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_rate_is_the_nearest),
		cmocka_unit_test(test_decimals_are_exact),
		cmocka_unit_test(test_what_is_below_the_last_place_is_rounded_up),
		cmocka_unit_test(test_what_is_no_number_is_refused),
		cmocka_unit_test(test_whole_numbers_keep_their_range),
		cmocka_unit_test(test_dollars_read_well),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
