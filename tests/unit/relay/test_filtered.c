/* Answers that a provider's content filter stopped: content_policy_fallbacks. */
#include "play.h"

#define CHEAP(group, model)                                                                        \
	"  - { model_name: " group ", litellm_params: { model: openai/" model                      \
	", api_key: k, input_cost_per_token: 1.0e-6, output_cost_per_token: 1.0e-6 }, "            \
	"model_info: { max_output_tokens: 100 } }\n"

static const char settings[] = "model_list:\n" CHEAP("a", "a1") CHEAP("b", "b1") CHEAP(
    "other", "o1") "litellm_settings: { num_retries: 0, content_policy_fallbacks: [{ a: [b] }] }\n";

#define USAGE "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":0,\"total_tokens\":10}"

static const struct step whole[] = {
	{ .model = "a1",
	    .status = 200,
	    .body = "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
		    "\"content\":null},\"finish_reason\":\"content_filter\"}]," USAGE "}" },
	{ .model = "o1",
	    .status = 200,
	    .body = "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
		    "\"content\":null},\"finish_reason\":\"content_filter\"}]," USAGE "}" },
	{ .model = "" }
};

static void test_a_whole_answer_that_was_filtered_goes_to_the_next_and_is_charged(void **state)
{
	struct play play;

	play_begin(&play, settings, "1/1d");
	assert_int_equal(play_ask(&play, whole, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 b1 ");
	assert_int_equal(
	    play_count(&play, "SELECT cost_nano FROM attempt WHERE number = 1"), 10000);
	assert_int_equal(play_count(&play, "SELECT sum(cost_nano) FROM attempt"), 25000);
	play_audit(&play);
	play_end(&play);
}

static void test_without_a_chain_the_filtered_answer_stands(void **state)
{
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, whole, "\"model\":\"other\""), 0);
	assert_string_equal(play.called, "o1 ");
	assert_int_equal(play_ask(&play, whole, "\"model\":\"a\",\"disable_fallbacks\":true"), 0);
	assert_string_equal(play.called, "a1 ");
	play_end(&play);
}

static void test_a_stream_goes_to_the_next_before_its_first_word_only(void **state)
{
#define CHUNK(delta, finish)                                                                       \
	"data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{" delta                          \
	"},\"finish_reason\":" finish "}]}\n\n"
#define ROLE CHUNK("\"role\":\"assistant\",\"content\":\"\"", "null")
#define END  CHUNK("", "\"content_filter\"") "data: [DONE]\n\n"
	static const struct {
		const char *body, *called;
	} cases[] = { { ROLE END, "a1 b1 " }, { END, "a1 b1 " },
		{ ROLE CHUNK("\"content\":\"Sorry\"", "null") END, "a1 " } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct step script[] = {
			{ .model = "a1", .status = 200, .body = cases[i].body },
			{ .model = "b1", .status = 200, .body = GOOD_SSE }, { .model = "" }
		};
		struct play play;

		play_begin(&play, settings, "1/1d");
		assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"stream\":true"), 0);
		assert_string_equal(play.called, cases[i].called);
		assert_int_equal(strstr(play.streamed.bytes, "hel") != NULL, i < 2);
		assert_int_equal(strstr(play.streamed.bytes, "Sorry") != NULL, i == 2);
		assert_true(
		    play_count(&play, "SELECT cost_nano FROM attempt WHERE number = 1") > 0);
		play_audit(&play);
		play_end(&play);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_whole_answer_that_was_filtered_goes_to_the_next_and_is_charged),
		cmocka_unit_test(test_without_a_chain_the_filtered_answer_stands),
		cmocka_unit_test(test_a_stream_goes_to_the_next_before_its_first_word_only),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
