/* Holds, their ends, recovery and the audit: each rule of money, seen in the database. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../scratch_attempt.h"
#include "../scratch_store.h"
#include "accounts/key_change.h"
#include "accounts/ledger.h"
#include "store/sql_names.h"

static const struct actor by = { "a test", "unit test" };

#define NOW_MS INT64_C(1795430000000)

static struct virtual_key key;

/* What was held, as the relay keeps it until the end. */
static struct attempt held[8];
static size_t held_count;

static int set_up(void **state)
{
	struct account_wish wish = { .alias = "k", .expires_ms = KEY_KEEP };
	struct budget_wish budgets[] = { { .limit_nano = 1000, .period = "1d" },
		{ .limit_nano = 5000, .period = "" } };
	struct key_secret secret;

	held_count = 0;
	if (scratch_open() != 0)
		return -1;
	wish.budgets = budgets;
	wish.budget_count = 2;
	return key_create(store, &by, &wish, NOW_MS, &arena, &key, &secret, &err);
}

static int tear_down(void **state)
{
	return scratch_close();
}

static int sql(const char *text)
{
	sqlite3 *db;
	int code;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	code = sqlite3_exec(db, text, NULL, NULL, NULL);
	sqlite3_close(db);
	return code;
}

static int hold(
    const char *request_id, int64_t bound, int64_t now_ms, struct budget_refusal *refusal)
{
	struct attempt attempt =
	    scratch_attempt(arena_copy(&arena, request_id), key.id, now_ms, bound);
	struct budget_states budgets;

	assert_int_equal(budgets_for_request(store, &(struct budget_asker){ .key_id = key.id },
			     "UTC", now_ms, &arena, &budgets, &err),
	    0);
	assert_int_equal(budgets.count, 2);
	if (ledger_hold(store, &attempt, &budgets, &arena, refusal, &err) != 0)
		return -1;
	assert_true(held_count < sizeof held / sizeof held[0]);
	held[held_count++] = attempt;
	return 0;
}

static void end_attempt(const struct attempt *attempt, enum hold_end how, int64_t cost)
{
	struct attempt_end ended = { .how = how,
		.ended_ms = NOW_MS,
		.outcome = "ok",
		.cost_nano = cost,
		.first_token_ms = -1 };
	struct change *change = change_new();

	ledger_end_into(change, attempt, &ended);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
}

static void end(const char *request_id, enum hold_end how, int64_t cost)
{
	for (size_t i = 0; i < held_count; i++)
		if (strcmp(held[i].request_id, request_id) == 0) {
			end_attempt(&held[i], how, cost);
			return;
		}
	fail_msg("%s was not held", request_id);
}

static void assert_money(int64_t day_spent, int64_t day_held)
{
	struct budget_states budgets;

	assert_int_equal(budgets_list(store, "UTC", NOW_MS, &arena, &budgets, &err), 0);
	assert_string_equal(budgets.items[0].period, "1d");
	assert_int_equal(budgets.items[0].spent_nano, day_spent);
	assert_int_equal(budgets.items[0].held_nano, day_held);
}

static void print_difference(void *ctx, const char *text)
{
	print_message("# %s\n", text);
}

static int64_t audit(void)
{
	struct audit_summary summary;

	assert_int_equal(ledger_audit(store, NOW_MS, print_difference, NULL, &summary, &err), 0);
	return summary.differences;
}

static void test_a_hold_stands_in_every_window_and_settles_once(void **state)
{
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 400, NOW_MS, &refusal), 0);
	assert_money(0, 400);
	end("r1", HOLD_SETTLED, 100);
	assert_money(100, 0);
	end("r1", HOLD_SETTLED, 300); /* a late second settlement does nothing */
	assert_money(100, 0);
	assert_int_equal(audit(), 0);
}

static void test_the_budget_is_used_to_the_last_nano_and_not_beyond(void **state)
{
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 999, NOW_MS, &refusal), 0);
	assert_int_equal(hold("r2", 2, NOW_MS, &refusal), -1);
	assert_int_equal(err.kind, ERROR_BUDGET);
	assert_string_equal(refusal.scope, "key");
	assert_string_equal(refusal.scope_id, key.id);
	assert_string_equal(refusal.period, "1d");
	assert_int_equal(refusal.left_nano, 1);
	assert_int_equal(refusal.needed_nano, 2);
	assert_int_equal(refusal.resets_ms % 86400000, 0);
	assert_int_equal(hold("r3", 1, NOW_MS, &refusal), 0);
	assert_int_equal(hold("r4", 0, NOW_MS, &refusal), 0);
	assert_int_equal(audit(), 0);
}

static void test_a_refused_hold_leaves_no_trace_in_any_window(void **state)
{
	struct budget_refusal refusal;

	for (int day = 0; day < 5; day++) { /* the lifetime budget fills up over days */
		char id[16];

		snprintf(id, sizeof id, "d%d", day);
		assert_int_equal(hold(id, 1000, NOW_MS + day * INT64_C(86400000), &refusal), 0);
		end(id, HOLD_SETTLED, 1000);
	}
	assert_int_equal(hold("more", 1, NOW_MS + 5 * INT64_C(86400000), &refusal), -1);
	assert_string_equal(refusal.period, "");
	assert_int_equal(refusal.resets_ms, INT64_MAX);
	assert_int_equal(audit(), 0);
}

static void test_a_release_gives_all_back_and_unknown_charges_all(void **state)
{
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 400, NOW_MS, &refusal), 0);
	end("r1", HOLD_RELEASED, 77);
	assert_money(0, 0);
	assert_int_equal(hold("r2", 300, NOW_MS, &refusal), 0);
	end("r2", HOLD_UNKNOWN, 0);
	assert_money(300, 0);
	assert_int_equal(audit(), 0);
}

static void test_an_overrun_is_charged_and_recorded(void **state)
{
	struct budget_states budgets;
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 900, NOW_MS, &refusal), 0);
	end("r1", HOLD_SETTLED, 1500);
	assert_money(1500, 0);
	assert_int_equal(budgets_list(store, "UTC", NOW_MS, &arena, &budgets, &err), 0);
	assert_int_equal(budgets.items[0].overrun_nano, 600);
	assert_int_equal(hold("r2", 1, NOW_MS, &refusal), -1);
	assert_int_equal(audit(), 0);
}

static void test_a_hold_belongs_to_the_window_it_was_taken_in(void **state)
{
	struct budget_refusal refusal;
	const int64_t tomorrow = NOW_MS + INT64_C(86400000);

	assert_int_equal(hold("r1", 800, NOW_MS, &refusal), 0);
	assert_int_equal(hold("r2", 900, tomorrow, &refusal), 0);
	end("r1", HOLD_SETTLED, 700);
	assert_money(700, 0);
	assert_int_equal(audit(), 0);
}

static void test_a_lowered_limit_refuses_and_audits_clean(void **state)
{
	struct budget_wish lower = { .limit_nano = 100, .period = "1d" };
	struct change *change = change_new();
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 500, NOW_MS, &refusal), 0);
	budgets_set_into(change, "key", key.id, &lower, NOW_MS);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
	assert_int_equal(hold("r2", 1, NOW_MS, &refusal), -1);
	end("r1", HOLD_SETTLED, 450);
	assert_int_equal(audit(), 0);
}

static int64_t number(const char *text)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	int64_t value;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

/* A hold of 10 in windows by their ids. */
static int hold_in(const int64_t *windows, size_t count, struct attempt *out)
{
	struct budget_state items[8];
	struct budget_states budgets = { .items = items, .count = count };
	struct budget_refusal refusal;

	memset(items, 0, sizeof items);
	for (size_t i = 0; i < count; i++) {
		items[i].scope = arena_copy(&arena, "proxy");
		items[i].scope_id = arena_copy(&arena, "");
		items[i].model = items[i].scope_id;
		items[i].window_id = windows[i];
	}
	*out = scratch_attempt("many", key.id, NOW_MS, 10);
	return ledger_hold(store, out, &budgets, &arena, &refusal, &err);
}

static void test_a_hold_in_unknown_windows_is_refused_and_leaves_no_trace(void **state)
{
	static const int64_t windows[][3] = { { 999, 1, 2 }, { 1, 999, 2 }, { 1, 2, 0 } };
	struct budget_refusal refusal;
	struct attempt attempt;

	assert_int_equal(hold("r1", 500, NOW_MS, &refusal), 0); /* now there are windows 1 and 2 */
	for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
		assert_int_equal(hold_in(windows[i], 3, &attempt), -1);
		assert_int_equal(err.kind, ERROR_STORE);
		assert_money(0, 500);
		assert_int_equal(number("SELECT count(*) FROM hold"), 1);
	}
	assert_int_equal(audit(), 0);
}

static void test_a_hold_stands_in_any_number_of_windows(void **state)
{
	static const int64_t windows[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct budget_refusal refusal;
	struct attempt attempt, twice;
	char text[400];

	assert_int_equal(hold("r1", 1, NOW_MS, &refusal), 0); /* now there are windows 1 and 2 */
	end("r1", HOLD_RELEASED, 0);
	for (int i = 3; i <= 7; i++) {
		snprintf(text, sizeof text,
		    "INSERT INTO budget VALUES (%d, 'provider', '%d', '', '1d', 15, 'admin', 1);"
		    "INSERT INTO budget_window (id, budget_id, starts_ms, ends_ms, limit_nano, "
		    "highest_limit_nano) VALUES (%d, %d, 0, 1, 15, 15)",
		    i, i, i, i);
		assert_int_equal(sql(text), SQLITE_OK);
	}
	for (size_t i = 0; i <= 7; i++) {
		assert_int_equal(hold_in(windows, i, &attempt), 0);
		assert_int_equal(attempt.window_count, i);
		assert_int_equal(number("SELECT sum(held_nano) FROM budget_window"), 10 * (int)i);
		assert_int_equal(
		    number("SELECT count(*) FROM budget_window WHERE held_nano = 10"), i);
		assert_int_equal(hold_in(windows, i, &twice), -1); /* the same attempt again */
		assert_int_equal(number("SELECT sum(held_nano) FROM budget_window"), 10 * (int)i);
		end_attempt(&attempt, HOLD_SETTLED, 0);
		assert_int_equal(number("SELECT sum(held_nano) FROM budget_window"), 0);
		assert_int_equal(sql("DELETE FROM attempt WHERE request_id <> 'r1'"), SQLITE_OK);
	}
	assert_int_equal(hold_in(windows, 7, &attempt), 0);
	end_attempt(&attempt, HOLD_SETTLED, 12);
	assert_int_equal(number("SELECT sum(spent_nano) FROM budget_window"), 7 * 12);
	assert_int_equal(number("SELECT sum(overrun_nano) FROM budget_window"), 7 * 2);
	assert_int_equal(audit(), 0);
}

/* In one transaction the first two fit and the third does not: it alone is refused. */
static void test_of_many_in_one_transaction_only_those_that_do_not_fit_are_refused(void **state)
{
	struct budget_refusal refusal;

	store_close(store);
	store = store_open(path, STORE_SHARED, &err);
	assert_int_equal(hold("r1", 400, NOW_MS, &refusal), 0);
	assert_int_equal(hold("r2", 400, NOW_MS, &refusal), 0);
	assert_int_equal(hold("r3", 400, NOW_MS, &refusal), -1);
	assert_int_equal(err.kind, ERROR_BUDGET);
	assert_int_equal(refusal.left_nano, 200);
	assert_int_equal(hold("r4", 200, NOW_MS, &refusal), 0);
	for (int i = 1; i <= 4; i++)
		if (i != 3)
			end((const char *[]){ "", "r1", "r2", "", "r4" }[i], HOLD_SETTLED, 100);
	assert_money(300, 0);
	assert_int_equal(audit(), 0);
}

static void test_history_cannot_be_changed(void **state)
{
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 500, NOW_MS, &refusal), 0);
	end("r1", HOLD_SETTLED, 450);
	assert_int_not_equal(
	    sql("UPDATE attempt SET cost_nano = 1 WHERE request_id = 'r1'"), SQLITE_OK);
	assert_int_not_equal(
	    sql("UPDATE attempt SET state = 'released' WHERE request_id = 'r1'"), SQLITE_OK);
	assert_int_equal(audit(), 0);
}

static void test_retention_keeps_the_sums(void **state)
{
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 500, NOW_MS, &refusal), 0);
	end("r1", HOLD_SETTLED, 450);
	assert_int_equal(sql("DELETE FROM attempt WHERE request_id = 'r1'"), SQLITE_OK);
	assert_money(450, 0);
	assert_int_equal(audit(), 0);
}

static void test_the_audit_sees_tampering(void **state)
{
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 500, NOW_MS, &refusal), 0);
	end("r1", HOLD_SETTLED, 450);
	assert_int_equal(sql("UPDATE budget_window SET spent_nano = spent_nano - 1"), SQLITE_OK);
	assert_true(audit() > 0);
}

static void test_the_holds_of_a_dead_process_are_charged_in_full(void **state)
{
	struct budget_refusal refusal;
	pid_t child;
	int status;

	store_close(store); /* never carry a connection across fork */
	child = fork();
	if (child == 0) {
		store = store_open(path, STORE_INLINE, &err);
		_exit(store && hold("r1", 400, NOW_MS, &refusal) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	store = store_open(path, STORE_INLINE, &err);
	assert_money(0, 400);
	assert_true(audit() > 0); /* an open hold of a dead worker is a finding */
	assert_int_equal(ledger_recover(store, NOW_MS, &err), 1);
	assert_money(400, 0);
	assert_int_equal(ledger_recover(store, NOW_MS, &err), 0);
	assert_int_equal(audit(), 0);
}

static void test_a_living_process_keeps_its_holds_until_their_deadline(void **state)
{
	struct budget_refusal refusal;

	assert_int_equal(hold("r1", 400, NOW_MS, &refusal), 0);
	assert_int_equal(ledger_recover(store, NOW_MS + 59999, &err), 0);
	assert_int_equal(ledger_recover(store, NOW_MS + 60001, &err), 1);
	end("r1", HOLD_SETTLED, 10); /* too late: it is charged in full already */
	assert_money(400, 0);
	assert_int_equal(audit(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_hold_stands_in_every_window_and_settles_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_budget_is_used_to_the_last_nano_and_not_beyond, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_refused_hold_leaves_no_trace_in_any_window, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_release_gives_all_back_and_unknown_charges_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_an_overrun_is_charged_and_recorded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_hold_belongs_to_the_window_it_was_taken_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_lowered_limit_refuses_and_audits_clean, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_hold_in_unknown_windows_is_refused_and_leaves_no_trace, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_hold_stands_in_any_number_of_windows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_of_many_in_one_transaction_only_those_that_do_not_fit_are_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_history_cannot_be_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_retention_keeps_the_sums, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_audit_sees_tampering, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_holds_of_a_dead_process_are_charged_in_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_living_process_keeps_its_holds_until_their_deadline, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
