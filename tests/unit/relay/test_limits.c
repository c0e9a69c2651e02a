/*
 * Limits a minute and at a time through the whole relay (see play.h).
 */
#include "play.h"

#include "accounts/key_change.h"

#include <string.h>
#include <unistd.h>

static const struct actor by = { "a test", "unit test" };

#define DEPLOYMENT(name, model, more)                                                              \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: k, input_cost_per_token: 0.000001, output_cost_per_token: 0.000001" more       \
	" }\n    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"

static const struct step all_good[] = { { .model = "" } };

static const char one_model[] = "model_list:\n" DEPLOYMENT("a", "a1", "");

/* The key's limits are set by hand, as an administrator would. */
static void limit_key(struct play *play, int64_t rpm, int64_t tpm, int64_t parallel)
{
	const struct limits limits = { rpm, tpm, parallel };
	const struct account_wish wish = { .expires_ms = KEY_KEEP, .limits = &limits };
	struct virtual_key key;

	assert_int_equal(
	    keys_find(play->gateway.store, "tester", &play->arena, &key, &play->err), 0);
	assert_int_equal(
	    key_update(play->gateway.store, &by, key.id, &wish, clock_wall_ms(), &play->err), 0);
}

static void test_a_key_beyond_its_requests_is_told_when_to_come_back(void **state)
{
	struct play play;

	play_begin(&play, one_model, NULL);
	limit_key(&play, 2, LIMIT_NONE, LIMIT_NONE);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_int_equal(play.out.rate.requests_limit, 2);
	assert_int_equal(play.out.rate.requests_left, 1);
	assert_int_equal(play.out.rate.tokens_limit, LIMIT_NONE);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), -1);
	assert_int_equal(play.err.kind, ERROR_RATE);
	assert_string_equal(play.out.limit_kind, "requests");
	assert_true(play.out.retry_after_ms > 59000 && play.out.retry_after_ms <= 62000);
	assert_string_equal(play.called, "");
	clock_fake_advance(play.out.retry_after_ms);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	play_audit(&play);
	play_end(&play);
}

static void test_a_request_counts_once_for_its_key_however_many_attempts(void **state)
{
	static const struct step script[] = { { .model = "a1", .end = FETCH_NOT_SENT },
		{ .model = "a1" }, { .model = "" } };
	struct play play;

	play_begin(&play, one_model, NULL);
	limit_key(&play, 1, LIMIT_NONE, LIMIT_NONE);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 a1 ");
	assert_int_equal(play.out.rate.requests_left, 0);
	play_end(&play);
}

static void test_tokens_are_settled_to_what_was_used(void **state)
{
	struct play play;

	play_begin(&play, one_model, NULL);
	limit_key(&play, LIMIT_NONE, 1000, LIMIT_NONE);
	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":800"), 0);
	assert_int_equal(play_count(&play, "SELECT sum(tokens) FROM rate_second"), 5 * 15);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":999"), -1);
	assert_string_equal(play.out.limit_kind, "tokens");
	assert_non_null(strstr(play.err.text, "smaller max_tokens"));
	assert_int_equal(play.err.kind, ERROR_RATE_NEVER);
	play_end(&play);
}

static void test_a_limit_of_0_is_told_as_such_and_not_to_be_tried_again(void **state)
{
	static const struct limits none[] = { { 0, LIMIT_NONE, LIMIT_NONE },
		{ LIMIT_NONE, 0, LIMIT_NONE }, { LIMIT_NONE, LIMIT_NONE, 0 } };
	struct play play;

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		play_begin(&play, one_model, NULL);
		limit_key(&play, none[i].rpm, none[i].tpm, none[i].parallel);
		assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), -1);
		assert_int_equal(play.err.kind, ERROR_RATE_NEVER);
		assert_true(error_info(play.err.kind)->no_retry);
		assert_non_null(strstr(play.err.text, "the limit of this key is 0"));
		assert_int_equal(play.out.retry_after_ms, -1);
		play_end(&play);
	}
}

static void test_an_answer_without_a_limit_gets_one_that_leaves_room(void **state)
{
	struct play play;

	play_begin(&play, one_model, NULL);
	limit_key(&play, LIMIT_NONE, 3000, LIMIT_NONE);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	play_end(&play);
}

static void test_a_deployment_at_its_limit_is_passed_by_sideways(void **state)
{
	static const char two[] = "model_list:\n" DEPLOYMENT("a", "a1", ", rpm: 1, order: 1")
	    DEPLOYMENT("a", "a2", ", order: 2, max_parallel_requests: 3")
		DEPLOYMENT("b", "b1", "") "litellm_settings: { fallbacks: [{ a: [b] }] }\n";
	struct play play;

	play_begin(&play, two, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a2 ");
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'skipped' "
					   "AND outcome = 'limit of 1 requests a minute'"),
	    1);
	assert_int_equal(play.out.rate.requests_limit, LIMIT_NONE); /* not the client's */
	play_audit(&play);
	play_end(&play);
}

static void test_when_every_deployment_is_at_its_limit_the_client_waits_for_the_first(void **state)
{
	static const char one[] = "model_list:\n" DEPLOYMENT("a", "a1", ", rpm: 1");
	struct play play;

	play_begin(&play, one, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	clock_fake_advance(20000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), -1);
	assert_int_equal(play.err.kind, ERROR_RATE);
	assert_true(play.out.retry_after_ms > 39000 && play.out.retry_after_ms <= 42000);
	assert_string_equal(play.called, "");
	play_end(&play);
}

static void test_the_gateways_own_limit_is_told_as_overload(void **state)
{
	static const char none[] = "model_list:\n" DEPLOYMENT(
	    "a", "a1", "") "general_settings: { max_parallel_requests: 0 }\n";
	struct play play;

	play_begin(&play, none, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), -1);
	assert_int_equal(play.err.kind, ERROR_OVERLOADED);
	assert_int_equal(play.out.retry_after_ms, 1000);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_key_beyond_its_requests_is_told_when_to_come_back),
		cmocka_unit_test(test_a_request_counts_once_for_its_key_however_many_attempts),
		cmocka_unit_test(test_tokens_are_settled_to_what_was_used),
		cmocka_unit_test(test_a_limit_of_0_is_told_as_such_and_not_to_be_tried_again),
		cmocka_unit_test(test_an_answer_without_a_limit_gets_one_that_leaves_room),
		cmocka_unit_test(test_a_deployment_at_its_limit_is_passed_by_sideways),
		cmocka_unit_test(
		    test_when_every_deployment_is_at_its_limit_the_client_waits_for_the_first),
		cmocka_unit_test(test_the_gateways_own_limit_is_told_as_overload),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
