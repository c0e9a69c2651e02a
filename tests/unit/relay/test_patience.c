/*
 * Time limits are of one attempt, and a provider that hangs leaves time for its fallbacks.
 */
#include "play.h"

#include <string.h>

#define MODEL(name, model, more)                                                                   \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: k, input_cost_per_token: 0.000001, output_cost_per_token: 0.000001" more       \
	" }\n"                                                                                     \
	"    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"
#define CHAIN "litellm_settings: { num_retries: 0, fallbacks: [{ fast: [spare, last] }] }\n"

#define HANGS ((int64_t)100000000)

static const struct step hang[] = { { .model = "f", .takes_ms = HANGS },
	{ .model = "s", .body = NULL }, { .model = "" } };

static const char plain[] =
    "model_list:\n" MODEL("fast", "f", "") MODEL("spare", "s", "") MODEL("last", "l", "") CHAIN;

static int64_t rows(struct play *play)
{
	return play_count(play, "SELECT count(*) FROM breaker");
}

static void test_a_provider_that_hangs_past_its_own_limit_is_replaced(void **state)
{
	static const char settings[] = "model_list:\n" MODEL("fast", "f", ", timeout: 2")
	    MODEL("spare", "s", "") MODEL("last", "l", "") CHAIN;
	struct play play;
	int64_t before;

	play_begin(&play, settings, "1/1d");
	before = clock_mono_ms();
	assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\""), 0);
	assert_string_equal(play.called, "f s ");
	assert_true(clock_mono_ms() - before < 2500);
	assert_int_equal(rows(&play), 1);
	play_end(&play);
}

static void test_the_clients_limit_is_of_one_attempt_too(void **state)
{
	struct play play;

	play_begin(&play, plain, NULL);
	assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\",\"timeout\":1"), 0);
	assert_string_equal(play.called, "f s ");
	assert_int_equal(play.limits[0].total_ms, 1000);
	assert_int_equal(play.limits[1].total_ms, 1000);
	play_end(&play);
}

static void test_request_timeout_is_of_one_attempt(void **state)
{
	static const char settings[] =
	    "model_list:\n" MODEL("fast", "f", "") MODEL("spare", "s", "")
		MODEL("last", "l", "") "litellm_settings: { num_retries: 0, request_timeout: 5, "
				       "fallbacks: [{ fast: [spare, last] }] }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\""), 0);
	assert_string_equal(play.called, "f s ");
	assert_int_equal(play.limits[0].total_ms, 5000);
	play_end(&play);
}

static void test_a_stream_is_cut_by_silence_and_not_while_it_flows(void **state)
{
	static const char settings[] = "model_list:\n" MODEL("fast", "f",
	    ", timeout: 3, stream_timeout: 2") MODEL("spare", "s", "") MODEL("last", "l", "") CHAIN;
	static const struct step script[] = { { .model = "f", .body = GOOD_SSE }, { .model = "" } };
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"fast\",\"stream\":true"), 0);
	assert_int_equal(play.limits[0].first_byte_ms, 2000);
	assert_int_equal(play.limits[0].idle_ms, 3000);
	assert_int_equal(play.limits[0].total_ms, 600000);
	assert_int_equal(
	    play_ask(&play, script, "\"model\":\"fast\",\"stream\":true,\"timeout\":1.5"), 0);
	assert_int_equal(play.limits[0].first_byte_ms, 1500);
	assert_int_equal(play.limits[0].idle_ms, 1500);
	assert_int_equal(play.limits[0].total_ms, 600000);
	play_end(&play);
}

static void test_time_is_kept_for_those_that_were_not_asked(void **state)
{
	static const char short_one[] = "model_list:\n" MODEL("fast", "f", "") MODEL("spare", "s",
	    "") MODEL("last", "l", "") CHAIN "sideways_settings: { request_deadline: 60 }\n";
	static const struct step both[] = { { .model = "f", .takes_ms = HANGS },
		{ .model = "s", .takes_ms = HANGS }, { .model = "" } };
	struct play play;

	play_begin(&play, plain, NULL);
	assert_int_equal(play_ask(&play, both, "\"model\":\"fast\""), 0);
	assert_string_equal(play.called, "f s l ");
	assert_int_equal(play.limits[0].total_ms, 540000); /* two more */
	assert_int_equal(play.limits[1].total_ms, 30000);
	assert_int_equal(play.limits[2].total_ms, 30000);
	play_end(&play);
	play_begin(&play, short_one, NULL);
	assert_int_equal(play_ask(&play, both, "\"model\":\"fast\""), 0);
	assert_string_equal(play.called, "f s l ");
	assert_int_equal(play.limits[0].total_ms, 30000); /* at most half is kept */
	assert_int_equal(play.limits[1].total_ms, 15000);
	assert_int_equal(play.limits[2].total_ms, 15000);
	play_end(&play);
}

static void test_a_long_request_timeout_is_a_long_deadline(void **state)
{
	static const char settings[] =
	    "model_list:\n" MODEL("fast", "f", "") "litellm_settings: { request_timeout: 6000 }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(
	    play_ask(&play, (const struct step[]){ { .model = "" } }, "\"model\":\"fast\""), 0);
	assert_int_equal(play.limits[0].total_ms, 6000000);
	play_end(&play);
}

/* A sole deployment, so that the breaker alone decides. */
static const char sole[] =
    "model_list:\n" MODEL("fast", "f", "") "router_settings: { allowed_fails: 1 }\n";

static void test_a_short_limit_of_the_client_counts_against_no_deployment(void **state)
{
	struct play play;

	play_begin(&play, sole, "1/1d");
	for (int i = 0; i < 4; i++) {
		assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\",\"timeout\":0.2"), -1);
		assert_int_equal(play.err.kind, ERROR_TIMEOUT);
		assert_int_equal(
		    play_ask(&play, hang, "\"model\":\"fast\",\"timeout\":29,\"stream\":true"), -1);
	}
	assert_int_equal(rows(&play), 0);
	play_end(&play);
}

static void test_a_long_limit_of_the_client_counts(void **state)
{
	struct play play;

	play_begin(&play, sole, NULL);
	assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\",\"timeout\":60"), -1);
	assert_int_equal(rows(&play), 1);
	play_end(&play);
}

static void test_the_deployments_own_limit_counts_though_the_client_has_one(void **state)
{
	static const char own[] = "model_list:\n" MODEL(
	    "fast", "f", ", timeout: 2") "router_settings: { allowed_fails: 1 }\n";
	struct play play;

	play_begin(&play, own, NULL);
	assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\",\"timeout\":1"), -1);
	assert_int_equal(rows(&play), 0);
	assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\",\"timeout\":20"), -1);
	assert_int_equal(rows(&play), 1);
	play_end(&play);
}

/* Or the deployment would be left alone until the probe's lease is over. */
static void test_a_probe_that_tells_nothing_is_given_back(void **state)
{
	static const struct step down[] = {
		{ .model = "f", .status = 500, .body = "{\"error\":{\"message\":\"x\"}}" },
		{ .model = "" }
	};
	static const struct step mistake[] = {
		{ .model = "f", .status = 400, .body = "{\"error\":{\"message\":\"x\"}}" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, sole, NULL);
	assert_int_equal(play_ask(&play, down, "\"model\":\"fast\",\"num_retries\":0"), -1);
	clock_fake_advance(60000);
	assert_int_equal(play_ask(&play, hang, "\"model\":\"fast\",\"timeout\":0.2"), -1);
	assert_string_equal(play.called, "f ");
	assert_int_equal(play_ask(&play, mistake, "\"model\":\"fast\""), -1);
	assert_string_equal(play.called, "f ");
	assert_int_equal(play_ask(&play, mistake, "\"model\":\"fast\""), -1);
	assert_string_equal(play.called, "f ");
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_provider_that_hangs_past_its_own_limit_is_replaced),
		cmocka_unit_test(test_the_clients_limit_is_of_one_attempt_too),
		cmocka_unit_test(test_request_timeout_is_of_one_attempt),
		cmocka_unit_test(test_a_stream_is_cut_by_silence_and_not_while_it_flows),
		cmocka_unit_test(test_time_is_kept_for_those_that_were_not_asked),
		cmocka_unit_test(test_a_long_request_timeout_is_a_long_deadline),
		cmocka_unit_test(test_a_short_limit_of_the_client_counts_against_no_deployment),
		cmocka_unit_test(test_a_long_limit_of_the_client_counts),
		cmocka_unit_test(test_the_deployments_own_limit_counts_though_the_client_has_one),
		cmocka_unit_test(test_a_probe_that_tells_nothing_is_given_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
