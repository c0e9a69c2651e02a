/*
 * Changes of keys, teams and budget plans: what they leave in the store and in the trail.
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

#include "../scratch_store.h"
#include "accounts/budget_plans.h"
#include "accounts/key_change.h"
#include "accounts/ledger.h"
#include "accounts/teams.h"
#include "base/clock.h"

#define NOW_MS INT64_C(1795430000500)
#define DOLLAR INT64_C(1000000000)

static const struct actor by = { "tester", "unit test" };
static struct virtual_key key;
static struct key_secret secret;

static int set_up(void **state)
{
	if (scratch_open() != 0)
		return -1;
	clock_fake_start(NOW_MS);
	return 0;
}

static int tear_down(void **state)
{
	clock_fake_stop();
	return scratch_close();
}

static void must(int result)
{
	clock_fake_advance(1); /* ids are in the order of milliseconds */
	if (result != 0)
		fail_msg("%s", err.text);
}

static void make_key(const struct account_wish *wish)
{
	must(key_create(store, &by, wish, NOW_MS, &arena, &key, &secret, &err));
}

/* "ACTION|before|after" of the newest record. */
static const char *newest_record(void)
{
	struct store_reader *reader = store_reader_borrow(store, &err);
	struct statement *s = store_query(reader, SQL_VIEW_AUDIT, &err);
	const char *text = "";

	statement_bind_text(s, ":before", "~");
	statement_bind_null(s, ":kind");
	statement_bind_null(s, ":thing_id");
	statement_bind_null(s, ":actor");
	statement_bind_int(s, ":limit", 1);
	if (statement_step(s, &err) == 1)
		text = arena_printf(&arena, "%s|%s|%s", statement_text(s, 4),
		    statement_text(s, 8) ? statement_text(s, 8) : "-",
		    statement_text(s, 9) ? statement_text(s, 9) : "-");
	store_reader_return(store, reader);
	return text;
}

static struct budget_states budgets_of_key(int64_t now_ms)
{
	struct budget_states states;

	must(budgets_for_request(store,
	    &(struct budget_asker){ .key_id = key.id, .team_id = key.team_id }, "UTC", now_ms,
	    &arena, &states, &err));
	return states;
}

static int authenticate(const char *presented, int64_t now_ms)
{
	struct virtual_key found;

	return keys_authenticate(store, presented, NULL, now_ms, &arena, &found, &err);
}

static void test_a_new_key_is_in_the_trail_without_its_secret(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "new" };
	const char *record;

	make_key(&wish);
	record = newest_record();
	assert_non_null(strstr(record, "key.create|-|{\"alias\":\"new\""));
	assert_null(strstr(record, secret.text));
	assert_null(strstr(record, secret.text + 3));
	assert_int_equal(authenticate(secret.text, NOW_MS), 0);
}

static void test_an_update_shows_before_and_after(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "one" };
	const char *record;

	make_key(&wish);
	wish.alias = "two";
	must(key_update(store, &by, key.id, &wish, NOW_MS, &err));
	record = newest_record();
	assert_int_equal(strncmp(record, "key.update|", 11), 0);
	assert_non_null(strstr(record, "\"alias\":\"one\""));
	assert_true(strstr(record, "\"alias\":\"two\"") > strstr(record, "\"alias\":\"one\""));
}

static void test_what_changes_nothing_leaves_no_record(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "same" };

	make_key(&wish);
	must(key_update(store, &by, key.id, &wish, NOW_MS + 5, &err));
	assert_int_equal(strncmp(newest_record(), "key.create|", 11), 0);
}

static void test_a_refused_change_leaves_no_record(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "first" };

	make_key(&wish);
	assert_int_equal(key_create(store, &by, &wish, NOW_MS, &arena, &key, &secret, &err), -1);
	assert_int_equal(err.kind, ERROR_BAD_REQUEST);
	assert_string_equal(err.text, "alias 'first': another key has it");
	assert_int_equal(key_set_blocked(store, &by, "key-none", true, NOW_MS, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(strncmp(newest_record(), "key.create|", 11), 0);
}

static void test_an_old_secret_is_good_until_its_grace_ends(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP };
	struct key_secret old;

	make_key(&wish);
	old = secret;
	must(key_rotate(store, &by, key.id, 1000, NULL, NOW_MS, &secret, &err));
	assert_string_not_equal(old.text, secret.text);
	assert_int_equal(authenticate(secret.text, NOW_MS), 0);
	assert_int_equal(authenticate(old.text, NOW_MS + 999), 0);
	assert_int_equal(authenticate(old.text, NOW_MS + 1000), -1);
}

static void test_a_deleted_key_keeps_its_trail(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "gone" };

	make_key(&wish);
	must(key_delete(store, &by, key.id, NOW_MS, &err));
	assert_int_equal(authenticate(secret.text, NOW_MS), -1);
	assert_non_null(strstr(newest_record(), "key.delete|{\"alias\":\"gone\""));
	assert_int_equal(newest_record()[strlen(newest_record()) - 1], '-');
	make_key(&wish); /* the alias is free again */
}

static void test_a_team_that_must_exist_is_not_made(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .team_id = "nobody" };

	wish.team_must_exist = true;
	assert_int_equal(key_create(store, &by, &wish, NOW_MS, &arena, &key, &secret, &err), -1);
	assert_string_equal(err.text, "team_id: there is no such team");
	wish.team_must_exist = false;
	make_key(&wish);
}

static void test_deleting_a_team_ends_its_keys_and_its_id(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "Engineers" };
	struct account_wish for_key = { .expires_ms = KEY_KEEP, .team_id = "eng" };
	const char *id;

	must(team_create(store, &by, "eng", &wish, NOW_MS, &arena, &id, &err));
	make_key(&for_key);
	must(team_delete(store, &by, "eng", NOW_MS, &err));
	assert_int_equal(authenticate(secret.text, NOW_MS), -1);
	assert_non_null(strstr(newest_record(), key.id));
	assert_int_equal(key_create(store, &by, &for_key, NOW_MS, &arena, &key, &secret, &err), -1);
	assert_int_equal(team_create(store, &by, "eng", &wish, NOW_MS, &arena, &id, &err), -1);
	assert_string_equal(err.text, "team_id: there is or was a team of this id");
}

static void test_followers_take_a_plans_limits_when_it_changes(void **state)
{
	struct limits limits = { 10, LIMIT_NONE, LIMIT_NONE };
	struct plan_wish plan = { "small", "1d", 2 * DOLLAR, &limits, NULL };
	struct account_wish wish = { .expires_ms = KEY_KEEP, .plan_id = "small" };
	struct budget_states states;
	const char *id;

	must(budget_plan_create(store, &by, &plan, NOW_MS, &arena, &id, &err));
	make_key(&wish);
	assert_int_equal(key.limits.rpm, 10);
	states = budgets_of_key(NOW_MS);
	assert_int_equal(states.count, 1);
	assert_int_equal(states.items[0].limit_nano, 2 * DOLLAR);

	plan.limit_nano = 3 * DOLLAR;
	must(budget_plan_update(store, &by, "small", &plan, NOW_MS, &err));
	states = budgets_of_key(NOW_MS);
	assert_int_equal(states.count, 1);
	assert_int_equal(states.items[0].limit_nano, 3 * DOLLAR);

	plan.period = "1h";
	must(budget_plan_update(store, &by, "small", &plan, NOW_MS, &err));
	states = budgets_of_key(NOW_MS);
	assert_int_equal(states.count, 1);
	assert_string_equal(states.items[0].period, "1h");
}

static void test_a_plan_in_use_stays_and_an_unknown_one_is_refused(void **state)
{
	struct plan_wish plan = { "p", "", DOLLAR, NULL, NULL };
	struct account_wish wish = { .expires_ms = KEY_KEEP, .plan_id = "q" };
	const char *id;

	must(budget_plan_create(store, &by, &plan, NOW_MS, &arena, &id, &err));
	assert_int_equal(key_create(store, &by, &wish, NOW_MS, &arena, &key, &secret, &err), -1);
	assert_string_equal(err.text, "budget_id: there is no such budget");
	wish.plan_id = "p";
	make_key(&wish);
	assert_int_equal(budget_plan_delete(store, &by, "p", NOW_MS, &err), -1);
	assert_int_equal(err.kind, ERROR_BAD_REQUEST);
	must(key_delete(store, &by, key.id, NOW_MS, &err));
	must(budget_plan_delete(store, &by, "p", NOW_MS, &err));
}

static void test_a_budget_of_its_own_ends_following(void **state)
{
	struct plan_wish plan = { "p", "1d", DOLLAR, NULL, NULL };
	struct budget_wish own = { .limit_nano = 5 * DOLLAR, .period = "1d" };
	struct account_wish wish = { .expires_ms = KEY_KEEP, .plan_id = "p" };
	const char *id;

	must(budget_plan_create(store, &by, &plan, NOW_MS, &arena, &id, &err));
	make_key(&wish);
	wish = (struct account_wish){ .expires_ms = KEY_KEEP, .budgets = &own, .budget_count = 1 };
	must(key_update(store, &by, key.id, &wish, NOW_MS, &err));
	plan.limit_nano = 9 * DOLLAR;
	must(budget_plan_update(store, &by, "p", &plan, NOW_MS, &err));
	assert_int_equal(budgets_of_key(NOW_MS).items[0].limit_nano, 5 * DOLLAR);
}

static void count_difference(void *ctx, const char *text)
{
	print_error("%s\n", text);
}

/* Holds and settles cost_nano in the key's budgets. */
static void spend(int64_t cost_nano, const char *request_id, int64_t now_ms)
{
	struct budget_states states = budgets_of_key(now_ms);
	struct attempt attempt = { .request_id = request_id,
		.number = 1,
		.started_ms = now_ms,
		.key_id = key.id,
		.model_group = "g",
		.deployment_id = "d",
		.provider = "p",
		.model = "m",
		.tier = "cheap",
		.direction = "own",
		.bound_nano = cost_nano,
		.deadline_ms = now_ms + 1000 };
	struct attempt_end end = { .how = HOLD_SETTLED,
		.ended_ms = now_ms,
		.outcome = "ok",
		.cost_nano = cost_nano,
		.first_token_ms = -1 };
	struct budget_refusal refusal;
	struct change *change;

	must(ledger_hold(store, &attempt, &states, &arena, &refusal, &err));
	change = change_new();
	ledger_end_into(change, &attempt, &end);
	must(store_apply(store, change, &err));
	change_free(change);
}

static void test_a_reset_begins_a_window_and_the_ledger_still_agrees(void **state)
{
	struct budget_wish budget = { .limit_nano = 10 * DOLLAR, .period = "1d" };
	struct account_wish wish = {
		.expires_ms = KEY_KEEP, .budgets = &budget, .budget_count = 1
	};
	struct audit_summary summary = { 0 };
	struct budget_states before, after;

	make_key(&wish);
	spend(8 * DOLLAR, "r1", NOW_MS);
	before = budgets_of_key(NOW_MS);
	assert_int_equal(key_reset_spend(store, &by, key.id, 9 * DOLLAR, NOW_MS + 1, &err), -1);
	must(key_reset_spend(store, &by, key.id, DOLLAR, NOW_MS + 1, &err));
	after = budgets_of_key(NOW_MS + 1);
	assert_int_equal(after.count, 1);
	assert_int_equal(after.items[0].spent_nano, DOLLAR);
	assert_int_equal(after.items[0].ends_ms, before.items[0].ends_ms);
	spend(9 * DOLLAR, "r2", NOW_MS + 2);
	assert_int_equal(budget_left(&budgets_of_key(NOW_MS + 2).items[0]), 0);
	must(ledger_audit(store, NOW_MS + 3, count_difference, NULL, &summary, &err));
	assert_int_equal(summary.differences, 0);
	assert_int_equal(summary.windows, 2);
	assert_int_equal(strncmp(newest_record(), "key.reset_spend|", 16), 0);
}

static void test_a_chosen_secret_must_be_long(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .secret = "sk-1234" };

	assert_int_equal(key_create(store, &by, &wish, NOW_MS, &arena, &key, &secret, &err), -1);
	wish.secret = "sk-0123456789ab"; /* 15 */
	assert_int_equal(key_create(store, &by, &wish, NOW_MS, &arena, &key, &secret, &err), -1);
	wish.secret = "sk-0123456789abc";
	make_key(&wish);
	assert_int_equal(authenticate("sk-0123456789abc", NOW_MS), 0);
	assert_string_equal(key.hint, "sk-...9abc");
}

/* They are shown in terminals, mails and pages. */
static void test_names_with_control_characters_are_refused_at_the_door(void **state)
{
	static const char *const bad[] = { "a\r\nb", "a\nb", "a\x1b[31m", "\t", "a\x7f",
		"a\xc2\x9b[31m", "a\xe2\x80\xa8", "\xe2\x80\xaegnp.exe", "a\xe2\x81\xa6" };
	struct account_wish plain = { .expires_ms = KEY_KEEP };
	const char *id;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct account_wish alias = { .expires_ms = KEY_KEEP, .alias = bad[i] };
		struct account_wish team = { .expires_ms = KEY_KEEP, .team_id = bad[i] };
		struct plan_wish plan = { .id = bad[i], .limit_nano = DOLLAR };

		assert_int_equal(account_wish_check(&alias, &err), -1);
		assert_int_equal(err.kind, ERROR_BAD_REQUEST);
		assert_int_equal(account_wish_check(&team, &err), -1);
		assert_int_equal(
		    team_create(store, &by, bad[i], &plain, NOW_MS, &arena, &id, &err), -1);
		assert_int_equal(
		    budget_plan_create(store, &by, &plan, NOW_MS, &arena, &id, &err), -1);
		assert_non_null(strstr(err.text, "control character"));
	}
}

static void test_models_with_control_characters_are_refused_too(void **state)
{
	static const char *const bad[] = { "[\"a\\nb\"]", "[\"a\", \"\\u001b[31m\"]",
		"[\"\\u009b\"]" };
	struct account_wish wish = { .expires_ms = KEY_KEEP };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		wish.models = bad[i];
		assert_int_equal(account_wish_check(&wish, &err), -1);
		assert_non_null(strstr(err.text, "control character"));
	}
	wish.models = "[\"a\\\\n\", \"openai/*\", \"\\u4e66\"]";
	assert_int_equal(account_wish_check(&wish, &err), 0);
}

static void test_names_of_every_script_are_fine(void **state)
{
	static const char *const good[] = { "Bücher 书 книги", "a-b_c.d@e+f", "\xe2\x80\x99s", "" };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct account_wish alias = { .expires_ms = KEY_KEEP, .alias = good[i] };

		assert_int_equal(account_wish_check(&alias, &err), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_new_key_is_in_the_trail_without_its_secret),
		TEST(test_an_update_shows_before_and_after),
		TEST(test_what_changes_nothing_leaves_no_record),
		TEST(test_a_refused_change_leaves_no_record),
		TEST(test_an_old_secret_is_good_until_its_grace_ends),
		TEST(test_a_deleted_key_keeps_its_trail),
		TEST(test_a_team_that_must_exist_is_not_made),
		TEST(test_deleting_a_team_ends_its_keys_and_its_id),
		TEST(test_followers_take_a_plans_limits_when_it_changes),
		TEST(test_a_plan_in_use_stays_and_an_unknown_one_is_refused),
		TEST(test_a_budget_of_its_own_ends_following),
		TEST(test_a_reset_begins_a_window_and_the_ledger_still_agrees),
		TEST(test_a_chosen_secret_must_be_long),
		TEST(test_names_with_control_characters_are_refused_at_the_door),
		TEST(test_models_with_control_characters_are_refused_too),
		TEST(test_names_of_every_script_are_fine),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
