/* What a dearer fallback would have cost: an estimate beside the bound, never the bound for it. */
#include "play.h"

/* Answers of the play are 10 tokens in and 5 out. */
#define DEPLOYMENT(name, model, input, output)                                                     \
	"  - { model_name: " name ", litellm_params: { model: openai/" model                       \
	", api_key: k, input_cost_per_token: " input ", output_cost_per_token: " output            \
	" }, model_info: { max_input_tokens: 100000, max_output_tokens: 4000 } }\n"
#define INPUT_NANO  10000
#define OUTPUT_NANO 50000

static const char settings[] = "model_list:\n" DEPLOYMENT("a", "a1", "0.000001", "0.000001")
    DEPLOYMENT("b", "b1", "0.000001", "0.000001") DEPLOYMENT(
	"dear", "d1", "0.00001", "0.00005") "litellm_settings: { num_retries: 0, fallbacks: [{ a: "
					    "[dear, b] }, { b: [dear] }] }\n";

static const struct step good[] = { { .model = "" } };
static const struct step a_fails[] = { { .model = "a1", .status = 500, .body = "{}" },
	{ .model = "" } };
static const struct step b_fails[] = { { .model = "b1", .status = 500, .body = "{}" },
	{ .model = "" } };

static void ask_and_fail(struct play *play)
{
	assert_int_equal(play_ask(play, b_fails, "\"model\":\"b\",\"max_tokens\":1000"), -1);
	assert_int_equal(play->out.blocked_upward, 1);
	assert_true(play->out.not_spent.most_nano >= 1000 * OUTPUT_NANO);
}

static void test_an_answer_that_was_given_elsewhere_is_priced_by_its_tokens(void **state)
{
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, a_fails, "\"model\":\"a\",\"max_tokens\":1000"), 0);
	assert_string_equal(play.called, "a1 b1 ");
	assert_int_equal(
	    play.out.not_spent.nano, 10 * INPUT_NANO + 5 * OUTPUT_NANO - play.out.cost_nano);
	assert_true(play.out.not_spent.most_nano >= 1000 * OUTPUT_NANO - play.out.cost_nano);
	assert_int_equal(
	    play_count(&play, "SELECT sum(not_spent_nano) FROM attempt"), play.out.not_spent.nano);
	assert_int_equal(play_count(&play, "SELECT not_spent_most_nano FROM request_hour"),
	    play.out.not_spent.most_nano);
	assert_int_equal(play_count(&play, "SELECT sum(not_spent_nano) FROM metric_request"),
	    play.out.not_spent.nano);
	play_end(&play);
}

static void test_where_nobody_ever_answered_the_prompt_alone_is_estimated(void **state)
{
	struct play play;

	play_begin(&play, settings, NULL);
	ask_and_fail(&play);
	assert_true(play.out.not_spent.nano > 0);
	assert_true(play.out.not_spent.nano < 100 * INPUT_NANO);
	play_end(&play);
}

static void test_the_usual_answer_is_that_of_the_group_and_of_the_dearer_model_first(void **state)
{
	static const struct step long_ones[] = {
		{ .model = "d1",
		    .status = 200,
		    .body = "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
			    "\"assistant\",\"content\":\"x\"},\"finish_reason\":\"stop\"}],"
			    "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":105,"
			    "\"total_tokens\":115}}" },
		{ .model = "" }
	};
	struct play play;
	int64_t prompt_nano;

	play_begin(&play, settings, NULL);
	ask_and_fail(&play);
	prompt_nano = play.out.not_spent.nano;
	clock_fake_advance(INT64_C(3600000));
	assert_int_equal(play_ask(&play, good, "\"model\":\"b\""), 0);
	ask_and_fail(&play);
	assert_int_equal(play.out.not_spent.nano, prompt_nano + 5 * OUTPUT_NANO);
	assert_int_equal(play_ask(&play, long_ones, "\"model\":\"dear\""), 0);
	ask_and_fail(&play);
	assert_int_equal(play.out.not_spent.nano, prompt_nano + 105 * OUTPUT_NANO);
	/* No answer is longer than the limit that would have been sent; each choice is one. */
	assert_int_equal(play_ask(&play, b_fails, "\"model\":\"b\",\"max_tokens\":50,\"n\":2"), -1);
	assert_int_equal(play.out.not_spent.nano / OUTPUT_NANO,
	    (prompt_nano + 2 * 50 * OUTPUT_NANO) / OUTPUT_NANO);
	clock_fake_advance(INT64_C(40) * 86400000); /* what was long ago is forgotten */
	ask_and_fail(&play);
	assert_int_equal(play.out.not_spent.nano, prompt_nano);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_that_was_given_elsewhere_is_priced_by_its_tokens),
		cmocka_unit_test(test_where_nobody_ever_answered_the_prompt_alone_is_estimated),
		cmocka_unit_test(
		    test_the_usual_answer_is_that_of_the_group_and_of_the_dearer_model_first),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
