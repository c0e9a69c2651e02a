/*
 * The record of machines that share it, over a real PostgreSQL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../postgres_server.h"
#include "../scratch.h"
#include "accounts/shared_books.h"
#include "accounts/shared_record.h"
#include "accounts/shares.h"
#include "bank/bank_schema.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"

#define DAY_MS INT64_C(86400000)

static struct postgres_server server;
static struct bank_connection *bank;
static struct error err;
static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];

enum { ONE, TWO, THREE, FILES };
static struct store *stores[FILES];

/* What an SQL query gives as a text, in a file of its own connection. */
static char *ask(int who, const char *sql)
{
	char *text = NULL;
	sqlite3_stmt *s;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(store_path(stores[who]), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 60000);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
		text = alloc_copy((const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(db);
	return text ? text : alloc_copy("");
}

static void run(int who, const char *sql)
{
	char *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(store_path(stores[who]), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 60000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", why, sql);
	sqlite3_close(db);
}

static void assert_gives(int who, const char *sql, const char *want)
{
	AUTO_FREE char *have = ask(who, sql);

	assert_string_equal(have, want);
}

/* A row in which no two columns have the same value, so that one in another's place is seen. */
static void write_row(int who, const char *table, const char *fixed, const char *id)
{
	AUTO_FREE char *columns = alloc_printf(
	    "SELECT 'INSERT INTO %s (' || group_concat(name) || ') SELECT ' || "
	    "group_concat(CASE WHEN name IN ('id', 'request_id') THEN '''%s''' WHEN name = "
	    "'state' THEN '''settled''' WHEN name = 'windows' THEN '''[7]''' WHEN type = 'TEXT' "
	    "THEN '''\"' || name || ' \\' || cid || '''' ELSE 1000 + cid END) FROM "
	    "pragma_table_info('%s') WHERE name NOT IN (%s)",
	    table, id, table, fixed);
	AUTO_FREE char *sql = ask(who, columns);

	run(who, sql);
}

static void serve(int who, const char *id)
{
	write_row(who, "request", "'machine'", id);
	write_row(who, "attempt", "''", id);
}

static void exchange(int who)
{
	if (shared_record_exchange(stores[who], bank, DAY_MS, &err) != 0)
		fail_msg("%s", err.text);
}

/* Ids are times, and what is older than a day goes. */
static const char *new_id(void)
{
	static struct digest_id id;

	id = digest_new_id();
	return id.text;
}

/* ---- beginning ---- */

static struct store *join(const char *name, bool shared)
{
	AUTO_FREE char *file = alloc_printf("%s/%s.db", folder, name);
	const struct shared_bank at = { .url = server.url };
	const struct share_rules rules = { .bank = server.url, .lasting_ms = 1, .reach_ms = 1000 };
	struct store *store = store_open(file, STORE_INLINE, &err);

	if (!store || shared_books_open(store, &at, false, &err) != 0 ||
	    shares_set(store, &rules, &err) != 0 || shared_record_set(store, shared, &err) != 0)
		fail_msg("%s", err.text);
	return store;
}

static int make_server(void **state)
{
	if (postgres_make(&server) != 0)
		return -1;
	bank = bank_connection_new(server.url, NULL);
	return bank_schema_make(bank, &err) == BANK_MADE ? 0 : -1;
}

static int end_server(void **state)
{
	bank_connection_free(bank);
	postgres_end(&server);
	return 0;
}

static int begin(void **state)
{
	if (scratch_make(folder, path) != 0 ||
	    bank_run_script(bank, "TRUNCATE sideways.record", &err) != 0)
		return -1;
	stores[ONE] = join("one", true);
	stores[TWO] = join("two", true);
	stores[THREE] = join("three", false);
	return 0;
}

static int end(void **state)
{
	AUTO_FREE char *command = alloc_printf("rm -rf %s", folder);

	for (int i = 0; i < FILES; i++)
		store_close(stores[i]);
	return system(command);
}

/* ---- tests ---- */

/* All columns of a table but one, of the row of an id, as one text. */
static char *row_of(int who, const char *table, const char *but, const char *id)
{
	AUTO_FREE char *columns =
	    alloc_printf("SELECT 'SELECT json_array(' || group_concat(name) || ') FROM %s WHERE "
			 "%s = ''%s''' FROM pragma_table_info('%s') WHERE name <> '%s'",
		table, strcmp(table, "request") == 0 ? "id" : "request_id", id, table, but);
	AUTO_FREE char *sql = ask(who, columns);

	return ask(who, sql);
}

static void test_every_column_arrives_and_whose_it_is(void **state)
{
	AUTO_FREE char *one = ask(ONE, "SELECT id FROM machine");
	const char *id = new_id();
	static const char *const parts[][2] = { { "request", "machine" },
		{ "attempt", "windows" } };

	serve(ONE, id);
	exchange(ONE);
	exchange(TWO);
	for (size_t i = 0; i < 2; i++) {
		AUTO_FREE char *here = row_of(ONE, parts[i][0], parts[i][1], id),
			       *there = row_of(TWO, parts[i][0], parts[i][1], id);

		assert_true(strlen(here) > 100);
		assert_string_equal(there, here);
	}
	assert_gives(TWO, "SELECT machine FROM request", one);
	assert_gives(ONE, "SELECT machine IS NULL FROM request", "1");
	assert_gives(TWO, "SELECT windows FROM attempt", "[]"); /* no budget's sum has it */
	assert_gives(TWO, "SELECT count(*) FROM record_news", "0");
}

static void test_who_shares_nothing_tells_and_takes_nothing(void **state)
{
	serve(ONE, new_id());
	serve(THREE, new_id());
	exchange(ONE);
	exchange(THREE);
	exchange(TWO);
	assert_gives(THREE, "SELECT count(*) FROM request", "1");
	assert_gives(TWO, "SELECT count(*) FROM request", "1");
	assert_gives(
	    THREE, "SELECT count(*) FROM sqlite_master WHERE name GLOB 'record_[ns]e[wt]'", "0");
}

static void test_what_changes_later_and_what_is_told_twice(void **state)
{
	serve(ONE, new_id());
	exchange(ONE);
	exchange(TWO);
	run(ONE, "UPDATE request SET cost_nano = 77777");
	run(ONE, "CREATE TRIGGER lose BEFORE DELETE ON record_news BEGIN SELECT RAISE(ABORT, 'x'); "
		 "END");
	assert_int_equal(shared_record_exchange(stores[ONE], bank, DAY_MS, &err), -1);
	run(ONE, "DROP TRIGGER lose");
	exchange(ONE);
	exchange(TWO);
	assert_gives(TWO,
	    "SELECT json_array(cost_nano, (SELECT count(*) FROM attempt)) FROM request",
	    "[77777,1]");
	exchange(ONE);
	assert_gives(ONE, "SELECT count(*) FROM request WHERE machine IS NULL", "1");
}

static void test_many_arrive_on_both_sides(void **state)
{
	enum { MANY = 520 }; /* more than a page of each */

	for (int i = 0; i < MANY; i++)
		serve(i % 2, new_id());
	for (int i = 0; i < 3; i++) {
		exchange(ONE);
		exchange(TWO);
	}
	for (int who = ONE; who <= TWO; who++) {
		assert_gives(who, "SELECT count(*) FROM request", "520");
		assert_gives(who, "SELECT count(*) FROM attempt", "520");
		assert_gives(who, "SELECT count(*) FROM request WHERE machine IS NULL", "260");
	}
}

static void test_who_begins_later_brings_what_there_was_and_has_all(void **state)
{
	serve(ONE, new_id());
	serve(THREE, new_id());
	exchange(ONE);
	assert_int_equal(shared_record_set(stores[THREE], true, &err), 0);
	exchange(THREE);
	exchange(ONE);
	assert_gives(THREE, "SELECT count(*) FROM request", "2");
	assert_gives(ONE, "SELECT count(*) FROM request", "2");
	assert_int_equal(shared_record_set(stores[THREE], false, &err), 0);
	serve(THREE, new_id());
	assert_gives(THREE, "SELECT count(*) FROM record_news", "0");
	assert_gives(THREE, "SELECT count(*) FROM request", "3");
}

static void test_a_bank_that_forgot_is_followed(void **state)
{
	const char *id = new_id();

	serve(ONE, id);
	exchange(ONE);
	exchange(TWO);
	assert_int_equal(
	    bank_run_script(bank,
		"DELETE FROM sideways.record; UPDATE sideways.record_head SET revision = 0", &err),
	    0);
	serve(ONE, new_id());
	exchange(ONE);
	for (int i = 0; i < 2; i++)
		exchange(TWO);
	assert_gives(TWO, "SELECT count(*) FROM request", "2");
}

static void test_what_is_no_utf8_is_mended(void **state)
{
	const char *id = new_id();

	serve(ONE, id);
	run(ONE, "UPDATE request SET agent = CAST(x'61ff62c3' AS TEXT), cost_nano = 5");
	exchange(ONE);
	exchange(TWO);
	assert_gives(TWO, "SELECT agent FROM request", "a?b?");
}

static void test_the_oldest_of_too_many_are_not_told(void **state)
{
	AUTO_FREE char *many = alloc_printf(
	    "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "INSERT INTO record_news (request_id) SELECT 'gone' FROM n",
	    RECORD_BACKLOG);

	serve(ONE, new_id());
	run(ONE, many);
	serve(ONE, new_id());
	for (int i = 0; i < 15; i++)
		exchange(ONE);
	exchange(TWO);
	assert_gives(ONE, "SELECT count(*) FROM record_news", "0");
	assert_gives(TWO, "SELECT count(*) FROM request", "1");
}

static void test_no_more_wait_while_the_bank_is_away(void **state)
{
	AUTO_FREE char *many = alloc_printf(
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "INSERT INTO record_news (request_id) SELECT 'gone' FROM n",
	    RECORD_BACKLOG);

	run(ONE, many);
	assert_int_equal(shared_record_trim(stores[ONE], &err), 0);
	assert_gives(ONE, "SELECT count(*) FROM record_news", "100000");
	run(ONE, many);
	assert_int_equal(shared_record_trim(stores[ONE], &err), 0);
	assert_gives(ONE, "SELECT count(*) FROM record_news", "100000");
	assert_int_equal(shared_record_trim(stores[THREE], &err), 0);
}

static void assert_bank_has(int64_t want)
{
	struct arena arena;
	struct bank_rows rows;

	arena_init(&arena);
	assert_int_equal(bank_ask(bank, BANK_SQL_RECORD_SINCE, (const char *const[]){ "0", "-" }, 2,
			     BANK_PATIENCE_MS, &arena, &rows, &err),
	    0);
	assert_int_equal(bank_cell(&rows, 0, 2) ? rows.count : 0, want);
	arena_release(&arena);
}

#define KNOW_CLOCK                                                                                 \
	"INSERT OR REPLACE INTO clock (one, seen_ms, jumped_ms, ahead_ms) VALUES (1, 0, 0, 0)"

static void test_the_bank_keeps_no_longer_than_the_machines(void **state)
{
	const struct digest_id old = digest_first_id(clock_wall_ms() - 2 * DAY_MS);

	run(ONE, KNOW_CLOCK);
	serve(ONE, new_id());
	serve(ONE, old.text);
	exchange(ONE);
	assert_bank_has(1);
}

static void test_a_clock_that_is_wrong_deletes_nothing_of_others(void **state)
{
	serve(ONE, new_id());
	exchange(ONE);
	run(TWO, KNOW_CLOCK);
	clock_fake_start(clock_wall_ms() + 400 * DAY_MS);
	serve(TWO, new_id());
	exchange(TWO);
	clock_fake_stop();
	assert_bank_has(2);
}

/* By who has a bank, also where nobody shares the record any more. */
static void test_what_is_old_goes_where_nothing_is_told(void **state)
{
	const struct digest_id old = digest_first_id(clock_wall_ms() - 2 * DAY_MS);

	serve(ONE, old.text);
	serve(ONE, new_id());
	exchange(ONE);
	assert_bank_has(2);
	run(THREE, KNOW_CLOCK);
	exchange(THREE);
	assert_bank_has(1);
}

#define record_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		record_test(test_every_column_arrives_and_whose_it_is),
		record_test(test_who_shares_nothing_tells_and_takes_nothing),
		record_test(test_what_changes_later_and_what_is_told_twice),
		record_test(test_many_arrive_on_both_sides),
		record_test(test_who_begins_later_brings_what_there_was_and_has_all),
		record_test(test_a_bank_that_forgot_is_followed),
		record_test(test_what_is_no_utf8_is_mended),
		record_test(test_the_oldest_of_too_many_are_not_told),
		record_test(test_no_more_wait_while_the_bank_is_away),
		record_test(test_a_clock_that_is_wrong_deletes_nothing_of_others),
		record_test(test_what_is_old_goes_where_nothing_is_told),
		record_test(test_the_bank_keeps_no_longer_than_the_machines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_server, end_server);
}
