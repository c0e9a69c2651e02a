/*
 * What an alert says, in each destination's shape.
 */
#include "telemetry/alert_sender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static struct arena arena;
static const struct alert_message begun = {
	.phase = "began",
	.rule = "budget",
	.subject = "w1",
	.severity = "warning",
	.words = "the budget of key <a & b> is used up to 80 %",
	.began_ms = INT64_C(1795430000000),
};

static int set_up(void **state)
{
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static json_t *body_of(const struct alert_message *message, enum alert_shape shape)
{
	json_t *body = json_loads(alert_body(message, shape, "host", &arena), 0, NULL);

	assert_non_null(body);
	return body;
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void test_a_line_says_where_what_and_how_bad(void **state)
{
	struct alert_message message = begun;

	assert_string_equal(alert_line(&message, "host", &arena),
	    "Sideways on host: warning: budget: the budget of key <a & b> is used up to 80 %");
	message.phase = "test";
	assert_non_null(strstr(alert_line(&message, "host", &arena), ": test: budget: "));
	message.phase = "ended";
	message.ended_ms = message.began_ms + 60000;
	assert_non_null(
	    strstr(alert_line(&message, "host", &arena), "over: budget (since 2026-11-23"));
}

static void test_slack_sees_its_special_characters_escaped(void **state)
{
	json_t *body = body_of(&begun, ALERT_SLACK);

	assert_non_null(strstr(text_of(body, "text"), "&lt;a &amp; b&gt;"));
	json_decref(body);
}

static void test_discord_calls_nobody(void **state)
{
	json_t *body = body_of(&begun, ALERT_DISCORD);
	json_t *parse = json_object_get(json_object_get(body, "allowed_mentions"), "parse");

	assert_non_null(strstr(text_of(body, "content"), "<a & b>"));
	assert_true(json_is_array(parse));
	assert_int_equal(json_array_size(parse), 0);
	json_decref(body);
}

/* The members of LiteLLM 1.108.7's WebhookEvent, and what pydantic takes for each. */
static void test_litellm_gets_its_webhook_event(void **state)
{
	static const struct alert_budget budget = { .scope = "key_model",
		.scope_id = "key-1",
		.key_hash = "abc",
		.key_alias = "night",
		.spent_nano = 4 * INT64_C(1000000000),
		.limit_nano = 5 * INT64_C(1000000000),
		.exceeded_ms = INT64_C(1795430000000) };
	static const struct {
		const char *rule, *event;
		int64_t limit_nano;
	} cases[] = { { "budget", "threshold_crossed", 5 }, { "budget", "budget_crossed", 4 },
		{ "spend_rate", "projected_limit_exceeded", 5 } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct alert_budget now = budget;
		struct alert_message message = begun;
		json_t *body;

		now.limit_nano = cases[i].limit_nano * INT64_C(1000000000);
		message.rule = cases[i].rule;
		message.budget = &now;
		body = body_of(&message, ALERT_LITELLM);
		assert_string_equal(text_of(body, "event"), cases[i].event);
		assert_string_equal(text_of(body, "event_group"), "key");
		assert_string_equal(text_of(body, "token"), "abc");
		assert_string_equal(text_of(body, "key_alias"), "night");
		assert_string_equal(text_of(body, "projected_exceeded_date"), "2026-11-23");
		assert_true(json_real_value(json_object_get(body, "spend")) == 4.0);
		assert_non_null(text_of(body, "event_message"));
		assert_true(json_is_null(json_object_get(body, "team_id")));
		json_decref(body);
	}
}

static void test_litellm_hears_of_all_else_too(void **state)
{
	struct alert_message message = begun;
	json_t *body;

	message.rule = "blocked_upward";
	body = body_of(&message, ALERT_LITELLM);
	assert_string_equal(text_of(body, "event"), "threshold_crossed");
	assert_string_equal(text_of(body, "event_group"), "organization");
	assert_true(json_real_value(json_object_get(body, "spend")) == 0.0);
	assert_true(json_is_null(json_object_get(body, "max_budget")));
	assert_string_equal(text_of(json_object_get(body, "sideways"), "rule"), "blocked_upward");
	json_decref(body);
}

static void test_teams_gets_a_card(void **state)
{
	json_t *body = body_of(&begun, ALERT_TEAMS);
	json_t *attachment = json_array_get(json_object_get(body, "attachments"), 0);
	json_t *blocks = json_object_get(json_object_get(attachment, "content"), "body");

	assert_string_equal(
	    text_of(attachment, "contentType"), "application/vnd.microsoft.card.adaptive");
	assert_non_null(strstr(text_of(json_array_get(blocks, 0), "text"), "80 %"));
	json_decref(body);
}

static void test_a_program_gets_the_parts(void **state)
{
	json_t *body = body_of(&begun, ALERT_JSON);

	assert_string_equal(text_of(body, "event"), "began");
	assert_string_equal(text_of(body, "rule"), "budget");
	assert_string_equal(text_of(body, "subject"), "w1");
	assert_string_equal(text_of(body, "severity"), "warning");
	assert_string_equal(text_of(body, "message"), begun.words);
	assert_string_equal(text_of(body, "host"), "host");
	assert_string_equal(text_of(body, "began"), "2026-11-23T10:33:20Z");
	assert_true(json_is_null(json_object_get(body, "ended")));
	json_decref(body);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_line_says_where_what_and_how_bad),
		TEST(test_slack_sees_its_special_characters_escaped),
		TEST(test_discord_calls_nobody),
		TEST(test_litellm_gets_its_webhook_event),
		TEST(test_litellm_hears_of_all_else_too),
		TEST(test_teams_gets_a_card),
		TEST(test_a_program_gets_the_parts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
