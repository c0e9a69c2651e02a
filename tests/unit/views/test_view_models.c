/*
 * The ladder as data and as a picture, and the dry run in words.
 */
#include "play.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json_read.h"
#include "groups.h"
#include "views/ladder.h"
#include "views/metrics_text.h"
#include "views/view_dry_run.h"
#include "views/view_models.h"

static const struct step b_fails[] = { { .model = "b1", .status = 500, .body = "{}" },
	{ .model = "" } };

static json_t *models_at(struct play *play, int64_t now_ms)
{
	struct catalog *catalog = gateway_catalog(&play->gateway, &play->err);
	json_t *models = view_models(play->gateway.store, catalog, now_ms, &play->err);

	catalog_release(catalog);
	if (!models)
		fail_msg("%s", play->err.text);
	return models;
}

static json_t *models_of(struct play *play)
{
	return models_at(play, clock_wall_ms());
}

static const json_t *deployment(const json_t *models, const char *id)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_read_at(models, "deployments"), i,
	    row) if (strcmp(json_read_text(row, "deployment"), id) == 0) return row;
	fail_msg("no deployment %s", id);
	return NULL;
}

static void test_deployments_stand_on_tiers_with_prices_and_health(void **state)
{
	AUTO_JSON json_t *models = NULL;
	const json_t *tiers;
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	for (int i = 0; i < 3; i++)
		(void)play_ask(&play, b_fails, "\"model\":\"b\"");
	models = models_of(&play);
	tiers = json_read_at(models, "tiers");
	assert_int_equal(json_array_size(tiers), 4);
	assert_int_equal(json_array_size(json_read_at(json_array_get(tiers, 0), "groups")), 0);
	assert_int_equal(json_array_size(json_read_at(json_array_get(tiers, 1), "groups")), 2);
	assert_int_equal(json_array_size(json_read_at(json_array_get(tiers, 2), "groups")), 0);
	assert_string_equal(
	    json_read_text(deployment(models, "a1-id"), "input_usd_per_million"), "1");
	assert_string_equal(json_read_text(deployment(models, "a1-id"), "state"), "ready");
	assert_string_equal(json_read_text(deployment(models, "b1-id"), "state"), "cooling");
	assert_true(json_read_int(deployment(models, "b1-id"), "cooldown_seconds", 0) > 0);
	assert_int_equal(json_read_int(deployment(models, "b1-id"), "attempts", 0), 3);
	assert_int_equal(json_read_int(deployment(models, "b1-id"), "failure_permille", 0), 1000);
	play_end(&play);
}

static bool metrics_say(struct play *play, int64_t now_ms, const char *line)
{
	AUTO_TEXT struct text out = text_empty(1 << 20);
	struct catalog *catalog = gateway_catalog(&play->gateway, &play->err);
	int result;

	result = metrics_text(play->gateway.store, catalog, now_ms, &out, &play->err);
	catalog_release(catalog);
	assert_int_equal(result, 0);
	return strstr(out.bytes, line) != NULL;
}

static void test_one_failure_is_told_for_a_minute(void **state)
{
	AUTO_JSON json_t *soon = NULL, *later = NULL;
	struct play play;
	int64_t now_ms;

	play_begin(&play, THREE_GROUPS, NULL);
	(void)play_ask(&play, b_fails, "\"model\":\"b\"");
	now_ms = clock_wall_ms();
	soon = models_at(&play, now_ms);
	later = models_at(&play, now_ms + 61000);
	assert_string_equal(json_read_text(deployment(soon, "b1-id"), "state"), "failing");
	assert_string_equal(json_read_text(deployment(later, "b1-id"), "state"), "ready");
	assert_true(metrics_say(&play, now_ms, "litellm_deployment_state{model_id=\"b1-id\"} 1\n"));
	assert_true(
	    metrics_say(&play, now_ms + 61000, "litellm_deployment_state{model_id=\"b1-id\"} 0\n"));
	play_end(&play);
}

static void test_chains_say_where_they_lead_and_which_are_blocked(void **state)
{
	AUTO_JSON json_t *models = NULL;
	const json_t *chains;
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	models = models_of(&play);
	chains = json_read_at(models, "chains");
	assert_int_equal(json_array_size(chains), 2);
	assert_string_equal(json_read_text(json_array_get(chains, 0), "target"), "dear");
	assert_true(json_is_true(json_read_at(json_array_get(chains, 0), "blocked")));
	assert_string_equal(json_read_text(json_array_get(chains, 1), "direction"), "sideways");
	assert_int_equal(json_read_int(json_array_get(chains, 1), "price_percent", 0), 50);
	play_end(&play);
}

static void test_no_secret_stands_in_it(void **state)
{
	AUTO_JSON json_t *models = NULL;
	AUTO_FREE char *text = NULL;
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	models = models_of(&play);
	text = json_dumps(models, 0);
	assert_null(strstr(text, "sk-provider-secret"));
	play_end(&play);
}

static const json_t *of_kind(const json_t *drawing, const char *kind)
{
	const json_t *arrow;
	size_t i;

	json_array_foreach(json_read_at(drawing, "arrows"), i,
	    arrow) if (strcmp(json_read_text(arrow, "kind"), kind) == 0) return arrow;
	fail_msg("no %s arrow", kind);
	return NULL;
}

static void test_the_drawing_has_every_group_and_arrow(void **state)
{
	static const char nasty[] =
	    "model_list:\n" DEPLOYMENT("\"<script>'&\"", "a1", "0.000001", "0.000001")
		DEPLOYMENT("b", "b1", "0.0000005", "0.0000005")
		    DEPLOYMENT("dear", "d1-with-a-name-that-is-too-long-for-its-box", "0.00001",
			"0.00005") "litellm_settings: { fallbacks: [{ \"<script>'&\": [dear, b] }, "
				   "{ dear: [b] }] }\n";
	AUTO_JSON json_t *models = NULL, *drawing = NULL;
	const json_t *blocked, *line;
	struct play play;

	play_begin(&play, nasty, NULL);
	models = models_of(&play);
	drawing = ladder_drawing(models);
	assert_int_equal(json_array_size(json_read_at(drawing, "steps")), 4);
	assert_int_equal(json_array_size(json_read_at(drawing, "boxes")), 3);
	assert_int_equal(json_array_size(json_read_at(drawing, "arrows")), 3);
	assert_string_equal(
	    json_read_text(json_array_get(json_read_at(drawing, "boxes"), 0), "query"),
	    "%3Cscript%3E%27%26");
	blocked = of_kind(drawing, "blocked");
	assert_non_null(json_read_text(blocked, "cross"));
	assert_null(json_read_text(blocked, "tip"));
	assert_string_equal(json_read_text(blocked, "times"), "\xc3\x97"
							      "20.0");
	assert_non_null(json_read_text(of_kind(drawing, "sideways"), "tip"));
	assert_non_null(json_read_text(of_kind(drawing, "downward"), "tip"));
	line = json_array_get(
	    json_read_at(json_array_get(json_read_at(drawing, "boxes"), 2), "lines"), 0);
	assert_string_equal(json_read_text(line, "text"), "openai/d1-with-a-name-tha\xe2\x80\xa6");
	assert_string_equal(json_read_text(line, "price"), "$10 / $50");
	play_end(&play);
}

/* Boxes of a step do not overlap, and all stand within the picture. */
static void test_nothing_in_the_drawing_overlaps(void **state)
{
	AUTO_JSON json_t *models = NULL, *drawing = NULL;
	const json_t *boxes;
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	models = models_of(&play);
	drawing = ladder_drawing(models);
	boxes = json_read_at(drawing, "boxes");
	for (size_t i = 0; i < json_array_size(boxes); i++) {
		const json_t *a = json_array_get(boxes, i), *b = json_array_get(boxes, i + 1);

		assert_true(json_read_int(a, "y", -1) >= 0);
		assert_true(json_read_int(a, "x", 0) + json_read_int(a, "width", 0) <=
			    json_read_int(drawing, "width", 0));
		if (b && json_read_int(a, "x", 0) == json_read_int(b, "x", 0))
			assert_true(json_read_int(a, "y", 0) + json_read_int(a, "height", 0) <
				    json_read_int(b, "y", 0));
	}
	play_end(&play);
}

static void test_the_dry_run_tells_steps_and_prices(void **state)
{
	struct dry_wish wish = {
		.model = "a", .failure = "rate", .input_tokens = 1000, .output_tokens = 100
	};
	AUTO_JSON json_t *told = NULL, *lines = NULL;
	struct dry_states states;
	struct catalog *catalog;
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	catalog = gateway_catalog(&play.gateway, &play.err);
	assert_int_equal(dry_run_read(&play.gateway, catalog, play.gateway.store, clock_wall_ms(),
			     &play.arena, &states, &play.err),
	    0);
	told = view_dry_run(&states, &wish, &play.err);
	assert_int_equal(json_array_size(json_read_at(told, "steps")), 3);
	assert_string_equal(json_read_text(told, "answer.group"), "b");
	assert_int_equal(json_read_int(told, "answer.cost_nano", 0), 1100 * 500);
	assert_int_equal(json_read_int(told, "price_percent", 0), 50);
	lines = view_dry_run_all(&states, &wish, &play.err);
	assert_int_equal(json_array_size(lines), 3);
	assert_string_equal(json_read_text(json_array_get(lines, 0), "goes_to"), "b");
	assert_int_equal(json_read_int(json_array_get(lines, 0), "blocked", 0), 1);
	assert_true(json_is_false(json_read_at(json_array_get(lines, 1), "answered")));
	assert_int_equal(json_read_int(json_array_get(lines, 1), "told_status", 0), 429);
	catalog_release(catalog);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deployments_stand_on_tiers_with_prices_and_health),
		cmocka_unit_test(test_one_failure_is_told_for_a_minute),
		cmocka_unit_test(test_chains_say_where_they_lead_and_which_are_blocked),
		cmocka_unit_test(test_no_secret_stands_in_it),
		cmocka_unit_test(test_the_drawing_has_every_group_and_arrow),
		cmocka_unit_test(test_nothing_in_the_drawing_overlaps),
		cmocka_unit_test(test_the_dry_run_tells_steps_and_prices),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
