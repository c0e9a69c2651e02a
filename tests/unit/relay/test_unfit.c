/*
 * A refusal of a request that had to be changed for a deployment says nothing of the request that
 * the client sent: the deployment is passed over.
 */
#include "play.h"

#include <string.h>

#define PRICES ", input_cost_per_token: 0.000001, output_cost_per_token: 0.000001"
#define GROUP(name, model, more)                                                                   \
	"  - model_name: " name "\n    litellm_params: { model: " model ", api_key: k" PRICES more \
	" }\n"                                                                                     \
	"    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"

#define REFUSED(words)                                                                             \
	"{\"error\":{\"message\":\"" words                                                         \
	"\",\"type\":\"invalid_request_error\",\"param\":\"tools\",\"code\":null}}"
#define ANTHROPIC_REFUSED                                                                          \
	"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"           \
	"\"tools.0.input_schema: the root may not be anyOf\"}}"

static const char translated_first[] = "model_list:\n" GROUP("a", "anthropic/claude-x", "")
    GROUP("b", "openai/b1", "") "litellm_settings: { num_retries: 1, fallbacks: [{ a: [b] }] }\n";
static const char all_translated[] = "model_list:\n" GROUP("a", "anthropic/claude-x", "") GROUP("b",
    "anthropic/claude-y", "") "litellm_settings: { num_retries: 1, fallbacks: [{ a: [b] }] }\n";

static void test_a_translated_request_that_is_refused_goes_to_the_next(void **state)
{
	static const struct step script[] = {
		{ .model = "claude-x", .status = 400, .body = ANTHROPIC_REFUSED }, { .model = "" }
	};
	struct play play;

	play_begin(&play, translated_first, "1/1d");
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "claude-x b1 ");
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE outcome = 'unfit' "
					   "AND state = 'released' AND status = 400"),
	    1);
	assert_int_equal(play_count(&play, "SELECT count(*) FROM breaker"), 0);
	assert_non_null(play.out.unfit);
	assert_non_null(strstr(play.out.unfit, "a-"));
	play_audit(&play);
	play_end(&play);
}

static void test_so_does_a_streamed_one(void **state)
{
	static const struct step script[] = {
		{ .model = "claude-x", .status = 422, .body = ANTHROPIC_REFUSED },
		{ .model = "b1", .body = GOOD_SSE }, { .model = "" }
	};
	struct play play;

	play_begin(&play, translated_first, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"stream\":true"), 0);
	assert_string_equal(play.called, "claude-x b1 ");
	play_end(&play);
}

static void test_when_all_pass_it_over_the_first_refusal_is_told(void **state)
{
	static const struct step script[] = {
		{ .model = "claude-x", .status = 400, .body = ANTHROPIC_REFUSED },
		{ .model = "claude-y", .status = 422, .body = REFUSED("another word") },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, all_translated, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), -1);
	assert_string_equal(play.called, "claude-x claude-y ");
	assert_int_equal(play.err.kind, ERROR_BAD_REQUEST);
	assert_int_equal(play.out.upstream_status, 400);
	assert_non_null(strstr(play.err.text, "the root may not be anyOf"));
	play_end(&play);
}

/* The request may be good: another try can succeed where this one found a fault. */
static void test_a_failure_beside_it_is_told_instead(void **state)
{
	static const struct step unfit_last[] = {
		{ .model = "claude-x", .status = 503, .body = REFUSED("down") },
		{ .model = "claude-y", .status = 400, .body = ANTHROPIC_REFUSED }, { .model = "" }
	};
	static const struct step unfit_first[] = {
		{ .model = "claude-x", .status = 400, .body = ANTHROPIC_REFUSED },
		{ .model = "claude-y", .status = 503, .body = REFUSED("down") }, { .model = "" }
	};
	struct play play;

	play_begin(&play, all_translated, NULL);
	assert_int_equal(play_ask(&play, unfit_last, "\"model\":\"a\",\"num_retries\":0"), -1);
	assert_int_equal(play.err.kind, ERROR_OVERLOADED);
	assert_int_equal(play_ask(&play, unfit_first, "\"model\":\"a\",\"num_retries\":0"), -1);
	assert_int_equal(play.err.kind, ERROR_OVERLOADED);
	play_end(&play);
}

static void test_an_unchanged_request_that_is_refused_is_told_at_once(void **state)
{
	static const char settings[] = "model_list:\n" GROUP("a", "anthropic/claude-x", "")
	    GROUP("b", "openai/b1", "") GROUP("c", "openai/c1",
		"") "litellm_settings: { num_retries: 0, fallbacks: [{ a: [b, c] }] }\n";
	static const struct step script[] = {
		{ .model = "claude-x", .status = 400, .body = ANTHROPIC_REFUSED },
		{ .model = "b1", .status = 400, .body = REFUSED("no such tool") }, { .model = "" }
	};
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"max_tokens\":9"), -1);
	assert_string_equal(play.called, "claude-x b1 ");
	assert_int_equal(play.err.kind, ERROR_BAD_REQUEST);
	assert_non_null(strstr(play.err.text, "no such tool"));
	play_end(&play);
}

/* Changed in the model's name, the limit, stream_options and the gateway's own members only. */
static void test_what_a_gateway_always_changes_is_no_change(void **state)
{
	static const struct step script[] = {
		{ .model = "b1", .status = 400, .body = REFUSED("temperature is too hot") },
		{ .model = "" }
	};
	static const char settings[] = "model_list:\n" GROUP("b", "openai/b1", "")
	    GROUP("c", "openai/c1", "") "litellm_settings: { fallbacks: [{ b: [c] }] }\n";
	static const char *const requests[] = {
		"\"model\":\"b\",\"temperature\":9",
		"\"model\":\"b\",\"stream\":true",
		"\"model\":\"b\",\"stream\":true,\"stream_options\":{\"include_usage\":false}",
		"\"model\":\"b\",\"max_completion_tokens\":90000",
		"\"model\":\"b\",\"num_retries\":0,\"tags\":[\"x\"],\"temperature\":9",
	};
	struct play play;

	play_begin(&play, settings, "1/1d");
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		assert_int_equal(play_ask(&play, script, requests[i]), -1);
		assert_string_equal(play.called, "b1 ");
		assert_int_equal(play.err.kind, ERROR_BAD_REQUEST);
	}
	play_end(&play);
}

/* Passed on in its own format, with something put in or left out. */
static void test_a_default_parameter_or_a_dropped_one_is_a_change(void **state)
{
	static const char settings[] =
	    "model_list:\n" GROUP("d", "openai/d1", ", top_p: 0.5") GROUP("r", "openai/o3-mini", "")
		GROUP("c", "openai/c1", "") "litellm_settings: { fallbacks: [{ d: [c] }, { r: [c] "
					    "}] }\n";
	static const struct step script[] = {
		{ .model = "d1", .status = 400, .body = REFUSED("no top_p") },
		{ .model = "o3-mini", .status = 400, .body = REFUSED("no") }, { .model = "" }
	};
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"d\""), 0);
	assert_string_equal(play.called, "d1 c1 ");
	assert_int_equal(play_ask(&play, script, "\"model\":\"d\",\"top_p\":0.1"), -1);
	assert_string_equal(play.called, "d1 ");
	assert_int_equal(play_ask(&play, script, "\"model\":\"r\",\"temperature\":0.1"), 0);
	assert_string_equal(play.called, "o3-mini c1 ");
	play_end(&play);
}

static void test_it_costs_no_retry_and_all_of_them_are_named(void **state)
{
	static const char settings[] = "model_list:\n" GROUP("a", "anthropic/claude-x",
	    ", order: 1") GROUP("a", "anthropic/claude-y", ", order: 2") GROUP("b", "openai/b1",
	    "") "litellm_settings: { num_retries: 0, fallbacks: [{ a: [b] }] }\n";
	static const struct step script[] = {
		{ .model = "claude-x", .status = 400, .body = ANTHROPIC_REFUSED },
		{ .model = "claude-y", .status = 400, .body = ANTHROPIC_REFUSED }, { .model = "" }
	};
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "claude-x claude-y b1 ");
	assert_non_null(strstr(play.out.unfit, ", a-"));
	play_end(&play);
}

/* What can be mended by waiting is told before what one candidate thought. */
static void test_a_cooldown_beside_it_is_told_instead(void **state)
{
	static const struct step down[] = { { .model = "claude-x",
						.status = 429,
						.body = REFUSED("later"),
						.retry_after = "40" },
		{ .model = "" } };
	static const struct step script[] = {
		{ .model = "b1", .status = 400, .body = REFUSED("no top_p") }, { .model = "" }
	};
	static const char settings[] = "model_list:\n" GROUP("a", "anthropic/claude-x", "")
	    GROUP("b", "openai/b1", ", top_p: 0.5") "litellm_settings: { fallbacks: [{ a: [b] }] "
						    "}\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, down, "\"model\":\"a\""), 0);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), -1);
	assert_string_equal(play.called, "b1 ");
	assert_int_equal(play.err.kind, ERROR_RATE);
	assert_true(play.out.retry_after_ms > 30000);
	play_end(&play);
}

static void test_405_and_410_fall_back(void **state)
{
	static const char settings[] = "model_list:\n" GROUP("a", "openai/a1", "")
	    GROUP("b", "openai/b1", "") "litellm_settings: { fallbacks: [{ a: [b] }] }\n";
	static const int statuses[] = { 404, 405, 410 };
	struct play play;

	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		const struct step script[] = { { .model = "a1",
						   .status = statuses[i],
						   .body = "{\"detail\":\"Method Not Allowed\"}" },
			{ .model = "" } };

		play_begin(&play, settings, NULL);
		assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
		assert_string_equal(play.called, "a1 b1 ");
		play_end(&play);
	}
}

/* FastAPI's validation errors, as vLLM and many small servers give them. */
static void test_the_reason_in_detail_is_read(void **state)
{
	static const struct step script[] = {
		{ .model = "b1",
		    .status = 422,
		    .body = "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"messages\",0,"
			    "\"content\"],\"msg\":\"Field required\",\"input\":{}}]}" },
		{ .model = "c1",
		    .status = 400,
		    .body = "{\"detail\":{\"error\":\"no such adapter\"}}" },
		{ .model = "" }
	};
	static const char settings[] =
	    "model_list:\n" GROUP("b", "openai/b1", "") GROUP("c", "openai/c1", "");
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"b\""), -1);
	assert_string_equal(play.err.text, "body.messages.0.content: Field required");
	assert_int_equal(play.out.upstream_status, 422);
	assert_int_equal(play_ask(&play, script, "\"model\":\"c\""), -1);
	assert_string_equal(play.err.text, "no such adapter");
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_translated_request_that_is_refused_goes_to_the_next),
		cmocka_unit_test(test_so_does_a_streamed_one),
		cmocka_unit_test(test_when_all_pass_it_over_the_first_refusal_is_told),
		cmocka_unit_test(test_a_failure_beside_it_is_told_instead),
		cmocka_unit_test(test_an_unchanged_request_that_is_refused_is_told_at_once),
		cmocka_unit_test(test_what_a_gateway_always_changes_is_no_change),
		cmocka_unit_test(test_a_default_parameter_or_a_dropped_one_is_a_change),
		cmocka_unit_test(test_it_costs_no_retry_and_all_of_them_are_named),
		cmocka_unit_test(test_a_cooldown_beside_it_is_told_instead),
		cmocka_unit_test(test_405_and_410_fall_back),
		cmocka_unit_test(test_the_reason_in_detail_is_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
