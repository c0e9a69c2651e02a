/* Bands of price. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/number.h"
#include "prices/price_row.h"
#include "prices/tiers.h"

static struct tier_band bands[] = { { (char *)"cheap", 1000000 }, { (char *)"mid", 8000000 },
	{ (char *)"premium", INT64_MAX } };
static const struct settings settings = { .tiers = bands, .tier_count = 3 };

static int tier_at(int64_t input, int64_t output, const char *named)
{
	struct price price;
	struct deployment deployment = { .tier = (char *)named };
	price_clear(&price);
	price.input_pico = input;
	price.output_pico = output;
	return tier_of(&settings, &deployment, &price);
}

static void test_blended_is_three_parts_input_rounded_up(void **state)
{
	struct price price;
	price_clear(&price);
	price.input_pico = 3;
	price.output_pico = 4;
	assert_int_equal(tier_blended_pico(&price), 4);
	price.input_pico = price.output_pico = INT64_MAX;
	assert_true(tier_blended_pico(&price) == INT64_MAX);
}

static void test_dear_reasoning_and_each_request_count(void **state)
{
	struct price price;

	price_clear(&price);
	price.input_pico = price.output_pico = 1000000;
	price.reasoning_pico = 5000000;
	assert_int_equal(tier_blended_pico(&price), 2000000);
	price.per_request_nano = NANO_PER_DOLLAR / 100; /* a cent: 10 dollars a million tokens */
	assert_int_equal(tier_blended_pico(&price), 12000000);
}

static void test_a_bands_upper_end_belongs_to_it(void **state)
{
	assert_int_equal(tier_at(0, 0, NULL), 0);
	assert_int_equal(tier_at(1000000, 1000000, NULL), 0);
	assert_int_equal(tier_at(1000000, 1000001, NULL), 1);
	assert_int_equal(tier_at(8000000, 8000000, NULL), 1);
	assert_int_equal(tier_at(8000001, 8000001, NULL), 2);
}

static void test_a_named_tier_wins(void **state)
{
	assert_int_equal(tier_at(80000000, 80000000, "cheap"), 0);
	assert_int_equal(tier_at(1, 1, "premium"), 2);
}

static void test_without_a_price_the_tier_is_the_dearest(void **state)
{
	assert_int_equal(tier_at(PRICE_UNKNOWN, 1, NULL), 2);
	assert_int_equal(tier_at(1, PRICE_UNKNOWN, NULL), 2);
}

static void test_what_costs_nothing_is_a_tier_of_its_own(void **state)
{
	static struct tier_band with_free[] = { { (char *)"free", 0 }, { (char *)"cheap", 1000000 },
		{ (char *)"mid", INT64_MAX } };
	static const struct settings own = { .tiers = with_free, .tier_count = 3 };
	struct price price;

	price_clear(&price);
	price.input_pico = price.output_pico = 0;
	assert_int_equal(tier_by_price(&own, &price), 0);
	price.per_request_nano = 1;
	assert_int_equal(tier_by_price(&own, &price), 1);
	price.per_request_nano = PRICE_UNKNOWN;
	price.output_pico = 1;
	assert_int_equal(tier_by_price(&own, &price), 1);
}

static void test_a_ratio_is_exceeded_above_it(void **state)
{
	assert_false(tier_ratio_exceeded(0, 1, 1000));
	assert_false(tier_ratio_exceeded(200, 100, 200));
	assert_true(tier_ratio_exceeded(200, 100, 201));
	assert_true(tier_ratio_exceeded(150, INT64_MAX / 2, INT64_MAX));
	assert_false(tier_ratio_exceeded(200, 0, 201)); /* its tier says what may follow */
}

static void test_directions(void **state)
{
	assert_string_equal(direction_name(tier_direction(1, 1)), "sideways");
	assert_string_equal(direction_name(tier_direction(1, 0)), "downward");
	assert_string_equal(direction_name(tier_direction(1, 2)), "upward");
	assert_string_equal(direction_name(DIRECTION_OWN), "own");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blended_is_three_parts_input_rounded_up),
		cmocka_unit_test(test_dear_reasoning_and_each_request_count),
		cmocka_unit_test(test_a_bands_upper_end_belongs_to_it),
		cmocka_unit_test(test_a_named_tier_wins),
		cmocka_unit_test(test_without_a_price_the_tier_is_the_dearest),
		cmocka_unit_test(test_what_costs_nothing_is_a_tier_of_its_own),
		cmocka_unit_test(test_a_ratio_is_exceeded_above_it),
		cmocka_unit_test(test_directions),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
