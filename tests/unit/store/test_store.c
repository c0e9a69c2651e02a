/* The file, the statements and the changes of the store. */
#include <fcntl.h>
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
#include "store/connection.h"
#include "store/sql_parameter.h"

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];

static int set_up(void **state)
{
	return scratch_make(folder, path);
}

static int tear_down(void **state)
{
	return scratch_remove(folder, path);
}

static void put_file(const char *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	assert_int_equal(chmod(path, mode), 0);
}

static void assert_refused(const char *says)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);

	assert_null(store);
	assert_int_equal(err.kind, ERROR_STORE);
	if (!strstr(err.text, says))
		fail_msg("\"%s\" does not say \"%s\"", err.text, says);
}

/* As app/store/embed_sql.awk has numbered them. */
static void check_parameters(enum sql_name name, sqlite3_stmt *handle)
{
	const struct sql_parameter *p = sql_texts[name].parameters;
	int count = 0;

	for (; p->name; p++) {
		assert_int_equal(sql_sign_number(p->sign), ++count);
		assert_string_equal(p->name, sqlite3_bind_parameter_name(handle, count));
	}
	assert_int_equal(count, sqlite3_bind_parameter_count(handle));
}

static void test_every_statement_prepares(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	struct store_reader *reader;

	assert_non_null(store);
	reader = store_reader_borrow(store, &err);
	assert_non_null(reader);
	for (int i = 0; i < SQL_NAME_COUNT; i++) {
		struct statement *s = store_query(reader, (enum sql_name)i, &err);

		if (!s)
			fail_msg("%s: %s", sql_texts[i].name, err.text);
		check_parameters((enum sql_name)i, s->handle);
	}
	store_reader_return(store, reader);
	store_close(store);
}

static void test_a_new_file_is_private_and_opens_again(void **state)
{
	struct error err = { 0 };
	struct stat info;

	for (int i = 0; i < 2; i++) {
		struct store *store = store_open(path, i ? STORE_SHARED : STORE_INLINE, &err);

		assert_non_null(store);
		assert_int_equal(store_ping(store, &err), 0);
		store_close(store);
	}
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_a_file_of_zero_bytes_is_not_filled(void **state)
{
	struct stat info;

	put_file("", 0, 0600);
	assert_refused("zero bytes");
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_size, 0);
}

static void test_garbage_and_strange_databases_are_refused(void **state)
{
	char garbage[4096];
	sqlite3 *db;

	memset(garbage, 'x', sizeof garbage);
	put_file(garbage, sizeof garbage, 0600);
	assert_refused("not a database");
	unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE budget (id)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	chmod(path, 0600);
	assert_refused("not one of Sideways");
}

static void test_a_newer_schema_and_open_modes_are_refused(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	sqlite3 *db;

	store_close(store);
	chmod(path, 0644);
	assert_refused("chmod 600");
	chmod(path, 0600);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_refused("schema version 99");
}

/* What cannot be read for want of a reader or of memory is told by the step. */
static void test_no_statement_is_bound_and_stepped_as_one_that_failed(void **state)
{
	struct error err = { .kind = ERROR_STORE };

	statement_bind_int(NULL, ":id", 1);
	statement_bind_text(NULL, ":id", "a");
	statement_bind_null(NULL, ":id");
	statement_bind(NULL, ":id", "a", ":now_ms", 1);
	assert_int_equal(statement_step(NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_STORE);
}

static void test_a_missing_folder_is_told(void **state)
{
	struct error err = { 0 };

	assert_null(store_open("/nonexistent-folder/s.db", STORE_INLINE, &err));
	assert_int_equal(err.kind, ERROR_STORE);
}

static void test_a_lock_of_another_process_is_waited_for_and_then_told(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_SHARED, &err);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_ping(store, &err), -1);
	assert_int_equal(err.kind, ERROR_STORE);
	assert_non_null(strstr(err.text, "locked"));
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(store_ping(store, &err), 0);
	store_close(store);
}

static void test_a_change_happens_whole_or_not_at_all(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_SHARED, &err);
	struct change *change = change_new();
	struct store_reader *reader;
	struct statement *s;

	change_add(change, SQL_HOUSEKEEPING_TAKE);
	change_bind_int(change, ":now_ms", 5);
	change_bind_int(change, ":until_ms", 1000);
	change_add(change, SQL_KEY_INSERT); /* lacks what it needs: NOT NULL refuses it */
	change_bind_text(change, ":id", "k");
	change_bind_null(change, ":hash");
	change_bind_text(change, ":hint", "h");
	change_bind_null(change, ":alias");
	change_bind_null(change, ":team_id");
	change_bind_text(change, ":models", "[]");
	change_bind_int(change, ":expires_ms", 0);
	change_bind_int(change, ":created_ms", 0);
	assert_int_equal(store_apply(store, change, &err), -1);
	change_free(change);
	reader = store_reader_borrow(store, &err);
	s = store_query(reader, SQL_HOUSEKEEPING_DUE, &err);
	statement_bind_int(s, ":now_ms", 10);
	assert_int_equal(statement_step(s, &err), 1); /* the claim was not taken */
	store_reader_return(store, reader);
	store_close(store);
}

static void run(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
}

/* An upgrade, or somebody's ANALYZE: SQLite prepares our statements anew. */
static void test_another_may_change_the_schema_beside_it(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	sqlite3 *other;

	assert_int_equal(store_ping(store, &err), 0);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	for (int i = 0; i < 3; i++) {
		run(other, "CREATE TABLE more (a); DROP TABLE more");
		assert_int_equal(store_ping(store, &err), 0);
	}
	sqlite3_close(other);
	store_close(store);
}

static void test_the_log_shrinks_when_a_long_reader_has_ended(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	char log[SCRATCH_PATH_BYTES + 4];
	sqlite3 *reader, *other;
	struct stat info;

	(void)snprintf(log, sizeof log, "%s-wal", path);
	assert_int_equal(sqlite3_open(path, &reader), SQLITE_OK);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	run(reader, "BEGIN; SELECT count(*) FROM sqlite_schema");
	run(other, "PRAGMA synchronous = OFF; CREATE TABLE filler AS SELECT zeroblob(80000000)");
	assert_int_equal(stat(log, &info), 0);
	assert_true(info.st_size > 80000000);
	sqlite3_close(reader);
	for (int i = 0; i < 3; i++) /* copies the log back, begins it anew */
		assert_int_equal(store_ping(store, &err), 0);
	assert_int_equal(stat(log, &info), 0);
	assert_true(info.st_size <= 64 << 20);
	sqlite3_close(other);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_statement_prepares, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_new_file_is_private_and_opens_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_file_of_zero_bytes_is_not_filled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_garbage_and_strange_databases_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_newer_schema_and_open_modes_are_refused, set_up, tear_down),
		cmocka_unit_test(test_no_statement_is_bound_and_stepped_as_one_that_failed),
		cmocka_unit_test_setup_teardown(test_a_missing_folder_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_lock_of_another_process_is_waited_for_and_then_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_change_happens_whole_or_not_at_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_another_may_change_the_schema_beside_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_log_shrinks_when_a_long_reader_has_ended, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
