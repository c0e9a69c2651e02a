/*
 * One entry of model_list that cannot be used takes nothing else with it, and nobody's traffic
 * upward.
 */
#include "play.h"

#include <string.h>

#define ENTRY(name, model, price, more)                                                            \
	"  - model_name: " name "\n    litellm_params: { model: " model ", api_key: k, "           \
	"input_cost_per_token: " price ", output_cost_per_token: " price more " }\n"               \
	"    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"
#define CHEAP "0.0000001"
#define DEAR  "0.00002"

static const struct step all_good[] = { { .model = "" } };

static int64_t skipped(struct play *play)
{
	return play_count(play, "SELECT count(*) FROM attempt WHERE state = 'skipped' AND outcome "
				"= 'faulty entry'");
}

/* An entry that is no provider/model, an unset variable, a price that is none, a tier that is not
 * known, a provider that is not known, no price at all. */
static void test_the_rest_serves(void **state)
{
	static const char *const faulty[] = {
		ENTRY("bad", "azure/", CHEAP, ""),
		"  - { model_name: bad, litellm_params: { model: openai/gpt-4o-mini, api_key: "
		"os.environ/SIDEWAYS_TEST_UNSET } }\n",
		ENTRY("bad", "openai/b1", "abc", ""),
		"  - { model_name: bad, litellm_params: { model: openai/gpt-4o-mini, api_key: k }, "
		"model_info: { tier: chep } }\n",
		"  - { model_name: bad, litellm_params: { api_key: k } }\n",
		"  - { model_name: bad, litellm_params: 5 }\n",
		"  - { model_name: bad, litellm_params: { model: openai/my-own, api_key: k } }\n",
		"  - { model_name: bad, litellm_params: { model: hosted_vllm/my-own, "
		"input_cost_per_token: 0, output_cost_per_token: 0 } }\n",
	};

	for (size_t i = 0; i < sizeof faulty / sizeof faulty[0]; i++) {
		char settings[2000];
		struct play play;

		snprintf(settings, sizeof settings, "model_list:\n%s%s", faulty[i],
		    ENTRY("good", "openai/g1", CHEAP, ""));
		play_begin(&play, settings, NULL);
		assert_int_equal(play_ask(&play, all_good, "\"model\":\"good\""), 0);
		assert_string_equal(play.called, "g1 ");
		assert_int_equal(play_ask(&play, all_good, "\"model\":\"bad\""), -1);
		assert_string_equal(play.called, "");
		assert_int_equal(error_info(play.err.kind)->status, 400);
		assert_true(error_info(play.err.kind)->no_retry);
		assert_int_equal(skipped(&play), 1);
		play_end(&play);
	}
}

/* SDKs ask again after 503, and nothing would have changed. */
static void test_a_provider_that_is_not_offered_is_a_permanent_error(void **state)
{
	struct play play;

	play_begin(&play,
	    "model_list:\n"
	    "  - { model_name: bad, litellm_params: { model: nobody/b1, custom_llm_provider: "
	    "nobody, "
	    "api_key: k } }\n" ENTRY("good", "openai/g1", CHEAP, ""),
	    NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"bad\""), -1);
	assert_int_equal(error_info(play.err.kind)->status, 400);
	assert_true(error_info(play.err.kind)->no_retry);
	assert_non_null(strstr(play.err.text, "no provider 'nobody'"));
	play_end(&play);
}

static void test_a_faulty_one_of_two_is_passed_by(void **state)
{
	static const char settings[] = "model_list:\n" ENTRY("m", "openai/b1", CHEAP,
	    ", order: 1, rpm: many") ENTRY("m", "openai/g1", CHEAP, ", order: 2");
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), 0);
	assert_string_equal(play.called, "g1 ");
	assert_int_equal(skipped(&play), 1);
	play_end(&play);
}

/* It keeps its turn and its tier. */
static void test_the_traffic_of_a_cheap_one_does_not_move_to_a_dearer_member(void **state)
{
	static const char by_order[] = "model_list:\n" ENTRY("m", "openai/b1", CHEAP,
	    ", order: 1, rpm: many") ENTRY("m", "openai/d1", DEAR, ", order: 2");
	static const char by_weight[] = "model_list:\n" ENTRY("m", "openai/b1", CHEAP,
	    ", weight: 1, rpm: many") ENTRY("m", "openai/d1", DEAR, ", weight: 0");
	struct play play;

	play_begin(&play, by_order, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), -1);
	assert_string_equal(play.called, "");
	assert_int_equal(play.out.blocked_upward, 1);
	play_end(&play);
	play_begin(&play, by_weight, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), -1);
	assert_string_equal(play.called, "");
	play_end(&play);
}

static void test_a_tier_that_is_not_known_is_the_lowest_of_the_rest(void **state)
{
	static const char settings[] = "model_list:\n" ENTRY("m", "openai/b1", "abc", ", order: 1")
	    ENTRY("m", "openai/d1", DEAR, ", order: 2")
		ENTRY("m", "openai/g1", CHEAP, ", order: 3");
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\""), 0);
	assert_string_equal(play.called, "g1 ");
	assert_int_equal(play.out.blocked_upward, 1);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rest_serves),
		cmocka_unit_test(test_a_provider_that_is_not_offered_is_a_permanent_error),
		cmocka_unit_test(test_a_faulty_one_of_two_is_passed_by),
		cmocka_unit_test(test_the_traffic_of_a_cheap_one_does_not_move_to_a_dearer_member),
		cmocka_unit_test(test_a_tier_that_is_not_known_is_the_lowest_of_the_rest),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
