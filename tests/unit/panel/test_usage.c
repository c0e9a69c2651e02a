/* Shares, changes, and ranges cut by the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "accounts/window.h"
#include "panel/show.h"
#include "panel/usage.h"

#include "../scratch_store.h"

static void assert_adds_up(const int64_t *amounts, size_t count)
{
	int shares[64] = { 0 }, sum = 0;

	usage_shares(amounts, count, shares);
	for (size_t i = 0; i < count; i++)
		sum += shares[i];
	assert_int_equal(sum, 100);
}

static void test_shares_add_up_to_100(void **state)
{
	assert_adds_up((int64_t[]){ 1, 1, 1 }, 3);
	assert_adds_up((int64_t[]){ 1 }, 1);
	assert_adds_up((int64_t[]){ 1, 999999999999 }, 2);
	assert_adds_up((int64_t[]){ INT64_MAX / 3, INT64_MAX / 3, INT64_MAX / 3 }, 3);
	assert_adds_up((int64_t[]){ 5, 5, 5, 5, 5, 5, 0 }, 7);
	srand(1);
	for (int round = 0; round < 1000; round++) {
		int64_t amounts[64];
		size_t count = (size_t)rand() % 63 + 1;

		for (size_t i = 0; i < count; i++)
			amounts[i] = rand() % 3 ? rand() : 0;
		amounts[0] = 1;
		assert_adds_up(amounts, count);
	}
}

static void test_nothing_has_no_shares(void **state)
{
	int shares[2] = { 7, 7 };

	usage_shares((int64_t[]){ 0, 0 }, 2, shares);
	assert_int_equal(shares[0] + shares[1], 0);
}

static void test_a_share_is_the_nearest_percent_or_the_one_beside(void **state)
{
	int shares[3];

	usage_shares((int64_t[]){ 500, 250, 250 }, 3, shares);
	assert_int_equal(shares[0], 50);
	assert_int_equal(shares[1], 25);
	usage_shares((int64_t[]){ 996, 4, 0 }, 3, shares);
	assert_int_equal(shares[0], 100);
	assert_int_equal(shares[1], 0);
}

static void assert_change(int64_t now, int64_t before, const char *wanted)
{
	AUTO_ARENA struct arena own = { 0 };
	struct page_call call = { .arena = &own };
	struct range range = { .compared = true };

	assert_string_equal(usage_change(&call, &range, now, before), wanted);
}

static void test_changes_are_percents_of_the_time_before(void **state)
{
	assert_change(138, 100, "+38 %");
	assert_change(99, 100,
	    "\xE2\x88\x92"
	    "1 %");
	assert_change(0, 100,
	    "\xE2\x88\x92"
	    "100 %");
	assert_change(1004, 1000,
	    "\xC2\xB1"
	    "0 %");
	assert_change(1005, 1000, "+1 %");
	assert_change(995, 1000,
	    "\xE2\x88\x92"
	    "1 %");
	assert_change(0, 0,
	    "\xC2\xB1"
	    "0 %");
	assert_change(5, 0, "new");
	assert_change(999, 100, "+899 %");
	assert_change(1438, 100,
	    "\xC3\x97"
	    "14");
	assert_change(INT64_MAX, 1,
	    "\xC3\x97"
	    "9223372036854775807");
}

static void test_what_is_shown_comes_back_as_the_moment(void **state)
{
	const int64_t winter = INT64_C(1764000000000), summer = INT64_C(1782000000000);

	assert_int_equal(window_shown_at("Europe/Berlin", winter) - winter, 3600000);
	assert_int_equal(window_shown_at("Europe/Berlin", summer) - summer, 7200000);
	assert_int_equal(window_shown_at(NULL, winter), winter);
	assert_int_equal(
	    window_moment_of("Europe/Berlin", window_shown_at("Europe/Berlin", winter)), winter);
	assert_int_equal(
	    window_moment_of("Asia/Kolkata", window_shown_at("Asia/Kolkata", summer)), summer);
}

static void test_a_part_is_found_by_any_moment_in_it(void **state)
{
	const int64_t hour = 3600000;
	int64_t starts[] = { hour, 2 * hour, 5 * hour, 6 * hour };
	struct range_span span = {
		.from_ms = hour, .to_ms = 6 * hour, .starts = starts, .count = 3
	};

	assert_int_equal(range_part(&span, hour - 1), 3);
	assert_int_equal(range_part(&span, hour), 0);
	assert_int_equal(range_part(&span, 5 * hour - 1), 1);
	assert_int_equal(range_part(&span, 5 * hour), 2);
	assert_int_equal(range_part(&span, 6 * hour), 3);
}

/* A day of Kolkata begins at 18:30 UTC; sums are kept from 18:00 on. */
static void test_the_hour_in_which_a_range_begins_is_in_its_first_part(void **state)
{
	const int64_t hour = 3600000;
	int64_t starts[] = { 18 * hour + hour / 2, 42 * hour + hour / 2 };
	struct range_span span = {
		.from_ms = starts[0], .to_ms = starts[1], .starts = starts, .count = 1
	};

	assert_int_equal(range_part(&span, 18 * hour), 0);
	assert_int_equal(range_part(&span, 18 * hour - 1), 1);
}

/* March until its 31st beside February: the chart asks for the 31st part of both. */
static void test_a_shorter_time_before_has_a_value_for_each_column(void **state)
{
	struct page_call call = { .arena = &arena, .store = store };
	struct range range = { .now = { .from_ms = 3600000, .to_ms = 7200000, .count = 31 },
		.before = { .to_ms = 3600000, .count = 28 } };
	struct usage_table table;

	assert_int_equal(
	    usage_read(&call, &range, &(struct usage_wish){ .by = USAGE_BY_KEY, .one = "key-1" },
		&table, &err),
	    0);
	memset(arena_alloc(&arena, 256), 0xff, 256); /* whatever comes behind */
	for (size_t i = 0; i < range.now.count; i++)
		assert_int_equal(table.before_values[i], 0);
}

/* ---- filters, against sums that were added up by hand ---- */

static void run_sql(const char *sql)
{
	char *says = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &says) != SQLITE_OK)
		fail_msg("%s", says);
	sqlite3_close(db);
}

#define ATTEMPT(HOUR, KEY, TEAM, PROVIDER, MODEL, TIER, COST)                                      \
	"INSERT INTO attempt_sum (made, hour, key_id, team_id, model_group, deployment_id, "       \
	"provider, model, tier, direction, state, outcome, status, attempts, failures, "           \
	"input_tokens, cached_tokens, output_tokens, cost_nano, overrun_nano, latency_ms) VALUES " \
	"(1, " HOUR ", '" KEY "', '" TEAM "', 'g', 'd', '" PROVIDER "', '" MODEL "', '" TIER       \
	"', 'own', 'settled', 'ok', 200, 2, 0, 10, 0, 3, " COST ", 0, 5);"
#define LABEL(HOUR, KIND, ID, KEY, TEAM, PROVIDER, MODEL, TIER, COST)                              \
	"INSERT INTO label_sum (kind, id, hour, key_id, team_id, provider, model, tier, "          \
	"attempts, failures, input_tokens, output_tokens, cost_nano) VALUES ('" KIND "', '" ID     \
	"', " HOUR ", '" KEY "', '" TEAM "', '" PROVIDER "', '" MODEL "', '" TIER                  \
	"', 2, 0, 10, 3, " COST ");"

/* By one thing, of others: which come, the largest first, with their costs. */
static void assert_usage(
    enum usage_by by, struct usage_filter filter, enum usage_measure measure, const char *wanted)
{
	struct page_call call = { .arena = &arena, .store = store, .now_ms = 96 * 3600000 };
	struct usage_wish wish = { .by = by, .filter = filter, .measure = measure };
	struct usage_table table;
	struct range range;
	const char *found = "";
	json_t *chart;
	int64_t all = 0;

	assert_int_equal(range_read(&call, "7d", &range, &err), 0);
	if (view_usage_is_filtered(&filter) && !view_usage_is_hourly(by, &filter))
		range_to_days(&call, &range);
	assert_int_equal(usage_read(&call, &range, &wish, &table, &err), 0);
	for (size_t i = 0; i < table.count; i++) {
		found = arena_printf(&arena, "%s%s=%lld ", found, table.things[i].id,
		    (long long)table.things[i].now.cost_nano);
		all += table.things[i].size;
	}
	assert_string_equal(found, wanted);
	if (by != USAGE_BY_TAG && by != USAGE_BY_USER)
		assert_int_equal(all, table.all.size);
	chart = usage_chart(&call, &range, &table, "Spend", &err);
	assert_non_null(chart);
	json_decref(chart);
	all = 0;
	for (size_t part = 0; part < range.now.count; part++)
		all += table.all.values[part];
	assert_int_equal(all, table.all.size); /* nothing falls out of the chart */
}

static void test_what_is_filtered_is_what_is_left(void **state)
{
#define OF(BY, ID) { .of[USAGE_BY_##BY] = ID }
	run_sql(ATTEMPT("10", "k1", "t1", "p", "m", "cheap", "100") ATTEMPT("30", "k1", "t1", "p",
	    "n", "mid", "10") ATTEMPT("31", "k2", "t1", "q", "m", "cheap", "400")
		ATTEMPT("55", "k3", "", "q", "m", "cheap", "1000")
		    LABEL("10", "user", "ann", "k1", "t1", "p", "m", "cheap", "100")
			LABEL("31", "user", "bob", "k2", "t1", "q", "m", "cheap", "400")
			    LABEL("31", "tag", "job", "k2", "t1", "q", "m", "cheap", "400"));
	run_sql("INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, "
		"refused, not_spent_nano, cost_nano) VALUES (10, 1, 0, 0, 0, 0, 0, 0)");
	const struct {
		enum usage_by by;
		struct usage_filter filter;
		const char *wanted;
	} cases[] = {
		{ USAGE_BY_KEY, { { 0 } }, "k3=1000 k2=400 k1=110 " },
		{ USAGE_BY_MODEL, { { 0 } }, "q/m=1400 p/m=100 p/n=10 " },
		{ USAGE_BY_USER, { { 0 } }, "bob=400 ann=100 " },
		{ USAGE_BY_MODEL, OF(KEY, "k1"), "p/m=100 p/n=10 " },
		{ USAGE_BY_KEY, OF(TEAM, "t1"), "k2=400 k1=110 " },
		{ USAGE_BY_TEAM, OF(KEY, "k3"), "=1000 " },
		{ USAGE_BY_KEY, OF(MODEL, "q/m"), "k3=1000 k2=400 " },
		{ USAGE_BY_KEY, OF(PROVIDER, "p"), "k1=110 " },
		{ USAGE_BY_TEAM, OF(TIER, "cheap"), "=1000 t1=500 " },
		{ USAGE_BY_MODEL, OF(TIER, "mid"), "p/n=10 " },
		{ USAGE_BY_MODEL, OF(USER, "ann"), "p/m=100 " },
		{ USAGE_BY_KEY, OF(TAG, "job"), "k2=400 " },
		{ USAGE_BY_USER, OF(TEAM, "t1"), "bob=400 ann=100 " },
		{ USAGE_BY_USER, OF(MODEL, "p/m"), "ann=100 " },
		{ USAGE_BY_KEY, { .of = { [USAGE_BY_TIER] = "cheap", [USAGE_BY_TEAM] = "t1" } },
		    "k2=400 k1=100 " },
		{ USAGE_BY_KEY, OF(MODEL, "m"), "" },
		{ USAGE_BY_TEAM, OF(TEAM, "nobody"), "" },
	};
#undef OF

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int measure = USAGE_COST; measure <= USAGE_TOKENS; measure++)
			if (measure == USAGE_COST ||
			    strchr(cases[i].wanted, ' ') == strrchr(cases[i].wanted, ' '))
				assert_usage(cases[i].by, cases[i].filter,
				    (enum usage_measure)measure, cases[i].wanted);
}

/* As many tags as the chart has colours: what has no tag needs one, too. */
static void test_no_tag_is_lost_where_the_colours_are_just_enough(void **state)
{
	struct page_call call = { .arena = &arena, .store = store, .now_ms = 7200000 };
	int64_t starts[] = { 3600000, 7200000 }, one = 1000000000, all = CHART_SERIES_MAX * one;
	struct range range = { .period = "1h",
		.now = { .from_ms = 3600000, .to_ms = 7200000, .starts = starts, .count = 1 } };
	struct usage_thing things[CHART_SERIES_MAX];
	struct usage_table table = { .by = USAGE_BY_TAG,
		.things = things,
		.count = CHART_SERIES_MAX,
		.all = { .name = "All", .values = &all } };
	json_t *chart;

	for (size_t i = 0; i < CHART_SERIES_MAX; i++)
		things[i] = (struct usage_thing){ .id = "t", .name = "t", .values = &one };
	chart = usage_chart(&call, &range, &table, "Spend", &err);
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(json_object_get(chart, "columns"), 0), "value")),
	    show_money(all).text);
	json_decref(chart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares_add_up_to_100),
		cmocka_unit_test(test_nothing_has_no_shares),
		cmocka_unit_test(test_a_share_is_the_nearest_percent_or_the_one_beside),
		cmocka_unit_test(test_changes_are_percents_of_the_time_before),
		cmocka_unit_test(test_what_is_shown_comes_back_as_the_moment),
		cmocka_unit_test(test_a_part_is_found_by_any_moment_in_it),
		cmocka_unit_test(test_the_hour_in_which_a_range_begins_is_in_its_first_part),
		cmocka_unit_test_setup_teardown(
		    test_what_is_filtered_is_what_is_left, scratch_set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(
		    test_no_tag_is_lost_where_the_colours_are_just_enough, scratch_set_up,
		    scratch_tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_shorter_time_before_has_a_value_for_each_column, scratch_set_up,
		    scratch_tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
