/*
 * Episodes of alerts: each begin and each end is told once to each destination, and a destination
 * that does not hear is asked again, with growing pauses.
 */
#include "telemetry/alerts.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "base/digest.h"
#include "telemetry/alert_rules.h"
#include "telemetry/alert_sender.h"

#define NOW_MS    INT64_C(1795430000000)
#define MINUTE_MS 60000

static char said[1000]; /* "NAME PHASE RULE SUBJECT; " */
static bool deaf;
static const char *prices_date = "2026-11-01"; /* of a day near NOW_MS */

static char ops[] = "ops", boss[] = "boss", percents[] = "[50,80,100]";
static struct alert_destination destinations[] = { { .name = ops }, { .name = boss } };
static char *off_rules[1];
static struct settings settings = {
	.alerts = { .destinations = destinations,
	    .destination_count = 2,
	    .fallback_rate_percent = 5,
	    .error_rate_percent = 10,
	    .minimum_requests = 20,
	    .budget_percents = percents },
};

static int hear(struct fetch_pool *pool, const struct alert_destination *destination,
    const struct alert_message *message, struct error *why)
{
	size_t at = strlen(said);

	if (deaf)
		return error_set(why, ERROR_UPSTREAM, "nobody is there");
	snprintf(said + at, sizeof said - at, "%s %s %s %s; ", destination->name, message->phase,
	    message->rule, message->subject);
	return 0;
}

static int set_up(void **state)
{
	said[0] = '\0';
	deaf = false;
	settings.price_file = NULL;
	prices_date = "2026-11-01";
	off_rules[0] = NULL;
	settings.alerts.off = off_rules;
	settings.alerts.off_count = 0;
	settings.alerts.destination_count = 2;
	return scratch_open();
}

static int tear_down(void **state)
{
	return scratch_close();
}

static void run(const char *sql)
{
	char *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

static void cool_down(const char *deployment, int64_t until_ms)
{
	run(arena_printf(&arena,
	    "INSERT OR REPLACE INTO breaker (deployment_id, state, failures, open_until_ms, reason)"
	    " VALUES ('%s', 'open', 3, %lld, 'overload')",
	    deployment, (long long)until_ms));
}

static void look_and_tell(int64_t now_ms)
{
	assert_int_equal(alerts_look(store, &settings, prices_date, now_ms, &err), 0);
	assert_int_equal(alerts_send(store, &settings, NULL, hear, now_ms, &err), 0);
}

static void test_a_begin_and_an_end_are_told_once_to_each(void **state)
{
	cool_down("d1", NOW_MS + MINUTE_MS);
	look_and_tell(NOW_MS);
	assert_string_equal(said, "ops began cooldown d1; boss began cooldown d1; ");
	look_and_tell(NOW_MS + 30000);
	assert_string_equal(said, "ops began cooldown d1; boss began cooldown d1; ");
	said[0] = '\0';
	look_and_tell(NOW_MS + MINUTE_MS + 1); /* over, and not for long enough to be believed */
	assert_string_equal(said, "");
	look_and_tell(NOW_MS + MINUTE_MS + ALERT_CALM_MS + 1);
	assert_string_equal(said, "ops ended cooldown d1; boss ended cooldown d1; ");
	said[0] = '\0';
	look_and_tell(NOW_MS + 10 * MINUTE_MS);
	assert_string_equal(said, "");
}

/* One request each quarter of an hour, of which some failed. */
static void trickle(int count, int failed)
{
	for (int i = 0; i < count; i++) {
		int64_t at_ms = NOW_MS - (i + 1) * 15 * MINUTE_MS;
		struct digest_id id = digest_first_id(at_ms);

		run(arena_printf(&arena,
		    "INSERT INTO request (id, started_ms, key_id, asked_model, outcome, status) "
		    "VALUES ('%s', %lld, 'k', 'm', '%s', %d)",
		    id.text, (long long)at_ms, i < failed ? "upstream" : "ok",
		    i < failed ? 502 : 200));
	}
}

static void test_thin_traffic_has_its_alert(void **state)
{
	static const struct {
		int count, failed;
		const char *told;
	} cases[] = {
		{ 22, 3, "ops began error_rate ; " }, /* six hours hold enough */
		{ 22, 2, "" },
		{ 96, 3, "ops began error_rate ; " }, /* the latest six hours count, not the day */
		{ 19, 19, "" },                       /* a day holds too few */
	};

	settings.alerts.destination_count = 1;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		run("DELETE FROM request; DELETE FROM alert; DELETE FROM alert_delivery; DELETE "
		    "FROM "
		    "alert_sample");
		said[0] = '\0';
		trickle(cases[i].count, cases[i].failed);
		look_and_tell(NOW_MS); /* the first sample */
		look_and_tell(NOW_MS + MINUTE_MS);
		assert_string_equal(said, cases[i].told);
	}
}

static void test_what_flaps_is_one_episode(void **state)
{
	cool_down("d1", NOW_MS + 1000);
	look_and_tell(NOW_MS);
	look_and_tell(NOW_MS + 30000);
	cool_down("d1", NOW_MS + MINUTE_MS + 1000);
	look_and_tell(NOW_MS + MINUTE_MS);
	assert_string_equal(said, "ops began cooldown d1; boss began cooldown d1; ");
}

static void test_each_subject_is_told_apart(void **state)
{
	settings.alerts.destination_count = 1;
	cool_down("d1", NOW_MS + MINUTE_MS);
	cool_down("d2", NOW_MS + MINUTE_MS);
	look_and_tell(NOW_MS);
	assert_non_null(strstr(said, "ops began cooldown d1; "));
	assert_non_null(strstr(said, "ops began cooldown d2; "));
}

/* Muted for a time nobody hears of it until then; muted until it ends, the next one is heard. */
static void test_what_is_muted_is_told_when_it_is_no_longer(void **state)
{
	settings.alerts.destination_count = 1;
	cool_down("d1", NOW_MS + 300 * MINUTE_MS);
	cool_down("d2", NOW_MS + 300 * MINUTE_MS);
	assert_int_equal(alerts_look(store, &settings, prices_date, NOW_MS, &err), 0);
	assert_int_equal(alerts_mute(store, 1, NOW_MS + 60 * MINUTE_MS, &err), 0);
	assert_int_equal(alerts_mute(store, 2, 0, &err), 0);
	look_and_tell(NOW_MS + MINUTE_MS);
	look_and_tell(NOW_MS + 59 * MINUTE_MS);
	assert_string_equal(said, "");
	look_and_tell(NOW_MS + 61 * MINUTE_MS);
	assert_string_equal(said, "ops began cooldown d1; ");
	said[0] = '\0';
	cool_down("d2", NOW_MS + 62 * MINUTE_MS);
	look_and_tell(NOW_MS + 70 * MINUTE_MS);
	cool_down("d2", NOW_MS + 300 * MINUTE_MS);
	look_and_tell(NOW_MS + 71 * MINUTE_MS);
	assert_string_equal(said, "ops began cooldown d2; ");
}

static void test_what_is_unmuted_is_told(void **state)
{
	settings.alerts.destination_count = 1;
	cool_down("d1", NOW_MS + 300 * MINUTE_MS);
	assert_int_equal(alerts_look(store, &settings, prices_date, NOW_MS, &err), 0);
	assert_int_equal(alerts_mute(store, 1, 0, &err), 0);
	look_and_tell(NOW_MS + 30000);
	assert_string_equal(said, "");
	assert_int_equal(alerts_mute(store, 1, ALERT_UNMUTED, &err), 0);
	look_and_tell(NOW_MS + MINUTE_MS);
	assert_string_equal(said, "ops began cooldown d1; ");
}

static void test_who_does_not_hear_is_asked_again(void **state)
{
	settings.alerts.destination_count = 1;
	cool_down("d1", NOW_MS + 60 * MINUTE_MS);
	deaf = true;
	look_and_tell(NOW_MS);
	deaf = false;
	look_and_tell(NOW_MS + 1000); /* too soon */
	assert_string_equal(said, "");
	look_and_tell(NOW_MS + MINUTE_MS + 1);
	assert_string_equal(said, "ops began cooldown d1; ");
}

static void test_an_end_is_for_those_who_heard_of_the_begin(void **state)
{
	settings.alerts.destination_count = 1;
	cool_down("d1", NOW_MS + 1000);
	deaf = true;
	look_and_tell(NOW_MS);
	look_and_tell(NOW_MS + ALERT_CALM_MS + 1000);
	deaf = false;
	look_and_tell(NOW_MS + ALERT_CALM_MS + 5 * MINUTE_MS);
	assert_null(strstr(said, "ended"));
}

static void test_a_rule_that_is_off_is_silent(void **state)
{
	char rule[] = "cooldown";

	off_rules[0] = rule;
	settings.alerts.off_count = 1;
	assert_true(alert_rule_is_off(&settings, "cooldown"));
	assert_false(alert_rule_is_off(&settings, "budget"));
	cool_down("d1", NOW_MS + MINUTE_MS);
	look_and_tell(NOW_MS);
	assert_string_equal(said, "");
}

static void test_a_bank_that_is_away_and_a_copy_of_a_database_are_told(void **state)
{
	settings.alerts.destination_count = 1;
	run("INSERT INTO machine (one, id, number, away) VALUES (1, 'm1', 1, 'no way there')");
	look_and_tell(NOW_MS);
	assert_string_equal(said, "ops began bank ; ");
	run(arena_printf(
	    &arena, "UPDATE machine SET away = NULL, renewed_ms = %lld", (long long)NOW_MS));
	look_and_tell(NOW_MS + MINUTE_MS);
	assert_string_equal(said, "ops began bank ; ops began bank m1; ");
}

/* Also of a file of one's own. */
static void test_old_prices_are_told(void **state)
{
	char file[] = "prices.json";
	struct alert_findings findings;

	settings.alerts.destination_count = 1;
	prices_date = "2026-10-08"; /* 46 days before the 23rd of November */
	settings.price_file = file;
	look_and_tell(NOW_MS);
	assert_string_equal(said, "ops began stale_prices ; ");
	assert_int_equal(
	    alert_rules_run(store, &settings, prices_date, NOW_MS, &arena, &findings, &err), 0);
	assert_non_null(strstr(findings.items[0].words,
	    "price_file prices.json dates from 2026-10-08 and is 46 days old"));
	said[0] = '\0';
	prices_date = "2026-10-09";
	look_and_tell(NOW_MS + 2 * MINUTE_MS);
	assert_string_equal(said, "ops ended stale_prices ; ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_thin_traffic_has_its_alert),
		TEST(test_a_begin_and_an_end_are_told_once_to_each),
		TEST(test_what_flaps_is_one_episode),
		TEST(test_each_subject_is_told_apart),
		TEST(test_what_is_muted_is_told_when_it_is_no_longer),
		TEST(test_what_is_unmuted_is_told),
		TEST(test_who_does_not_hear_is_asked_again),
		TEST(test_an_end_is_for_those_who_heard_of_the_begin),
		TEST(test_a_rule_that_is_off_is_silent),
		TEST(test_old_prices_are_told),
		TEST(test_a_bank_that_is_away_and_a_copy_of_a_database_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
