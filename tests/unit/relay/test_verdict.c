/* The outcome table: every class has a row, and no row spends or repeats what it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/verdict.h"

static void test_a_clients_mistake_is_never_retried_and_never_falls_back(void **state)
{
	const struct verdict *verdict = verdict_of(FAILURE_CLIENT);

	assert_int_equal(verdict->again, AGAIN_NEVER);
	assert_int_equal(verdict->next, NEXT_NOBODY);
	assert_int_equal(verdict->breaker, BREAKER_NOTHING);
}

static void test_context_and_policy_use_their_own_chains(void **state)
{
	assert_int_equal(verdict_of(FAILURE_CONTEXT)->next, NEXT_CONTEXT);
	assert_int_equal(verdict_of(FAILURE_POLICY)->next, NEXT_POLICY);
}

static void test_every_failure_has_an_error_for_the_client(void **state)
{
	for (int class = FAILURE_NONE + 1; class < FAILURE_CLASS_COUNT; class ++)
		assert_int_not_equal(verdict_of((enum failure_class) class)->error, ERROR_NONE);
}

static enum hold_end hold_after(enum fetch_end end, int status, enum failure_class class)
{
	struct fetch_result result = { .end = end, .status = status, .sent = true };
	struct failure failure = { .class = class };

	return verdict_hold(&result, &failure);
}

static void test_a_hold_is_released_only_when_nothing_can_have_been_billed(void **state)
{
	assert_int_equal(hold_after(FETCH_NOT_SENT, 0, FAILURE_UNREACHABLE), HOLD_RELEASED);
	assert_int_equal(hold_after(FETCH_TIMEOUT_CONNECT, 0, FAILURE_UNREACHABLE), HOLD_RELEASED);
	assert_int_equal(hold_after(FETCH_DONE, 429, FAILURE_RATE), HOLD_RELEASED);
	assert_int_equal(hold_after(FETCH_DONE, 500, FAILURE_RETRY), HOLD_RELEASED);
	assert_int_equal(hold_after(FETCH_DONE, 502, FAILURE_BROKEN), HOLD_RELEASED);
}

static void test_a_hold_whose_bill_nobody_can_know_is_charged_in_full(void **state)
{
	/* HTML of a proxy that gave up waiting; the provider's own word is believed */
	assert_int_equal(hold_after(FETCH_DONE, 504, FAILURE_BROKEN), HOLD_UNKNOWN);
	assert_int_equal(hold_after(FETCH_DONE, 504, FAILURE_RETRY), HOLD_RELEASED);
	assert_int_equal(hold_after(FETCH_NO_ANSWER, 0, FAILURE_RETRY), HOLD_UNKNOWN);
	assert_int_equal(hold_after(FETCH_TIMEOUT_FIRST_BYTE, 0, FAILURE_TIMEOUT), HOLD_UNKNOWN);
	assert_int_equal(hold_after(FETCH_TIMEOUT_TOTAL, 200, FAILURE_TIMEOUT), HOLD_UNKNOWN);
	assert_int_equal(hold_after(FETCH_BROKEN, 200, FAILURE_BROKEN), HOLD_UNKNOWN);
	assert_int_equal(hold_after(FETCH_DONE, 200, FAILURE_BROKEN), HOLD_UNKNOWN);
}

static void test_pauses_grow_and_stay_within_eight_seconds(void **state)
{
	for (int retry = 0; retry < 12; retry++) {
		int64_t pause = verdict_backoff_ms(retry);

		assert_true(pause >= 375 && pause <= 8000);
		if (retry >= 4)
			assert_true(pause >= 6000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clients_mistake_is_never_retried_and_never_falls_back),
		cmocka_unit_test(test_context_and_policy_use_their_own_chains),
		cmocka_unit_test(test_every_failure_has_an_error_for_the_client),
		cmocka_unit_test(test_a_hold_is_released_only_when_nothing_can_have_been_billed),
		cmocka_unit_test(test_a_hold_whose_bill_nobody_can_know_is_charged_in_full),
		cmocka_unit_test(test_pauses_grow_and_stay_within_eight_seconds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
