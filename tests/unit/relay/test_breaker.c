/*
 * Circuit breakers by themselves: counting by the minute, cooldowns that grow, one probe at a time.
 */
#include "../scratch_store.h"
#include "relay/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW_MS   INT64_C(1795430000500)
#define COOL_MS  INT64_C(10000)
#define MINUTE   INT64_C(60000)
#define LEASE_MS INT64_C(5000)

static void apply(struct change *change)
{
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
}

static void fail_at(int64_t now_ms)
{
	struct change *change = change_new();

	breaker_failure_into(change, "d", "overload", 3, COOL_MS, now_ms);
	apply(change);
}

static void succeed(void)
{
	struct change *change = change_new();

	breaker_success_into(change, "d");
	apply(change);
}

/* NULL: closed and without failures. */
static const struct breaker_state *state_at(int64_t now_ms)
{
	struct breaker_states states;

	assert_int_equal(breaker_read(store, now_ms, &arena, &states, &err), 0);
	return breaker_find(&states, "d");
}

static void assert_cools(int64_t now_ms, int64_t times)
{
	const struct breaker_state *state = state_at(now_ms);
	int64_t cool_ms = state->open_until_ms - now_ms;

	assert_true(state->open);
	/* up to a fifth longer */
	assert_in_range(cool_ms, COOL_MS * times, COOL_MS * times * 6 / 5);
}

static int take(const char *who, int64_t now_ms)
{
	return breaker_take_probe(store, "d", who, now_ms, LEASE_MS, &err);
}

static void test_it_opens_at_the_third_failure_within_a_minute(void **state)
{
	assert_null(state_at(NOW_MS));
	fail_at(NOW_MS);
	fail_at(NOW_MS + MINUTE - 1);
	assert_false(state_at(NOW_MS)->open);
	assert_int_equal(state_at(NOW_MS)->failures, 2);
	fail_at(NOW_MS + MINUTE - 1);
	assert_cools(NOW_MS + MINUTE - 1, 1);
	assert_string_equal(state_at(NOW_MS)->reason, "overload");
}

static void test_failures_of_another_minute_do_not_count(void **state)
{
	fail_at(NOW_MS);
	fail_at(NOW_MS + 1);
	fail_at(NOW_MS + MINUTE);
	assert_false(state_at(NOW_MS + MINUTE)->open);
	assert_int_equal(state_at(NOW_MS + MINUTE)->failures, 1);
}

static void test_a_success_while_closed_keeps_the_count(void **state)
{
	fail_at(NOW_MS);
	fail_at(NOW_MS);
	succeed();
	assert_int_equal(state_at(NOW_MS)->failures, 2);
}

static int64_t open_it(int64_t now_ms)
{
	for (int i = 0; i < 3; i++)
		fail_at(now_ms);
	return state_at(now_ms)->open_until_ms;
}

static void test_one_probe_at_a_time_and_only_when_the_time_is_over(void **state)
{
	int64_t over_ms = open_it(NOW_MS);

	assert_int_equal(take("r1", over_ms - 1), 0);
	assert_int_equal(take("r1", over_ms), 1);
	assert_true(state_at(over_ms)->probe_taken);
	assert_int_equal(take("r2", over_ms), 0);
	assert_int_equal(take("r2", over_ms + LEASE_MS), 1); /* r1 was killed */
}

static void test_the_probes_success_closes_and_an_older_answer_does_not(void **state)
{
	int64_t over_ms = open_it(NOW_MS);

	succeed(); /* began before it opened */
	assert_true(state_at(NOW_MS)->open);
	assert_int_equal(take("r1", over_ms), 1);
	succeed();
	assert_null(state_at(over_ms));
}

static void test_the_probes_failure_doubles_the_cooldown_up_to_tenfold(void **state)
{
	static const int times[] = { 2, 4, 8, 10, 10 };
	int64_t now_ms = open_it(NOW_MS);

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		assert_int_equal(take("r", now_ms), 1);
		fail_at(now_ms);
		assert_cools(now_ms, times[i]);
		assert_false(state_at(now_ms)->probe_taken);
		now_ms = state_at(now_ms)->open_until_ms;
	}
}

static void test_late_failures_of_earlier_requests_do_not_lengthen_it(void **state)
{
	int64_t over_ms = open_it(NOW_MS);

	fail_at(NOW_MS + 10);
	fail_at(over_ms - 1);
	assert_int_equal(state_at(NOW_MS)->open_until_ms, over_ms);
}

static void test_a_told_time_is_kept_and_never_shortened(void **state)
{
	struct change *change = change_new();

	breaker_cooldown_into(change, "d", "rate", NOW_MS, 50000);
	breaker_cooldown_into(change, "d", "rate", NOW_MS, 20000);
	apply(change);
	assert_true(state_at(NOW_MS)->open);
	assert_int_equal(state_at(NOW_MS)->open_until_ms, NOW_MS + 50000);
	assert_string_equal(state_at(NOW_MS)->reason, "rate");
}

/* ---- a clock that is set back an hour: what opened "later" than now is over ---- */

#define HOUR_MS (60 * MINUTE)

static void test_a_cooldown_does_not_outlive_itself_when_the_clock_goes_back(void **state)
{
	const int64_t back_ms = NOW_MS - HOUR_MS;

	open_it(NOW_MS);
	assert_true(state_at(back_ms)->open);
	assert_true(state_at(back_ms)->open_until_ms <= back_ms);
	assert_int_equal(take("r1", back_ms), 1);
	assert_true(state_at(back_ms)->probe_taken);
	assert_int_equal(take("r2", back_ms), 0);
	fail_at(back_ms);
	assert_cools(back_ms, 2);
	assert_true(state_at(back_ms + 1)->open_until_ms > back_ms + 1);
}

static void test_a_told_time_does_not_outlive_itself_when_the_clock_goes_back(void **state)
{
	const int64_t back_ms = NOW_MS - HOUR_MS;
	struct change *change = change_new();

	breaker_cooldown_into(change, "d", "rate", NOW_MS, 50000);
	breaker_cooldown_into(change, "d", "rate", back_ms, 20000);
	apply(change);
	assert_int_equal(state_at(back_ms)->open_until_ms, back_ms + 20000);
}

static void test_a_probe_does_not_outlive_its_claim_when_the_clock_goes_back(void **state)
{
	int64_t over_ms = open_it(NOW_MS);

	assert_int_equal(take("killed", over_ms), 1);
	assert_false(state_at(over_ms - HOUR_MS)->probe_taken);
	assert_int_equal(take("r2", over_ms - HOUR_MS), 1);
	assert_int_equal(take("r3", over_ms - HOUR_MS + LEASE_MS - 1), 0);
	assert_int_equal(take("r3", over_ms - HOUR_MS + LEASE_MS), 1);
}

static void test_failures_of_the_future_do_not_count(void **state)
{
	fail_at(NOW_MS);
	fail_at(NOW_MS);
	assert_int_equal(state_at(NOW_MS - HOUR_MS)->failures, 0);
	fail_at(NOW_MS - HOUR_MS);
	assert_false(state_at(NOW_MS - HOUR_MS)->open);
	assert_int_equal(state_at(NOW_MS - HOUR_MS)->failures, 1);
}

/* A request's own time is a little older than what it reads. */
static void test_a_request_that_began_before_it_opened_sees_it_open(void **state)
{
	int64_t until_ms = open_it(NOW_MS);

	assert_int_equal(state_at(NOW_MS - 900)->open_until_ms, until_ms);
	assert_int_equal(take("r1", NOW_MS - 900), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_opens_at_the_third_failure_within_a_minute),
		TEST(test_failures_of_another_minute_do_not_count),
		TEST(test_a_success_while_closed_keeps_the_count),
		TEST(test_one_probe_at_a_time_and_only_when_the_time_is_over),
		TEST(test_the_probes_success_closes_and_an_older_answer_does_not),
		TEST(test_the_probes_failure_doubles_the_cooldown_up_to_tenfold),
		TEST(test_late_failures_of_earlier_requests_do_not_lengthen_it),
		TEST(test_a_told_time_is_kept_and_never_shortened),
		TEST(test_a_cooldown_does_not_outlive_itself_when_the_clock_goes_back),
		TEST(test_a_told_time_does_not_outlive_itself_when_the_clock_goes_back),
		TEST(test_a_probe_does_not_outlive_its_claim_when_the_clock_goes_back),
		TEST(test_failures_of_the_future_do_not_count),
		TEST(test_a_request_that_began_before_it_opened_sees_it_open),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
