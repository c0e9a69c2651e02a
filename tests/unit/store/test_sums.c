/* Sums: added up where they are the same, apart where they are not, and left out where they depend.
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

#include "../scratch_store.h"
#include "store/change.h"
#include "store/histogram.h"
#include "store/tally.h"

static int64_t number(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int64_t value = -1;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return value;
}

static void sum_time(struct change *change, const char *model, int64_t us)
{
	histogram_into(change, "request", "model", model, us);
}

static void sum_traffic(struct change *change, int64_t second, int64_t requests)
{
	change_add_sum(change, SQL_REQUEST_LOG_COUNT);
	change_bind_int(change, ":second", second);
	change_bind_addend(change, ":requests", requests);
}

static void add_all(struct tally *tally, const struct change *change)
{
	for (int i = 0; i < change->count; i++) {
		struct change_values values = change_values_of(change, i);

		tally_add(tally, &change->statements[i], &values);
	}
}

static void test_the_same_sums_become_one(void **state)
{
	struct change *one = change_new(), *two = change_new();
	struct tally tally = { 0 };

	sum_time(one, "a", 1000);
	sum_time(one, "b", 1000);
	sum_time(one, "a", 6000); /* another bucket */
	sum_traffic(one, 5, 1);
	sum_time(two, "a", 2000);
	sum_traffic(two, 5, 1);
	sum_traffic(two, 6, 1);
	add_all(&tally, one);
	assert_int_equal(tally.count, 4);
	add_all(&tally, two);
	assert_int_equal(tally.count, 5);
	tally_clear(&tally);
	add_all(&tally, two);
	assert_int_equal(tally.count, 3);
	tally_release(&tally);
	change_free(one);
	change_free(two);
}

static void test_many_sums_are_kept_apart(void **state)
{
	struct change *change = change_new();
	struct tally tally = { 0 };

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 1000; i++)
			sum_traffic(change, i, 1);
	add_all(&tally, change);
	assert_int_equal(tally.count, 1000);
	tally_release(&tally);
	change_free(change);
}

static void test_a_sum_that_would_overflow_is_run_apart(void **state)
{
	struct change *change = change_new();
	struct tally tally = { 0 };

	sum_traffic(change, 1, INT64_MAX);
	sum_traffic(change, 1, 1);
	add_all(&tally, change);
	assert_int_equal(tally.count, 2);
	tally_release(&tally);
	change_free(change);
}

/* As another version of the program may have bound them, whose change comes out of a journal. */
static struct change *sum_labels(const char *const addends[], int64_t value)
{
	struct change *change = change_new();

	change_add_sum(change, SQL_SUMS_LABELS);
	change_bind(change, ":kind", "user", ":id", "u", ":hour", 1, ":key_id", "k", ":team_id", "",
	    ":provider", "p", ":model", "m", ":tier", "t");
	for (; *addends; addends++, value *= 10)
		change_bind_addend(change, *addends, value);
	return change;
}

static void test_addends_of_another_order_are_not_mistaken(void **state)
{
	static const char *const ours[] = { ":attempts", ":failures", ":input_tokens",
		":output_tokens", ":cost_nano", NULL },
				 *const theirs[] = { ":attempts", ":cost_nano", ":failures",
					 ":input_tokens", ":output_tokens", NULL };
	struct change *report = change_new(), *one = sum_labels(ours, 1),
		      *two = sum_labels(theirs, 2);

	change_part(report, one);
	change_part(report, two);
	assert_int_equal(store_apply(store, report, &err), 0);
	change_free(one);
	change_free(two);
	change_free(report);
	assert_int_equal(number("SELECT attempts FROM spend_day WHERE kind = 'user'"), 3);
	assert_int_equal(number("SELECT failures FROM spend_day WHERE kind = 'user'"), 210);
	assert_int_equal(number("SELECT cost_nano FROM spend_day WHERE kind = 'user'"), 10020);
}

/* Nor is one that a version has and another one has not: its NULL fails as it would alone. */
static void test_an_addend_that_another_version_has_not_is_not_lost(void **state)
{
	struct change *few = change_new(), *all = change_new();
	struct tally tally = { 0 };

	for (int i = 0; i < 2; i++) {
		struct change *change = i ? all : few;

		change_add_sum(change, SQL_LEDGER_GIVE);
		change_bind_int(change, ":window_id", 1);
		change_bind_addend(change, ":bound_nano", 5);
		if (i)
			change_bind_addend(change, ":cost_nano", 4);
	}
	add_all(&tally, few);
	add_all(&tally, all);
	assert_int_equal(tally.count, 2);
	tally_clear(&tally);
	add_all(&tally, all);
	add_all(&tally, few);
	assert_int_equal(tally.count, 2);
	tally_release(&tally);
	change_free(few);
	change_free(all);
}

static void test_sums_of_many_changes_arrive_whole(void **state)
{
	for (int i = 0; i < 500; i++) {
		struct change *change = change_new();

		sum_traffic(change, i % 3, 2);
		store_apply_later(store, change);
	}
	assert_int_equal(store_ping(store, &err), 0); /* all before it have been written */
	assert_int_equal(number("SELECT sum(requests) FROM traffic"), 1000);
	assert_int_equal(number("SELECT requests FROM traffic WHERE second = 0"), 334);
}

static struct change *hold_and_sum(const char *id)
{
	struct change *change = change_new();

	change_add(change, SQL_HOUSEKEEPING_TAKE);
	change_bind_text(change, ":name", "log");
	change_bind_int(change, ":now_ms", strcmp(id, "late") == 0 ? 5000 : 5);
	change_bind_int(change, ":until_ms", 1000);
	sum_traffic(change, 1, 1);
	return change;
}

/* The lease is taken once until 1000: the second time nothing is touched. */
static void test_a_sum_depends_on_the_statement_before_it(void **state)
{
	static const char *const ids[] = { "first", "second", "late" };
	static const int64_t sums[] = { 1, 1, 2 };

	for (size_t i = 0; i < 3; i++) {
		struct change *change = hold_and_sum(ids[i]);

		assert_int_equal(store_apply(store, change, &err), 0);
		change_free(change);
		assert_int_equal(number("SELECT requests FROM traffic"), sums[i]);
	}
}

static void put_no_window(struct change *change)
{
	change_add_sum(change, SQL_LEDGER_TAKE);
	change_bind_int(change, ":window_id", 77);
	change_bind_addend(change, ":bound_nano", 1);
	change_must_touch(change);
}

/* One that fails takes nothing with it, and those beside it in the queue happen, in both ways of
 * running. */
static void test_a_failure_leaves_the_others_alone(void **state)
{
	for (int round = 0; round < 40; round++) {
		struct change *before = change_new(), *bad = change_new(), *after = change_new();

		sum_traffic(before, 1, 1);
		store_apply_later(store, before);
		sum_traffic(after, 1, 1);
		sum_traffic(bad, 2, 1);
		put_no_window(bad);
		assert_int_equal(store_apply(store, bad, &err), -1);
		assert_int_equal(err.kind, ERROR_STORE);
		change_free(bad);
		store_apply_later(store, after);
	}
	assert_int_equal(store_ping(store, &err), 0);
	assert_int_equal(number("SELECT requests FROM traffic WHERE second = 1"), 80);
	assert_int_equal(number("SELECT count(*) FROM traffic WHERE second = 2"), 0);
}

static void test_buckets_are_those_of_the_database(void **state)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int64_t below = 0;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "SELECT le_us FROM metric_bucket ORDER BY 1", -1, &s, NULL),
	    SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		int64_t bound = sqlite3_column_int64(s, 0);

		assert_int_equal(histogram_bucket_us(bound), bound);
		assert_int_equal(histogram_bucket_us(below + 1), bound);
		below = bound;
	}
	assert_int_equal(below, INT64_MAX);
	assert_int_equal(histogram_bucket_us(0), 5000);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up_shared, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_same_sums_become_one),
		TEST(test_many_sums_are_kept_apart),
		TEST(test_a_sum_that_would_overflow_is_run_apart),
		TEST(test_addends_of_another_order_are_not_mistaken),
		TEST(test_an_addend_that_another_version_has_not_is_not_lost),
		TEST(test_sums_of_many_changes_arrive_whole),
		TEST(test_a_sum_depends_on_the_statement_before_it),
		TEST(test_a_failure_leaves_the_others_alone),
		TEST(test_buckets_are_those_of_the_database),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
