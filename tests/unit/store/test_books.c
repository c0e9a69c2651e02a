/*
 * Copies of shared books: what machines that share keys see of each other's changes.  The bank is a
 * list in memory here; tests/cli/bank.t has the real one.
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
#include "accounts/admin_sessions.h"
#include "accounts/admins.h"
#include "accounts/budgets.h"
#include "accounts/key_change.h"
#include "accounts/teams.h"
#include "base/alloc.h"
#include "store/books.h"
#include "store/change.h"

#define NOW_MS INT64_C(1795430000500)

static const struct actor by = { "tester", "unit test" };

struct machine {
	char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];
	struct store *store;
};
static struct machine one, two;

static struct {
	int64_t revision;
	struct book_rows rows;
	int64_t of[1000]; /* the revision of each row */
} bank;
static struct machine *meddler; /* makes a change of its own between rehearsal and commit */

static void must(int result)
{
	if (result != 0)
		fail_msg("%s", err.text);
}

static void pull(struct machine *machine)
{
	struct book_rows newer = { 0 };
	const struct book_news news = { &newer, bank.revision, NULL, false };
	struct books_place mine;

	assert_int_equal(books_place(machine->store, &arena, &mine, &err), 1);
	for (size_t i = 0; i < bank.rows.count; i++)
		if (bank.of[i] > mine.revision)
			book_rows_add(&newer, &arena, bank.rows.items[i].kind,
			    bank.rows.items[i].id, bank.rows.items[i].body);
	must(books_take(machine->store, &news, NOW_MS, &err));
}

static void put(const struct book_row *row)
{
	size_t at = 0;

	while (at < bank.rows.count && (strcmp(bank.rows.items[at].kind, row->kind) != 0 ||
					   strcmp(bank.rows.items[at].id, row->id) != 0))
		at++;
	if (at == bank.rows.count)
		book_rows_add(&bank.rows, &arena, row->kind, row->id, row->body);
	bank.rows.items[at].body = arena_copy(&arena, row->body);
	bank.of[at] = bank.revision;
}

static int share(void *ctx, struct change *change, struct error *why)
{
	struct machine *machine = ctx;

	for (;;) {
		struct book_rows rows = { 0 };
		int64_t revision;

		if (books_rehearse(machine->store, change, &arena, &rows, &revision, why) != 0)
			return -1;
		if (meddler) {
			struct machine *other = meddler;

			meddler = NULL;
			must(team_create(other->store, &by, "faster",
			    &(struct account_wish){ .alias = "ops", .expires_ms = KEY_KEEP },
			    NOW_MS, &arena, &(const char *){ NULL }, &err));
		}
		if (revision == bank.revision) {
			bank.revision++;
			for (size_t i = 0; i < rows.count; i++)
				put(&rows.items[i]);
			pull(machine);
			return 0;
		}
		pull(machine);
	}
}

static void start(struct machine *machine)
{
	must(scratch_make(machine->folder, machine->path));
	machine->store = store_open(machine->path, STORE_SHARED, &err);
	assert_non_null(machine->store);
	must(books_join(machine->store, "the bank", 0, &err));
	store_share_with(machine->store, share, machine);
	pull(machine);
}

static int set_up(void **state)
{
	err = (struct error){ 0 };
	arena_init(&arena);
	memset(&bank, 0, sizeof bank);
	bank.revision = 1;
	meddler = NULL;
	start(&one);
	start(&two);
	return 0;
}

static int tear_down(void **state)
{
	store_close(one.store);
	store_close(two.store);
	arena_release(&arena);
	return scratch_remove(one.folder, one.path) | scratch_remove(two.folder, two.path);
}

static int make_key(
    struct machine *machine, const char *alias, struct virtual_key *key, struct key_secret *secret)
{
	return key_create(machine->store, &by,
	    &(struct account_wish){ .alias = alias,
		.team_id = "crew",
		.budgets = &(struct budget_wish){ .limit_nano = 5000, .period = "1d" },
		.budget_count = 1,
		.expires_ms = KEY_KEEP },
	    NOW_MS, &arena, key, secret, &err);
}

static int ask(struct machine *machine, const struct key_secret *secret, struct virtual_key *out)
{
	return keys_authenticate(machine->store, secret->text, NULL, NOW_MS, &arena, out, &err);
}

static void test_a_key_is_good_and_blocked_on_the_other_machine(void **state)
{
	struct virtual_key key, seen;
	struct key_secret secret;

	must(make_key(&one, "app", &key, &secret));
	must(ask(&one, &secret, &seen));
	assert_int_equal(ask(&two, &secret, &seen), -1);
	pull(&two);
	must(ask(&two, &secret, &seen));
	assert_string_equal(seen.id, key.id);
	assert_string_equal(seen.team_id, "crew");
	must(key_set_blocked(two.store, &by, key.id, true, NOW_MS, &err));
	assert_int_equal(ask(&two, &secret, &seen), -1);
	must(ask(&one, &secret, &seen));
	pull(&one);
	assert_int_equal(ask(&one, &secret, &seen), -1);
	assert_int_equal(err.kind, ERROR_UNAUTHENTICATED);
}

static void test_of_two_with_the_same_name_one_wins(void **state)
{
	struct virtual_key key;
	struct key_secret secret;

	must(make_key(&one, "app", &key, &secret));
	assert_int_equal(make_key(&two, "app", &key, &secret), -1);
	assert_string_equal(err.text, "alias 'app': another key has it");
	assert_int_equal(err.kind, ERROR_BAD_REQUEST);
	must(make_key(&two, "app2", &key, &secret));
}

static void test_who_is_slower_sees_the_others_change_first(void **state)
{
	const char *id;

	meddler = &two;
	assert_int_equal(team_create(one.store, &by, NULL,
			     &(struct account_wish){ .alias = "ops", .expires_ms = KEY_KEEP },
			     NOW_MS, &arena, &id, &err),
	    -1);
	assert_string_equal(err.text, "alias 'ops': another team has it");
	must(team_delete(one.store, &by, "faster", NOW_MS, &err));
}

static void test_a_name_may_go_from_one_key_to_another(void **state)
{
	struct virtual_key first, second, seen;
	struct key_secret secret;

	must(make_key(&one, "app", &first, &secret));
	must(make_key(&one, "spare", &second, &secret));
	pull(&two);
	must(key_update(one.store, &by, first.id,
	    &(struct account_wish){ .alias = "old", .expires_ms = KEY_KEEP }, NOW_MS, &err));
	must(key_update(one.store, &by, second.id,
	    &(struct account_wish){ .alias = "app", .expires_ms = KEY_KEEP }, NOW_MS, &err));
	must(key_set_blocked(one.store, &by, first.id, true, NOW_MS, &err));
	pull(&two);
	must(keys_find(two.store, "app", &arena, &seen, &err));
	assert_string_equal(seen.id, second.id);
}

static void test_a_new_machine_takes_over_what_names_a_team_that_is_gone(void **state)
{
	struct virtual_key key, seen;
	struct key_secret secret;

	must(make_key(&one, "app", &key, &secret));
	must(team_delete(one.store, &by, "crew", NOW_MS, &err));
	pull(&two);
	assert_int_equal(keys_find(two.store, "app", &arena, &seen, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void test_a_lower_limit_holds_in_the_open_window_of_the_other(void **state)
{
	struct budget_states budgets;
	struct virtual_key key;
	struct key_secret secret;
	const struct budget_wish lower = { .limit_nano = 2000, .period = "1d" };

	must(make_key(&one, "app", &key, &secret));
	pull(&two);
	must(budgets_for_request(two.store, &(struct budget_asker){ .key_id = key.id }, "UTC",
	    NOW_MS, &arena, &budgets, &err));
	assert_int_equal(budgets.items[0].limit_nano, 5000);
	must(key_update(one.store, &by, key.id,
	    &(struct account_wish){ .budgets = &lower, .budget_count = 1, .expires_ms = KEY_KEEP },
	    NOW_MS, &err));
	pull(&two);
	must(budgets_for_request(two.store, &(struct budget_asker){ .key_id = key.id }, "UTC",
	    NOW_MS, &arena, &budgets, &err));
	assert_int_equal(budgets.items[0].limit_nano, 2000);
}

static struct budget_states budgets_of(struct machine *machine, const char *key_id, int64_t now_ms)
{
	struct budget_states budgets;

	must(budgets_for_request(machine->store, &(struct budget_asker){ .key_id = key_id }, "UTC",
	    now_ms, &arena, &budgets, &err));
	assert_int_equal(budgets.count, 1);
	return budgets;
}

static void test_a_reset_begins_the_same_window_on_all_machines(void **state)
{
	struct virtual_key key;
	struct key_secret secret;
	struct budget_state before, after;

	must(make_key(&one, "app", &key, &secret));
	pull(&two);
	before = budgets_of(&one, key.id, NOW_MS).items[0];
	assert_int_equal(budgets_of(&two, key.id, NOW_MS).items[0].starts_ms, before.starts_ms);
	must(key_reset_spend(one.store, &by, key.id, 0, NOW_MS + 5, &err));
	pull(&two);
	after = budgets_of(&one, key.id, NOW_MS + 6).items[0];
	assert_int_equal(after.starts_ms, NOW_MS + 5);
	assert_int_equal(after.ends_ms, before.ends_ms);
	after = budgets_of(&two, key.id, NOW_MS + 6).items[0];
	assert_int_equal(after.starts_ms, NOW_MS + 5);
	assert_int_equal(after.ends_ms, before.ends_ms);
}

static int refuse(void *ctx, struct change *change, struct error *why)
{
	(void)error_set(why, ERROR_SHARED, "nothing was changed: away");
	return books_apply_alone(one.store, change, why);
}

static void test_signing_in_and_out_does_not_wait_for_the_bank(void **state)
{
	struct digest_secret cookie;
	struct admin_session session;

	must(admins_set(one.store, "alice", "correct horse battery", ADMIN_FULL, NULL, &by, &err));
	pull(&two);
	must(admin_session_start(one.store, "alice", "::1", "a browser", &cookie, &err));
	assert_int_equal(admin_session_find(two.store, cookie.text, &arena, &session, &err), 0);
	pull(&two);
	assert_int_equal(admin_session_find(two.store, cookie.text, &arena, &session, &err), 1);
	assert_int_equal(session.role, ADMIN_FULL);
	store_share_with(one.store, refuse, NULL);
	must(admin_session_end(one.store, cookie.text, &err));
	assert_int_equal(admin_session_find(one.store, cookie.text, &arena, &session, &err), 0);
	must(admin_session_start(one.store, "alice", "::1", "a browser", &cookie, &err));
	assert_int_equal(admin_session_find(one.store, cookie.text, &arena, &session, &err), 1);
	assert_int_equal(
	    admins_set(one.store, "bob", "correct horse battery", ADMIN_VIEWER, NULL, &by, &err),
	    -1);
	assert_string_equal(err.text, "nothing was changed: away");
}

static void test_without_its_bank_a_copy_refuses_changes(void **state)
{
	struct virtual_key key;
	struct key_secret secret;

	store_share_with(one.store, NULL, NULL);
	assert_int_equal(make_key(&one, "app", &key, &secret), -1);
	assert_int_equal(err.kind, ERROR_SHARED);
	must(books_leave(one.store, &err));
	must(make_key(&one, "app", &key, &secret));
}

/* The step of the schema that writes the table of budgets anew drops them so. */
static void test_guards_that_a_new_schema_dropped_are_there_again(void **state)
{
	const struct budget_wish wish = { .limit_nano = 2000, .period = "1d" };
	struct change *change = change_new();
	sqlite3 *db;

	store_share_with(one.store, NULL, NULL);
	assert_int_equal(sqlite3_open(store_path(one.store), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TRIGGER books_budget_new", NULL, NULL, NULL), 0);
	sqlite3_close(db);
	must(books_guard(one.store, &err));
	budgets_set_into(change, "proxy", "", &wish, NOW_MS);
	assert_int_equal(store_apply(one.store, change, &err), -1);
	assert_int_equal(err.kind, ERROR_SHARED);
	change_free(change);
}

static void test_a_change_that_finds_nothing_says_so_and_leaves_no_row(void **state)
{
	size_t count = bank.rows.count;

	assert_int_equal(key_set_blocked(one.store, &by, "key-none", true, NOW_MS, &err), -1);
	assert_string_equal(err.text, "no key 'key-none'");
	assert_int_equal(bank.rows.count, count);
}

static void test_what_the_bank_has_forgotten_is_gone_from_a_copy(void **state)
{
	struct virtual_key key, seen;
	struct key_secret secret;
	struct book_rows before = { 0 };

	must(make_key(&one, "app", &key, &secret));
	pull(&two);
	must(books_read(two.store, &arena, &before, &err));
	must(make_key(&one, "phantom", &key, &secret));
	must(books_take(one.store,
	    &(struct book_news){ &before, bank.revision - 1, "another", true }, NOW_MS, &err));
	assert_int_equal(keys_find(one.store, "phantom", &arena, &seen, &err), -1);
	must(keys_find(one.store, "app", &arena, &seen, &err));
	assert_int_equal(ask(&one, &secret, &seen), -1);
}

static void test_all_rows_make_the_same_books(void **state)
{
	struct book_rows rows = { 0 }, again = { 0 };
	struct virtual_key key;
	struct key_secret secret;

	must(make_key(&one, "app", &key, &secret));
	must(admins_set(one.store, "alice", "correct horse battery", ADMIN_FULL, NULL, &by, &err));
	pull(&two);
	must(books_read(one.store, &arena, &rows, &err));
	must(books_read(two.store, &arena, &again, &err));
	assert_int_equal(rows.count, again.count);
	assert_true(rows.count >= 5); /* key, team, budget, admin and their events */
	for (size_t i = 0; i < rows.count; i++)
		assert_string_equal(rows.items[i].body, again.items[i].body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_key_is_good_and_blocked_on_the_other_machine, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_of_two_with_the_same_name_one_wins, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_who_is_slower_sees_the_others_change_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_name_may_go_from_one_key_to_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_new_machine_takes_over_what_names_a_team_that_is_gone, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_lower_limit_holds_in_the_open_window_of_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_reset_begins_the_same_window_on_all_machines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_signing_in_and_out_does_not_wait_for_the_bank, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_without_its_bank_a_copy_refuses_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_guards_that_a_new_schema_dropped_are_there_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_change_that_finds_nothing_says_so_and_leaves_no_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_the_bank_has_forgotten_is_gone_from_a_copy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_all_rows_make_the_same_books, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
