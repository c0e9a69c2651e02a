/*
 * Idempotency keys at the level of the store: claims, replays, and what a dead worker leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "accounts/idempotency.h"
#include "accounts/ledger.h"
#include "base/digest.h"

#define NOW_MS INT64_C(1795430000500)

static struct idempotency_answer answer;

static struct idempotency_claim claim_of(const char *token, const char *body)
{
	return (struct idempotency_claim){ .key_id = "key-1",
		.token = token,
		.body_hash = body,
		.request_id = arena_copy(&arena, digest_new_id().text),
		.deadline_ms = NOW_MS + 600000 };
}

static enum idempotency_state begin(const struct idempotency_claim *claim, int64_t now_ms)
{
	enum idempotency_state state;

	if (idempotency_begin(store, claim, now_ms, &arena, &state, &answer, &err) != 0)
		fail_msg("%s", err.text);
	return state;
}

static void finish(const struct idempotency_claim *claim, int status, const char *body)
{
	struct idempotency_answer end = {
		.status = status, .content_type = "application/json", .body = slice_of(body)
	};

	idempotency_end(store, claim, &end);
}

static void test_a_retry_gets_the_answer_of_the_first(void **state)
{
	struct idempotency_claim first = claim_of("t", "b"), second = claim_of("t", "b");

	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_OURS);
	assert_int_equal(begin(&second, NOW_MS), IDEMPOTENCY_RUNNING);
	finish(&first, 200, "{\"x\":1}");
	assert_int_equal(begin(&second, NOW_MS + 1000), IDEMPOTENCY_DONE);
	assert_string_equal(answer.request_id, first.request_id);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.content_type, "application/json");
	assert_string_equal(answer.body.ptr, "{\"x\":1}");
}

static void test_a_key_stands_for_one_body_and_one_owner(void **state)
{
	struct idempotency_claim first = claim_of("t", "b"), other = claim_of("t", "c"),
				 stranger = claim_of("t", "b");

	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_OURS);
	assert_int_equal(begin(&other, NOW_MS), IDEMPOTENCY_OTHER_BODY);
	stranger.key_id = "key-2";
	assert_int_equal(begin(&stranger, NOW_MS), IDEMPOTENCY_OURS);
}

static void test_after_a_day_the_key_is_free(void **state)
{
	struct idempotency_claim first = claim_of("t", "b"), second = claim_of("t", "c");

	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_OURS);
	finish(&first, 200, "{}");
	assert_int_equal(begin(&second, NOW_MS + IDEMPOTENCY_KEEP_MS), IDEMPOTENCY_OURS);
}

static void test_an_answer_that_was_too_long_is_not_run_again(void **state)
{
	struct idempotency_claim first = claim_of("t", "b");

	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_OURS);
	finish(&first, 200, NULL);
	first = claim_of("t", "b");
	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_TOO_LONG);
}

/* An attempt of the request, in its last state. */
static void attempt_of(const struct idempotency_claim *claim, bool held, int64_t cost)
{
	struct attempt attempt = { .request_id = claim->request_id,
		.number = 1,
		.started_ms = NOW_MS,
		.key_id = "key-1",
		.model_group = "g",
		.deployment_id = "d",
		.provider = "p",
		.model = "m",
		.tier = "cheap",
		.direction = "own",
		.bound_nano = 100,
		.deadline_ms = NOW_MS + 1000000 };
	struct attempt_end end = { .how = cost ? HOLD_SETTLED : HOLD_RELEASED,
		.ended_ms = NOW_MS,
		.outcome = "x",
		.cost_nano = cost };
	struct budget_states none = { 0 };
	struct budget_refusal refusal;
	struct change *change;

	assert_int_equal(ledger_hold(store, &attempt, &none, &arena, &refusal, &err), 0);
	if (held)
		return;
	change = change_new();
	ledger_end_into(change, &attempt, &end);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
}

static void test_a_failure_that_cost_nothing_is_forgotten(void **state)
{
	struct idempotency_claim first = claim_of("t", "b"), second = claim_of("t", "b");

	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_OURS);
	attempt_of(&first, false, 0);
	finish(&first, 502, "{}");
	assert_int_equal(begin(&second, NOW_MS), IDEMPOTENCY_OURS);
}

static void test_a_failure_that_was_charged_is_the_answer(void **state)
{
	struct idempotency_claim first = claim_of("t", "b"), second = claim_of("t", "b");

	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_OURS);
	attempt_of(&first, false, 50);
	finish(&first, 504, "{\"error\":1}");
	assert_int_equal(begin(&second, NOW_MS), IDEMPOTENCY_DONE);
	assert_int_equal(answer.status, 504);
}

/* Claims in a process that dies; with an attempt in the given state. */
static struct idempotency_claim left_by_the_dead(bool attempt, bool held, int64_t cost)
{
	struct idempotency_claim claim = claim_of("t", "b");
	pid_t child;
	int status;

	store_close(store);
	child = fork();
	if (child == 0) {
		store = store_open(path, STORE_INLINE, &err);
		if (begin(&claim, NOW_MS) != IDEMPOTENCY_OURS)
			_exit(1);
		if (attempt)
			attempt_of(&claim, held, cost);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	store = store_open(path, STORE_INLINE, &err);
	assert_non_null(store);
	return claim;
}

static void test_a_dead_workers_claim_is_taken_over_when_nothing_was_called(void **state)
{
	struct idempotency_claim mine = claim_of("t", "b");

	(void)left_by_the_dead(false, false, 0);
	assert_int_equal(begin(&mine, NOW_MS), IDEMPOTENCY_OURS);
	finish(&mine, 200, "{}");
	assert_int_equal(begin(&mine, NOW_MS), IDEMPOTENCY_DONE);
}

static void test_a_dead_workers_claim_is_taken_over_when_nothing_was_charged(void **state)
{
	struct idempotency_claim mine = claim_of("t", "b");

	(void)left_by_the_dead(true, false, 0);
	assert_int_equal(begin(&mine, NOW_MS), IDEMPOTENCY_OURS);
}

static void test_a_dead_workers_open_call_is_not_made_twice(void **state)
{
	struct idempotency_claim mine = claim_of("t", "b"), dead = left_by_the_dead(true, true, 0);

	assert_int_equal(begin(&mine, NOW_MS), IDEMPOTENCY_LOST);
	assert_string_equal(answer.request_id, dead.request_id);
	assert_int_equal(ledger_recover(store, NOW_MS, &err), 1);
	assert_int_equal(begin(&mine, NOW_MS), IDEMPOTENCY_LOST);
}

static void test_a_dead_workers_charged_call_is_not_made_twice(void **state)
{
	struct idempotency_claim mine = claim_of("t", "b");

	(void)left_by_the_dead(true, false, 7);
	assert_int_equal(begin(&mine, NOW_MS), IDEMPOTENCY_LOST);
}

static void test_trimming_deletes_what_is_over(void **state)
{
	struct idempotency_claim first = claim_of("t", "b");
	struct change *change = change_new();

	assert_int_equal(begin(&first, NOW_MS), IDEMPOTENCY_OURS);
	idempotency_trim_into(change, NOW_MS + IDEMPOTENCY_KEEP_MS - 1, 10);
	idempotency_trim_into(change, NOW_MS + IDEMPOTENCY_KEEP_MS, 10);
	assert_int_equal(store_apply(store, change, &err), 0);
	assert_int_equal(change_rows(change, 0), 0);
	assert_int_equal(change_rows(change, 1), 1);
	change_free(change);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_retry_gets_the_answer_of_the_first),
		TEST(test_a_key_stands_for_one_body_and_one_owner),
		TEST(test_after_a_day_the_key_is_free),
		TEST(test_an_answer_that_was_too_long_is_not_run_again),
		TEST(test_a_failure_that_cost_nothing_is_forgotten),
		TEST(test_a_failure_that_was_charged_is_the_answer),
		TEST(test_a_dead_workers_claim_is_taken_over_when_nothing_was_called),
		TEST(test_a_dead_workers_claim_is_taken_over_when_nothing_was_charged),
		TEST(test_a_dead_workers_open_call_is_not_made_twice),
		TEST(test_a_dead_workers_charged_call_is_not_made_twice),
		TEST(test_trimming_deletes_what_is_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
