/*
 * Who is asked when attempts are short: those that were not asked yet come before repeats.
 */
#include "play.h"

#include <string.h>

#define MODEL(name, model, more)                                                                   \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: k, input_cost_per_token: 0.000001, output_cost_per_token: 0.000001" more       \
	" }\n    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"
#define FAULT "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\",\"code\":null}}"

static const struct step f_and_s_down[] = { { .model = "f", .status = 500, .body = FAULT },
	{ .model = "f2", .status = 503, .body = FAULT },
	{ .model = "f3", .status = 500, .body = FAULT },
	{ .model = "s", .status = 500, .body = FAULT }, { .model = "" } };

static void test_a_chain_of_two_spares_is_gone_through_to_its_end(void **state)
{
	static const char settings[] =
	    "model_list:\n" MODEL("fast", "f", "") MODEL("spare", "s", "")
		MODEL("last", "l", "") "litellm_settings: { fallbacks: [{ fast: "
				       "[spare, last] }] }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, f_and_s_down, "\"model\":\"fast\""), 0);
	assert_string_equal(play.called, "f f f s s l ");
	play_end(&play);
}

static void test_the_healthy_one_is_asked_though_max_attempts_is_as_small_as_the_chain(void **state)
{
	static const char settings[] =
	    "model_list:\n" MODEL("fast", "f", "") MODEL("spare", "s", "") MODEL(
		"last", "l", "") "litellm_settings: { fallbacks: [{ fast: [spare, last] }] }\n"
				 "sideways_settings: { max_attempts: 3 }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, f_and_s_down, "\"model\":\"fast\""), 0);
	assert_string_equal(play.called, "f s l ");
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'skipped' "
					   "AND outcome = 'attempts kept for others'"),
	    2);
	play_end(&play);
}

static void test_three_deployments_that_are_down_leave_the_fallback_its_attempt(void **state)
{
	static const char settings[] =
	    "model_list:\n" MODEL("fast", "f", "") MODEL("fast", "f2", "") MODEL("spare", "l", "")
		MODEL("fast", "f3", "") "litellm_settings: { fallbacks: [{ fast: [spare] }] }\n";
	struct play play;

	for (int i = 0; i < 20; i++) {
		play_begin(&play, settings, NULL);
		assert_int_equal(play_ask(&play, f_and_s_down, "\"model\":\"fast\""), 0);
		assert_non_null(strstr(play.called, "l "));
		play_end(&play);
	}
}

/* It limits repeats at the same deployment, and what it refused is said. */
static void test_the_retry_budget_never_refuses_a_fallback(void **state)
{
	static const char settings[] = "model_list:\n" MODEL("fast", "f", "") MODEL(
	    "spare", "s", "") "litellm_settings: { fallbacks: [{ fast: [spare] }] }\n"
			      "router_settings: { disable_cooldowns: true }\n"
			      "sideways_settings: { retry_budget: { percent: 0, floor: 0 } }\n";
	static const struct step fast_down[] = { { .model = "f", .status = 500, .body = FAULT },
		{ .model = "" } };
	struct play play;

	play_begin(&play, settings, NULL);
	play.call_ms = 1;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(play_ask(&play, fast_down, "\"model\":\"fast\""), 0);
		assert_string_equal(play.called, "f s ");
	}
	assert_int_equal(play_ask(&play, f_and_s_down, "\"model\":\"fast\""), -1);
	assert_string_equal(play.called, "f s ");
	assert_non_null(strstr(play.err.text, "retry budget"));
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'skipped' "
					   "AND outcome = 'retry budget'"),
	    52);
	play_audit(&play);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_chain_of_two_spares_is_gone_through_to_its_end),
		cmocka_unit_test(
		    test_the_healthy_one_is_asked_though_max_attempts_is_as_small_as_the_chain),
		cmocka_unit_test(
		    test_three_deployments_that_are_down_leave_the_fallback_its_attempt),
		cmocka_unit_test(test_the_retry_budget_never_refuses_a_fallback),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
