/*
 * Limits a minute and at a time, at the level of the ledger: what is taken, refused and given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "accounts/ledger.h"
#include "base/digest.h"

#define NOW_MS INT64_C(1795430000500)

static struct rate_scope scope_of(const char *scope, int64_t rpm, int64_t tpm, int64_t parallel)
{
	return (struct rate_scope){ scope, "x", { rpm, tpm, parallel }, 1, 100 };
}

static struct attempt begin(struct rate_hold *hold, int64_t now_ms)
{
	return (struct attempt){ .request_id = arena_copy(&arena, digest_new_id().text),
		.number = 1,
		.started_ms = now_ms,
		.key_id = "x",
		.model_group = "g",
		.deployment_id = "d",
		.provider = "p",
		.model = "m",
		.tier = "cheap",
		.direction = "own",
		.price_version = "v",
		.deadline_ms = now_ms + 1000000,
		.rate = hold };
}

static int take(struct attempt *attempt)
{
	struct budget_states budgets = { 0 };
	struct budget_refusal refusal;

	return ledger_hold(store, attempt, &budgets, &arena, &refusal, &err);
}

static void end(const struct attempt *attempt, enum hold_end how, int64_t tokens)
{
	struct attempt_end e = { .how = how, .ended_ms = attempt->started_ms, .outcome = "ok" };
	struct change *change = change_new();

	e.usage = (struct usage){ .known = true, .input_tokens = tokens, .reported_cost_nano = -1 };
	ledger_end_into(change, attempt, &e);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
}

static int take_at(int64_t now_ms, struct rate_scope scope, struct attempt *out)
{
	static struct rate_hold hold;

	hold = (struct rate_hold){ 0 };
	rate_hold_add(&hold, &scope);
	*out = begin(hold.count ? &hold : NULL, now_ms);
	return take(out);
}

static void test_requests_beyond_the_limit_are_refused_with_the_wait(void **state)
{
	struct rate_scope scope = scope_of("key", 2, LIMIT_NONE, LIMIT_NONE);
	struct attempt a;
	int64_t wait;

	assert_int_equal(take_at(NOW_MS, scope, &a), 0);
	assert_int_equal(take_at(NOW_MS + 10000, scope, &a), 0);
	assert_int_equal(take_at(NOW_MS + 20000, scope, &a), -1);
	assert_int_equal(err.kind, ERROR_RATE);
	assert_string_equal(a.rate->refusal.scope, "key");
	assert_int_equal(a.rate->refusal.kind, RATE_REQUESTS);
	assert_int_equal(a.rate->refusal.used, 2);
	/* The first stands in second ...000 and leaves 62 s later. */
	wait = a.rate->refusal.wait_ms;
	assert_int_equal(wait, 62000 - 20000 - 500);
	assert_int_equal(take_at(NOW_MS + 20000 + wait - 1, scope, &a), -1);
	assert_int_equal(take_at(NOW_MS + 20000 + wait + 1, scope, &a), 0);
}

static void test_no_sixty_seconds_hold_more_than_the_limit(void **state)
{
	struct rate_scope scope = scope_of("key", 5, LIMIT_NONE, LIMIT_NONE);
	int64_t taken[400];
	size_t count = 0;
	struct attempt a;

	for (int64_t t = NOW_MS; t < NOW_MS + 200000; t += 730)
		if (take_at(t, scope, &a) == 0)
			taken[count++] = t;
	assert_true(count > 15);
	for (size_t i = 0; i + 5 < count; i++)
		assert_true(taken[i + 5] - taken[i] >= 60000);
}

/* The provider counts when calls come: the first ones a second after they were counted here, those
 * after them at once. */
static void test_calls_that_are_on_their_way_for_a_second_pass_no_limit(void **state)
{
	struct rate_scope scope = scope_of("key", 5, LIMIT_NONE, LIMIT_NONE);
	const int64_t end_of_second = NOW_MS / 1000 * 1000 + 999, came = end_of_second + 1000;
	struct attempt a;
	int64_t next;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(take_at(end_of_second, scope, &a), 0);
	for (next = end_of_second + 59000; take_at(next, scope, &a) != 0; next++)
		;
	assert_true(next - came >= 60000);
}

static void test_tokens_are_reserved_and_settled_to_the_real_ones(void **state)
{
	struct rate_scope scope = scope_of("key", LIMIT_NONE, 250, LIMIT_NONE);
	struct attempt first, second, third;
	struct rate_left left;

	assert_int_equal(take_at(NOW_MS, scope, &first), 0);
	assert_int_equal(take_at(NOW_MS, scope, &second), 0);
	assert_int_equal(take_at(NOW_MS, scope, &third), -1);
	assert_int_equal(third.rate->refusal.kind, RATE_TOKENS);
	end(&first, HOLD_SETTLED, 30);
	assert_int_equal(rate_read(store, &scope, NOW_MS, &left, &err), 0);
	assert_int_equal(left.tokens_left, 250 - 30 - 100);
	assert_int_equal(take_at(NOW_MS, scope, &third), 0);
	end(&second, HOLD_RELEASED, 0);
	end(&third, HOLD_UNKNOWN, 0);
	assert_int_equal(rate_read(store, &scope, NOW_MS, &left, &err), 0);
	assert_int_equal(left.tokens_left, 250 - 30 - 100);
	assert_int_equal(left.requests_left, LIMIT_NONE);
}

static void test_more_tokens_than_the_limit_never_fit(void **state)
{
	struct attempt a;

	assert_int_equal(take_at(NOW_MS, scope_of("key", LIMIT_NONE, 99, LIMIT_NONE), &a), -1);
	assert_int_equal(a.rate->refusal.wait_ms, -1);
}

static void test_a_slot_is_free_again_when_the_attempt_has_ended(void **state)
{
	struct rate_scope scope = scope_of("deployment", LIMIT_NONE, LIMIT_NONE, 1);
	struct attempt first, second;

	assert_int_equal(take_at(NOW_MS, scope, &first), 0);
	assert_int_equal(take_at(NOW_MS, scope, &second), -1);
	assert_int_equal(second.rate->refusal.kind, RATE_PARALLEL);
	end(&first, HOLD_RELEASED, 0);
	assert_int_equal(take_at(NOW_MS, scope, &second), 0);
	end(&first, HOLD_RELEASED, 0); /* twice does nothing */
	assert_int_equal(take_at(NOW_MS, scope, &first), -1);
}

static void test_recovery_frees_the_slots_of_what_it_ends(void **state)
{
	struct rate_scope scope = scope_of("key", LIMIT_NONE, LIMIT_NONE, 1);
	struct attempt a;

	assert_int_equal(take_at(NOW_MS, scope, &a), 0);
	assert_int_equal(ledger_recover(store, NOW_MS + 2000000, &err), 1);
	assert_int_equal(take_at(NOW_MS, scope, &a), 0);
}

static void test_one_refusal_takes_nothing_anywhere(void **state)
{
	struct rate_scope key = scope_of("key", 10, LIMIT_NONE, 10),
			  team = scope_of("team", 0, LIMIT_NONE, LIMIT_NONE);
	struct rate_hold hold = { 0 };
	struct rate_left left;
	struct attempt a;

	rate_hold_add(&hold, &key);
	rate_hold_add(&hold, &team);
	a = begin(&hold, NOW_MS);
	assert_int_equal(take(&a), -1);
	assert_string_equal(hold.refusal.scope, "team");
	assert_int_equal(rate_read(store, &key, NOW_MS, &left, &err), 0);
	assert_int_equal(left.requests_left, 10);
	assert_int_equal(left.parallel_left, 10);
}

static void test_a_request_without_an_attempt_counts_and_leaves_nothing_open(void **state)
{
	struct rate_scope scope = scope_of("key", 2, LIMIT_NONE, LIMIT_NONE);
	struct rate_hold hold = { .count = 0 };
	struct rate_left left;
	struct attempt a;

	rate_hold_add(&hold, &scope);
	assert_int_equal(rate_count(store, &hold, "hit-1", NOW_MS, &err), 0);
	assert_int_equal(rate_read(store, &scope, NOW_MS, &left, &err), 0);
	assert_int_equal(left.requests_left, 1);
	assert_int_equal(take_at(NOW_MS, scope, &a), 0);
	assert_int_equal(rate_count(store, &hold, "hit-2", NOW_MS + 1000, &err), -1);
	end(&a, HOLD_SETTLED, 10);
	scope.limits.parallel = 1;
	assert_int_equal(rate_read(store, &scope, NOW_MS + 1000, &left, &err), 0);
	assert_int_equal(left.parallel_left, 1);
	assert_int_equal(left.requests_left, 0);
}

static void test_without_limits_nothing_is_written(void **state)
{
	struct rate_hold hold = { 0 };
	struct rate_scope none = scope_of("key", LIMIT_NONE, LIMIT_NONE, LIMIT_NONE);

	rate_hold_add(&hold, &none);
	assert_int_equal(hold.count, 0);
}

static void test_trimming_keeps_what_counts(void **state)
{
	struct rate_scope scope = scope_of("key", 2, LIMIT_NONE, LIMIT_NONE);
	struct change *change = change_new();
	struct rate_left left;
	struct attempt a;

	assert_int_equal(take_at(NOW_MS - 300000, scope, &a), 0);
	assert_int_equal(take_at(NOW_MS - 30000, scope, &a), 0);
	rate_trim_into(change, NOW_MS);
	assert_int_equal(store_apply(store, change, &err), 0);
	assert_int_equal(change_rows(change, 0), 1);
	change_free(change);
	assert_int_equal(rate_read(store, &scope, NOW_MS, &left, &err), 0);
	assert_int_equal(left.requests_left, 1);
	assert_int_equal(left.requests_reset_ms, 32000 - 500);
}

/* A clock that is set back an hour. */
static void test_a_full_minute_does_not_outlive_itself_when_the_clock_goes_back(void **state)
{
	struct rate_scope scope = scope_of("key", 2, 200, LIMIT_NONE);
	const int64_t back_ms = NOW_MS - 3600000;
	struct rate_left left;
	struct attempt a;

	assert_int_equal(take_at(NOW_MS, scope, &a), 0);
	assert_int_equal(take_at(NOW_MS, scope, &a), 0);
	assert_int_equal(take_at(NOW_MS - 2000, scope, &a), -1); /* overtaken by others */
	assert_int_equal(rate_read(store, &scope, back_ms, &left, &err), 0);
	assert_int_equal(left.requests_left, 2);
	assert_int_equal(left.requests_reset_ms, 0);
	assert_int_equal(take_at(back_ms, scope, &a), 0);
	assert_int_equal(take_at(back_ms, scope, &a), 0);
	assert_int_equal(take_at(back_ms, scope, &a), -1);
	assert_in_range(a.rate->refusal.wait_ms, 1, 62000);
	assert_int_equal(take_at(back_ms + 62000, scope, &a), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_requests_beyond_the_limit_are_refused_with_the_wait),
		TEST(test_no_sixty_seconds_hold_more_than_the_limit),
		TEST(test_calls_that_are_on_their_way_for_a_second_pass_no_limit),
		TEST(test_tokens_are_reserved_and_settled_to_the_real_ones),
		TEST(test_more_tokens_than_the_limit_never_fit),
		TEST(test_a_slot_is_free_again_when_the_attempt_has_ended),
		TEST(test_recovery_frees_the_slots_of_what_it_ends),
		TEST(test_one_refusal_takes_nothing_anywhere),
		TEST(test_a_request_without_an_attempt_counts_and_leaves_nothing_open),
		TEST(test_without_limits_nothing_is_written),
		TEST(test_trimming_keeps_what_counts),
		TEST(test_a_full_minute_does_not_outlive_itself_when_the_clock_goes_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
