/* What is kept of keys and budgets is never older than the store. */
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
#include "accounts/kept.h"
#include "accounts/key_change.h"
#include "base/digest.h"

static const struct actor by = { "a test", "unit test" };

#define NOW_MS INT64_C(1795430000000)
#define DAY_MS INT64_C(86400000)

static struct virtual_key key;
static struct key_secret secret;

static int set_up(void **state)
{
	struct account_wish wish = { .alias = "k", .team_id = "t", .expires_ms = KEY_KEEP };
	struct budget_wish budgets[] = { { .limit_nano = 1000, .period = "1d" },
		{ .limit_nano = 5000, .period = "" } };

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

/* As another process does it. */
static void elsewhere(const char *sql)
{
	char *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

static int64_t revision(void)
{
	struct store_reader *reader = store_reader_borrow(store, &err);
	struct kept_moment at;

	assert_int_equal(kept_moment(store, reader, &at, &err), 0);
	store_reader_return(store, reader);
	return at.revision;
}

static int who(struct virtual_key *out)
{
	return keys_authenticate(store, secret.text, NULL, NOW_MS, &arena, out, &err);
}

static struct budget_states budgets_at(int64_t now_ms)
{
	struct budget_states states;

	assert_int_equal(
	    budgets_for_request(store, &(struct budget_asker){ .key_id = key.id, .team_id = "t" },
		"UTC", now_ms, &arena, &states, &err),
	    0);
	return states;
}

static void test_a_key_is_the_same_when_it_was_kept(void **state)
{
	struct virtual_key first, again;

	assert_int_equal(who(&first), 0);
	assert_int_equal(who(&again), 0);
	assert_string_equal(again.id, key.id);
	assert_string_equal(again.alias, "k");
	assert_string_equal(again.team_id, "t");
	assert_ptr_not_equal(again.id, first.id); /* each has its own copy */
	assert_true(kept_key(store, digest_sha256(secret.text, strlen(secret.text)).text,
	    revision(), &arena, &again));
}

static void test_a_key_that_is_blocked_elsewhere_is_blocked_at_once(void **state)
{
	struct virtual_key found;

	assert_int_equal(who(&found), 0);
	elsewhere("UPDATE virtual_key SET blocked = 1");
	assert_int_equal(who(&found), -1);
	elsewhere("UPDATE virtual_key SET blocked = 0");
	assert_int_equal(who(&found), 0);
	elsewhere("UPDATE team SET blocked = 1");
	assert_int_equal(who(&found), -1);
}

static void test_what_is_spent_and_held_is_always_read(void **state)
{
	struct budget_states states = budgets_at(NOW_MS);

	assert_int_equal(states.count, 2);
	assert_int_equal(states.items[0].spent_nano, 0);
	elsewhere("UPDATE budget_window SET spent_nano = 30, held_nano = 7");
	states = budgets_at(NOW_MS);
	assert_int_equal(states.items[0].spent_nano, 30);
	assert_int_equal(states.items[1].held_nano, 7);
}

static void test_a_changed_limit_and_a_new_budget_are_seen_at_once(void **state)
{
	struct budget_states states = budgets_at(NOW_MS);

	elsewhere("UPDATE budget SET limit_nano = 77 WHERE period = '1d'");
	states = budgets_at(NOW_MS);
	assert_int_equal(states.items[0].limit_nano, 77);
	elsewhere("INSERT INTO budget (scope, scope_id, period, limit_nano, source) VALUES "
		  "('team', 't', '1d', 5, 'admin'), ('proxy', '', '', 6, 'admin')");
	states = budgets_at(NOW_MS);
	assert_int_equal(states.count, 4);
	assert_string_equal(states.items[2].scope, "team");
	assert_string_equal(states.items[3].scope, "proxy");
}

static void test_a_new_day_has_a_new_window(void **state)
{
	struct budget_states today, tomorrow;

	today = budgets_at(NOW_MS);
	today = budgets_at(NOW_MS); /* kept */
	tomorrow = budgets_at(NOW_MS + DAY_MS);
	assert_int_not_equal(today.items[0].window_id, tomorrow.items[0].window_id);
	assert_int_equal(today.items[1].window_id, tomorrow.items[1].window_id);
	assert_int_equal(budgets_at(NOW_MS).items[0].window_id, today.items[0].window_id);
}

/* Whatever decides who may ask for what raises the revision; money that moves does not. */
static void test_every_change_of_accounts_raises_the_revision(void **state)
{
	static const char *const changes[] = {
		"UPDATE virtual_key SET models = '[\"a\"]'",
		"UPDATE virtual_key SET expires_ms = 5",
		"UPDATE team SET models = '[]'",
		"INSERT INTO team (id, created_ms) VALUES ('u', 1)",
		"DELETE FROM team WHERE id = 'u'",
		"UPDATE budget SET active = 0",
		"INSERT INTO budget (scope, scope_id, period, limit_nano, source) VALUES ('key', "
		"'x', '', 1, 'admin')",
		"DELETE FROM budget WHERE scope_id = 'x'",
		"UPDATE budget_window SET limit_nano = 5",
		"UPDATE budget_window SET ends_ms = 5",
		"INSERT INTO budget_window (budget_id, starts_ms, ends_ms, limit_nano, "
		"highest_limit_nano) VALUES (1, 5, 6, 1, 1)",
		"DELETE FROM budget_window",
		"DELETE FROM virtual_key",
	};
	int64_t before;

	(void)budgets_at(NOW_MS);
	before = revision();
	elsewhere("UPDATE budget_window SET spent_nano = spent_nano + 1, held_nano = 0");
	assert_int_equal(revision(), before);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		before = revision();
		elsewhere(changes[i]);
		if (revision() <= before)
			fail_msg("the revision stands after %s", changes[i]);
	}
}

static void test_many_keys_take_each_others_places_and_stay_right(void **state)
{
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 1000; i++) {
			char name[16];
			struct budget_states states;

			snprintf(name, sizeof name, "key-%d", i);
			assert_int_equal(
			    budgets_for_request(store, &(struct budget_asker){ .key_id = name },
				"UTC", NOW_MS, &arena, &states, &err),
			    0);
			assert_int_equal(states.count, 0);
		}
	assert_int_equal(budgets_at(NOW_MS).count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_key_is_the_same_when_it_was_kept),
		TEST(test_a_key_that_is_blocked_elsewhere_is_blocked_at_once),
		TEST(test_what_is_spent_and_held_is_always_read),
		TEST(test_a_changed_limit_and_a_new_budget_are_seen_at_once),
		TEST(test_a_new_day_has_a_new_window),
		TEST(test_every_change_of_accounts_raises_the_revision),
		TEST(test_many_keys_take_each_others_places_and_stay_right),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
