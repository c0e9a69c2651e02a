/*
 * What the doctor says of a running gateway: a day without a limit, a missing provider key, a short
 * master key, a database that others may read, a newest request from the future, holds that nobody
 * ends.
 */
#include "play.h"

#include <string.h>
#include <sys/stat.h>

#include "doctor/doctor.h"

static const char plain[] =
    "model_list:\n"
    "  - model_name: a\n"
    "    litellm_params: { model: openai/a1, api_key: k, input_cost_per_token: 0.000001, "
    "output_cost_per_token: 0.000001 }\n";
static const char poor[] = "model_list:\n"
			   "  - model_name: a\n"
			   "    litellm_params: { model: openai/nobody-knows-it }\n"
			   "litellm_settings: { max_budget: 1, budget_duration: 1d }\n"
			   "general_settings: { master_key: sk-short }\n";

static const char planless[] =
    "model_list:\n"
    "  - model_name: a\n"
    "    litellm_params: { model: openai/a1, api_key: k, input_cost_per_token: 0.000001, "
    "output_cost_per_token: 0.000001 }\n"
    "litellm_settings: { max_end_user_budget_id: nobody }\n";

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct doctor examine(struct play *play, int64_t now_ms)
{
	struct catalog *catalog = gateway_catalog(&play->gateway, &play->err);
	struct doctor doctor = { .arena = &arena, .settings = catalog_settings(catalog) };

	doctor_running(&doctor, &play->gateway, catalog, play->gateway.store, now_ms);
	catalog_release(catalog);
	return doctor;
}

static const struct finding *found(const struct doctor *doctor, const char *check)
{
	for (size_t i = 0; i < doctor->count; i++)
		if (strcmp(doctor->findings[i].check, check) == 0)
			return &doctor->findings[i];
	fail_msg("nothing was said about %s", check);
	return NULL;
}

static void assert_says(
    const struct doctor *doctor, const char *check, enum severity severity, const char *words)
{
	const struct finding *finding = found(doctor, check);

	if (finding->severity != severity || !strstr(finding->text, words))
		fail_msg(
		    "%s: %s: %s", doctor_severity_name(finding->severity), check, finding->text);
}

static void test_what_is_in_order_and_a_day_without_a_limit(void **state)
{
	struct play play;
	struct doctor doctor;

	play_begin(&play, plain, NULL);
	doctor = examine(&play, clock_wall_ms());
	assert_says(&doctor, "settings in force", FINDING_OK, "1 deployments in 1 groups");
	assert_says(&doctor, "durable write", FINDING_OK, "ms");
	assert_says(&doctor, "database file", FINDING_OK, "private");
	assert_says(&doctor, "journal", FINDING_OK, "write-ahead");
	assert_says(&doctor, "provider keys", FINDING_OK, "every");
	assert_says(&doctor, "master key", FINDING_OK, "none");
	assert_says(&doctor, "money", FINDING_WARNING, "nothing caps");
	assert_int_equal(doctor_count(&doctor, FINDING_PROBLEM), 0);
	play_end(&play);
}

static void test_keys_and_prices_that_are_missing(void **state)
{
	struct play play;
	struct doctor doctor;

	play_begin(&play, poor, NULL);
	doctor = examine(&play, clock_wall_ms());
	assert_says(
	    &doctor, "provider keys", FINDING_PROBLEM, "1 deployments have no provider key");
	assert_says(&doctor, "money", FINDING_PROBLEM, "has no price");
	assert_says(&doctor, "master key", FINDING_WARNING, "short");
	assert_null(strstr(found(&doctor, "master key")->text, "sk-short"));
	play_end(&play);
}

static void test_a_database_that_others_may_read(void **state)
{
	struct play play;
	struct doctor doctor;
	char path[96];

	play_begin(&play, plain, NULL);
	snprintf(path, sizeof path, "%s/play.db", play.folder);
	assert_int_equal(chmod(path, 0644), 0);
	doctor = examine(&play, clock_wall_ms());
	assert_says(&doctor, "database file", FINDING_PROBLEM, "others may read");
	assert_non_null(strstr(found(&doctor, "database file")->change, "chmod 600 "));
	play_end(&play);
}

static void test_a_clock_that_went_back_and_prices_that_are_old(void **state)
{
	static const int64_t years_ms = INT64_C(5) * 365 * 86400 * 1000;
	struct play play;
	struct doctor doctor;

	play_begin(&play, plain, "1/1d");
	assert_int_equal(
	    play_ask(&play, (const struct step[]){ { .model = "" } }, "\"model\":\"a\""), 0);
	doctor = examine(&play, clock_wall_ms() - years_ms);
	assert_says(&doctor, "clock", FINDING_PROBLEM, "from the future");
	doctor = examine(&play, clock_wall_ms() + years_ms);
	assert_says(&doctor, "clock", FINDING_OK, "it is");
	assert_says(&doctor, "price table", FINDING_WARNING, "the newest price is from");
	play_end(&play);
}

static void test_a_budget_of_end_users_that_is_not_there(void **state)
{
	struct play play;
	struct doctor doctor;

	play_begin(&play, planless, NULL);
	doctor = examine(&play, clock_wall_ms());
	assert_says(&doctor, "money", FINDING_PROBLEM,
	    "end users have no limit: max_end_user_budget_id is 'nobody'");
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_in_order_and_a_day_without_a_limit),
		cmocka_unit_test(test_keys_and_prices_that_are_missing),
		cmocka_unit_test(test_a_database_that_others_may_read),
		cmocka_unit_test(test_a_budget_of_end_users_that_is_not_there),
		cmocka_unit_test(test_a_clock_that_went_back_and_prices_that_are_old),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
