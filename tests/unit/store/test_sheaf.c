/* Rows that one statement inserts: all arrive, as they would one by one, and what comes after them
 * finds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../scratch_store.h"
#include "store/change.h"

static void ask(const char *sql, char answer[100])
{
	sqlite3 *db;
	sqlite3_stmt *s;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	snprintf(answer, 100, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(db);
}

#define assert_answer(sql, wanted)                                                                 \
	do {                                                                                       \
		char answer[100];                                                                  \
		ask(sql, answer);                                                                  \
		assert_string_equal(answer, wanted);                                               \
	} while (0)

/* What is not bound by a row is NULL, also where it was bound by the row before it. */
static void add_request(struct change *change, int id, const char *team)
{
	static const char *const none[] = { ":streamed", ":attempts", ":fallbacks",
		":blocked_upward", ":not_spent_nano", ":not_spent_most_nano", ":bound_nano" };
	char text[20];

	snprintf(text, sizeof text, "r%03d", id);
	change_add(change, SQL_REQUEST_LOG_ADD);
	change_bind(change, ":id", text, ":started_ms", (int64_t)id * 1000000000, ":key_id", "k");
	if (team)
		change_bind_text(change, ":team_id", team);
	change_bind(change, ":asked_model", "m", ":outcome", "ok", ":status", 200);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		change_bind_int(change, none[i], 0);
	change_bind_int(change, ":cost_nano", -id);
}

static void add_attempt(struct change *change, int id)
{
	static const char *const words[] = { ":key_id", ":model_group", ":deployment_id",
		":provider", ":model", ":tier", ":direction" };
	char text[20];

	snprintf(text, sizeof text, "r%03d", id);
	change_add(change, SQL_LEDGER_END);
	change_bind(change, ":request_id", text, ":number", 1, ":started_ms", 1);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		change_bind_text(change, words[i], words[i] + 1);
	change_bind(change, ":state", "settled", ":ended_ms", 2, ":estimated", 0, ":bound_nano", 5,
	    ":cost_nano", id, ":windows", "[]");
}

static void test_rows_arrive_as_they_would_one_by_one(void **state)
{
	struct change *change = change_new();

	for (int i = 0; i < 200; i++) {
		struct change *part = change_new();

		add_attempt(part, i);
		add_request(part, i, i % 2 ? "t" : NULL);
		change_part(change, part);
	}
	assert_int_equal(store_apply(store, change, &err), 0);
	for (struct change *part = change->parts, *next; part; part = next) {
		next = part->next_part;
		assert_int_equal(change_rows(part, 0), 1);
		assert_int_equal(change_rows(part, 1), 1);
		change_free(part);
	}
	change_free(change);
	assert_answer("SELECT count(*) || ' ' || sum(id = printf('r%03d', -cost_nano)) || ' ' || "
		      "sum(started_ms = cost_nano * -1000000000) || ' ' || count(team_id) || ' ' "
		      "|| count(agent) FROM request",
	    "200 200 200 100 0");
	assert_answer("SELECT count(*) || ' ' || sum(cost_nano) || ' ' || min(key_id) || ' ' || "
		      "max(direction) || ' ' || min(windows) FROM attempt",
	    "200 19900 key_id direction []");
	assert_answer(
	    "SELECT max(typeof(id) || typeof(started_ms) || typeof(team_id)) FROM request",
	    "textintegertext");
}

/* The same request twice is refused; the rows before and after it stay, in both ways of running. */
static void test_a_refused_row_leaves_the_others_alone(void **state)
{
	for (int round = 0; round < 40; round++) {
		struct change *before = change_new(), *twice = change_new(), *after = change_new();

		add_request(before, 3 * round, NULL);
		add_request(before, 3 * round + 1, NULL);
		store_apply_later(store, before);
		add_request(after, 3 * round + 2, NULL);
		add_request(twice, 500, NULL);
		add_request(twice, 3 * round, NULL);
		assert_int_equal(store_apply(store, twice, &err), -1);
		assert_int_equal(err.kind, ERROR_STORE);
		change_free(twice);
		store_apply_later(store, after);
	}
	assert_int_equal(store_ping(store, &err), 0);
	assert_answer("SELECT count(*) || ' ' || max(id) FROM request", "120 r119");
}

static void test_what_comes_after_a_row_finds_it(void **state)
{
	struct change *change = change_new();

	for (int i = 0; i < 3; i++)
		add_request(change, i, NULL);
	change_add(change, SQL_REQUEST_LOG_ADD_COST);
	change_bind(change, ":id", "r001", ":cost_nano", 100);
	change_must_touch(change);
	add_request(change, 4, NULL);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
	assert_answer("SELECT group_concat(cost_nano) FROM request", "0,99,-2,-4");
}

/* They are noted for the bank by a trigger where the record is shared. */
static void test_rows_are_told_to_the_bank(void **state)
{
	struct change *watch = change_new(), *change = change_new();

	change_add(watch, SQL_RECORD_WATCH_NEW);
	assert_int_equal(store_apply(store, watch, &err), 0);
	for (int i = 0; i < 3; i++)
		add_request(change, i, "t");
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(watch);
	change_free(change);
	assert_answer("SELECT group_concat(request_id) FROM record_news", "r000,r001,r002");
	assert_answer("SELECT count(team_id) FROM request", "3");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up_shared, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows_arrive_as_they_would_one_by_one),
		TEST(test_a_refused_row_leaves_the_others_alone),
		TEST(test_what_comes_after_a_row_finds_it),
		TEST(test_rows_are_told_to_the_bank),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
