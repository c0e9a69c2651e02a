/* Databases of other versions: taken over step by step, or refused. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../scratch.h"
#include "base/alloc.h"
#include "base/text.h"
#include "store/migrate.h"

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];

static int set_up(void **state)
{
	return scratch_make(folder, path);
}

static int tear_down(void **state)
{
	return scratch_remove(folder, path);
}

static void run(const char *sql)
{
	char *says = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &says) != SQLITE_OK)
		fail_msg("%s", says);
	sqlite3_close(db);
	assert_int_equal(chmod(path, 0600), 0);
}

static int64_t number(const char *sql)
{
	int64_t result;
	sqlite3_stmt *s;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	result = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return result;
}

static void assert_taken_over(const struct migration *migration)
{
	struct connection connection;
	struct error err = { 0 };

	if (migrate_prepare(path, migration, CONNECTION_WRITER, &connection, &err) != 0)
		fail_msg("%s", err.text);
	connection_close(&connection);
	assert_int_equal(number("PRAGMA user_version"), migration->version);
}

static void assert_refused(const struct migration *migration, const char *says)
{
	struct connection connection;
	struct error err = { 0 };

	assert_int_equal(
	    migrate_prepare(path, migration, CONNECTION_WRITER, &connection, &err), -1);
	assert_int_equal(err.kind, ERROR_STORE);
	if (!strstr(err.text, says))
		fail_msg("\"%s\" does not say \"%s\"", err.text, says);
}

/* ---- the steps of this program ---- */

/* Without comments, quotes and the space that SQL does not need. */
static void put_bare(struct text *out, const char *sql)
{
	char last = ' ';
	bool space = false;

	for (const char *p = sql; *p; p++) {
		if (p[0] == '-' && p[1] == '-') {
			p += strcspn(p, "\n");
			space = true;
			if (!*p)
				return;
		} else if (isspace((unsigned char)*p)) {
			space = true;
		} else if (*p != '"') {
			if (space && !strchr("(), ", last) && !strchr("(),", *p))
				text_putc(out, ' ');
			text_putc(out, *p);
			last = *p;
			space = false;
		}
	}
}

static char *schema_of_file(void)
{
	struct text out;
	sqlite3_stmt *s;
	sqlite3 *db;

	text_init(&out, 1 << 20);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db,
		"SELECT type || ' ' || name || ' ' || tbl_name, sql FROM sqlite_schema "
		"ORDER BY type, name",
		-1, &s, NULL),
	    SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		text_puts(&out, (const char *)sqlite3_column_text(s, 0));
		text_puts(&out, ": ");
		if (sqlite3_column_text(s, 1))
			put_bare(&out, (const char *)sqlite3_column_text(s, 1));
		text_putc(&out, '\n');
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	assert_false(text_failed(&out));
	return text_take(&out);
}

static void fill_with_version_15(void)
{
	const char *top = getenv("top_srcdir") ? getenv("top_srcdir") : ".";
	AUTO_FREE char *name = alloc_printf("%s/tests/unit/store/version_15.sql", top);
	static char sql[1 << 17];
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	sql[fread(sql, 1, sizeof sql - 1, file)] = '\0';
	fclose(file);
	run(sql);
}

static void test_a_database_of_version_15_gets_the_schema_of_a_new_one(void **state)
{
	AUTO_FREE char *made = NULL;
	AUTO_FREE char *taken_over = NULL;

	assert_taken_over(&migration_built_in);
	made = schema_of_file();
	assert_true(strlen(made) > 20000);
	unlink(path);
	fill_with_version_15();
	assert_taken_over(&migration_built_in);
	taken_over = schema_of_file();
	assert_string_equal(taken_over, made);
}

static void test_the_books_of_version_15_are_kept(void **state)
{
	fill_with_version_15();
	assert_taken_over(&migration_built_in);
	assert_int_equal(number("SELECT held_nano FROM budget_window"), 300);
	assert_int_equal(number("SELECT spent_nano FROM budget_window"), 200);
	assert_int_equal(number("SELECT bound_nano FROM hold WHERE request_id = 'open'"), 300);
	assert_int_equal(number("SELECT cost_nano FROM attempt WHERE request_id = 'ended'"), 200);
	assert_int_equal(
	    number("SELECT sum(cost_nano) FROM deployment_hour WHERE provider = 'p'"), 200);
	assert_int_equal(number("SELECT sum(cost_nano) FROM spend_hour WHERE kind = 'key'"), 200);
	assert_int_equal(number("SELECT sum(cost_nano) FROM usage_day"), 200);
	assert_int_equal(number("SELECT rpm_limit FROM virtual_key WHERE id = 'key-1'"), 60);
}

static void test_a_version_before_15_is_refused_with_what_to_do(void **state)
{
	fill_with_version_15();
	run("PRAGMA user_version = 14");
	assert_refused(&migration_built_in, "has schema version 14");
	assert_refused(&migration_built_in, "run `sideways check` once with a build that knows");
	assert_int_equal(number("SELECT count(*) FROM lease"), 1); /* nothing was done to it */
}

/* ---- the machinery, on made-up steps ---- */

static const char *const steps[] = {
	"CREATE TABLE two (a); INSERT INTO two VALUES (2);",
	"CREATE TABLE three (a); UPDATE two SET a = 3;",
};
static const struct migration made_up = {
	.schema = "CREATE TABLE one (a); CREATE TABLE two (a); CREATE TABLE three (a);",
	.version = 9,
	.oldest = 7,
	.steps = steps,
};

static void fill_with_version(int version)
{
	char sql[160];

	snprintf(sql, sizeof sql,
	    "CREATE TABLE one (a); PRAGMA application_id = %d; PRAGMA user_version = %d",
	    STORE_APPLICATION_ID, version);
	run(sql);
}

static void test_all_steps_that_lack_are_taken_and_no_other(void **state)
{
	fill_with_version(7);
	assert_taken_over(&made_up);
	assert_int_equal(number("SELECT a FROM two"), 3);
	assert_taken_over(&made_up); /* nothing is left to do */
	unlink(path);
	fill_with_version(8);
	run("CREATE TABLE two (a)");
	assert_taken_over(&made_up);
	assert_int_equal(number("SELECT count(*) FROM two"), 0);
	assert_int_equal(number("SELECT count(*) FROM three"), 0);
}

static void test_a_new_file_gets_the_schema_and_no_step(void **state)
{
	assert_taken_over(&made_up);
	assert_int_equal(number("SELECT count(*) FROM two"), 0);
}

static void test_a_step_that_fails_leaves_the_file_as_it_was(void **state)
{
	const char *const broken[] = { steps[0], "CREATE TABLE three (a); SELECT nothing;" };
	struct migration migration = made_up;

	migration.steps = broken;
	fill_with_version(7);
	assert_refused(&migration, "nothing");
	assert_int_equal(number("PRAGMA user_version"), 7);
	assert_int_equal(number("SELECT count(*) FROM sqlite_schema"), 1);
	assert_taken_over(&made_up);
}

static void test_newer_and_older_versions_are_refused(void **state)
{
	fill_with_version(10);
	assert_refused(&made_up, "has schema version 10, this program knows 9");
	run("PRAGMA user_version = 6");
	assert_refused(&made_up, "has schema version 6, and this program takes over 7");
	run("PRAGMA user_version = 7");
	assert_taken_over(&made_up);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_database_of_version_15_gets_the_schema_of_a_new_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_books_of_version_15_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_version_before_15_is_refused_with_what_to_do, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_all_steps_that_lack_are_taken_and_no_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_new_file_gets_the_schema_and_no_step, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_step_that_fails_leaves_the_file_as_it_was, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_newer_and_older_versions_are_refused, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
