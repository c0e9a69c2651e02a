/*
 * The connection to the bank, with a real PostgreSQL that is stopped, frozen and started again.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../postgres_server.h"
#include "bank/bank_connection.h"
#include "bank/bank_schema.h"

static struct postgres_server server;

static int make_server(void **state)
{
	return postgres_make(&server);
}

static int end_server(void **state)
{
	postgres_end(&server);
	return 0;
}

/* The connection rests for a moment after a failure. */
static int until_it_answers(struct bank_connection *bank)
{
	struct error err;

	for (int i = 0; i < 600; i++) {
		if (bank_schema_check(bank, &err) == 0)
			return 0;
		usleep(50000);
	}
	fprintf(stderr, "%s\n", err.text);
	return -1;
}

/* What the tables and functions are, in the arena. */
static const char *catalog_of(struct bank_connection *bank, struct arena *arena)
{
	struct error err = { 0 };
	struct bank_rows rows;

	/* It goes through a statement that is there, because all have names. */
	assert_int_equal(bank_run_script(bank,
			     "INSERT INTO sideways.book_row SELECT 'test', 'catalog', 1, "
			     "md5(string_agg(x.line, chr(10) ORDER BY x.line)) FROM ("
			     "SELECT concat_ws(' ', table_name, column_name, data_type, "
			     "is_nullable, column_default) AS line FROM "
			     "information_schema.columns WHERE table_schema = 'sideways' UNION "
			     "ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'sideways' "
			     "UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE "
			     "pronamespace = 'sideways'::regnamespace) x",
			     &err),
	    0);
	assert_int_equal(bank_ask(bank, BANK_SQL_BOOKS_SINCE, (const char *const[]){ "0" }, 1,
			     BANK_PATIENCE_MS, arena, &rows, &err),
	    0);
	return bank_cell(&rows, 0, 4);
}

static void run(struct bank_connection *bank, const char *sql)
{
	struct error err = { 0 };

	if (bank_run_script(bank, sql, &err) != 0)
		fail_msg("%s", err.text);
}

static void test_the_tables_are_made_once(void **state)
{
	struct bank_connection *bank = bank_connection_new(server.url, NULL);
	struct error err = { 0 };

	assert_int_equal(bank_schema_check(bank, &err), -1);
	assert_non_null(strstr(err.text, "bank init"));
	assert_int_equal(bank_schema_make(bank, &err), BANK_MADE);
	assert_int_equal(bank_schema_make(bank, &err), BANK_WAS_MADE);
	assert_int_equal(bank_schema_check(bank, &err), 0);
	assert_true(bank_connection_version(bank) >= 130000);
	bank_connection_free(bank);
}

static char *version_1(void)
{
	const char *top = getenv("top_srcdir") ? getenv("top_srcdir") : ".";
	char path[256], *text = calloc(1, 1 << 16);
	FILE *file;

	snprintf(path, sizeof path, "%s/tests/unit/bank/version_1.sql", top);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

static void test_those_of_an_older_program_are_brought_to_what_a_new_one_makes(void **state)
{
	struct bank_connection *bank = bank_connection_new(server.url, NULL);
	struct error err = { 0 };
	struct arena arena;
	const char *made;
	char *older = version_1();

	arena_init(&arena);
	made = catalog_of(bank, &arena);
	run(bank, "DROP SCHEMA sideways CASCADE");
	run(bank, older);
	assert_int_equal(bank_schema_check(bank, &err), -1);
	assert_non_null(strstr(err.text, "older program"));
	assert_non_null(strstr(err.text, "bank init"));
	assert_int_equal(bank_schema_make(bank, &err), BANK_RENEWED);
	assert_int_equal(bank_schema_check(bank, &err), 0);
	assert_string_equal(catalog_of(bank, &arena), made);
	arena_release(&arena);
	free(older);
	bank_connection_free(bank);
}

static void test_functions_that_are_not_this_programs_are_made_anew(void **state)
{
	struct bank_connection *bank = bank_connection_new(server.url, NULL);
	struct error err = { 0 };

	run(bank, "UPDATE sideways.version SET functions = 'others'");
	assert_int_equal(bank_schema_check(bank, &err), -1);
	assert_non_null(strstr(err.text, "bank init"));
	assert_int_equal(bank_schema_make(bank, &err), BANK_RENEWED);
	assert_int_equal(bank_schema_check(bank, &err), 0);
	run(bank, "UPDATE sideways.version SET number = number + 1, functions = 'others'");
	assert_int_equal(bank_schema_make(bank, &err), BANK_NOT_MADE);
	assert_non_null(strstr(err.text, "newer program"));
	run(bank, "UPDATE sideways.version SET number = number - 1");
	assert_int_equal(bank_schema_make(bank, &err), BANK_RENEWED);
	bank_connection_free(bank);
}

static void test_a_server_that_stops_is_found_again(void **state)
{
	struct bank_connection *bank = bank_connection_new(server.url, NULL);
	struct error err = { 0 };

	assert_int_equal(bank_schema_check(bank, &err), 0);
	assert_int_equal(postgres_stop(&server, "immediate"), 0);
	assert_int_equal(bank_schema_check(bank, &err), -1);
	assert_int_equal(err.kind, ERROR_STORE);
	assert_int_equal(bank_schema_check(bank, &err), -1);
	assert_non_null(strstr(err.text, "cannot be reached"));
	assert_int_equal(postgres_start(&server), 0);
	assert_int_equal(until_it_answers(bank), 0);
	bank_connection_free(bank);
}

static void test_a_password_is_in_no_text(void **state)
{
	struct bank_connection *bank =
	    bank_connection_new("postgresql://nobody@127.0.0.1:1/none", "Very-Secret-7");
	struct error err = { 0 };

	for (int i = 0; i < 2; i++) {
		assert_int_equal(bank_schema_check(bank, &err), -1);
		assert_null(strstr(err.text, "Very-Secret-7"));
	}
	bank_connection_free(bank);
}

/* libpq says which part of an address it cannot read. */
static void test_a_password_that_cannot_be_read_is_in_no_text(void **state)
{
	static const char *const urls[] = { "postgresql://u:Secret7%word@127.0.0.1:1/none",
		"postgresql://u:Secret7/word@127.0.0.1:1/none",
		"postgresql://u:word@Secret7@127.0.0.1:1/none",
		"postgresql://u@127.0.0.1:1/none?password=Secret7%word" };

	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		struct bank_connection *bank = bank_connection_new(urls[i], NULL);
		struct error err = { 0 };

		assert_int_equal(bank_schema_check(bank, &err), -1);
		assert_null(strstr(err.text, "Secret7"));
		assert_null(strstr(err.text, "word@"));
		bank_connection_free(bank);
	}
}

static void test_a_refusal_keeps_the_connection(void **state)
{
	struct bank_connection *bank = bank_connection_new(server.url, NULL);
	struct error err = { 0 };

	assert_int_equal(bank_run_script(bank, "nonsense", &err), -1);
	assert_string_equal(bank_connection_state(bank), "42601");
	assert_int_equal(bank_schema_check(bank, &err), 0);
	bank_connection_free(bank);
}

/* The postmaster and all of its processes stand still, as a machine does that is cut off. */
static void freeze(int signal)
{
	char command[160];

	snprintf(command, sizeof command,
	    "P=$(head -1 $D/data/postmaster.pid); kill -%d $P $(cat /proc/$P/task/$P/children)",
	    signal);
	assert_int_equal(postgres_run(&server, command), 0);
}

static void test_an_answer_is_waited_for_no_longer_than_said(void **state)
{
	struct bank_connection *bank = bank_connection_new(server.url, NULL);
	struct error err = { 0 };
	AUTO_ARENA struct arena arena = { 0 };
	struct bank_rows rows;

	assert_int_equal(bank_ask(bank, BANK_SQL_SCHEMA_IS_THERE, NULL, 0, BANK_PATIENCE_MS, &arena,
			     &rows, &err),
	    0);
	freeze(SIGSTOP);
	assert_int_equal(
	    bank_ask(bank, BANK_SQL_SCHEMA_IS_THERE, NULL, 0, 200, &arena, &rows, &err), -1);
	assert_non_null(strstr(err.text, "not known"));
	freeze(SIGCONT);
	assert_int_equal(until_it_answers(bank), 0);
	bank_connection_free(bank);
}

static void test_a_notice_wakes_who_listens(void **state)
{
	struct bank_connection *hears = bank_connection_new(server.url, NULL);
	struct bank_connection *says = bank_connection_new(server.url, NULL);
	struct error err = { 0 };

	bank_listen(hears, "sideways_test");
	assert_int_equal(bank_wait(hears, 0, &err), -1);
	assert_int_equal(until_it_answers(hears), 0);
	assert_int_equal(bank_wait(hears, 0, &err), 1); /* some may have been missed */
	assert_int_equal(bank_wait(hears, 0, &err), 0);
	assert_int_equal(bank_run_script(says, "NOTIFY sideways_test", &err), 0);
	assert_int_equal(bank_wait(hears, 20000, &err), 1);
	bank_connection_free(hears);
	bank_connection_free(says);
}

static void test_arrays_are_quoted(void **state)
{
	const char *const texts[] = { "plain", NULL, "say \"so\\\"", "", "a,{b}" };
	const int64_t numbers[] = { 1, INT64_MIN };
	AUTO_ARENA struct arena arena = { 0 };

	assert_string_equal(bank_array_texts(texts, 5, &arena),
	    "{\"plain\",NULL,\"say \\\"so\\\\\\\"\",\"\",\"a,{b}\"}");
	assert_string_equal(bank_array(numbers, 2, &arena), "{1,-9223372036854775808}");
	assert_string_equal(bank_array(numbers, 0, &arena), "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tables_are_made_once),
		cmocka_unit_test(
		    test_those_of_an_older_program_are_brought_to_what_a_new_one_makes),
		cmocka_unit_test(test_functions_that_are_not_this_programs_are_made_anew),
		cmocka_unit_test(test_a_server_that_stops_is_found_again),
		cmocka_unit_test(test_a_password_is_in_no_text),
		cmocka_unit_test(test_a_password_that_cannot_be_read_is_in_no_text),
		cmocka_unit_test(test_a_refusal_keeps_the_connection),
		cmocka_unit_test(test_an_answer_is_waited_for_no_longer_than_said),
		cmocka_unit_test(test_a_notice_wakes_who_listens),
		cmocka_unit_test(test_arrays_are_quoted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_server, end_server);
}
