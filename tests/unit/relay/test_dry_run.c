/*
 * Where would it go?  The dry run against the real plan: the same candidates in the same order as a
 * request meets them, and nothing sent or written.
 */
#include "play.h"

#include <string.h>

#include "relay/dry_run.h"

#define DEPLOYMENT(name, model, input, output)                                                     \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: k, input_cost_per_token: " input ", output_cost_per_token: " output " }\n"     \
	"    model_info: { id: " model ", max_input_tokens: 20000, max_output_tokens: 4000 }\n"

static const char groups[] = "model_list:\n" DEPLOYMENT("a", "a1", "0.000001", "0.000001")
    DEPLOYMENT("a", "a2", "0.000001", "0.000001") DEPLOYMENT(
	"b", "b1", "0.0000005", "0.0000005") DEPLOYMENT("dear", "d1", "0.00001",
	"0.00005") "litellm_settings: { num_retries: 1, allowed_fails: 1, max_budget: 0.01, "
		   "budget_duration: 1d,\n"
		   "  fallbacks: [{ a: [dear, b] }], context_window_fallbacks: [{ a: [dear, b] }, "
		   "{ b: [dear] }] }\n";

static int run(struct play *play, struct dry_wish wish, struct dry_run *out)
{
	struct catalog *catalog = gateway_catalog(&play->gateway, &play->err);
	struct dry_states states;
	int result;

	assert_int_equal(dry_run_read(&play->gateway, catalog, play->gateway.store, clock_wall_ms(),
			     &play->arena, &states, &play->err),
	    0);
	result = dry_run(&states, &wish, &play->arena, out, &play->err);
	catalog_release(catalog); /* the gateway holds it on */
	return result;
}

/* "a1=fails*2 d1=blocked b1=answers " */
static const char *told(struct play *play, const struct dry_run *out)
{
	static const char *const ends[] = { "fails", "skipped", "blocked", "answers" };
	const char *text = "";

	for (size_t i = 0; i < out->count; i++) {
		const struct dry_step *step = &out->steps[i];

		text = arena_printf(&play->arena, "%s%s=%s%s%s ", text,
		    step->member->deployment->id, ends[step->end],
		    step->end == DRY_FAILS && step->calls > 1 ? "*2" : "",
		    step->end == DRY_SKIPPED ? arena_printf(&play->arena, "(%s)", step->why) : "");
	}
	return text;
}

static void test_a_failed_group_goes_sideways_past_the_dear_one(void **state)
{
	struct dry_run out;
	struct play play;

	play_begin(&play, groups, NULL);
	assert_int_equal(
	    run(&play,
		(struct dry_wish){
		    .model = "a", .failure = "auth", .input_tokens = 100, .output_tokens = 10 },
		&out),
	    0);
	assert_non_null(strstr(told(&play, &out), "a1=fails "));
	assert_non_null(strstr(told(&play, &out), "a2=fails "));
	assert_non_null(strstr(told(&play, &out), "d1=blocked b1=answers "));
	assert_int_equal(out.count, 4);
	assert_string_equal(out.answer->group->name, "b");
	assert_int_equal(out.answer->cost_nano, 110 * 500);
	assert_true(out.answer->bound_nano >= out.answer->cost_nano);
	assert_int_equal(out.steps[2].cost_nano, 100 * 10000 + 10 * 50000);
	play_end(&play);
}

static void test_one_failed_deployment_leaves_its_sibling(void **state)
{
	struct dry_run out;
	struct play play;

	play_begin(&play, groups, NULL);
	assert_int_equal(
	    run(&play,
		(struct dry_wish){
		    .model = "a", .failure = "rate", .fails_deployment = "a1", .input_tokens = 10 },
		&out),
	    0);
	assert_string_equal(out.answer->member->deployment->id, "a2");
	play_end(&play);
}

static void test_a_whole_provider_down_ends_with_the_last_failure(void **state)
{
	struct dry_run out;
	struct play play;

	play_begin(&play, groups, NULL);
	assert_int_equal(run(&play,
			     (struct dry_wish){ .model = "a",
				 .failure = "timeout",
				 .fails_provider = "openai",
				 .input_tokens = 10 },
			     &out),
	    0);
	assert_null(out.answer);
	assert_int_equal(out.told, ERROR_TIMEOUT);
	play_end(&play);
}

/* b stands in the general chain too, which must not keep it out of this one. */
static void test_context_failures_use_their_own_chain(void **state)
{
	struct dry_run out;
	struct play play;

	play_begin(&play, groups, NULL);
	assert_int_equal(
	    run(&play, (struct dry_wish){ .model = "a", .failure = "context", .input_tokens = 10 },
		&out),
	    0);
	assert_non_null(strstr(told(&play, &out), "=fails d1=blocked b1=answers "));
	assert_int_equal(out.count, 3);
	assert_int_equal(
	    run(&play, (struct dry_wish){ .model = "a", .failure = "policy", .input_tokens = 10 },
		&out),
	    0);
	assert_null(out.answer);
	assert_int_equal(out.count, 1);
	assert_int_equal(
	    run(&play, (struct dry_wish){ .model = "b", .failure = "client", .input_tokens = 10 },
		&out),
	    0);
	assert_string_equal(told(&play, &out), "b1=fails ");
	assert_int_equal(out.told, ERROR_BAD_REQUEST);
	play_end(&play);
}

static void test_cooldowns_windows_and_budgets_of_the_moment_count(void **state)
{
	static const struct step limited[] = { { .model = "b1", .status = 500, .body = "{}" },
		{ .model = "" } };
	struct dry_run out;
	struct play play;

	play_begin(&play, groups, NULL);
	(void)play_ask(&play, limited, "\"model\":\"b\",\"max_tokens\":5");
	assert_int_equal(
	    run(&play,
		(struct dry_wish){
		    .model = "a", .failure = "auth", .input_tokens = 10, .output_tokens = 5 },
		&out),
	    0);
	assert_non_null(strstr(told(&play, &out), "b1=skipped(cooldown)"));
	assert_null(out.answer);
	assert_int_equal(
	    run(&play,
		(struct dry_wish){
		    .model = "a", .failure = "auth", .input_tokens = 100000, .output_tokens = 5 },
		&out),
	    0);
	assert_non_null(strstr(told(&play, &out), "a1=skipped(context too long)"));
	assert_int_equal(out.told, ERROR_CONTEXT);
	assert_int_equal(run(&play,
			     (struct dry_wish){ .model = "a",
				 .failure = "auth",
				 .fails_deployment = "-",
				 .input_tokens = 15000,
				 .output_tokens = 4000 },
			     &out),
	    0);
	assert_non_null(strstr(told(&play, &out), "a1=skipped(over budget: proxy 1d)"));
	assert_int_equal(out.told, ERROR_BUDGET);
	play_end(&play);
}

static void test_nothing_is_written_or_sent(void **state)
{
	struct dry_run out;
	struct play play;

	play_begin(&play, groups, NULL);
	assert_int_equal(
	    run(&play, (struct dry_wish){ .model = "a", .failure = "rate", .input_tokens = 100 },
		&out),
	    0);
	assert_string_equal(play.called, "");
	assert_int_equal(
	    play_count(&play, "SELECT (SELECT count(*) FROM attempt) + (SELECT count(*) FROM "
			      "request) + (SELECT count(*) FROM budget_window)"),
	    0);
	assert_int_equal(
	    run(&play, (struct dry_wish){ .model = "nowhere", .failure = "rate" }, &out), -1);
	assert_int_equal(play.err.kind, ERROR_MODEL_NOT_FOUND);
	assert_int_equal(run(&play, (struct dry_wish){ .model = "a", .failure = "<b>" }, &out), -1);
	assert_int_equal(
	    run(&play,
		(struct dry_wish){
		    .model = "a", .failure = "rate", .input_tokens = DRY_RUN_TOKENS_MAX + 1 },
		&out),
	    -1);
	play_end(&play);
}

/* The same failure, played for real. */
static void test_the_dry_run_tells_what_then_happens(void **state)
{
	static const struct step refused[] = { { .model = "a1", .status = 401, .body = "{}" },
		{ .model = "a2", .status = 401, .body = "{}" }, { .model = "" } };
	struct dry_run out;
	struct play play;

	play_begin(&play, groups, NULL);
	assert_int_equal(
	    run(&play,
		(struct dry_wish){
		    .model = "a", .failure = "auth", .input_tokens = 1, .output_tokens = 5 },
		&out),
	    0);
	assert_int_equal(play_ask(&play, refused, "\"model\":\"a\",\"max_tokens\":5"), 0);
	assert_string_equal(play.out.group, out.answer->group->name);
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt"), (int)out.count);
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'blocked'"), 1);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_failed_group_goes_sideways_past_the_dear_one),
		cmocka_unit_test(test_one_failed_deployment_leaves_its_sibling),
		cmocka_unit_test(test_a_whole_provider_down_ends_with_the_last_failure),
		cmocka_unit_test(test_context_failures_use_their_own_chain),
		cmocka_unit_test(test_cooldowns_windows_and_budgets_of_the_moment_count),
		cmocka_unit_test(test_nothing_is_written_or_sent),
		cmocka_unit_test(test_the_dry_run_tells_what_then_happens),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
