/*
 * Errors in each client's shape: status, headers and body.
 */
#include "api/api_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "caught_reply.h"
#include "relay/told_status.h"

static struct caught_reply caught;
static struct relay_outcome outcome;

/* Sends the error to a client of that path; the body, for the caller to release. */
static json_t *send_to(const char *path, enum error_kind kind, const char *text)
{
	struct error err = { .kind = kind };
	const char *body;
	json_t *root;

	snprintf(err.text, sizeof err.text, "%s", text);
	caught_begin(&caught, path);
	api_error_send(&caught.request, &caught.reply, &err, &outcome);
	body = strstr(caught.sent.bytes, "\r\n\r\n");
	assert_non_null(body);
	root = json_loads(body + 4, 0, NULL);
	assert_non_null(root);
	return root;
}

static const char *header(const char *name)
{
	return web_reply_header_of(&caught.reply, name);
}

static const char *text_at(const json_t *root, const char *name)
{
	return json_string_value(json_object_get(json_object_get(root, "error"), name));
}

static int set_up(void **state)
{
	outcome = (struct relay_outcome){ .retry_after_ms = -1 };
	return 0;
}

static void test_openai_gets_type_param_and_code(void **state)
{
	json_t *root;

	snprintf(outcome.upstream_param, sizeof outcome.upstream_param, "temperature");
	outcome.upstream_status = 422;
	root = send_to("/v1/chat/completions", ERROR_BAD_REQUEST, "too \"hot\"");
	assert_int_equal(web_reply_status_of(&caught.reply), 422);
	assert_string_equal(text_at(root, "message"), "too \"hot\"");
	assert_string_equal(text_at(root, "type"), "invalid_request_error");
	assert_string_equal(text_at(root, "param"), "temperature");
	assert_true(json_is_null(json_object_get(json_object_get(root, "error"), "code")));
	json_decref(root);
	caught_end(&caught);
}

static void test_anthropics_type_follows_the_status(void **state)
{
	static const struct {
		enum error_kind kind;
		int upstream, status;
		const char *type;
	} cases[] = {
		{ ERROR_BAD_REQUEST, 0, 400, "invalid_request_error" },
		{ ERROR_BAD_REQUEST, 413, 413, "request_too_large" },
		{ ERROR_UNAUTHENTICATED, 0, 401, "authentication_error" },
		{ ERROR_FORBIDDEN, 0, 403, "permission_error" },
		{ ERROR_MODEL_NOT_FOUND, 0, 404, "not_found_error" },
		{ ERROR_RATE, 0, 429, "rate_limit_error" },
		{ ERROR_OVERLOADED, 0, 529, "overloaded_error" },
		{ ERROR_TIMEOUT, 0, 504, "timeout_error" },
		{ ERROR_UPSTREAM, 0, 502, "api_error" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *root;

		outcome.upstream_status = cases[i].upstream;
		root = send_to("/v1/messages", cases[i].kind, "so it is");
		assert_int_equal(web_reply_status_of(&caught.reply), cases[i].status);
		assert_string_equal(text_at(root, "type"), cases[i].type);
		assert_string_equal(json_string_value(json_object_get(root, "type")), "error");
		assert_string_equal(
		    json_string_value(json_object_get(root, "request_id")), "req_1");
		json_decref(root);
		caught_end(&caught);
	}
}

/* Claude Code makes its conversation shorter when a message begins with these words. */
static void test_anthropics_clients_see_a_prompt_that_is_too_long(void **state)
{
	json_t *root = send_to("/v1/messages", ERROR_CONTEXT, "9 tokens over");

	assert_string_equal(text_at(root, "message"), "prompt is too long: 9 tokens over");
	json_decref(root);
	caught_end(&caught);
	root = send_to("/v1/messages", ERROR_CONTEXT, "prompt is too long: 9 over");
	assert_string_equal(text_at(root, "message"), "prompt is too long: 9 over");
	json_decref(root);
	caught_end(&caught);
}

static void test_google_gets_a_status_and_how_long_to_wait(void **state)
{
	json_t *root, *error, *details;

	outcome.retry_after_ms = 1500;
	root = send_to("/v1beta/models/m:generateContent", ERROR_RATE, "slow down");
	error = json_object_get(root, "error");
	details = json_object_get(error, "details");
	assert_int_equal(json_integer_value(json_object_get(error, "code")), 429);
	assert_string_equal(text_at(root, "status"), "RESOURCE_EXHAUSTED");
	assert_int_equal(json_array_size(details), 2);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(details, 1), "retryDelay")), "2s");
	assert_string_equal(header("Retry-After"), "2");
	json_decref(root);
	caught_end(&caught);
}

static void test_a_refusal_tells_own_figures_and_not_another_tenants(void **state)
{
	json_t *root, *budget;

	outcome.has_refusal = true;
	outcome.refusal = (struct budget_refusal){
		.limit_nano = 5000000000, .left_nano = 1, .needed_nano = 2, .resets_ms = INT64_MAX
	};
	snprintf(outcome.refusal.scope, sizeof outcome.refusal.scope, "key");
	snprintf(outcome.refusal.period, sizeof outcome.refusal.period, "1d");
	root = send_to("/v1/chat/completions", ERROR_BUDGET, "used up");
	budget = json_object_get(json_object_get(root, "error"), "budget");
	assert_non_null(json_object_get(budget, "limit"));
	assert_true(json_is_null(json_object_get(budget, "resets_at")));
	assert_string_equal(header("x-should-retry"), "false");
	json_decref(root);
	caught_end(&caught);
	snprintf(outcome.refusal.scope, sizeof outcome.refusal.scope, "provider");
	root = send_to("/v1/chat/completions", ERROR_BUDGET, "used up");
	budget = json_object_get(json_object_get(root, "error"), "budget");
	assert_string_equal(json_string_value(json_object_get(budget, "scope")), "provider");
	assert_null(json_object_get(budget, "limit"));
	assert_null(json_object_get(budget, "left"));
	json_decref(root);
	caught_end(&caught);
}

/* Agents sleep for as long as they are told, and say nothing. */
static void test_a_far_reset_is_told_and_not_waited_for(void **state)
{
	json_t *root;

	outcome.has_refusal = true;
	outcome.refusal.resets_ms = clock_wall_ms() + 30 * 1000;
	json_decref(send_to("/v1/chat/completions", ERROR_BUDGET, "used up"));
	assert_string_equal(header("Retry-After"), "30");
	assert_non_null(header("x-sideways-budget-reset"));
	caught_end(&caught);
	outcome.refusal.resets_ms = clock_wall_ms() + 3600 * 1000;
	root = send_to("/v1beta/models/m:generateContent", ERROR_BUDGET, "used up");
	assert_null(header("Retry-After"));
	assert_string_equal(
	    header("x-sideways-budget-reset"), clock_iso(outcome.refusal.resets_ms).text);
	assert_int_equal(
	    json_array_size(json_object_get(json_object_get(root, "error"), "details")), 1);
	json_decref(root);
	caught_end(&caught);
	outcome.refusal.resets_ms = INT64_MAX;
	json_decref(send_to("/v1/chat/completions", ERROR_BUDGET, "used up"));
	assert_null(header("Retry-After"));
	assert_null(header("x-sideways-budget-reset"));
	caught_end(&caught);
}

static void test_money_that_is_gone_has_the_status_that_is_wanted(void **state)
{
	static const struct {
		int wanted, told;
		const char *anthropic, *google;
	} rows[] = { { 0, 429, "rate_limit_error", "FAILED_PRECONDITION" },
		{ 429, 429, "rate_limit_error", "RESOURCE_EXHAUSTED" },
		{ 402, 402, "billing_error", "FAILED_PRECONDITION" },
		{ 400, 400, "invalid_request_error", "INVALID_ARGUMENT" } };

	outcome.has_refusal = true;
	outcome.refusal.resets_ms = INT64_MAX;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *root;

		outcome.upstream_status = rows[i].wanted;
		root = send_to("/v1/messages", ERROR_BUDGET, "used up");
		assert_int_equal(web_reply_status_of(&caught.reply), rows[i].told);
		assert_string_equal(text_at(root, "type"), rows[i].anthropic);
		json_decref(root);
		caught_end(&caught);
		root = send_to("/v1beta/models/m:generateContent", ERROR_BUDGET, "used up");
		assert_string_equal(text_at(root, "status"), rows[i].google);
		assert_string_equal(header("x-should-retry"), "false");
		json_decref(root);
		caught_end(&caught);
	}
}

/* Claude Code asks again for over a minute otherwise. */
static void test_a_wrong_key_is_not_tried_again(void **state)
{
	json_decref(send_to("/v1/messages", ERROR_UNAUTHENTICATED, "no such key"));
	assert_string_equal(header("x-should-retry"), "false");
	caught_end(&caught);
}

static void test_what_is_wrong_inside_is_not_told(void **state)
{
	json_t *root = send_to("/v1/chat/completions", ERROR_STORE, "disk /secret/place is full");

	assert_int_equal(web_reply_status_of(&caught.reply), 503);
	assert_null(strstr(text_at(root, "message"), "secret"));
	assert_non_null(strstr(text_at(root, "message"), "req_1"));
	assert_string_equal(header("Retry-After"), "1");
	json_decref(root);
	caught_end(&caught);
}

/* Whatever the path and the kind: what is sent is what the log would have. */
static void test_every_status_comes_from_the_one_function(void **state)
{
	static const struct {
		const char *path;
		enum wire_format_id format;
	} ways[] = { { "/v1/chat/completions", WIRE_OPENAI_CHAT },
		{ "/v1/messages", WIRE_ANTHROPIC }, { "/v1/responses", WIRE_RESPONSES },
		{ "/v1/embeddings", WIRE_EMBEDDINGS },
		{ "/v1beta/models/m:generateContent", WIRE_GEMINI } };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		for (int kind = ERROR_INTERNAL; kind < ERROR_KIND_COUNT; kind++) {
			json_t *root = send_to(ways[i].path, (enum error_kind)kind, "so it is");

			assert_int_equal(web_reply_status_of(&caught.reply),
			    told_status(ways[i].format, (enum error_kind)kind, 0));
			json_decref(root);
			caught_end(&caught);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_openai_gets_type_param_and_code, set_up),
		cmocka_unit_test_setup(test_anthropics_type_follows_the_status, set_up),
		cmocka_unit_test_setup(
		    test_anthropics_clients_see_a_prompt_that_is_too_long, set_up),
		cmocka_unit_test_setup(test_google_gets_a_status_and_how_long_to_wait, set_up),
		cmocka_unit_test_setup(
		    test_a_refusal_tells_own_figures_and_not_another_tenants, set_up),
		cmocka_unit_test_setup(test_a_far_reset_is_told_and_not_waited_for, set_up),
		cmocka_unit_test_setup(
		    test_money_that_is_gone_has_the_status_that_is_wanted, set_up),
		cmocka_unit_test_setup(test_a_wrong_key_is_not_tried_again, set_up),
		cmocka_unit_test_setup(test_what_is_wrong_inside_is_not_told, set_up),
		cmocka_unit_test_setup(test_every_status_comes_from_the_one_function, set_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
