/* What the settings add to a new key, and the most that they let it have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "accounts/new_key.h"

#define DOLLAR INT64_C(1000000000)
#define NOW_MS INT64_C(1795430000000)
#define TERMS(budget, period, lasting, rpm_, tpm_, parallel_, models_)                             \
	(struct new_key_settings)                                                                  \
	{                                                                                          \
		.max_budget_nano = (budget), .budget_duration = (period),                          \
		.duration_ms = (lasting), .rpm = (rpm_), .tpm = (tpm_), .parallel = (parallel_),   \
		.models = (models_)                                                                \
	}
#define UNSET                                                                                      \
	TERMS(SETTING_UNSET, NULL, SETTING_UNSET, SETTING_UNSET, SETTING_UNSET, SETTING_UNSET, NULL)

static struct settings settings;
static struct arena arena;
static struct error err;

static int begin(void **state)
{
	settings = (struct settings){ .new_keys = UNSET, .new_keys_most = UNSET };
	arena_init(&arena);
	err = (struct error){ 0 };
	return 0;
}

static int end(void **state)
{
	arena_release(&arena);
	return 0;
}

static int terms(struct account_wish *wish)
{
	return new_key_terms(&settings, NOW_MS, &arena, wish, &err);
}

static void test_without_terms_a_wish_stays_as_it_is(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP }, before = wish;

	assert_int_equal(terms(&wish), 0);
	assert_memory_equal(&wish, &before, sizeof wish);
}

static void test_defaults_fill_what_is_not_said(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP };

	settings.new_keys = TERMS(DOLLAR * 3 / 2, "1d", 60000, 10, SETTING_UNSET, 4, "[\"small\"]");
	assert_int_equal(terms(&wish), 0);
	assert_int_equal(wish.budget_count, 1);
	assert_int_equal(wish.budgets[0].limit_nano, DOLLAR * 3 / 2);
	assert_string_equal(wish.budgets[0].period, "1d");
	assert_int_equal(wish.limits->rpm, 10);
	assert_true(wish.limits->tpm == KEY_KEEP);
	assert_int_equal(wish.limits->parallel, 4);
	assert_int_equal(wish.expires_ms, NOW_MS + 60000);
	assert_string_equal(wish.models, "[\"small\"]");
}

static void test_what_is_kept_beside_a_key_is_filled_member_by_member(void **state)
{
	struct account_wish none = { .expires_ms = KEY_KEEP },
			    some = { .extra = "{\"tags\":[\"mine\"],\"agent_id\":\"a\"}",
				    .metadata = "{}",
				    .team_id = "own" };
	static char core[] = "core";

	settings.new_keys.tags = "[\"house\"]";
	settings.new_keys.user_id = "\"ada\"";
	settings.new_keys.metadata = "{\"floor\":3}";
	settings.new_keys.team_id = core;
	assert_int_equal(terms(&none), 0);
	assert_string_equal(none.extra, "{\"user_id\":\"ada\",\"tags\":[\"house\"]}");
	assert_string_equal(none.metadata, "{\"floor\":3}");
	assert_string_equal(none.team_id, "core");
	assert_int_equal(terms(&some), 0);
	assert_string_equal(
	    some.extra, "{\"user_id\":\"ada\",\"tags\":[\"mine\"],\"agent_id\":\"a\"}");
	assert_string_equal(some.metadata, "{}");
	assert_string_equal(some.team_id, "own");
}

static void test_what_is_said_stays(void **state)
{
	const struct budget_wish five = { .limit_nano = 5 * DOLLAR, .period = "30d" };
	const struct limits limits = { LIMIT_NONE, 7, KEY_KEEP };
	struct account_wish wish = {
		.budgets = &five, .budget_count = 1, .limits = &limits, .models = "[]"
	};

	settings.new_keys = TERMS(DOLLAR, "1d", 60000, 10, 20, 30, "[\"a\"]");
	assert_int_equal(terms(&wish), 0);
	assert_int_equal(wish.budgets[0].limit_nano, 5 * DOLLAR);
	assert_int_equal(wish.limits->rpm, LIMIT_NONE);
	assert_int_equal(wish.limits->tpm, 7);
	assert_int_equal(wish.limits->parallel, 30);
	assert_int_equal(wish.expires_ms, 0);
	assert_string_equal(wish.models, "[]");
}

static void test_a_plan_brings_its_own_budget(void **state)
{
	struct account_wish wish = { .plan_id = "team-plan", .expires_ms = KEY_KEEP };

	settings.new_keys.max_budget_nano = DOLLAR;
	assert_int_equal(terms(&wish), 0);
	assert_int_equal(wish.budget_count, 0);
}

static void test_an_upper_bound_is_also_what_nothing_gets(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP };

	settings.new_keys_most.max_budget_nano = 10 * DOLLAR;
	assert_int_equal(terms(&wish), 0);
	assert_int_equal(wish.budgets[0].limit_nano, 10 * DOLLAR);
	assert_string_equal(wish.budgets[0].period, "");
}

static void test_more_than_the_upper_bound_is_refused(void **state)
{
	const struct budget_wish budgets[] = { { .limit_nano = DOLLAR, .period = "1d" },
		{ .limit_nano = 11 * DOLLAR, .period = "30d" } };
	const struct limits none = { LIMIT_NONE, KEY_KEEP, KEY_KEEP }, many = { 9, KEY_KEEP, 6 };
	struct account_wish dear = { .budgets = budgets,
		.budget_count = 2,
		.expires_ms = KEY_KEEP },
			    endless = { .limits = &none, .expires_ms = KEY_KEEP },
			    fast = { .limits = &many, .expires_ms = KEY_KEEP },
			    for_ever = { .expires_ms = 0 },
			    long_lived = { .expires_ms = NOW_MS + 60001 };

	settings.new_keys_most = TERMS(10 * DOLLAR, NULL, 60000, 10, SETTING_UNSET, 5, NULL);
	assert_int_equal(terms(&dear), -1);
	assert_string_equal(err.text,
	    "a budget of $11.00 is more than $10.00, the most for a new key "
	    "(upperbound_key_generate_params.max_budget)");
	assert_int_equal(err.kind, ERROR_BAD_REQUEST);
	assert_int_equal(terms(&endless), -1);
	assert_int_equal(terms(&fast), -1);
	assert_non_null(strstr(err.text, "max_parallel_requests: at most 5"));
	assert_int_equal(terms(&for_ever), -1);
	assert_int_equal(terms(&long_lived), -1);
	long_lived.expires_ms--;
	assert_int_equal(terms(&long_lived), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_without_terms_a_wish_stays_as_it_is, begin, end),
		cmocka_unit_test_setup_teardown(test_defaults_fill_what_is_not_said, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_what_is_kept_beside_a_key_is_filled_member_by_member, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_said_stays, begin, end),
		cmocka_unit_test_setup_teardown(test_a_plan_brings_its_own_budget, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_an_upper_bound_is_also_what_nothing_gets, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_more_than_the_upper_bound_is_refused, begin, end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
