/*
 * Budgets of end users, of tags, and of a key at one model: hard, each for itself.
 */
#include "play.h"

#include <string.h>

#include "accounts/budget_plans.h"
#include "accounts/budgets.h"
#include "settings/settings.h"

/* A call of 100 tokens costs 1 dollar at most at "dear", a cent at "cheap"; 10 in and 5 out are
 * billed. */
#define MODEL(name, model, price)                                                                  \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: k, input_cost_per_token: 0, output_cost_per_token: " price                     \
	" }\n    model_info: { max_input_tokens: 100000, max_output_tokens: 4000, tier: cheap }\n"
#define MODELS "model_list:\n" MODEL("dear", "d", "0.01") MODEL("cheap", "c", "0.0001")

#define ASK_DEAR "\"model\":\"dear\",\"max_tokens\":100"

static const struct step good[] = { { .model = "" } };

static const struct actor by = { "a test", "unit test" };

static int ask_as(struct play *play, const char *user, const char *tag)
{
	const char *tags[] = { tag };

	play->caller =
	    (struct request_caller){ .user = user, .tags = tags, .tag_count = tag ? 1 : 0 };
	return play_ask(play, good, ASK_DEAR);
}

/* Each good call bills 5 output tokens: 5 cents. */
static void test_each_user_has_the_whole_limit_for_himself(void **state)
{
	struct play play;

	play_begin(&play, MODELS "litellm_settings: { max_end_user_budget: 1.04 }\n", NULL);
	assert_int_equal(ask_as(&play, "ada", NULL), 0);
	assert_int_equal(ask_as(&play, "ada", NULL), -1); /* 99 cents are left, it may cost 100 */
	assert_int_equal(play.err.kind, ERROR_BUDGET);
	assert_string_equal(play.out.refusal.scope, "user");
	assert_string_equal(play.out.refusal.scope_id, "");
	assert_null(strchr(play.err.text, '$')); /* what he spent elsewhere is nobody's business */
	assert_int_equal(ask_as(&play, "bob", NULL), 0);
	assert_int_equal(ask_as(&play, NULL, NULL), 0);
	assert_int_equal(play_count(&play, "SELECT sum(spent_nano) FROM budget_window WHERE "
					   "for_user IN ('ada', 'bob')"),
	    2 * 5 * NANO_PER_DOLLAR / 100);
	assert_int_equal(play_count(&play, "SELECT count(*) FROM budget"), 1);
	play_audit(&play);
	play_end(&play);
}

static void test_a_new_limit_of_the_settings_is_that_of_running_windows(void **state)
{
	struct play play;
	struct settings higher = { .max_budget_nano = SETTING_UNSET,
		.max_user_budget_nano = 3 * NANO_PER_DOLLAR };

	play_begin(&play, MODELS "litellm_settings: { max_end_user_budget: 1.04 }\n", NULL);
	assert_int_equal(ask_as(&play, "ada", NULL), 0);
	assert_int_equal(ask_as(&play, "ada", NULL), -1);
	assert_int_equal(budgets_sync(play.gateway.store, &higher, clock_wall_ms(), &play.err), 0);
	assert_int_equal(ask_as(&play, "ada", NULL), 0);
	play_audit(&play);
	play_end(&play);
}

static void test_users_may_follow_a_budget_that_is_made_later(void **state)
{
	struct plan_wish plan = {
		.id = "free-tier", .period = "1d", .limit_nano = 104 * (NANO_PER_DOLLAR / 100)
	};
	struct play play;
	const char *id;

	play_begin(&play, MODELS "litellm_settings: { max_end_user_budget_id: free-tier }\n", NULL);
	assert_int_equal(ask_as(&play, "ada", NULL), 0);
	assert_int_equal(budget_plan_create(play.gateway.store, &by, &plan, clock_wall_ms(),
			     &play.arena, &id, &play.err),
	    0);
	assert_int_equal(ask_as(&play, "ada", NULL), 0);
	assert_int_equal(ask_as(&play, "ada", NULL), -1);
	assert_string_equal(play.out.refusal.period, "1d");
	plan.limit_nano = 5 * NANO_PER_DOLLAR;
	plan.period = NULL;
	assert_int_equal(budget_plan_update(play.gateway.store, &by, "free-tier", &plan,
			     clock_wall_ms(), &play.err),
	    0);
	assert_int_equal(ask_as(&play, "ada", NULL), 0);
	assert_int_equal(
	    budget_plan_delete(play.gateway.store, &by, "free-tier", clock_wall_ms(), &play.err),
	    -1);
	play_audit(&play);
	play_end(&play);
}

static void test_a_tag_counts_whoever_names_it(void **state)
{
	struct play play;

	play_begin(&play,
	    MODELS "litellm_settings: { tag_budget_config: { night: { max_budget: 1.04, "
		   "budget_duration: 1d } } }\n",
	    NULL);
	assert_int_equal(ask_as(&play, "ada", "night"), 0);
	assert_int_equal(ask_as(&play, "bob", "night"), -1);
	assert_string_equal(play.out.refusal.scope, "tag");
	assert_int_equal(ask_as(&play, "bob", "day"), 0);
	assert_int_equal(ask_as(&play, "bob", NULL), 0);
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM budget_window"), 1); /* none for "day" */
	play_audit(&play);
	play_end(&play);
}

/* More than a record keeps of tags without one. */
static void test_every_tag_with_a_budget_is_covered(void **state)
{
	static const char *const tags[] = { "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8",
		"t9", "t10", "night" };
	char settings[2048] =
	    MODELS "litellm_settings: { tag_budget_config: { night: { max_budget: 1.04 }";
	struct play play;

	for (size_t i = 0; i + 1 < sizeof tags / sizeof *tags; i++)
		snprintf(settings + strlen(settings), sizeof settings - strlen(settings),
		    ", %s: { max_budget: 100 }", tags[i]);
	snprintf(settings + strlen(settings), sizeof settings - strlen(settings), " } }\n");
	play_begin(&play, settings, NULL);
	play.caller = (struct request_caller){ .tags = tags, .tag_count = 12 };
	assert_int_equal(play_ask(&play, good, ASK_DEAR), 0);
	assert_int_equal(play_count(&play, "SELECT count(*) FROM budget_window"), 12);
	assert_int_equal(play_ask(&play, good, ASK_DEAR), -1); /* 99 cents are left */
	assert_int_equal(play.err.kind, ERROR_BUDGET);
	play_audit(&play);
	play_end(&play);
}

static void limit_dear(struct play *play, const char *model, const char *fallbacks)
{
	struct budget_wish budget = {
		.limit_nano = 104 * (NANO_PER_DOLLAR / 100), .period = "1d", .model = model
	};
	struct account_wish wish = { .expires_ms = KEY_KEEP,
		.model_budgets = &budget,
		.model_budget_count = 1,
		.budget_fallbacks = fallbacks };

	play_change_key(play, &wish);
}

static void test_a_keys_budget_for_a_model_holds_for_that_model_alone(void **state)
{
	struct play play;

	play_begin(&play, MODELS, NULL);
	limit_dear(&play, "dear", NULL);
	assert_int_equal(play_ask(&play, good, ASK_DEAR), 0);
	assert_int_equal(play_ask(&play, good, ASK_DEAR), -1);
	assert_non_null(strstr(play.err.text, "this key for this model"));
	assert_string_equal(play.out.refusal.scope, "key_model");
	assert_int_equal(play_ask(&play, good, "\"model\":\"cheap\",\"max_tokens\":100"), 0);
	play_audit(&play);
	play_end(&play);
}

static void test_the_model_after_it_is_asked_when_its_budget_is_used_up(void **state)
{
	struct play play;

	play_begin(&play, MODELS, NULL);
	limit_dear(&play, "dear", "{\"dear\":[\"nobody\",\"cheap\"]}");
	assert_int_equal(play_ask(&play, good, ASK_DEAR), 0);
	assert_string_equal(play.called, "d ");
	assert_int_equal(play_ask(&play, good, ASK_DEAR), 0);
	assert_string_equal(play.called, "c ");
	assert_int_equal(play.out.fallbacks, 1);
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'skipped' "
					   "AND outcome = 'over budget: key_model 1d'"),
	    1);
	play_audit(&play);
	play_end(&play);
}

/* LiteLLM rewrites the model before its router looks at fallbacks, so the client cannot forbid it;
 * a failure of the provider has nothing to do with it. */
static void test_it_stands_in_for_money_only(void **state)
{
	static const struct step down[] = {
		{ .model = "d", .status = 500, .body = "{\"error\":{\"message\":\"oops\"}}" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, MODELS, NULL);
	limit_dear(&play, "dear", "{\"dear\":[\"cheap\"]}");
	assert_int_equal(play_ask(&play, down, ASK_DEAR), -1);
	assert_null(strchr(play.called, 'c'));
	play_end(&play);
}

static void test_a_dearer_model_is_never_after_it(void **state)
{
	struct play play;

	play_begin(&play,
	    "model_list:\n" MODEL("dear", "d",
		"0.01") "  - model_name: best\n    litellm_params: { model: openai/b, api_key: k, "
			"input_cost_per_token: 0, output_cost_per_token: 0.02 }\n"
			"    model_info: { max_output_tokens: 4000, tier: premium }\n",
	    NULL);
	limit_dear(&play, "dear", "{\"dear\":[\"best\"]}");
	assert_int_equal(play_ask(&play, good, ASK_DEAR), 0);
	assert_int_equal(play_ask(&play, good, ASK_DEAR), -1);
	assert_string_equal(play.called, "");
	assert_int_equal(play.out.blocked_upward, 1);
	play_end(&play);
}

static void test_a_model_has_other_names(void **state)
{
	static const char settings[] = "model_list:\n" MODEL(
	    "openai/dear", "d", "0.01") "router_settings: { model_group_alias: { dear: "
					"openai/dear, mine: openai/dear } }\n";
	static const char *const names[] = { "dear", "openai/dear", "mine" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct play play;

		play_begin(&play, settings, NULL);
		limit_dear(&play, names[i], NULL);
		assert_int_equal(play_ask(&play, good, ASK_DEAR), 0);
		assert_int_equal(
		    play_ask(&play, good, "\"model\":\"openai/dear\",\"max_tokens\":100"), -1);
		assert_string_equal(play.out.refusal.scope, "key_model");
		play_end(&play);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_user_has_the_whole_limit_for_himself),
		cmocka_unit_test(test_a_new_limit_of_the_settings_is_that_of_running_windows),
		cmocka_unit_test(test_users_may_follow_a_budget_that_is_made_later),
		cmocka_unit_test(test_a_tag_counts_whoever_names_it),
		cmocka_unit_test(test_every_tag_with_a_budget_is_covered),
		cmocka_unit_test(test_a_keys_budget_for_a_model_holds_for_that_model_alone),
		cmocka_unit_test(test_the_model_after_it_is_asked_when_its_budget_is_used_up),
		cmocka_unit_test(test_it_stands_in_for_money_only),
		cmocka_unit_test(test_a_dearer_model_is_never_after_it),
		cmocka_unit_test(test_a_model_has_other_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
