/*
 * The fallback log and sums over time, after requests through the whole relay.
 */
#include "play.h"

#include <string.h>

#include "base/json_read.h"
#include "groups.h"
#include "views/view_fallbacks.h"
#include "views/view_traffic.h"

static const struct step all_good[] = { { .model = "" } };
static const struct step a_is_limited[] = { { .model = "a1", .status = 429, .body = RATE_BODY },
	{ .model = "" } };
static const struct step nobody_works[] = { { .model = "a1", .status = 401, .body = "{}" },
	{ .model = "b1", .status = 401, .body = "{}" }, { .model = "" } };

static json_t *rows_of(struct play *play, struct fallback_filter filter)
{
	struct catalog *catalog = gateway_catalog(&play->gateway, &play->err);
	json_t *page = view_fallbacks(play->gateway.store, catalog, &filter, &play->err);

	catalog_release(catalog);
	if (!page)
		fail_msg("%s", play->err.text);
	return page;
}

static size_t count_of(struct play *play, struct fallback_filter filter)
{
	AUTO_JSON json_t *page = rows_of(play, filter);

	return json_array_size(json_read_at(page, "fallbacks"));
}

static void test_a_fallback_tells_what_failed_where_it_went_and_what_was_saved(void **state)
{
	AUTO_JSON json_t *page = NULL;
	const json_t *row;
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	play_ask(&play, a_is_limited, "\"model\":\"a\",\"max_tokens\":5");
	page = rows_of(&play, (struct fallback_filter){ 0 });
	row = json_array_get(json_read_at(page, "fallbacks"), 0);
	assert_int_equal(json_array_size(json_read_at(row, "failed")), 1);
	assert_string_equal(json_read_text(json_array_get(json_read_at(row, "failed"), 0), "words"),
	    "was rate limited");
	assert_int_equal(
	    json_read_int(json_array_get(json_read_at(row, "failed"), 0), "status", 0), 429);
	assert_string_equal(json_read_text(row, "went_to.deployment_id"), "b1-id");
	assert_string_equal(json_read_text(row, "direction"), "sideways");
	assert_int_equal(json_read_int(row, "went_to.cost_nano", 0), 7500);
	assert_int_equal(json_read_int(row, "first_choice.cost_nano", 0), 15000);
	assert_int_equal(json_read_int(row, "price_percent", 0), 50);
	assert_true(json_is_false(json_read_at(row, "first_choice_repriced")));
	assert_int_equal(json_array_size(json_read_at(row, "blocked")), 1);
	assert_string_equal(
	    json_read_text(json_array_get(json_read_at(row, "blocked"), 0), "tier"), "premium");
	play_end(&play);
}

static void test_only_moved_requests_stand_in_it_and_directions_filter(void **state)
{
	struct play play;

	play_begin(&play, THREE_GROUPS, NULL);
	play_ask(&play, all_good, "\"model\":\"a\"");
	play_ask(&play, a_is_limited, "\"model\":\"a\"");
	play_ask(&play, nobody_works, "\"model\":\"a\"");
	assert_int_equal(count_of(&play, (struct fallback_filter){ 0 }), 2);
	assert_int_equal(count_of(&play, (struct fallback_filter){ .direction = "sideways" }), 1);
	assert_int_equal(count_of(&play, (struct fallback_filter){ .direction = "downward" }), 0);
	assert_int_equal(count_of(&play, (struct fallback_filter){ .direction = "blocked" }), 2);
	assert_int_equal(count_of(&play, (struct fallback_filter){ .direction = "nobody" }), 1);
	assert_int_equal(count_of(&play, (struct fallback_filter){ .model = "b" }), 0);
	assert_int_equal(count_of(&play, (struct fallback_filter){ .model = "a" }), 2);
	play_end(&play);
}

static void test_pages_of_a_filtered_log_leave_nothing_out(void **state)
{
	struct fallback_filter filter = { .direction = "sideways", .limit = 2 };
	char before[40];
	struct play play;
	size_t seen = 0;
	int pages = 0;

	play_begin(&play, THREE_GROUPS, NULL);
	for (int i = 0; i < 5; i++) {
		play_ask(&play, a_is_limited, "\"model\":\"a\"");
		play_ask(&play, all_good, "\"model\":\"a\"");
		clock_fake_advance(61000); /* or the third failure opens the breaker */
	}
	for (; pages < 10; pages++) {
		AUTO_JSON json_t *page = rows_of(&play, filter);
		const char *older = json_read_text(page, "older");

		seen += json_array_size(json_read_at(page, "fallbacks"));
		if (!older)
			break;
		snprintf(before, sizeof before, "%s", older);
		filter.before = before;
	}
	assert_int_equal(seen, 5);
	assert_true(pages < 10);
	play_end(&play);
}

static void test_hours_have_no_gaps_and_add_up(void **state)
{
	AUTO_JSON json_t *hours = NULL, *total = NULL, *later = NULL, *nothing = NULL,
			 *deployments = NULL;
	struct play play;
	int64_t from;

	play_begin(&play, THREE_GROUPS, NULL);
	from = clock_wall_ms();
	play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":5");
	clock_fake_advance(5 * 3600 * 1000);
	play_ask(&play, a_is_limited, "\"model\":\"a\",\"max_tokens\":5");
	hours = view_traffic_hours(play.gateway.store, from, clock_wall_ms(), &play.err);
	assert_int_equal(json_array_size(json_read_at(hours, "points")), 6);
	assert_int_equal(json_read_int(hours, "total.requests", 0), 2);
	assert_int_equal(json_read_int(hours, "total.fallback_permille", 0), 500);
	assert_int_equal(json_read_int(hours, "total.cost_nano", 0), 15000 + 7500);
	assert_int_equal(
	    json_read_int(json_array_get(json_read_at(hours, "points"), 5), "blocked_upward", 0),
	    1);
	total = view_traffic_total(
	    play.gateway.store, from - 3 * 86400000LL, clock_wall_ms(), &play.err);
	assert_int_equal(json_read_int(total, "requests", 0), 2);
	assert_int_equal(json_read_int(total, "fallback_permille", 0), 500);
	later = view_traffic_total(play.gateway.store, from + 3600000, clock_wall_ms(), &play.err);
	assert_int_equal(json_read_int(later, "requests", 0), 1);
	nothing = view_traffic_total(play.gateway.store, 0, 1, &play.err);
	assert_int_equal(json_read_int(nothing, "requests", -1), 0);
	deployments = view_traffic_deployments(play.gateway.store, from, &play.err);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(deployments, "a1-id"), "attempts")),
	    2);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(deployments, "a1-id"), "failures")),
	    1);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_fallback_tells_what_failed_where_it_went_and_what_was_saved),
		cmocka_unit_test(test_only_moved_requests_stand_in_it_and_directions_filter),
		cmocka_unit_test(test_pages_of_a_filtered_log_leave_nothing_out),
		cmocka_unit_test(test_hours_have_no_gaps_and_add_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
