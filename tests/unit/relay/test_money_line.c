/* What a request does when running calls hold the money that it needs, and what it is told. */
#include "play.h"

#include <sqlite3.h>
#include <string.h>

#include "accounts/line.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "relay/dry_run.h"

#define DEPLOYMENT(name, id, input, output, more)                                                  \
	"  - model_name: " name "\n    litellm_params: { model: openai/" id                        \
	", api_key: k, input_cost_per_token: " input ", output_cost_per_token: " output more       \
	" }\n    model_info: { id: " id ", max_input_tokens: 100000, max_output_tokens: 40000 }\n"
#define CHEAP(name, id) DEPLOYMENT(name, id, "0.000001", "0.000001", ", order: 1")
#define CAPPED(name, id, order)                                                                    \
	DEPLOYMENT(name, id, "0.000001", "0.000001",                                               \
	    ", order: " order ", max_budget: 0.01, budget_duration: 1d")

static const char one_group[] = "model_list:\n" CHEAP("m", "m1")
    CHEAP("b", "b1") "litellm_settings: { num_retries: 0, fallbacks: [{ m: [b] }] }\n";

static const char patient[] = "model_list:\n" CHEAP(
    "m", "m1") "sideways_settings: { budget_wait: 60, keep_alive_seconds: 90 }\n";

static const struct step all_good[] = { { .model = "" } };

/* A call of somebody that holds so much of the budgets of this scope. */
static void hold_of(struct play *play, const char *scope, const char *provider,
    const char *deployment, int64_t nano)
{
	struct attempt attempt = { .request_id = arena_copy(&play->arena, digest_new_id().text),
		.number = 1,
		.started_ms = clock_wall_ms(),
		.key_id = "somebody",
		.model_group = "m",
		.deployment_id = deployment,
		.provider = provider,
		.model = "m",
		.tier = "cheap",
		.direction = "own",
		.bound_nano = nano,
		.deadline_ms = clock_wall_ms() + 600000 };
	struct budget_refusal refusal;
	struct budget_states budgets;

	assert_int_equal(budgets_list(play->gateway.store, "UTC", clock_wall_ms(), &play->arena,
			     &budgets, &play->err),
	    0);
	for (size_t i = 0; i < budgets.count;) {
		if (strcmp(budgets.items[i].scope, scope) == 0)
			i++;
		else
			budgets.items[i] = budgets.items[--budgets.count];
	}
	assert_true(budgets.count > 0);
	assert_int_equal(ledger_hold(play->gateway.store, &attempt, &budgets, &play->arena,
			     &refusal, &play->err),
	    0);
}

/* Windows begin with their first request. */
static void open_windows(struct play *play)
{
	assert_int_equal(play_ask(play, all_good, "\"model\":\"m\",\"max_tokens\":10"), 0);
}

static void test_a_wait_that_is_over_says_so_and_never_that_the_budget_is_used_up(void **state)
{
	struct play play;
	int64_t began_ms;

	play_begin(&play, one_group, "0.01/1d");
	play.gateway.serves_one = false;
	open_windows(&play);
	hold_of(&play, "key", "openai", "m1", 4000000);
	hold_of(&play, "key", "openai", "m1", 4000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), -1);
	assert_true(clock_mono_ms() - began_ms >= 10000 && clock_mono_ms() - began_ms < 11000);
	assert_int_equal(play.err.kind, ERROR_BUDGET_BUSY);
	assert_string_equal(play.called, "");
	assert_non_null(strstr(play.err.text, "$0.008 is set aside for 2 running calls"));
	assert_non_null(strstr(play.err.text, "of $0.01 is spent"));
	assert_null(strstr(play.err.text, "used up"));
	assert_true(play.out.retry_after_ms >= 1000 && play.out.retry_after_ms <= 10000);
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM request WHERE outcome = "
			      "'budget_busy' AND status = 429 AND overhead_us < 1000000"),
	    1);
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'skipped' "
					   "AND outcome = 'budget busy: key 1d'"),
	    2);
	play_end(&play);
}

/* Those who wait are called when money comes back; one who comes just then is not refused for it.
 */
static void test_a_full_line_refuses_nobody_whom_the_money_fits(void **state)
{
	static const char small[] =
	    "model_list:\n" CHEAP("m", "m1") "sideways_settings: { max_concurrency: 16 }\n";
	struct line_place place;
	struct line_wish wish;
	struct play play;
	int64_t window;

	play_begin(&play, small, "0.01/1d");
	play.gateway.serves_one = false;
	open_windows(&play);
	hold_of(&play, "key", "openai", "m1", 1000000);
	window = play_count(&play, "SELECT max(id) FROM budget_window");
	wish = (struct line_wish){ play.out.key.id, &window, 1 };
	assert_true(line_join(play.gateway.store, &wish, window, 1, 1, &place));
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), 0);

	/* Nobody passes one who has waited long. */
	clock_fake_start(clock_wall_ms());
	line_leave(&place);
	assert_true(line_join(play.gateway.store, &wish, window, 1, 1, &place));
	for (int i = 0; i < 10; i++) {
		clock_fake_advance(LINE_PATIENCE_MS / 10);
		(void)line_sleep(&place, 0);
	}
	assert_int_not_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), 0);
	clock_fake_stop();
	line_leave(&place);
	play_end(&play);
}

static void test_cgi_waits_for_two_seconds_and_zero_is_off(void **state)
{
	static const char off[] = "model_list:\n" CHEAP("m", "m1") "sideways_settings: { "
								   "budget_wait: 0 }\n";
	struct play play;
	int64_t began_ms;

	play_begin(&play, one_group, "0.01/1d"); /* as CGI does */
	open_windows(&play);
	hold_of(&play, "key", "openai", "m1", 8000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET_BUSY);
	assert_true(clock_mono_ms() - began_ms >= 2000 && clock_mono_ms() - began_ms < 2500);
	play_end(&play);
	play_begin(&play, off, "0.01/1d");
	open_windows(&play);
	hold_of(&play, "key", "openai", "m1", 8000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET_BUSY);
	assert_true(clock_mono_ms() - began_ms <= 100);
	play_end(&play);
}

static void test_the_deadline_of_the_request_ends_the_wait(void **state)
{
	struct play play;
	int64_t began_ms;

	play_begin(&play, one_group, "0.01/1d");
	play.gateway.serves_one = false;
	open_windows(&play);
	hold_of(&play, "key", "openai", "m1", 8000000);
	began_ms = clock_mono_ms();
	assert_int_equal(
	    play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000,\"timeout\":3"), -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET_BUSY);
	assert_true(clock_mono_ms() - began_ms < 3200);
	play_end(&play);
}

static void test_another_deployment_of_the_tier_goes_first_and_the_chain_waits(void **state)
{
	static const char settings[] = "model_list:\n" CAPPED("m", "m1", "1") CAPPED("m", "m2", "2")
	    CHEAP("b", "b1") "litellm_settings: { num_retries: 0, fallbacks: [{ m: [b] }] }\n";
	struct play play;
	int64_t began_ms;

	play_begin(&play, settings, NULL);
	open_windows(&play);
	hold_of(&play, "deployment", "openai", "m1", 9000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), 0);
	assert_string_equal(play.called, "m2 ");
	assert_true(clock_mono_ms() - began_ms < 200);
	hold_of(&play, "deployment", "openai", "m2", 9000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), 0);
	assert_string_equal(play.called, "b1 ");
	assert_true(clock_mono_ms() - began_ms >= 2000);
	play_end(&play);
}

static void test_a_cheaper_deployment_of_the_group_is_no_reason_not_to_wait(void **state)
{
	static const char settings[] = "model_list:\n" DEPLOYMENT("m", "m1", "0.000004", "0.000004",
	    ", order: 1, max_budget: 0.04, budget_duration: 1d") DEPLOYMENT("m", "m2", "0.0000001",
	    "0.0000001", ", order: 2") "litellm_settings: { num_retries: 0 }\n";
	struct play play;
	int64_t began_ms;

	play_begin(&play, settings, NULL);
	open_windows(&play);
	assert_string_equal(play.called, "m1 ");
	hold_of(&play, "deployment", "openai", "m1", 36000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), 0);
	assert_string_equal(play.called, "m2 ");
	assert_true(clock_mono_ms() - began_ms >= 2000);
	play_end(&play);
}

static void test_an_answer_is_not_cut_short_for_money_that_is_held(void **state)
{
	struct play play;

	play_begin(&play, one_group, "0.02/1d");
	open_windows(&play);
	hold_of(&play, "key", "openai", "m1", 18000000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET_BUSY);
	assert_true(play.out.refusal.needed_nano >= 4096 * 1000);
	play_end(&play);
}

static void assert_begins(const struct play *play, const char *words)
{
	assert_int_equal(play->err.kind, ERROR_BUDGET);
	if (strncmp(play->err.text, words, strlen(words)) != 0)
		assert_string_equal(play->err.text, words);
}

static void test_what_is_too_large_for_what_is_unspent_is_told_at_once(void **state)
{
	struct play play;
	int64_t began_ms;

	play_begin(&play, one_group, "0.01/1d");
	open_windows(&play);
	hold_of(&play, "key", "openai", "m1", 4000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":9790"), -1);
	assert_true(clock_mono_ms() - began_ms < 2000); /* it did not wait */
	assert_begins(&play, "this call could cost $0.0099");
	assert_non_null(strstr(play.err.text, " of $0.01 is unspent: ask for fewer tokens"));
	play_end(&play);
}

static void test_a_budget_that_is_spent_says_that_it_is_used_up(void **state)
{
	static const struct step dear[] = {
		{ .model = "m1",
		    .status = 200,
		    .body = "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m1\","
			    "\"choices\":[{\"index\":0,"
			    "\"message\":{\"role\":\"assistant\",\"content\":\"words\"},\"finish_"
			    "reason\":\"stop\"}],"
			    "\"usage\":{\"prompt_tokens\":150,\"completion_tokens\":9790,\"total_"
			    "tokens\":9940}}" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, one_group, "0.01/1d");
	assert_int_equal(play_ask(&play, dear, "\"model\":\"m\",\"max_tokens\":9790"), 0);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), -1);
	assert_begins(&play, "the budget of this key per 1d is used up: $0.00994 of $0.01 is "
			     "spent, and this call could cost $");
	play_end(&play);
}

/* "Used up" would send its reader to wait for the next period, in which it is no better. */
static void test_a_call_above_the_whole_budget_is_told_so(void **state)
{
	static const char capped[] = "model_list:\n" DEPLOYMENT("m", "m1", "0.000001", "0.000001",
	    ", max_budget: 0.00001, budget_duration: 1d") "litellm_settings: { num_retries: 0 }\n";
	struct play play;

	play_begin(&play, one_group, "0.01/1d");
	open_windows(&play);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":30000"), -1);
	assert_begins(&play, "this call may cost up to $0.030");
	assert_non_null(strstr(play.err.text,
	    ", more than the whole budget of $0.01 (of this key per 1d): ask for fewer tokens"));
	play_end(&play);
	play_begin(&play, one_group, "0.00001/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), -1);
	assert_begins(&play, "this call may cost up to $0.000");
	assert_non_null(strstr(play.err.text,
	    ", more than the whole budget of $0.00001 (of this key per 1d): shorten the prompt"));
	play_end(&play);
	play_begin(&play, one_group, "0/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), -1);
	assert_begins(&play, "this call may cost up to $0.000");
	assert_non_null(strstr(play.err.text, "it allows no call that costs anything"));
	play_end(&play);
	play_begin(&play, capped, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), -1);
	assert_begins(&play, "this call could cost more than the gateway's whole budget for this "
			     "deployment per 1d: shorten the prompt");
	play_end(&play);
}

/* Fewer tokens help only where the shortest answer would fit: whoever chose the limit. */
static void test_fewer_tokens_are_advised_only_where_they_help(void **state)
{
	struct play play;
	char *more;

	play_begin(&play, one_group, "0.01/1d");
	open_windows(&play);
	more = arena_alloc(&play.arena, 40000);
	(void)snprintf(more, 40000, ",{\"role\":\"user\",\"content\":\"%030000d\"}", 7);
	play.more_messages = more;
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":100"), -1);
	assert_begins(&play, "this call may cost up to $0.0");
	assert_non_null(strstr(play.err.text, " (of this key per 1d): shorten the prompt"));
	(void)snprintf(more, 40000, ",{\"role\":\"user\",\"content\":\"%05000d\"}", 7);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":9900"), -1);
	assert_non_null(strstr(play.err.text, "ask for fewer tokens"));
	hold_of(&play, "key", "openai", "m1", 6000000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":9900"), -1);
	assert_non_null(strstr(play.err.text, "ask for fewer tokens"));
	play_end(&play);
}

/* A request would wait, and go there. */
static void test_the_dry_run_counts_what_is_held_as_there(void **state)
{
	const struct dry_wish wish = { .model = "m",
		.failure = "rate",
		.fails_deployment = "-",
		.input_tokens = 10,
		.output_tokens = 5000 };
	struct dry_states states;
	struct catalog *catalog;
	struct dry_run out;
	struct play play;

	play_begin(&play,
	    "model_list:\n" CHEAP("m", "m1") "litellm_settings: { max_budget: 0.01 }\n", NULL);
	open_windows(&play);
	hold_of(&play, "proxy", "openai", "m1", 8000000);
	catalog = gateway_catalog(&play.gateway, &play.err);
	assert_int_equal(dry_run_read(&play.gateway, catalog, play.gateway.store, clock_wall_ms(),
			     &play.arena, &states, &play.err),
	    0);
	assert_int_equal(dry_run(&states, &wish, &play.arena, &out, &play.err), 0);
	assert_non_null(out.answer);
	catalog_release(catalog);
	play_end(&play);
}

/* This file is one of several machines', and the bank is away; of the windows this machine has so
 * much. */
static void be_one_of_several(struct play *play, const char *away, const char *granted_nano)
{
	AUTO_FREE char *path = alloc_printf("%s/play.db", play->folder);
	AUTO_FREE char *sql = alloc_printf(
	    "INSERT OR REPLACE INTO machine (one, id, number, away, until_ms) VALUES (1, 'm', 1, "
	    "%s, %lld); UPDATE budget_window SET granted_nano = %s",
	    away, (long long)clock_wall_ms() + 3600000, granted_nano);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void be_cut_off(struct play *play, const char *granted_nano)
{
	be_one_of_several(play, "'no route'", granted_nano);
}

static void test_what_only_a_bank_that_is_away_has_is_not_waited_for(void **state)
{
	struct play play;
	int64_t began_ms;

	play_begin(&play, patient, "0.01/1d");
	play.gateway.serves_one = false;
	open_windows(&play);
	be_cut_off(&play, "spent_nano + 6000000");
	hold_of(&play, "key", "openai", "m1", 4000000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":1000"), 0);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":7000"), -1);
	assert_true(clock_mono_ms() - began_ms < 10000);
	assert_int_equal(play.err.kind, ERROR_SHARED);
	assert_non_null(strstr(play.err.text, "the budget for this key is used up"));
	assert_true(play.out.retry_after_ms >= 1000 && play.out.retry_after_ms <= 10000);
	play_end(&play);
}

static void test_calls_of_this_machine_are_waited_for_while_the_bank_is_away(void **state)
{
	struct play play;
	int64_t began_ms;

	play_begin(&play, one_group, "0.01/1d"); /* as CGI does: two seconds */
	open_windows(&play);
	be_cut_off(&play, "spent_nano + 6000000");
	hold_of(&play, "key", "openai", "m1", 4000000);
	began_ms = clock_mono_ms();
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), -1);
	assert_true(clock_mono_ms() - began_ms >= 2000);
	assert_int_equal(play.err.kind, ERROR_SHARED);
	assert_non_null(strstr(play.err.text, "is held by running calls"));
	play_end(&play);
}

static void test_a_machine_that_has_the_whole_budget_does_not_blame_the_bank(void **state)
{
	struct play play;

	play_begin(&play, one_group, "0.01/1d");
	open_windows(&play);
	be_cut_off(&play, "limit_nano");
	hold_of(&play, "key", "openai", "m1", 8000000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET_BUSY);
	play_end(&play);
}

/* A cheaper model may be paid from what calls of this machine give back. */
static void test_the_chain_may_wait_for_less_than_the_bank_would_be_needed_for(void **state)
{
	static const char settings[] =
	    "model_list:\n" DEPLOYMENT("m", "m1", "0.000004", "0.000004", "")
		DEPLOYMENT("b", "b1", "0.0000001", "0.0000001",
		    "") "litellm_settings: { num_retries: 0, fallbacks: [{ m: [b] }] }\n"
			"sideways_settings: { budget_wait: 60, keep_alive_seconds: 90 }\n";
	struct play play;

	play_begin(&play, settings, "0.1/1d");
	play.gateway.serves_one = false;
	open_windows(&play);
	be_cut_off(&play, "spent_nano + 6000000");
	hold_of(&play, "key", "openai", "m1", 5000000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), 0);
	assert_string_equal(play.called, "b1 ");
	play_end(&play);
}

static int looks;

/* The bank goes away when the wait is nearly over. */
static bool look_and_cut_off(struct play *play)
{
	if (++looks == 8)
		be_cut_off(play, "granted_nano");
	return false;
}

static void test_all_that_a_request_asks_for_is_waited_for_once(void **state)
{
	static const char settings[] =
	    "model_list:\n" DEPLOYMENT("m", "m1", "0.000004", "0.000004", "")
		CHEAP("b", "b1") "litellm_settings: { num_retries: 0, fallbacks: [{ m: [b] }] }\n"
				 "sideways_settings: { budget_wait: 4 }\n";
	struct play play;

	play_begin(&play, settings, "0.1/1d");
	play.gateway.serves_one = false;
	play.looks = look_and_cut_off;
	open_windows(&play);
	be_one_of_several(&play, "NULL", "spent_nano + 6000000");
	hold_of(&play, "key", "openai", "m1", 5000000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":5000"), -1);
	assert_int_equal(play.err.kind, ERROR_SHARED);
	assert_in_range(looks, 8, 13); /* each 0.4 s: 4 s are 11 */
	play_end(&play);
}

static void test_a_limit_of_which_a_bank_that_is_away_has_the_rest_says_so(void **state)
{
	const struct limits limits = { 100, LIMIT_NONE, LIMIT_NONE };
	const struct account_wish wish = { .limits = &limits };
	struct play play;

	play_begin(&play, one_group, NULL);
	play_change_key(&play, &wish);
	be_cut_off(&play, "limit_nano");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":10"), -1);
	assert_int_equal(play.err.kind, ERROR_SHARED);
	assert_non_null(
	    strstr(play.err.text, "limit of this key, 100 requests a minute, is used up"));
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_wait_that_is_over_says_so_and_never_that_the_budget_is_used_up),
		cmocka_unit_test(test_a_full_line_refuses_nobody_whom_the_money_fits),
		cmocka_unit_test(test_cgi_waits_for_two_seconds_and_zero_is_off),
		cmocka_unit_test(test_the_deadline_of_the_request_ends_the_wait),
		cmocka_unit_test(
		    test_another_deployment_of_the_tier_goes_first_and_the_chain_waits),
		cmocka_unit_test(test_a_cheaper_deployment_of_the_group_is_no_reason_not_to_wait),
		cmocka_unit_test(test_an_answer_is_not_cut_short_for_money_that_is_held),
		cmocka_unit_test(test_what_is_too_large_for_what_is_unspent_is_told_at_once),
		cmocka_unit_test(test_a_budget_that_is_spent_says_that_it_is_used_up),
		cmocka_unit_test(test_fewer_tokens_are_advised_only_where_they_help),
		cmocka_unit_test(test_a_call_above_the_whole_budget_is_told_so),
		cmocka_unit_test(test_the_dry_run_counts_what_is_held_as_there),
		cmocka_unit_test(test_what_only_a_bank_that_is_away_has_is_not_waited_for),
		cmocka_unit_test(test_calls_of_this_machine_are_waited_for_while_the_bank_is_away),
		cmocka_unit_test(test_a_machine_that_has_the_whole_budget_does_not_blame_the_bank),
		cmocka_unit_test(
		    test_the_chain_may_wait_for_less_than_the_bank_would_be_needed_for),
		cmocka_unit_test(test_all_that_a_request_asks_for_is_waited_for_once),
		cmocka_unit_test(test_a_limit_of_which_a_bank_that_is_away_has_the_rest_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
