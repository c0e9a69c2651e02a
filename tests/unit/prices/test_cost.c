/* What a call did cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "prices/cost.h"
#include "prices/price_row.h"
#include "prices/rates.h"

static struct price price_of(int64_t input, int64_t output)
{
	struct price price;
	price_clear(&price);
	price.input_pico = input;
	price.output_pico = output;
	return price;
}

static struct usage usage_of(int64_t input, int64_t output)
{
	return (struct usage){ .known = true,
		.input_tokens = input,
		.output_tokens = output,
		.reported_cost_nano = -1 };
}

/* By tiers and place, each worked out by hand: 1000 in, of which 400 are cached, and 100 out. */
static void test_the_tier_that_served_has_its_price(void **state)
{
	static const struct {
		const char *provider, *model;
		enum served served;
		bool in_us;
		int64_t nano;
	} cases[] = {
		{ "openai", "gpt-5.1", SERVED_STANDARD, false, 1640000 },
		{ "openai", "gpt-5.1", SERVED_FLEX, false, 820000 },
		{ "openai", "gpt-5.1", SERVED_PRIORITY, false, 3280000 },
		{ "openai", "gpt-5.5-2026-04-23", SERVED_PRIORITY, false, 4100000 },
		{ "openai", "gpt-4o-mini", SERVED_PRIORITY, false, 2733334 },
		{ "azure", "eu/gpt-4.1", SERVED_PRIORITY, false, 2870000 },
		{ "gemini", "gemini-2.5-flash", SERVED_FLEX, false, 840000 },
		{ "vertex_ai", "gemini-3.8-flash", SERVED_PRIORITY, false, 2952000 },
		{ "openai", "mine", SERVED_FLEX, false, 1640000 },
		{ "openai", "mine", SERVED_PRIORITY, false, 4100000 },
		{ "groq", "openai/gpt-oss-120b", SERVED_FLEX, false, 1640000 },
		{ "anthropic", "claude-opus-4-6", SERVED_STANDARD, true, 1804000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct price price = price_of(1000000, 10000000);
		struct usage usage = usage_of(1000, 100);

		price.cache_read_pico = 100000;
		price.tiers = served_tiers_of(cases[i].provider, cases[i].model);
		usage.cached_tokens = 400;
		usage.served = cases[i].served;
		usage.in_us = cases[i].in_us;
		assert_int_equal(cost_of(&price, &usage), cases[i].nano);
	}
}

/* 300,000 in, of which 100,000 are cached, and 100,000 out: what is named is taken, the rest keeps
 * its proportion, and a long context its own. */
static void test_the_tier_that_served_has_the_price_of_the_settings(void **state)
{
	static const struct {
		enum served served;
		struct served_prices prices;
		int64_t nano;
	} cases[] = {
		{ SERVED_STANDARD, { 7000000, 70000000, 700000 }, 1210000000 },
		{ SERVED_PRIORITY, { 3000000, 20000000, 200000 }, 2620000000 },
		{ SERVED_PRIORITY, { 3000000, 0, 0 }, 3630000000 },
		{ SERVED_PRIORITY, { 0, 20000000, 0 }, 2420000000 },
		{ SERVED_FLEX, { 500000, 4000000, 0 }, 505000000 },
		{ SERVED_FLEX, { 0, 0, 0 }, 605000000 }, /* the listed share */
		{ SERVED_FLEX, { 0, 0, 1000 }, 605000000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct price price = price_of(1000000, 10000000);
		struct usage usage = usage_of(300000, 100000);

		price.cache_read_pico = 100000;
		price.tiers = served_tiers_of("openai", "gpt-5.1");
		price.flex = price.priority = cases[i].prices;
		usage.cached_tokens = 100000;
		usage.served = cases[i].served;
		assert_int_equal(cost_of(&price, &usage), cases[i].nano);
		price.long_from_tokens = 200000;
		price.long_input_pico = 2000000;
		price.long_output_pico = 20000000;
		assert_int_equal(cost_of(&price, &usage), 2 * cases[i].nano);
	}
}

/* Of several jumps the one that the prompt has passed counts for all of it. */
static void test_each_length_has_its_price(void **state)
{
	static const int64_t cases[][2] = { { 32000, 32000 * 1000 + 5000 },
		{ 32001, 32001 * 1800 + 9000 }, { 128000, 128000 * INT64_C(1800) + 9000 },
		{ 128001, 128001 * INT64_C(3000) + 15000 },
		{ 300000, 300000 * INT64_C(6000) + 60000 } };
	struct price price = price_of(1000000, 5000000);
	struct usage usage;

	price.long_from_tokens = 32000;
	price.long_input_pico = 6000000;
	price.long_output_pico = 60000000;
	price.steps[0] = (struct price_step){ 32000, 1800000, 9000000, 180000 };
	price.steps[1] = (struct price_step){ 128000, 3000000, 15000000, PRICE_UNKNOWN };
	price.steps[2] = (struct price_step){ 256000, 6000000, 60000000, PRICE_UNKNOWN };
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		usage = usage_of(cases[i][0], 1);
		assert_int_equal(cost_of(&price, &usage), cases[i][1]);
	}
	usage = usage_of(40000, 0);
	usage.cached_tokens = 40000;
	assert_int_equal(cost_of(&price, &usage), 40000 * 180);
	price.steps[2].input_pico = 1; /* a longer prompt is not cheaper */
	usage = usage_of(300000, 0);
	assert_int_equal(cost_of(&price, &usage), 300000 * INT64_C(3000));
}

static void test_cost_is_rounded_up_once(void **state)
{
	struct price price = price_of(1, 1);
	struct usage usage = usage_of(1, 1);
	assert_int_equal(cost_of(&price, &usage), 1);
	usage = usage_of(500, 500);
	assert_int_equal(cost_of(&price, &usage), 1);
	usage = usage_of(500, 501);
	assert_int_equal(cost_of(&price, &usage), 2);
	usage = usage_of(0, 0);
	assert_int_equal(cost_of(&price, &usage), 0);
}

static void test_each_part_has_its_price(void **state)
{
	struct price price = price_of(1000000, 2000000);
	price.cache_read_pico = 100000;
	price.cache_write_pico = 1250000;
	price.cache_write_1h_pico = 2000000;
	price.audio_input_pico = 40000000;
	price.reasoning_pico = 3000000;
	price.audio_output_pico = 80000000;
	price.per_request_nano = 7;
	struct usage usage = usage_of(15, 6);
	usage.cached_tokens = 2;
	usage.cache_write_tokens = 3;
	usage.cache_write_1h_tokens = 4;
	usage.audio_input_tokens = 1;
	usage.reasoning_tokens = 2;
	usage.audio_output_tokens = 1;
	/* 5 x 1 + 2 x .1 + 3 x 1.25 + 4 x 2 + 40 + 3 x 2 + 2 x 3 + 80, in thousandths, and 7 */
	assert_int_equal(
	    cost_of(&price, &usage), 5000 + 200 + 3750 + 8000 + 40000 + 6000 + 6000 + 80000 + 7);
}

static void test_unknown_parts_cost_what_their_whole_costs(void **state)
{
	struct price price = price_of(1000, 2000);
	struct usage usage = usage_of(10, 10);
	int64_t plain = cost_of(&price, &usage);
	usage.cached_tokens = 4;
	usage.cache_write_1h_tokens = 4;
	usage.reasoning_tokens = 9;
	assert_int_equal(cost_of(&price, &usage), plain);
}

static void test_long_prices_hold_for_the_whole_request_above_the_limit(void **state)
{
	struct price price = price_of(1000, 2000);
	price.long_from_tokens = 100;
	price.long_input_pico = 2000;
	price.long_output_pico = 3000;
	price.cache_write_pico = 1250;
	struct usage usage = usage_of(100, 10);
	assert_int_equal(cost_of(&price, &usage), 120);
	usage.input_tokens = 101;
	assert_int_equal(cost_of(&price, &usage), 232);
	usage.cache_write_tokens = 101; /* rises as input does: 2500 */
	assert_int_equal(cost_of(&price, &usage), 283);
}

static void test_the_providers_own_figure_wins_unless_absurd(void **state)
{
	struct price price = price_of(1000, 2000);
	struct usage usage = usage_of(10, 10);
	usage.reported_cost_nano = 5;
	assert_int_equal(cost_of(&price, &usage), 5);
	usage.reported_cost_nano = 0;
	assert_int_equal(cost_of(&price, &usage), 0);
	usage.reported_cost_nano = INT64_MAX;
	assert_int_equal(cost_of(&price, &usage), 30);
	usage.reported_cost_nano = -5;
	assert_int_equal(cost_of(&price, &usage), 30);
}

static void test_absurd_usage_is_clamped_and_never_overflows(void **state)
{
	struct price price = price_of(1000000000000, 1000000000000);
	struct usage usage = usage_of(INT64_MAX, INT64_MAX);
	assert_true(cost_of(&price, &usage) == RATES_NANO_MAX);
	usage = usage_of(-5, INT64_MIN);
	usage.cached_tokens = INT64_MAX;
	usage.reasoning_tokens = -1;
	assert_int_equal(cost_of(&price, &usage), 0);
}

static void test_parts_larger_than_their_whole_keep_the_dearest(void **state)
{
	struct usage usage = usage_of(10, 5);
	usage.cached_tokens = 8;
	usage.cache_write_1h_tokens = 6;
	usage.reasoning_tokens = 9;
	usage_sanitise(&usage);
	assert_int_equal(usage.cache_write_1h_tokens, 6);
	assert_int_equal(usage.cached_tokens, 4);
	assert_int_equal(usage.reasoning_tokens, 5);
}

static void test_counts_that_contradict_each_other_are_read_the_dear_way(void **state)
{
	static const struct {
		int64_t input, cached, writes, output, reasoning, total, want_input, want_output;
	} cases[] = {
		{ 100, 40, 0, 5, 3, 105, 100, 5 }, /* none does */
		{ 100, 40, 0, 5, 3, -1, 100, 5 },  /* no total */
		{ 21, 0, 0, 0, 60, 81, 21, 60 },   /* reasoning apart, in the total */
		{ 21, 0, 0, 0, 60, -1, 21, 60 },   /* and without one */
		{ 21, 0, 0, 5, 60, 86, 21, 65 }, { 100, 0, 0, 5, 0, 400, 100, 300 },
		{ 100, 0, 0, 5, 0, 90, 100, 5 },               /* a total that is too small */
		{ 56322, 72960, 0, 87, 0, 56409, 129282, 87 }, /* cached beside the prompt */
		{ 100, 60, 60, 5, 0, 105, 220, 5 },
		{ 100, 80, 0, 5, 0, 185, 180, 5 }, /* the total says that it is beside */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct usage usage = usage_of(cases[i].input, cases[i].output);

		usage.cached_tokens = cases[i].cached;
		usage.cache_write_tokens = cases[i].writes;
		usage.reasoning_tokens = cases[i].reasoning;
		usage_reconcile(&usage, cases[i].total);
		assert_int_equal(usage.input_tokens, cases[i].want_input);
		assert_int_equal(usage.output_tokens, cases[i].want_output);
	}
}

static void test_no_sum_of_counts_overflows(void **state)
{
	struct usage usage = usage_of(INT64_MAX, INT64_MAX);

	usage.cached_tokens = usage.cache_write_12h_tokens = usage.reasoning_tokens = INT64_MAX;
	usage_reconcile(&usage, INT64_MAX);
	assert_int_equal(usage.input_tokens, INT64_MAX);
	assert_int_equal(usage.output_tokens, INT64_MAX);
}

static void test_the_largest_of_each_count_holds(void **state)
{
	struct usage usage = { .known = false }, first = usage_of(100, 5),
		     second = usage_of(20, 90);

	first.cached_tokens = 40;
	second.reported_cost_nano = 7;
	usage_keep_largest(&usage, &first);
	usage_keep_largest(&usage, &second);
	assert_true(usage.known);
	assert_int_equal(usage.input_tokens, 100);
	assert_int_equal(usage.cached_tokens, 40);
	assert_int_equal(usage.output_tokens, 90);
	assert_int_equal(usage.reported_cost_nano, 7);
}

static void test_what_has_no_price_costs_the_dearest_that_it_can(void **state)
{
	struct price price = price_of(2000000, 8000000);
	struct usage usage = usage_of(10, 0);

	usage.cache_write_12h_tokens = 10;
	assert_int_equal(cost_of(&price, &usage), 10 * 5000); /* 2.5 times the input */
	price.cache_write_1h_pico = 6000000;
	assert_int_equal(cost_of(&price, &usage), 10 * 6000);
	price.cache_write_12h_pico = 4000000;
	assert_int_equal(cost_of(&price, &usage), 10 * 4000);
	usage = usage_of(10, 0);
	usage.cached_tokens = usage.cached_audio_tokens = 10;
	price.cache_read_pico = 200000;
	price.audio_input_pico = 9000000;
	assert_int_equal(cost_of(&price, &usage), 10 * 9000);
	price.cache_read_audio_pico = 900000;
	assert_int_equal(cost_of(&price, &usage), 10 * 900);
}

/* An image of which a part was cached: without a price of images it is input like all other. */
static void test_a_kind_without_a_price_keeps_its_discount(void **state)
{
	struct price price;
	struct usage usage = usage_of(1000, 0);

	price_clear(&price);
	price.input_pico = price.output_pico = 1000000;
	price.cache_read_pico = 100000;
	usage.image_input_tokens = usage.audio_input_tokens = 900;
	usage.cached_tokens = 800;
	assert_int_equal(cost_of(&price, &usage), 200 * 1000 + 800 * 100);
	price.audio_input_pico = price.input_pico;
	assert_int_equal(cost_of(&price, &usage), 200 * 1000 + 800 * 100);
	price.image_input_pico = 2000000;
	assert_int_equal(cost_of(&price, &usage), 900 * 2000 + 100 * 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tier_that_served_has_its_price),
		cmocka_unit_test(test_the_tier_that_served_has_the_price_of_the_settings),
		cmocka_unit_test(test_each_length_has_its_price),
		cmocka_unit_test(test_cost_is_rounded_up_once),
		cmocka_unit_test(test_counts_that_contradict_each_other_are_read_the_dear_way),
		cmocka_unit_test(test_no_sum_of_counts_overflows),
		cmocka_unit_test(test_the_largest_of_each_count_holds),
		cmocka_unit_test(test_what_has_no_price_costs_the_dearest_that_it_can),
		cmocka_unit_test(test_a_kind_without_a_price_keeps_its_discount),
		cmocka_unit_test(test_each_part_has_its_price),
		cmocka_unit_test(test_unknown_parts_cost_what_their_whole_costs),
		cmocka_unit_test(test_long_prices_hold_for_the_whole_request_above_the_limit),
		cmocka_unit_test(test_the_providers_own_figure_wins_unless_absurd),
		cmocka_unit_test(test_absurd_usage_is_clamped_and_never_overflows),
		cmocka_unit_test(test_parts_larger_than_their_whole_keep_the_dearest),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
