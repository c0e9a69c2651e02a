#include "cli/budget_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BAR(limit, spent, held) budget_bar(limit, spent, held).text

static void test_the_bar_shows_spent_held_and_left(void **state)
{
	assert_string_equal(BAR(100, 0, 0), "[....................]");
	assert_string_equal(BAR(100, 50, 25), "[##########=====.....]");
	assert_string_equal(BAR(100, 100, 0), "[####################]");
	assert_string_equal(BAR(100, 50, 50), "[##########==========]");
}

static void test_a_little_spending_is_seen(void **state)
{
	assert_string_equal(BAR(1000000, 1, 0), "[#...................]");
	assert_string_equal(BAR(1000000, 0, 1), "[=...................]");
	assert_string_equal(BAR(1000000, 1, 1), "[#=..................]");
}

static void test_a_budget_that_is_not_used_up_never_looks_full(void **state)
{
	assert_string_equal(BAR(1000000, 999999, 0), "[###################.]");
	assert_string_equal(BAR(1000000, 960000, 1), "[###################.]");
}

static void test_a_limit_of_nothing_and_an_overrun_look_full(void **state)
{
	assert_string_equal(BAR(0, 0, 0), "[....................]");
	assert_string_equal(BAR(0, 5, 0), "[####################]");
	assert_string_equal(BAR(100, 150, 0), "[####################]");
}

static void test_amounts_beyond_32_bits_and_sums_fit(void **state)
{
	int64_t limit = INT64_C(9000000000) * INT64_C(1000000000);

	assert_string_equal(BAR(limit, limit / 2, 0), "[##########..........]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_bar_shows_spent_held_and_left),
		cmocka_unit_test(test_a_little_spending_is_seen),
		cmocka_unit_test(test_a_budget_that_is_not_used_up_never_looks_full),
		cmocka_unit_test(test_a_limit_of_nothing_and_an_overrun_look_full),
		cmocka_unit_test(test_amounts_beyond_32_bits_and_sums_fit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
