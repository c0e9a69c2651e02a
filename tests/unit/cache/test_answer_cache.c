/*
 * The cache in the store: finding, its times, its size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "cache/answer_cache.h"

#define NOW_MS INT64_C(1795430000500)

static struct cache_settings settings;

static int set_up(void **state)
{
	if (scratch_open() != 0)
		return -1;
	settings = (struct cache_settings){
		.enabled = true, .max_bytes = 100000, .max_entry_bytes = 5000
	};
	return 0;
}

static int tear_down(void **state)
{
	return scratch_close();
}

static void keep(const char *hash, const char *body, int64_t stored_ms, int64_t ttl_ms)
{
	struct cached_answer answer = { .request_id = "r1",
		.stored_ms = stored_ms,
		.content_type = "application/json",
		.cost_nano = 1234,
		.group = "cheap",
		.body = slice_of(body) };

	answer_cache_keep(store, &settings, hash, &answer, ttl_ms);
}

static bool find(const char *hash, int64_t now_ms, int64_t not_before_ms, struct cached_answer *out)
{
	return answer_cache_find(store, &settings, hash, now_ms, not_before_ms, &arena, out);
}

static void test_what_is_kept_is_found_until_its_time_is_over(void **state)
{
	struct cached_answer found;

	assert_false(find("h", NOW_MS, 0, &found));
	keep("h", "{\"a\":1}", NOW_MS, 1000);
	assert_true(find("h", NOW_MS + 999, 0, &found));
	assert_string_equal(found.body.ptr, "{\"a\":1}");
	assert_int_equal(found.cost_nano, 1234);
	assert_string_equal(found.group, "cheap");
	assert_null(found.tier);
	assert_false(find("h", NOW_MS + 1000, 0, &found));
	assert_false(find("other", NOW_MS, 0, &found));
}

static void test_an_answer_that_is_too_old_for_the_client_is_not_found(void **state)
{
	struct cached_answer found;

	keep("h", "{}", NOW_MS, 60000);
	assert_true(find("h", NOW_MS + 10, NOW_MS, &found));
	assert_false(find("h", NOW_MS + 10, NOW_MS + 1, &found));
}

static void test_a_newer_answer_replaces_the_older(void **state)
{
	struct cached_answer found;

	keep("h", "old", NOW_MS, 1000);
	keep("h", "new", NOW_MS + 500, 1000);
	assert_true(find("h", NOW_MS + 1200, 0, &found));
	assert_string_equal(found.body.ptr, "new");
}

static void test_a_long_answer_is_not_kept(void **state)
{
	struct cached_answer found;
	char body[5002];

	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	keep("h", body, NOW_MS, 1000);
	assert_false(find("h", NOW_MS, 0, &found));
	body[5000] = '\0';
	keep("h", body, NOW_MS, 1000);
	assert_true(find("h", NOW_MS, 0, &found));
}

static int64_t bytes_kept(void)
{
	struct store_reader *reader = store_reader_borrow(store, NULL);
	struct statement *s = store_query(reader, SQL_METRICS_CACHE_SIZE, NULL);
	int64_t bytes;

	assert_int_equal(statement_step(s, NULL), 1);
	bytes = statement_int(s, 0);
	store_reader_return(store, reader);
	return bytes;
}

static void test_the_oldest_make_room(void **state)
{
	struct cached_answer found;
	char body[4001], hash[16];

	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	for (int i = 0; i < 200; i++) {
		snprintf(hash, sizeof hash, "h%d", i);
		keep(hash, body, NOW_MS + i, 1000000);
		assert_true(bytes_kept() <= settings.max_bytes);
	}
	assert_true(bytes_kept() > settings.max_bytes / 4);
	assert_false(find("h0", NOW_MS + 300, 0, &found));
	assert_true(find("h199", NOW_MS + 300, 0, &found));
}

static void test_housekeeping_deletes_what_is_over(void **state)
{
	struct change *change = change_new();
	struct cached_answer found;

	keep("old", "{}", NOW_MS, 1000);
	keep("young", "{}", NOW_MS, 100000);
	answer_cache_trim_into(change, NOW_MS + 5000, 100);
	assert_int_equal(store_apply(store, change, NULL), 0);
	assert_int_equal(change_rows(change, 0), 1);
	change_free(change);
	assert_int_equal(bytes_kept(), 2);
	assert_true(find("young", NOW_MS + 5000, 0, &found));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_kept_is_found_until_its_time_is_over),
		TEST(test_an_answer_that_is_too_old_for_the_client_is_not_found),
		TEST(test_a_newer_answer_replaces_the_older),
		TEST(test_a_long_answer_is_not_kept),
		TEST(test_the_oldest_make_room),
		TEST(test_housekeeping_deletes_what_is_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
