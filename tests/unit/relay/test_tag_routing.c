/*
 * Deployments by tag, with what LiteLLM 1.108.7 answers to the same tags (router_strategy/
 * tag_based_routing.py), and the tier that the request may cost.
 */
#include "play.h"

#include <string.h>

#define ENTRY(name, model, price, tags)                                                            \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: k, input_cost_per_token: " price ", output_cost_per_token: " price             \
	", tags: " tags                                                                            \
	" }\n    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"
#define CHEAP "0.0000001"
#define DEAR  "0.00002"
#define FILTERED                                                                                   \
	"model_list:\n" ENTRY("m", "free", CHEAP, "[free, eu]") ENTRY("m", "paid", DEAR, "[paid]") \
	    ENTRY("m", "usual", CHEAP, "[default]")                                                \
		ENTRY("open", "o", CHEAP, "[]") "router_settings: { enable_tag_filtering: true "

static const struct step all_well[] = { { .model = "" } };
static const struct step free_down[] = {
	{ .model = "free", .status = 500, .body = "{\"error\":{\"message\":\"oops\"}}" },
	{ .model = "" }
};

struct tags_case {
	const char *tags[3], *model, *called; /* called: "": refused */
};

static void check_cases(const char *settings, const struct tags_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct play play;
		const char *tags[3];
		size_t n = 0;

		for (; n < 3 && cases[i].tags[n]; n++)
			tags[n] = cases[i].tags[n];
		for (int again = 0; again < 5; again++) { /* what is drawn is drawn anew */
			play_begin(&play, settings, NULL);
			play.caller.tags = tags;
			play.caller.tag_count = n;
			(void)play_ask(&play, all_well, cases[i].model);
			assert_string_equal(play.called, cases[i].called);
			if (!*cases[i].called) {
				assert_int_equal(play.err.kind, ERROR_FORBIDDEN);
				assert_non_null(strstr(play.err.text, "for the tags"));
			}
			play_audit(&play);
			play_end(&play);
		}
	}
}

#define M    "\"model\":\"m\""
#define OPEN "\"model\":\"open\""

static void test_a_request_goes_where_its_tags_lead(void **state)
{
	static const struct tags_case cases[] = {
		{ { "free" }, M, "free " }, { { "paid" }, M, "paid " },
		{ { "paid", "blue" }, M, "paid " }, { { NULL }, M, "usual " },
		{ { "unheard-of" }, M, "usual " }, { { "!default" }, M, "" },
		{ { "!paid", "paid" }, M, "" }, { { "&free" }, M, "free " },
		{ { "&free", "&eu" }, M, "free " }, { { "&free", "&paid" }, M, "" },
		{ { "&" }, M, "usual " }, { { NULL }, OPEN, "o " },
		{ { "free" }, OPEN, "" }, /* it has neither the tag nor `default` */
	};

	check_cases(FILTERED "}\n", cases, sizeof cases / sizeof cases[0]);
}

static void test_all_tags_are_wanted_where_the_file_says_so(void **state)
{
	static const struct tags_case cases[] = {
		{ { "free", "eu" }, M, "free " },
		{ { "free", "blue" }, M, "" }, /* known to the group, and nobody has both */
		{ { "red", "blue" }, M, "usual " },
	};

	check_cases(
	    FILTERED ", tag_filtering_match_any: false }\n", cases, sizeof cases / sizeof cases[0]);
}

/* What is for others never stands in, and the tier is that of those whom the tags leave. */
static void test_a_failure_does_not_lead_to_other_tags(void **state)
{
	static const char *tags[] = { "free" };
	struct play play;

	for (int again = 0; again < 10; again++) {
		play_begin(&play, FILTERED "}\n", NULL);
		play.caller.tags = tags;
		play.caller.tag_count = 1;
		assert_int_equal(play_ask(&play, free_down, M), -1);
		assert_null(strstr(play.called, "paid"));
		assert_null(strstr(play.called, "usual"));
		assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = "
						   "'skipped' AND outcome = 'tags'"),
		    2);
		play_audit(&play);
		play_end(&play);
	}
}

/* The ids of deployments are no secret (GET /v1/model/info). */
static void test_an_id_opens_nothing_that_its_group_keeps_for_others(void **state)
{
#define NAMED(id, tags)                                                                            \
	"  - model_name: m\n    litellm_params: { model: openai/" id                               \
	", api_key: k, input_cost_per_token: 0, output_cost_per_token: 0, tags: " tags             \
	" }\n    model_info: { id: " id " }\n"
	static const char settings[] = "model_list:\n" NAMED("paid", "[paid]")
	    NAMED("usual", "[default]") "router_settings: { enable_tag_filtering: true }\n";
	static const struct tags_case cases[] = {
		{ { NULL }, "\"model\":\"paid\"", "" },
		{ { "unheard-of" }, "\"model\":\"paid\"", "" },
		{ { "paid" }, "\"model\":\"paid\"", "paid " },
		{ { NULL }, "\"model\":\"usual\"", "usual " },
		{ { "paid" }, "\"model\":\"usual\"", "" },
		{ { "unheard-of" }, "\"model\":\"usual\"", "usual " },
	};

	check_cases(settings, cases, sizeof cases / sizeof cases[0]);
}

static void test_without_the_setting_tags_choose_nothing(void **state)
{
	static const struct tags_case cases[] = { { { "free" }, "\"model\":\"one\"", "p " } };

	check_cases("model_list:\n" ENTRY("one", "p", CHEAP, "[paid]"), cases, 1);
}

static void test_a_group_may_filter_alone(void **state)
{
	static const struct tags_case cases[] = { { { "free" }, "\"model\":\"one\"", "" },
		{ { "paid" }, "\"model\":\"one\"", "p " } };

	check_cases("model_list:\n"
		    "  - model_name: one\n    litellm_params: { model: openai/p, api_key: k, "
		    "input_cost_per_token: 0, output_cost_per_token: 0, tags: paid }\n"
		    "    model_info: { enable_tag_filtering: true }\n",
	    cases, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_goes_where_its_tags_lead),
		cmocka_unit_test(test_all_tags_are_wanted_where_the_file_says_so),
		cmocka_unit_test(test_a_failure_does_not_lead_to_other_tags),
		cmocka_unit_test(test_an_id_opens_nothing_that_its_group_keeps_for_others),
		cmocka_unit_test(test_without_the_setting_tags_choose_nothing),
		cmocka_unit_test(test_a_group_may_filter_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
