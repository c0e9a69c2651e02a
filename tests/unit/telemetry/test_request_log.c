/*
 * The record of requests: rows, sums, trimming, and the budget of retries.
 */
#include "telemetry/request_log.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "base/digest.h"

#define NOW_MS  INT64_C(1795430000000)
#define HOUR_MS INT64_C(3600000)

static int64_t number(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int64_t value;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return value;
}

static struct request_record record_of(int64_t at_ms, int status, int64_t cost_nano)
{
	return (struct request_record){
		.id = arena_printf(&arena, "%.10s%016d", digest_first_id(at_ms).text, rand()),
		.started_ms = at_ms,
		.key_id = "k1",
		.asked_model = "fast",
		.model_group = "fast",
		.answered_group = status == 200 ? "fast" : NULL,
		.outcome = status == 200 ? "ok" : "upstream",
		.status = status,
		.attempts = 1,
		.usage = { .known = status == 200, .input_tokens = 10, .output_tokens = 5 },
		.cost_nano = cost_nano,
		.first_token_ms = -1,
	};
}

static void write_record(const struct request_record *record)
{
	struct change *change = change_new();

	request_log_into(change, record);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
}

static void write_one(int64_t at_ms, int status, int64_t cost_nano)
{
	struct request_record record = record_of(at_ms, status, cost_nano);

	write_record(&record);
}

static void test_a_row_and_the_sums_say_the_same(void **state)
{
	write_one(NOW_MS, 200, 100);
	write_one(NOW_MS + 1, 200, 20);
	write_one(NOW_MS + 2, 413, 3);
	assert_int_equal(number("SELECT count(*) FROM request"), 3);
	assert_int_equal(number("SELECT sum(cost_nano) FROM request"), 123);
	assert_int_equal(number("SELECT count(*) FROM request WHERE input_tokens IS NULL"), 1);
	assert_int_equal(number("SELECT sum(requests) FROM request_hour"), 3);
	assert_int_equal(number("SELECT sum(cost_nano) FROM request_hour"), 123);
	assert_int_equal(number("SELECT sum(requests) FROM metric_request WHERE status = 413"), 1);
}

static void test_a_cached_answer_saves_and_another_has_nothing_to_save(void **state)
{
	struct request_record hit = record_of(NOW_MS, 200, 0);

	hit.from_cache = true;
	hit.cache_saved_nano = 77;
	write_record(&hit);
	write_one(NOW_MS + 1, 200, 5);
	assert_int_equal(number("SELECT count(*) FROM request WHERE cache_saved_nano IS NULL"), 1);
	assert_int_equal(number("SELECT sum(cache_saved_nano) FROM request"), 77);
	assert_int_equal(number("SELECT sum(cache_hits) FROM request_hour"), 1);
}

/* The first request of an hour, and the answer that it did not wait for, in one transaction. */
static void test_a_cost_that_comes_late_is_in_the_sum_of_its_hour(void **state)
{
	struct request_record record = record_of(NOW_MS, 200, 100);
	struct change *both = change_new(), *row = change_new(), *late = change_new();

	request_log_into(row, &record);
	request_log_add_cost_into(late, record.id, 23);
	change_part(both, row);
	change_part(both, late);
	assert_int_equal(store_apply(store, both, &err), 0);
	change_free(row);
	change_free(late);
	change_free(both);
	assert_int_equal(number("SELECT sum(cost_nano) FROM request"), 123);
	assert_int_equal(number("SELECT sum(cost_nano) FROM request_hour"), 123);
	assert_int_equal(number("SELECT sum(requests) FROM request_hour"), 1);
}

/* An answer that came after its client had gone is charged to its user and tags, too. */
static void test_a_cost_that_comes_late_is_in_the_sums_of_users_and_tags(void **state)
{
	struct request_record record = record_of(NOW_MS, 200, 100);
	struct change *change = change_new();

	record.caller.user = "ann";
	record.caller.tags = (const char *const[]){ "nightly", "batch" };
	record.caller.tag_count = 2;
	write_record(&record);
	write_one(NOW_MS + 1, 200, 7);
	request_log_add_cost_into(change, record.id, 23);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
	for (int i = 0; i < 3; i++) {
		static const char *const tables[] = { "spend_day", "spend_hour", "usage_day" };

		assert_int_equal(
		    number(arena_printf(&arena,
			"SELECT sum(cost_nano) FROM %s WHERE kind = 'user' AND id = 'ann'",
			tables[i])),
		    123);
		assert_int_equal(
		    number(arena_printf(
			&arena, "SELECT sum(cost_nano) FROM %s WHERE kind = 'tag'", tables[i])),
		    246);
	}
	assert_int_equal(number("SELECT sum(cost_nano) FROM request_hour"), 130);
}

static void test_old_rows_go_a_few_at_a_time_and_never_when_all_are_kept(void **state)
{
	for (int i = 0; i < 5; i++)
		write_one(NOW_MS - 10 * HOUR_MS + i, 200, 1);
	write_one(NOW_MS, 200, 1);
	assert_int_equal(request_log_trim(store, 0, NOW_MS, 100, &err), 0);
	assert_int_equal(number("SELECT count(*) FROM request"), 6);
	assert_int_equal(request_log_trim(store, HOUR_MS, NOW_MS, 3, &err), 3);
	assert_int_equal(request_log_trim(store, HOUR_MS, NOW_MS, 3, &err), 2);
	assert_int_equal(request_log_trim(store, HOUR_MS, NOW_MS, 3, &err), 0);
	assert_int_equal(number("SELECT count(*) FROM request"), 1);
	assert_int_equal(number("SELECT sum(requests) FROM request_hour"), 6); /* sums stay */
}

#define DAY_MS (24 * HOUR_MS)

static void test_a_clock_that_jumps_ahead_deletes_nothing_until_it_has_stood_a_day(void **state)
{
	const int64_t far_ms = NOW_MS + 90 * DAY_MS;

	write_one(NOW_MS - 31 * DAY_MS, 200, 1);
	write_one(NOW_MS - 29 * DAY_MS, 200, 1);
	write_one(NOW_MS, 200, 1);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS, 9, &err), 1);
	write_one(far_ms, 200, 1);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, far_ms, 9, &err), 0);
	for (int64_t t = HOUR_MS; t < DAY_MS; t += HOUR_MS)
		assert_int_equal(request_log_trim(store, 30 * DAY_MS, far_ms + t, 9, &err), 0);
	assert_int_equal(number("SELECT count(*) FROM request"), 3);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, far_ms + DAY_MS, 9, &err), 2);
	assert_int_equal(number("SELECT count(*) FROM request"), 1);
}

static void test_a_clock_that_is_set_right_again_has_deleted_nothing(void **state)
{
	write_one(NOW_MS - 29 * DAY_MS, 200, 1);
	write_one(NOW_MS, 200, 1);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS, 9, &err), 0);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS + 90 * DAY_MS, 9, &err), 0);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS + HOUR_MS, 9, &err), 0);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS + 20 * HOUR_MS, 9, &err), 0);
	/* Its own time comes, by the clock that is right again. */
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS + 26 * HOUR_MS, 9, &err), 1);
}

static void test_a_jump_while_nobody_was_there_is_seen_by_the_newest_request(void **state)
{
	write_one(NOW_MS - 29 * DAY_MS, 200, 1);
	write_one(NOW_MS, 200, 1);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS + 90 * DAY_MS, 9, &err), 0);
	assert_int_equal(request_log_trim(store, 30 * DAY_MS, NOW_MS + 91 * DAY_MS, 9, &err), 2);
}

/* CGI that is called every second day: history goes a call later. */
static void test_rare_calls_keep_nothing_for_ever(void **state)
{
	int64_t t;

	for (t = NOW_MS; t < NOW_MS + 60 * DAY_MS; t += 2 * DAY_MS) {
		write_one(t, 200, 1);
		assert_int_not_equal(request_log_trim(store, 10 * DAY_MS, t, 9, &err), -1);
	}
	assert_in_range(number("SELECT count(*) FROM request"), 5, 8);
}

/* At most floor + percent of the requests of the last ten seconds. */
static void test_retries_have_a_budget_of_their_own(void **state)
{
	int taken = 0;

	for (int i = 0; i < 100; i++)
		write_one(NOW_MS, 200, 1);
	while (taken < 50 && request_log_take_retry(store, 10, 3, NOW_MS + 1000, &err) == 1)
		taken++;
	assert_int_equal(taken, 13);
	assert_int_equal(request_log_take_retry(store, 10, 3, NOW_MS + 1000, &err), 0);
	assert_int_equal(request_log_take_retry(store, 10, 3, NOW_MS + 20000, &err), 1);
	assert_int_equal(request_log_take_retry(store, 0, 0, NOW_MS + 40000, &err), 0);
}

static int never(void *ctx, const struct spend_row *row)
{
	fail_msg("%s", row->name);
	return -1;
}

static void test_spend_by_something_else_is_refused_with_what_there_is(void **state)
{
	assert_int_equal(
	    request_log_spend(store, "colour", 0, NOW_MS, &arena, never, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "'colour'"));
	assert_non_null(strstr(err.text, "deployment"));
	assert_int_equal(
	    request_log_spend(store, "model", 0, NOW_MS, &arena, never, NULL, &err), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_row_and_the_sums_say_the_same),
		TEST(test_a_cached_answer_saves_and_another_has_nothing_to_save),
		TEST(test_a_cost_that_comes_late_is_in_the_sum_of_its_hour),
		TEST(test_a_cost_that_comes_late_is_in_the_sums_of_users_and_tags),
		TEST(test_old_rows_go_a_few_at_a_time_and_never_when_all_are_kept),
		TEST(test_a_clock_that_jumps_ahead_deletes_nothing_until_it_has_stood_a_day),
		TEST(test_a_clock_that_is_set_right_again_has_deleted_nothing),
		TEST(test_a_jump_while_nobody_was_there_is_seen_by_the_newest_request),
		TEST(test_rare_calls_keep_nothing_for_ever),
		TEST(test_retries_have_a_budget_of_their_own),
		TEST(test_spend_by_something_else_is_refused_with_what_there_is),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
