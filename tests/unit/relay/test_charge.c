/* What a call that has ended is charged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "prices/price_row.h"
#include "relay/charge.h"

#define MONDAY INT64_C(1795392000000) /* 2026-11-23 00:00 UTC, off the peak until 01:00 */

static const char off_peak[] = "1-5 00:00-01:00,04:00-06:00,10:00-00:00;6-7 00:00-00:00";

static struct price price;

/* 1 and 2 dollars a million, half of that off the peak; 100 in, 4 choices of 50 out were held. */
static struct charge_terms terms_of(void)
{
	price_clear(&price);
	price.input_pico = 1000000;
	price.output_pico = 2000000;
	price.off_input_pico = 500000;
	price.off_output_pico = 1000000;
	price.max_input_tokens = 1000;
	assert_true(price_hours_parse(slice_of(off_peak), &price.off_peak));
	return (struct charge_terms){ .course = { &price, NULL, 0 },
		.model = "m",
		.bound = { .input_tokens = 100, .output_tokens = 50, .cost_nano = 500000 },
		.output_most = 200 };
}

static struct attempt_end ended(int64_t at_ms, struct usage usage)
{
	return (struct attempt_end){ .how = HOLD_SETTLED,
		.outcome = "timeout",
		.ended_ms = at_ms,
		.latency_ms = 60000,
		.usage = usage };
}

static struct attempt_end charge(int64_t at_ms, struct usage usage, struct usage told)
{
	struct charge_terms terms = terms_of();
	struct attempt_end end = ended(at_ms, usage);

	charge_usage(&terms, NULL, &told, &end);
	return end;
}

static struct usage said(int64_t input, int64_t output)
{
	return (struct usage){ .known = true,
		.input_tokens = input,
		.output_tokens = output,
		.reported_cost_nano = -1 };
}

static struct usage guessed(int64_t input, int64_t output)
{
	struct usage usage = said(input, output);

	usage.known = false;
	usage.estimated = true;
	return usage;
}

static void test_the_price_of_the_hour_counts(void **state)
{
	struct usage usage = said(90, 30);

	assert_int_equal(charge(MONDAY + 30 * 60000, usage, usage).cost_nano, 75000);
	assert_int_equal(charge(MONDAY + 120 * 60000, usage, usage).cost_nano, 150000);
	/* It goes over the line: the dearer. */
	assert_int_equal(charge(MONDAY + 60 * 60000 + 1000, usage, usage).cost_nano, 150000);
}

static void test_usage_beyond_window_or_limit_is_charged_the_bound(void **state)
{
	static const int64_t wrong[][2] = { { 1001, 30 }, { 90, 201 },
		{ INT64_C(1000000000000000000), 30 }, { 90, INT64_C(1000000000000000000) } };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct usage usage = said(wrong[i][0], wrong[i][1]);
		struct attempt_end end = charge(MONDAY, usage, usage);

		assert_int_equal(end.how, HOLD_UNKNOWN);
		assert_string_equal(end.outcome, "unbelieved");
		assert_int_equal(end.cost_nano, 500000);
		assert_true(end.usage.estimated);
	}
}

static void test_a_picture_may_be_larger_than_the_limit(void **state)
{
	struct usage usage = said(90, 801);
	struct attempt_end end;

	usage.image_output_tokens = 790;
	end = charge(MONDAY, usage, usage);
	assert_int_equal(end.how, HOLD_SETTLED);
	assert_int_equal(end.cost_nano, 90 * 500 + 801 * 1000); /* an overrun */
	usage.image_output_tokens = 600;
	end = charge(MONDAY, usage, usage);
	assert_string_equal(end.outcome, "unbelieved");
	usage.output_tokens = usage.image_output_tokens = INT64_C(1000000000000000000);
	end = charge(MONDAY, usage, usage);
	assert_string_equal(end.outcome, "unbelieved");
}

static void test_what_the_provider_itself_asks_for_is_believed(void **state)
{
	struct usage usage = said(5000, 5000);
	struct attempt_end end;

	usage.reported_cost_nano = 123456789;
	end = charge(MONDAY, usage, usage);
	assert_int_equal(end.how, HOLD_SETTLED);
	assert_int_equal(end.cost_nano, 123456789);
}

/* More than a hundred dollars, and more than a thousand times the bound. */
static void test_but_no_cost_that_cannot_be(void **state)
{
	static const int64_t costs[] = { 100 * INT64_C(1000000000), 100 * INT64_C(1000000000) + 1,
		INT64_MAX };

	for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
		struct usage usage = said(90, 30);
		struct attempt_end end;

		usage.reported_cost_nano = costs[i];
		end = charge(MONDAY, usage, usage);
		assert_int_equal(end.how, i == 0 ? HOLD_SETTLED : HOLD_UNKNOWN);
		assert_int_equal(end.cost_nano, i == 0 ? costs[i] : 500000);
	}
}

static void test_an_estimate_is_never_above_the_hold(void **state)
{
	struct usage none = { .reported_cost_nano = -1 };
	struct attempt_end end = charge(MONDAY + 120 * 60000, guessed(100, 5000), none);

	assert_int_equal(end.how, HOLD_SETTLED);
	assert_int_equal(end.cost_nano, 500000);
	assert_true(end.usage.estimated);
}

/* Of a stream that was cut; what it told is no estimate then. */
static void test_nor_below_what_was_told(void **state)
{
	struct attempt_end end = charge(MONDAY + 120 * 60000, guessed(900, 190), said(900, 150));

	assert_int_equal(end.how, HOLD_SETTLED);
	assert_int_equal(end.cost_nano, 900 * 1000 + 150 * 2000);
	assert_false(end.usage.estimated);
	assert_int_equal(end.usage.output_tokens, 150);
}

/* Of a stream that ended, where the output cannot be true. */
static void test_nor_above_it_for_what_was_told_but_is_not_believed(void **state)
{
	struct usage told = said(900, 1);
	struct attempt_end end;

	told.estimated = true;
	end = charge(MONDAY + 120 * 60000, guessed(900, 190), told);
	assert_int_equal(end.how, HOLD_SETTLED);
	assert_int_equal(end.cost_nano, 500000);
	assert_true(end.usage.estimated);
}

/* More images than were ordered, of a stream that was cut. */
static void test_nor_for_units_that_nobody_billed(void **state)
{
	struct charge_terms terms = terms_of();
	struct usage usage = guessed(0, 0), none = { .reported_cost_nano = -1 };
	struct attempt_end end;

	price.mode = MODE_IMAGE;
	price.per_image_nano = 250000;
	terms.media = true;
	terms.units = 2;
	usage.units = 5;
	end = ended(MONDAY, usage);
	charge_usage(&terms, NULL, &none, &end);
	assert_int_equal(end.cost_nano, 500000);
}

static void test_a_window_counts_for_each_text_of_a_call(void **state)
{
	struct charge_terms terms = terms_of();
	struct usage usage = said(2500, 0);
	struct attempt_end end = ended(MONDAY, usage);

	terms.inputs = 3;
	charge_usage(&terms, NULL, &usage, &end);
	assert_int_equal(end.how, HOLD_SETTLED);
	assert_int_equal(end.cost_nano, 2500 * 500);
}

/* One use was allowed, of a cent. */
static void test_uses_that_are_told_are_charged_in_full_and_the_others_as_allowed(void **state)
{
	struct charge_terms terms = terms_of();
	struct usage usage = said(90, 0), none = { .reported_cost_nano = -1 };
	struct attempt_end end;

	price.per_use_nano[SERVER_WEB_SEARCH] = 10000000;
	terms.bound.uses.of[SERVER_WEB_SEARCH] = 1;
	terms.bound.cost_nano = 10000000 + 500000;
	end = ended(MONDAY, usage);
	charge_usage(&terms, NULL, &usage, &end);
	assert_int_equal(end.cost_nano, 10000000 + 90 * 500);
	usage.uses_told = 1U << SERVER_WEB_SEARCH;
	end = ended(MONDAY, usage);
	charge_usage(&terms, NULL, &usage, &end);
	assert_int_equal(end.cost_nano, 90 * 500);
	/* Seven windows of 1000 for six uses: an overrun, which is no reason to disbelieve it. */
	usage = said(7000, 0);
	usage.uses_told = 1U << SERVER_WEB_SEARCH;
	usage.uses.of[SERVER_WEB_SEARCH] = 6;
	end = ended(MONDAY, usage);
	charge_usage(&terms, NULL, &usage, &end);
	assert_int_equal(end.how, HOLD_SETTLED);
	assert_int_equal(end.cost_nano, 60000000 + 7000 * 500);
	/* A stream that was cut after one of them. */
	end = ended(MONDAY, guessed(90, 0));
	charge_usage(&terms, NULL, &none, &end);
	assert_int_equal(end.cost_nano, 10000000 + 90 * 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_price_of_the_hour_counts),
		cmocka_unit_test(test_usage_beyond_window_or_limit_is_charged_the_bound),
		cmocka_unit_test(test_a_picture_may_be_larger_than_the_limit),
		cmocka_unit_test(test_what_the_provider_itself_asks_for_is_believed),
		cmocka_unit_test(test_but_no_cost_that_cannot_be),
		cmocka_unit_test(test_an_estimate_is_never_above_the_hold),
		cmocka_unit_test(test_nor_below_what_was_told),
		cmocka_unit_test(test_nor_above_it_for_what_was_told_but_is_not_believed),
		cmocka_unit_test(test_nor_for_units_that_nobody_billed),
		cmocka_unit_test(test_a_window_counts_for_each_text_of_a_call),
		cmocka_unit_test(
		    test_uses_that_are_told_are_charged_in_full_and_the_others_as_allowed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
