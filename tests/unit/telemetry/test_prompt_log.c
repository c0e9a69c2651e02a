/* Prompts that are kept: whose, sealed with what, bound to their request, and gone when they should
 * be. */
#include "telemetry/prompt_log.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../scratch_store.h"

#define NOW_MS INT64_C(1795430000000)
#define DAY_MS INT64_C(86400000)
#define BODY   "{\"messages\":[{\"content\":\"the plan for Tuesday\"}]}"

static char reports[] = "reports", second[] = "key-2", *wanted[] = { reports, second };
static const struct prompt_settings prompts = {
	.keys = wanted, .key_count = 2, .days = 7, .secret = "0123456789abcdef0123456789abcdef"
};

static void keep(const char *id, const char *key_id, const char *alias, struct slice body)
{
	struct change *change = change_new();

	prompt_log_into(change, &prompts, id, key_id, alias, body, NOW_MS);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
}

static int find(const struct prompt_settings *with, const char *id, struct kept_prompt *out)
{
	return prompt_log_find(store, with, id, NOW_MS, &arena, out, &err);
}

static void run_sql(const char *sql)
{
	char *says = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &says) != SQLITE_OK)
		fail_msg("%s", says);
	sqlite3_close(db);
}

static void test_those_that_are_wanted_are_kept_and_open(void **state)
{
	struct kept_prompt found;

	keep("r1", "key-1", "reports", slice_of(BODY));
	keep("r2", "key-2", NULL, slice_of(BODY));
	keep("r3", "key-3", "others", slice_of(BODY));
	assert_int_equal(find(&prompts, "r1", &found), 1);
	assert_int_equal(found.until_ms, NOW_MS + 7 * DAY_MS);
	assert_int_equal(found.text.len, strlen(BODY));
	assert_memory_equal(found.text.ptr, BODY, strlen(BODY));
	assert_int_equal(find(NULL, "r2", &found), 1);
	assert_null(found.text.ptr);
	assert_int_equal(find(&prompts, "r3", &found), 0);
}

static void test_another_key_or_another_request_opens_nothing(void **state)
{
	struct prompt_settings other = prompts, none = prompts;
	struct kept_prompt found;

	other.secret = "another key of more than 32 characters";
	none.secret = NULL;
	keep("r1", "key-1", "reports", slice_of(BODY));
	assert_int_equal(find(&other, "r1", &found), -1);
	assert_int_equal(err.kind, ERROR_SETTINGS);
	assert_int_equal(find(&none, "r1", &found), -1);
	run_sql("UPDATE prompt SET request_id = 'r9'");
	assert_int_equal(find(&prompts, "r9", &found), -1);
	run_sql("UPDATE prompt SET request_id = 'r1', sealed = 'AAAA'");
	assert_int_equal(find(&prompts, "r1", &found), -1);
}

static void test_the_same_prompt_is_never_sealed_the_same(void **state)
{
	keep("r1", "key-1", "reports", slice_of(BODY));
	keep("r2", "key-1", "reports", slice_of(BODY));
	run_sql("CREATE TABLE t (n INTEGER CHECK (n = 2)); "
		"INSERT INTO t SELECT count(DISTINCT substr(sealed, 1, 32)) FROM prompt; "
		"INSERT INTO t SELECT 2 FROM prompt WHERE sealed NOT LIKE '%plan%'");
}

static void test_of_a_long_one_the_beginning_is_kept_to_a_whole_character(void **state)
{
	size_t len = PROMPT_BYTES_MAX + 100;
	char *text = arena_alloc(&arena, len);
	struct kept_prompt found;

	memset(text, 'x', len);
	memcpy(text + PROMPT_BYTES_MAX - 1, "\xC3\xA4", 2); /* the limit is within it */
	keep("r1", "key-1", "reports", (struct slice){ text, len });
	assert_int_equal(find(&prompts, "r1", &found), 1);
	assert_int_equal(found.bytes, len);
	assert_int_equal(found.text.len, PROMPT_BYTES_MAX - 1);
}

static void test_they_go_by_hand_with_time_and_with_their_request(void **state)
{
	struct change *change = change_new();
	struct kept_prompt found;
	int count;

	run_sql("INSERT INTO request (id, started_ms, key_id, asked_model, outcome, status) VALUES "
		"('r1', 1, 'key-1', 'm', 'ok', 200), ('r4', 1, 'key-2', 'm', 'ok', 200)");
	for (int i = 1; i <= 3; i++)
		keep(arena_printf(&arena, "r%d", i), "key-1", "reports", slice_of(BODY));
	for (int i = 4; i <= 6; i++)
		keep(arena_printf(&arena, "r%d", i), "key-2", NULL, slice_of(BODY));
	assert_int_equal(prompt_log_forget(store, "r3", false, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(prompt_log_forget(store, "r1", true, &count, &err), 0);
	assert_int_equal(count, 2);
	run_sql("DELETE FROM request WHERE id = 'r4'");
	assert_int_equal(find(NULL, "r4", &found), 0);
	assert_int_equal(find(NULL, "r5", &found), 1);
	assert_int_equal(
	    prompt_log_find(store, NULL, "r5", NOW_MS + 7 * DAY_MS, &arena, &found, &err), 0);
	prompt_log_trim_into(change, NOW_MS + 7 * DAY_MS, 1);
	assert_int_equal(store_apply(store, change, &err), 0);
	assert_int_equal(change_rows(change, 0), 1);
	change_free(change);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_those_that_are_wanted_are_kept_and_open),
		TEST(test_another_key_or_another_request_opens_nothing),
		TEST(test_the_same_prompt_is_never_sealed_the_same),
		TEST(test_of_a_long_one_the_beginning_is_kept_to_a_whole_character),
		TEST(test_they_go_by_hand_with_time_and_with_their_request),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
