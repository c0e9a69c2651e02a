/*
 * Sums of machines over a real PostgreSQL.  A third file that shares nothing is told all that both
 * did, and is the judge: each machine's sums are to become the same as those, row by row.
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
#include <sqlite3.h>

#include "../bank_server.h"
#include "../scratch.h"
#include "accounts/shared_books.h"
#include "accounts/shared_sums.h"
#include "accounts/shares.h"
#include "base/alloc.h"
#include "base/text.h"
#include "store/books.h"

static struct error err;
static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];
static unsigned seed = 1;

static const char *const sums[] = { "usage_day", "deployment_hour", "spend_day", "spend_hour",
	"spend_total", "request_hour" };
#define SUMS (sizeof sums / sizeof sums[0])

enum { ONE, TWO, JUDGE, FILES };
static struct store *stores[FILES];

/* ---- what machines do ---- */

static void run(int who, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(store_path(stores[who]), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 60000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", why, sql);
	sqlite3_close(db);
}

static int64_t any(int64_t below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* Of few keys, models and hours, so that rows meet; there and in the judge's file. */
static void serve(int who, int calls)
{
	static const char *const keys[] = { "k1", "k\xc3\xa4\"2", "k\\3" };

	for (int i = 0; i < calls; i++) {
		int64_t hour = 490000 + any(3) * 12, model = any(2);
		AUTO_FREE char *sql = alloc_printf(
		    "BEGIN IMMEDIATE; INSERT INTO attempt_sum VALUES (1, %lld, '%s', '%s', 'm', "
		    "'d%lld', 'p', 'model%lld', 'cheap', 'own', 'settled', 'ok', 200, 1, %lld, "
		    "%lld, 0, %lld, %lld, 0, %lld); INSERT INTO request_sum (hour, key_id, "
		    "team_id, "
		    "model_group, outcome, status, requests, fell_back, blocked_upward, "
		    "not_spent_nano, not_spent_most_nano, cost_nano, cache_hits, cache_saved_nano, "
		    "mistakes, limited) VALUES (%lld, 'k', '', 'm', 'ok', 200, 1, %lld, 0, 5, 6, "
		    "%lld, 0, 0, 0, 0); INSERT INTO label_sum VALUES ('tag', 'tag%lld', %lld, "
		    "'k1', "
		    "'', 'p', 'model', 'cheap', 1, 0, 3, 4, %lld); COMMIT",
		    (long long)hour, keys[any(3)], any(2) ? "crew" : "", (long long)model,
		    (long long)model, (long long)any(2), (long long)any(1000), (long long)any(1000),
		    (long long)any(INT64_C(1000000000)), (long long)any(9000), (long long)hour,
		    (long long)any(2), (long long)any(10000), (long long)any(4), (long long)hour,
		    (long long)any(10000));

		run(who, sql);
		run(JUDGE, sql);
	}
}

static void exchange(int who)
{
	if (shared_sums_exchange(stores[who], bank, "", SUMS_ALL, &err) != 1)
		fail_msg("%s", err.text);
}

/* ---- what they have ---- */

static int add_line(void *ctx, int columns, char **values, char **names)
{
	struct text *out = ctx;

	for (int i = 0; i < columns; i++)
		text_printf(out, "%s|", values[i]);
	text_printf(out, "\n");
	return 0;
}

static char *rows_of(int who, const char *table)
{
	AUTO_FREE char *sql = alloc_printf("SELECT * FROM %s", table);
	struct text out;
	sqlite3 *db;

	text_init(&out, 1 << 20);
	assert_int_equal(sqlite3_open(store_path(stores[who]), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, add_line, &out, NULL), SQLITE_OK);
	sqlite3_close(db);
	return text_take(&out);
}

static void assert_whole(int who)
{
	for (size_t i = 0; i < SUMS; i++) {
		AUTO_FREE char *here = rows_of(who, sums[i]), *whole = rows_of(JUDGE, sums[i]);

		assert_true(*whole);
		assert_string_equal(here, whole);
	}
}

/* ---- beginning ---- */

static struct store *join(const char *name)
{
	AUTO_FREE char *file = alloc_printf("%s/%s.db", folder, name);
	const struct shared_bank at = { .url = server.url };
	const struct share_rules rules = { .bank = server.url, .lasting_ms = 1, .reach_ms = 1000 };
	struct store *store = store_open(file, STORE_INLINE, &err);

	if (!store || shared_books_open(store, &at, false, &err) != 0 ||
	    shares_set(store, &rules, &err) != 0)
		fail_msg("%s", err.text);
	return store;
}

static int begin(void **state)
{
	if (scratch_make(folder, path) != 0 ||
	    bank_run_script(bank, "TRUNCATE sideways.sum, sideways.sum_machine", &err) != 0)
		return -1;
	stores[ONE] = join("one");
	stores[TWO] = join("two");
	stores[JUDGE] = store_open(path, STORE_INLINE, &err);
	exchange(ONE);
	exchange(TWO);
	return stores[JUDGE] ? 0 : -1;
}

static int end(void **state)
{
	AUTO_FREE char *command = alloc_printf("rm -rf %s", folder);

	for (int i = 0; i < FILES; i++)
		store_close(stores[i]);
	return system(command);
}

/* ---- tests ---- */

static void test_what_both_did_is_on_both(void **state)
{
	for (int i = 0; i < 3; i++) {
		serve(ONE, 20);
		serve(TWO, 20);
		exchange(ONE);
		serve(ONE, 5); /* is not told yet when the others' comes */
		exchange(TWO);
		exchange(ONE);
		exchange(TWO);
		assert_whole(ONE);
		assert_whole(TWO);
	}
}

static void test_a_batch_whose_answer_was_lost_counts_once(void **state)
{
	serve(ONE, 10);
	run(ONE,
	    "CREATE TRIGGER lose BEFORE DELETE ON sum_news BEGIN SELECT RAISE(ABORT, 'x'); END");
	assert_int_equal(shared_sums_exchange(stores[ONE], bank, "", SUMS_ALL, &err), -1);
	serve(ONE, 10); /* before it is told again */
	assert_int_equal(shared_sums_exchange(stores[ONE], bank, "", SUMS_ALL, &err), -1);
	run(ONE, "DROP TRIGGER lose");
	serve(TWO, 10);
	exchange(ONE);
	exchange(TWO);
	exchange(ONE);
	assert_whole(ONE);
	assert_whole(TWO);
}

static void test_more_than_a_batch_and_a_page_arrive_whole(void **state)
{
	for (int who = ONE; who <= JUDGE; who += JUDGE)
		run(who, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
			 "3500) INSERT INTO spend_day SELECT 'key', 20000, 'k' || i, 1, 2, 3, 4, i "
			 "FROM n");
	serve(TWO, 1);
	exchange(ONE);
	exchange(TWO);
	exchange(ONE);
	assert_whole(ONE);
	assert_whole(TWO);
}

static void test_a_machine_that_joins_later_has_all_and_brings_what_it_had(void **state)
{
	serve(ONE, 20);
	exchange(ONE);
	store_close(stores[TWO]);
	stores[TWO] = join("three");
	serve(TWO, 20); /* before it tells for the first time */
	exchange(TWO);
	exchange(ONE);
	assert_whole(ONE);
	assert_whole(TWO);
}

static void test_who_leaves_keeps_the_whole_and_goes_on_alone(void **state)
{
	serve(ONE, 20);
	exchange(ONE);
	exchange(TWO);
	assert_int_equal(books_leave(stores[TWO], &err), 0);
	assert_whole(TWO);
	serve(TWO, 5);
	assert_whole(TWO);
	run(TWO, "CREATE TABLE t AS SELECT 1 / (SELECT count(*) = 0 FROM sum_news) AS none");
}

static void test_a_bank_that_forgot_what_it_told_is_followed(void **state)
{
	serve(ONE, 20);
	exchange(ONE);
	exchange(TWO);
	assert_int_equal(bank_run_script(bank,
			     "UPDATE sideways.sum SET revision = 1; UPDATE sideways.sum_head SET "
			     "revision = 1",
			     &err),
	    0);
	serve(ONE, 5);
	exchange(ONE);
	exchange(TWO);
	assert_whole(ONE);
	assert_whole(TWO);
}

static bool knows(int who, const char *machine)
{
	AUTO_FREE char *rows = rows_of(who, "sum_machine");

	return strstr(rows, machine) != NULL;
}

static void test_a_machine_that_has_just_joined_is_known_by_name_at_the_next_turn(void **state)
{
	const char *id;
	struct arena arena;

	arena_init(&arena);
	store_close(stores[JUDGE]); /* its file becomes a machine's, too */
	stores[JUDGE] = join("three");
	exchange(JUDGE);
	id = shares_machine(stores[JUDGE], &arena);
	assert_false(knows(ONE, id));
	assert_int_equal(shared_sums_exchange(stores[ONE], bank, "", SUMS_NOW, &err), 1);
	assert_true(knows(ONE, id));
	arena_release(&arena);
}

static void test_no_table_has_more_numbers_than_are_told(void **state)
{
	for (size_t i = 0; i < SUMS; i++) {
		AUTO_FREE char *sql = alloc_printf(
		    "SELECT json_array(count(*) <= %d) FROM pragma_table_info('%s') WHERE "
		    "pk = 0",
		    12, sums[i]);
		AUTO_FREE char *fits = alloc_printf("(%s)", sql), *rows = rows_of(JUDGE, fits);

		assert_string_equal(rows, "[1]|\n");
	}
}

#define sums_test(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sums_test(test_what_both_did_is_on_both),
		sums_test(test_a_batch_whose_answer_was_lost_counts_once),
		sums_test(test_more_than_a_batch_and_a_page_arrive_whole),
		sums_test(test_a_machine_that_joins_later_has_all_and_brings_what_it_had),
		sums_test(test_who_leaves_keeps_the_whole_and_goes_on_alone),
		sums_test(test_a_bank_that_forgot_what_it_told_is_followed),
		sums_test(test_a_machine_that_has_just_joined_is_known_by_name_at_the_next_turn),
		sums_test(test_no_table_has_more_numbers_than_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, bank_server_make, bank_server_end);
}
