/* Shares, changes, and ranges cut by the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "accounts/window.h"
#include "panel/show.h"
#include "panel/usage.h"

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
	AUTO_ARENA struct arena own;
	struct page_call call = { .arena = &own };
	struct range range = { .compared = true };

	arena_init(&own);
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
	int64_t starts[] = { 100, 200, 350, 400 };
	struct range_span span = { .from_ms = 100, .to_ms = 400, .starts = starts, .count = 3 };

	assert_int_equal(range_part(&span, 99), 3);
	assert_int_equal(range_part(&span, 100), 0);
	assert_int_equal(range_part(&span, 349), 1);
	assert_int_equal(range_part(&span, 350), 2);
	assert_int_equal(range_part(&span, 400), 3);
}

/* March until its 31st beside February: the chart asks for the 31st part of both. */
static void test_a_shorter_time_before_has_a_value_for_each_column(void **state)
{
	struct page_call call = { .arena = &arena, .store = store };
	struct range range = { .now = { .from_ms = 3600000, .to_ms = 7200000, .count = 31 },
		.before = { .to_ms = 3600000, .count = 28 } };
	struct usage_table table;

	assert_int_equal(usage_read_one(&call, &range, USAGE_BY_KEY, "key-1", &table, &err), 0);
	memset(arena_alloc(&arena, 256), 0xff, 256); /* whatever comes behind */
	for (size_t i = 0; i < range.now.count; i++)
		assert_int_equal(table.before_values[i], 0);
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
