/*
 * The log as pages see it, after requests through the whole relay: filters, paging, the story of a
 * fallback and of a blocked upward one, and sums that agree with the log.
 */
#include "play.h"

#include <string.h>

#include "base/json_read.h"
#include "groups.h"
#include "views/view_requests.h"

static const struct step all_good[] = { { .model = "" } };
static const struct step a_is_limited[] = { { .model = "a1", .status = 429, .body = RATE_BODY },
	{ .model = "" } };
static const struct step a_says_no[] = {
	{ .model = "a1",
	    .status = 400,
	    .body = "{\"error\":{\"message\":\"<script>x</script> is bad\","
		    "\"type\":\"invalid_request_error\"}}" },
	{ .model = "" }
};

static json_t *page_of(struct play *play, const struct request_filter *filter)
{
	json_t *page = view_requests(play->gateway.store, filter, &play->err);

	if (!page)
		fail_msg("%s", play->err.text);
	return page;
}

static size_t count_of(struct play *play, struct request_filter filter)
{
	AUTO_JSON json_t *page = page_of(play, &filter);

	return json_array_size(json_read_at(page, "requests"));
}

static json_t *story_of(struct play *play)
{
	json_t *story = view_request(play->gateway.store, play->out.request_id, &play->err);

	if (!story)
		fail_msg("%s", play->err.text);
	return story;
}

static const json_t *candidate(const json_t *story, size_t index)
{
	return json_array_get(json_read_at(story, "candidates"), index);
}

static void test_a_story_tells_of_every_candidate_in_order(void **state)
{
	AUTO_JSON json_t *story = NULL;
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	assert_int_equal(play_ask(&play, a_is_limited, "\"model\":\"a\",\"max_tokens\":5"), 0);
	story = story_of(&play);
	assert_int_equal(json_array_size(json_read_at(story, "candidates")), 3);
	assert_string_equal(json_read_text(candidate(story, 0), "deployment_id"), "a1-id");
	assert_true(json_is_true(json_read_at(candidate(story, 0), "called")));
	assert_string_equal(json_read_text(candidate(story, 0), "sentence"),
	    "was rate limited (429) after 100 ms; nothing can have been billed");
	assert_true(json_is_true(json_read_at(candidate(story, 1), "blocked")));
	assert_string_equal(json_read_text(candidate(story, 1), "direction"), "upward");
	/* 10 in, 5 out at the dear price, less what was paid */
	assert_int_equal(
	    json_read_int(candidate(story, 1), "not_spent_nano", 0), 10 * 10000 + 5 * 50000 - 7500);
	assert_true(json_is_true(json_read_at(candidate(story, 2), "ok")));
	assert_string_equal(json_read_text(candidate(story, 2), "sentence"),
	    "answered (200) after 100 ms; it cost $0.0000075");
	assert_true(json_is_true(json_read_at(story, "fell_back")));
	assert_int_equal(json_read_int(story, "blocked_upward", 0), 1);
	assert_string_equal(json_read_text(story, "key_alias"), "tester");
	play_end(&play);
}

static void test_filters_choose_and_combine(void **state)
{
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	play_ask(&play, all_good, "\"model\":\"a\"");
	play_ask(&play, all_good, "\"model\":\"b\"");
	play_ask(&play, a_says_no, "\"model\":\"a\"");
	play_ask(&play, a_is_limited, "\"model\":\"a\"");
	play_ask(&play, all_good, "\"model\":\"nowhere\"");
	assert_int_equal(count_of(&play, (struct request_filter){ 0 }), 5);
	assert_int_equal(count_of(&play, (struct request_filter){ .failed = true }), 2);
	assert_int_equal(count_of(&play, (struct request_filter){ .moved = true }), 1);
	assert_int_equal(count_of(&play, (struct request_filter){ .blocked = true }), 1);
	assert_int_equal(count_of(&play, (struct request_filter){ .model = "a" }), 3);
	assert_int_equal(
	    count_of(&play, (struct request_filter){ .model = "a", .failed = true }), 1);
	assert_int_equal(
	    count_of(&play, (struct request_filter){ .model = "a", .moved = true }), 1);
	assert_int_equal(
	    count_of(&play, (struct request_filter){ .outcome = "model_not_found" }), 1);
	assert_int_equal(count_of(&play, (struct request_filter){ .deployment_id = "b1-id" }), 2);
	assert_int_equal(count_of(&play, (struct request_filter){ .key_id = "' OR 1=1 --" }), 0);
	assert_int_equal(count_of(&play, (struct request_filter){ .team_id = "none" }), 0);
	assert_int_equal(count_of(&play, (struct request_filter){ .key_id = play.out.key.id }), 5);
	assert_int_equal(
	    count_of(&play, (struct request_filter){ .from_ms = clock_wall_ms() + 1000 }), 0);
	play_end(&play);
}

/* Every request once, whatever the page's length. */
static void test_pages_follow_one_another_without_gap_or_repeat(void **state)
{
	struct request_filter filter = { .limit = 3 };
	char before[40], last[40] = "~";
	struct play play;
	int seen = 0;

	play_begin(&play, THREE_GROUPS, NULL);
	for (int i = 0; i < 10; i++)
		play_ask(&play, all_good, "\"model\":\"a\"");
	for (;;) {
		AUTO_JSON json_t *page = page_of(&play, &filter);
		const json_t *rows = json_read_at(page, "requests"), *row;
		const char *older = json_read_text(page, "older");
		size_t i;

		json_array_foreach((json_t *)rows, i, row)
		{
			assert_true(strcmp(json_read_text(row, "id"), last) < 0);
			snprintf(last, sizeof last, "%s", json_read_text(row, "id"));
			seen++;
		}
		if (!older)
			break;
		snprintf(before, sizeof before, "%s", older);
		filter.before = before;
	}
	assert_int_equal(seen, 10);
	play_end(&play);
}

static void test_an_unknown_request_is_not_found(void **state)
{
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	assert_null(view_request(play.gateway.store, "01nothere", &play.err));
	assert_int_equal(play.err.kind, ERROR_NOT_FOUND);
	play_end(&play);
}

/* Each sum against the log that it sums. */
static void test_sums_agree_with_the_log(void **state)
{
	static const char *const pairs[][2] = {
		{ "SELECT sum(attempts) FROM usage_day",
		    "SELECT count(*) FROM attempt WHERE state NOT IN ('skipped', 'blocked')" },
		{ "SELECT sum(failures) FROM usage_day",
		    "SELECT count(*) FROM attempt WHERE state NOT IN ('skipped', 'blocked') AND "
		    "outcome <> 'ok'" },
		{ "SELECT sum(cost_nano) FROM usage_day", "SELECT sum(cost_nano) FROM attempt" },
		{ "SELECT sum(cost_nano) FROM spend_day WHERE kind = 'key'",
		    "SELECT sum(cost_nano) FROM attempt" },
		{ "SELECT sum(cost_nano) FROM spend_day WHERE kind = 'model' AND id = 'a1'",
		    "SELECT sum(cost_nano) FROM attempt WHERE model = 'a1'" },
		{ "SELECT sum(attempts) FROM spend_day WHERE kind = 'provider'",
		    "SELECT count(*) FROM attempt WHERE state NOT IN ('skipped', 'blocked')" },
		{ "SELECT sum(failures) FROM spend_day WHERE kind = 'team'",
		    "SELECT count(*) FROM attempt WHERE state NOT IN ('skipped', 'blocked') AND "
		    "outcome <> 'ok'" },
		{ "SELECT cost_nano FROM spend_total WHERE kind = 'key'",
		    "SELECT sum(cost_nano) FROM attempt" },
		{ "SELECT cost_nano FROM spend_total WHERE kind = 'team' AND id = ''",
		    "SELECT sum(cost_nano) FROM attempt" },
		{ "SELECT sum(cost_nano) FROM deployment_hour",
		    "SELECT sum(cost_nano) FROM attempt" },
		{ "SELECT day FROM key_used", "SELECT max(started_ms) / 86400000 FROM request" },
		{ "SELECT sum(cost_nano) FROM request_hour", "SELECT sum(cost_nano) FROM request" },
		{ "SELECT sum(requests) FROM request_hour", "SELECT count(*) FROM request" },
		{ "SELECT sum(failures) FROM request_hour",
		    "SELECT count(*) FROM request WHERE outcome <> 'ok'" },
		{ "SELECT sum(fell_back) FROM request_hour",
		    "SELECT count(*) FROM request WHERE fallbacks > 0" },
		{ "SELECT sum(blocked_upward) FROM request_hour",
		    "SELECT count(*) FROM request WHERE blocked_upward > 0" },
		{ "SELECT sum(not_spent_nano) FROM request_hour",
		    "SELECT sum(not_spent_nano) FROM request" },
		{ "SELECT count(*) FROM request_hour",
		    "SELECT count(DISTINCT started_ms / 3600000) FROM request" },
	};
	struct play play;

	play_begin(&play, THREE_GROUPS, "0.00012/1d");
	for (int i = 0; i < 12; i++) {
		play_ask(&play,
		    i % 3 == 0   ? a_is_limited
		    : i % 5 == 0 ? a_says_no
				 : all_good,
		    i % 4 ? "\"model\":\"a\",\"max_tokens\":5"
			  : "\"model\":\"b\",\"max_tokens\":5");
		clock_fake_advance(20 * 60 * 1000);
	}
	assert_true(play_count(&play, "SELECT sum(refused) FROM request_hour") > 0);
	assert_true(play_count(&play, "SELECT sum(fell_back) FROM request_hour") > 0);
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (play_count(&play, pairs[i][0]) != play_count(&play, pairs[i][1]))
			fail_msg("%s: %lld, but %s: %lld", pairs[i][0],
			    (long long)play_count(&play, pairs[i][0]), pairs[i][1],
			    (long long)play_count(&play, pairs[i][1]));
	play_audit(&play);
	play_end(&play);
}

/* What one request adds is there at once, and nothing twice. */
static void test_sums_follow_each_request(void **state)
{
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	for (int i = 1; i <= 3; i++) {
		play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":5");
		assert_int_equal(play_count(&play, "SELECT sum(requests) FROM request_hour"), i);
		assert_int_equal(play_count(&play, "SELECT sum(attempts) FROM usage_day"), i);
		assert_int_equal(play_count(&play, "SELECT sum(requests) FROM metric_request"), i);
		assert_int_equal(play_count(&play, "SELECT sum(attempts) FROM metric_spend"), i);
		assert_int_equal(
		    play_count(&play, "SELECT sum(observations) FROM metric_time WHERE what = "
				      "'request'"),
		    i);
	}
	assert_int_equal(play_count(&play, "SELECT sum(cost_nano) FROM metric_spend"),
	    play_count(&play, "SELECT sum(cost_nano) FROM attempt"));
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_story_tells_of_every_candidate_in_order),
		cmocka_unit_test(test_filters_choose_and_combine),
		cmocka_unit_test(test_pages_follow_one_another_without_gap_or_repeat),
		cmocka_unit_test(test_an_unknown_request_is_not_found),
		cmocka_unit_test(test_sums_agree_with_the_log),
		cmocka_unit_test(test_sums_follow_each_request),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
