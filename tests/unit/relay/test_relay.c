/*
 * The fallback and money rules, one story a test, through the whole relay (see play.h).  Prices: a
 * and b are cheap, dear is premium, free costs nothing.
 */
#include "play.h"

#include <string.h>

#include "relay/told_status.h"

#define DEPLOYMENT(name, model, input, output, more)                                               \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: k, input_cost_per_token: " input ", output_cost_per_token: " output more       \
	" }\n"                                                                                     \
	"    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"
#define CHEAP(name, model) DEPLOYMENT(name, model, "0.000001", "0.000001", "")
#define DEAR(name, model)  DEPLOYMENT(name, model, "0.00001", "0.00005", "")

static const char two_groups[] = "model_list:\n" CHEAP("a", "a1") CHEAP("b", "b1") DEAR(
    "dear", "d1") "litellm_settings: { num_retries: 1, fallbacks: [{ a: [b] }, { b: [dear] }] }\n";

#define RATE_BODY                                                                                  \
	"{\"error\":{\"message\":\"slow "                                                          \
	"down\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}"
#define FAULT_WITH(more) "{\"error\":{\"message\":\"oops\"}," more "}"
#define FAULT_BODY       "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\",\"code\":null}}"

static const struct step all_good[] = { { .model = "" } };

static void test_a_whole_answer_is_settled_at_its_real_cost(void **state)
{
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 ");
	assert_int_equal(play.out.cost_nano, 15000); /* 15 tokens at a micro-dollar */
	assert_int_equal(play_count(&play, "SELECT sum(spent_nano) FROM budget_window"), 15000);
	assert_int_equal(play.out.budget_left_nano, NANO_PER_DOLLAR - 15000);
	play_audit(&play);
	play_end(&play);
}

static void test_a_transient_failure_is_retried_and_then_falls_back_sideways(void **state)
{
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 a1 b1 ");
	assert_int_equal(play.out.fallbacks, 1);
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'released'"), 2);
	assert_int_equal(
	    play_count(&play,
		"SELECT count(*) FROM attempt WHERE direction = 'sideways' AND state = 'settled'"),
	    1);
	play_audit(&play);
	play_end(&play);
}

/* Whatever its status: who counts tokens in a failure has spent them.  Counts of nothing are no
 * bill, and another's total is none either. */
static void test_a_failure_that_tells_its_usage_is_charged_for_it(void **state)
{
	static const struct {
		int status;
		const char *body;
		int64_t nano;
	} cases[] = {
		{ 500, FAULT_WITH("\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":7}"),
		    27000 },
		{ 502, FAULT_WITH("\"usage\":{\"prompt_tokens\":20,\"total_tokens\":20}"), 20000 },
		{ 429, FAULT_WITH("\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":0}"),
		    20000 },
		{ 503, FAULT_WITH("\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}"), 0 },
		{ 500, FAULT_WITH("\"usage\":null"), 0 },
		{ 500, FAULT_WITH("\"usage\":{\"used\":\"90%\"}"), 0 },
		{ 500, FAULT_BODY, 0 },
		{ 500, "<html>", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct step script[] = {
			{ .model = "a1", .status = cases[i].status, .body = cases[i].body },
			{ .model = "" }
		};
		struct play play;

		play_begin(&play, two_groups, "1/1d");
		assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"num_retries\":0"), 0);
		assert_string_equal(play.called, "a1 b1 ");
		assert_int_equal(play.out.cost_nano, cases[i].nano + 15000);
		assert_int_equal(play_count(&play, "SELECT sum(spent_nano) FROM budget_window"),
		    cases[i].nano + 15000);
		play_audit(&play);
		play_end(&play);
	}
}

/* Microsoft bills prompt and answer where its filter stops either, and says not how much: the
 * prompt and what can have been made in the time. */
static void test_a_refusal_that_is_billed_is_charged_by_an_estimate(void **state)
{
	static const struct {
		const char *model;
		int status;
		const char *body;
		bool billed;
	} cases[] = {
		{ "azure/a1", 400,
		    "{\"error\":{\"message\":\"filtered\",\"code\":\"content_filter\"}}", true },
		{ "azure/a1", 400,
		    "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}",
		    true },
		{ "azure/a1", 408, "{\"error\":{\"code\":\"Timeout\",\"message\":\"timed out\"}}",
		    true },
		{ "azure/a1", 400, "{\"error\":{\"message\":\"bad\",\"code\":null}}", false },
		{ "azure/a1", 429, RATE_BODY, false },
		{ "openai/a1", 400,
		    "{\"error\":{\"message\":\"filtered\",\"code\":\"content_filter\"}}", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct step script[] = {
			{ .model = "a1", .status = cases[i].status, .body = cases[i].body },
			{ .model = "" }
		};
		struct play play;
		char yaml[512];
		int64_t spent;

		snprintf(yaml, sizeof yaml,
		    "model_list:\n  - model_name: a\n    litellm_params: { model: %s, api_key: k, "
		    "api_base: \"https://x.example\", input_cost_per_token: 0.000001, "
		    "output_cost_per_token: 0.000001 }\n    model_info: { max_input_tokens: "
		    "100000, "
		    "max_output_tokens: 4000 }\n",
		    cases[i].model);
		play_begin(&play, yaml, "1/1d");
		assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"num_retries\":0"), -1);
		spent = play_count(&play, "SELECT sum(spent_nano) FROM budget_window");
		if (!cases[i].billed)
			assert_int_equal(spent, 0);
		else /* 40 tokens can have come in a tenth of a second */
			assert_true(spent > 40000 && spent < 400000);
		play_audit(&play);
		play_end(&play);
	}
}

static void test_num_retries_zero_means_one_call(void **state)
{
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"num_retries\":0"), 0);
	assert_string_equal(play.called, "a1 b1 ");
	play_end(&play);
}

static void test_an_upward_fallback_is_blocked_recorded_and_priced(void **state)
{
	static const struct step script[] = { { .model = "b1", .status = 500, .body = FAULT_BODY },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(play_ask(&play, script, "\"model\":\"b\",\"max_tokens\":100"), -1);
	assert_string_equal(play.called, "b1 b1 ");
	assert_int_equal(play.err.kind, ERROR_UPSTREAM);
	assert_int_equal(play.out.blocked_upward, 1);
	assert_true(play.out.not_spent.most_nano > 0);
	assert_int_equal(
	    play_count(&play,
		"SELECT count(*) FROM attempt WHERE state = 'blocked' AND direction = 'upward'"),
	    1);
	assert_int_equal(play_count(&play, "SELECT sum(spent_nano) FROM budget_window"), 0);
	play_end(&play);
}

/* It is the budget that keeps them from being called: no fallback, and no money saved by the tiers.
 */
/* The weekend within one group: by `order`, and by weight when it is the cheap one's turn. */
static void test_a_group_of_several_tiers_does_not_go_upward_either(void **state)
{
	static const char by_order[] = "model_list:\n" DEPLOYMENT("m", "a1", "0.000001", "0.000001",
	    ", order: 1") DEPLOYMENT("m", "d1", "0.00001", "0.00005", ", order: 2")
	    CHEAP("b", "b1") "litellm_settings: { num_retries: 0, fallbacks: [{ m: [b] }] }\n";
	static const char by_weight[] = "model_list:\n" DEPLOYMENT("m", "a1", "0.000001",
	    "0.000001", ", weight: 1") DEPLOYMENT("m", "d1", "0.00001", "0.00005", ", weight: 0");
	static const char dear_first[] = "model_list:\n" DEPLOYMENT("m", "a1", "0.000001",
	    "0.000001", ", order: 2") DEPLOYMENT("m", "d1", "0.00001", "0.00005", ", order: 1");
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "" } };
	static const struct step dear_fails[] = {
		{ .model = "d1", .status = 500, .body = FAULT_BODY }, { .model = "" }
	};
	struct play play;

	play_begin(&play, by_order, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"m\""), 0);
	assert_string_equal(play.called, "a1 b1 ");
	assert_int_equal(play.out.blocked_upward, 1);
	play_end(&play);
	play_begin(&play, by_weight, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"m\",\"num_retries\":0"), -1);
	assert_string_equal(play.called, "a1 ");
	assert_int_equal(play.out.blocked_upward, 1);
	assert_true(play.out.not_spent.most_nano > 0);
	play_end(&play);
	play_begin(&play, dear_first, NULL);
	assert_int_equal(play_ask(&play, dear_fails, "\"model\":\"m\",\"num_retries\":1"), 0);
	assert_string_equal(play.called, "d1 a1 ");
	assert_int_equal(play.out.blocked_upward, 0);
	play_end(&play);
}

/* Twenty-four answers of a thousand tokens fit no budget of two cents; web search fits none. */
static void test_default_parameters_are_in_the_bound(void **state)
{
	static const char many[] =
	    "model_list:\n" DEPLOYMENT("m", "a1", "0.000001", "0.000001", ", n: 24");
	static const char searching[] = "model_list:\n" DEPLOYMENT(
	    "m", "a1", "0.000001", "0.000001", ", web_search_options: {}");
	struct play play;

	play_begin(&play, many, "0.02/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":1000"), -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET);
	assert_string_equal(play.called, "");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":100"), 0);
	assert_true(play.out.bound_nano > 24 * 100 * 1000);
	play_end(&play);
	play_begin(&play, searching, "1/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"m\",\"max_tokens\":10"), -1);
	assert_int_equal(play.err.kind, ERROR_UNSUPPORTED);
	assert_string_equal(play.called, "");
	play_end(&play);
}

/* A model that thinks for five seconds without a word, and is then cut off. */
static void test_unseen_thinking_of_a_cut_stream_is_charged(void **state)
{
	static const char silent[] =
	    "data: "
	    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"
	    "\"\"}}]}\n\n";
	static const struct step script[] = { { .model = "a1", .status = 200, .body = silent },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	play.call_ms = 5000;
	assert_int_equal(
	    play_ask(&play, script, "\"model\":\"a\",\"stream\":true,\"max_tokens\":4000"), -1);
	assert_false(play.out.committed);
	assert_in_range(
	    play_count(&play, "SELECT output_tokens FROM attempt WHERE number = 1"), 2000, 2100);
	play_audit(&play);
	play_end(&play);
}

/* A search for each request is billed beside the tokens: its price is in the bound, or there is
 * none. */
static void test_models_that_search_by_themselves_need_a_price_of_each_request(void **state)
{
	static const char settings[] =
	    "model_list:\n"
	    "  - { model_name: s, litellm_params: { model: perplexity/sonar, api_key: k } }\n"
	    "  - { model_name: r, litellm_params: { model: perplexity/sonar-deep-research, "
	    "api_key: k } }\n"
	    "  - { model_name: p, litellm_params: { model: openai/gpt-5-search-api, api_key: k, "
	    "input_cost_per_request: 0.02 } }\n";
	struct play play;

	play_begin(&play, settings, "1/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"s\",\"max_tokens\":10"), 0);
	assert_true(play.out.cost_nano > 12 * 1000 * 1000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"p\",\"max_tokens\":10"), 0);
	assert_true(play.out.cost_nano > 20 * 1000 * 1000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"r\",\"max_tokens\":10"), -1);
	assert_int_equal(play.err.kind, ERROR_UNSUPPORTED);
	assert_non_null(strstr(play.err.text, "input_cost_per_request"));
	play_end(&play);
}

static void test_what_a_budget_refuses_is_no_fallback_and_not_blocked(void **state)
{
	static const char settings[] = "model_list:\n" CHEAP("a", "a1") CHEAP("b", "b1")
	    DEAR("dear", "d1") "litellm_settings: { fallbacks: [{ a: [b, dear] }] }\n";
	struct play play;

	play_begin(&play, settings, "0.000001/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":100"), -1);
	assert_string_equal(play.called, "");
	assert_int_equal(play.err.kind, ERROR_BUDGET);
	assert_int_equal(play.out.fallbacks, 0);
	assert_int_equal(play.out.blocked_upward, 0);
	assert_int_equal(play.out.not_spent.most_nano, 0);
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'skipped' AND outcome = "
			      "'over budget: key 1d'"),
	    3);
	play_end(&play);
}

static void test_what_costs_nothing_never_falls_back_to_what_costs_something(void **state)
{
#define FREE(more)                                                                                 \
	"  - model_name: none\n    litellm_params: { model: openai/n1, api_key: k, "               \
	"input_cost_per_token: 0, output_cost_per_token: 0 }\n"                                    \
	"    model_info: { max_input_tokens: 100000, max_output_tokens: 4000" more " }\n"
	static const char chain[] = "litellm_settings: { fallbacks: [{ none: [a] }] }\n";
	static const struct step script[] = { { .model = "n1", .status = 500, .body = FAULT_BODY },
		{ .model = "a1", .status = 200 }, { .model = "" } };
	static const char blocked[] = "model_list:\n" FREE("") CHEAP("a", "a1");
	static const char meant[] = "model_list:\n" FREE(", tier: cheap") CHEAP("a", "a1");
	struct play play;
	char settings[2048];

	(void)snprintf(settings, sizeof settings, "%s%s", blocked, chain);
	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"none\",\"num_retries\":0"), -1);
	assert_string_equal(play.called, "n1 ");
	assert_int_equal(play.out.blocked_upward, 1);
	play_end(&play);
	(void)snprintf(settings, sizeof settings, "%s%s", meant, chain);
	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"none\",\"num_retries\":0"), 0);
	assert_string_equal(play.called, "n1 a1 ");
	play_end(&play);
}

static void test_a_fallback_within_a_tier_stays_within_max_price_ratio(void **state)
{
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "c1", .status = 200 }, { .model = "" } };
	static const char settings[] = "model_list:\n" DEPLOYMENT("a", "a1", "0.0000001",
	    "0.0000001", "") DEPLOYMENT("b", "b1", "0.00000021", "0.00000021", "") DEPLOYMENT("c",
	    "c1", "0.0000002", "0.0000002", "") "litellm_settings: { fallbacks: [{ a: [b, c] }] }\n"
						"sideways_settings: { max_price_ratio: 2 }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"num_retries\":0"), 0);
	assert_string_equal(play.called, "a1 c1 ");
	assert_int_equal(play.out.blocked_upward, 1);
	play_end(&play);
}

static void test_chains_are_not_followed_recursively(void **state)
{
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "b1", .status = 500, .body = FAULT_BODY }, { .model = "" } };
	struct play play;

	play_begin(&play, two_groups, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"num_retries\":0"), -1);
	assert_string_equal(play.called, "a1 b1 ");
	assert_int_equal(play.out.blocked_upward, 0);
	play_end(&play);
}

static void test_a_clients_mistake_goes_back_with_the_providers_words(void **state)
{
	static const struct step script[] = {
		{ .model = "a1",
		    .status = 422,
		    .body = "{\"error\":{\"message\":\"temperature is too "
			    "hot\",\"type\":\"invalid_request_error\","
			    "\"param\":\"temperature\",\"code\":null}}" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, two_groups, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), -1);
	assert_string_equal(play.called, "a1 ");
	assert_int_equal(play.err.kind, ERROR_BAD_REQUEST);
	assert_int_equal(play.out.upstream_status, 422);
	assert_non_null(strstr(play.err.text, "temperature is too hot"));
	assert_string_equal(play.out.upstream_param, "temperature");
	assert_int_equal(play_count(&play, "SELECT count(*) FROM breaker"), 0);
	play_end(&play);
}

/* The log and the metrics have the status that the client got. */
static void test_the_status_that_was_told_is_recorded(void **state)
{
	static const struct {
		enum wire_format_id format;
		int upstream, told;
	} cases[] = { { WIRE_OPENAI_CHAT, 400, 400 }, { WIRE_OPENAI_CHAT, 413, 413 },
		{ WIRE_OPENAI_CHAT, 415, 415 }, { WIRE_OPENAI_CHAT, 422, 422 },
		{ WIRE_ANTHROPIC, 422, 422 }, { WIRE_OPENAI_CHAT, 529, 503 },
		{ WIRE_ANTHROPIC, 529, 529 }, { WIRE_OPENAI_CHAT, 401, 502 } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct step script[] = {
			{ .model = "b1", .status = cases[i].upstream, .body = FAULT_BODY },
			{ .model = "" }
		};
		struct play play;

		play_begin(&play, two_groups, NULL);
		play.format = cases[i].format;
		assert_int_equal(play_ask(&play, script, "\"model\":\"b\",\"max_tokens\":100"), -1);
		assert_int_equal(play_count(&play, "SELECT status FROM request"), cases[i].told);
		assert_int_equal(
		    told_status(cases[i].format, play.err.kind, play.out.upstream_status),
		    cases[i].told);
		play_end(&play);
	}
}

static void test_context_errors_use_their_own_chain_and_only_that(void **state)
{
	static const char settings[] = "model_list:\n" CHEAP("a", "a1") CHEAP("b", "b1")
	    CHEAP("long", "l1") "litellm_settings: { fallbacks: [{ a: [b] }], "
				"context_window_fallbacks: [{ a: [long] }] }\n";
	static const struct step script[] = {
		{ .model = "a1",
		    .status = 400,
		    .body = "{\"error\":{\"message\":\"too "
			    "long\",\"code\":\"context_length_exceeded\"}}" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 l1 ");
	play_end(&play);
	play_begin(&play, two_groups, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), -1);
	assert_string_equal(play.called, "a1 ");
	assert_int_equal(play.err.kind, ERROR_CONTEXT);
	play_end(&play);
}

static void test_the_breaker_opens_skips_and_lets_one_probe_close_it(void **state)
{
	static const struct step down[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, NULL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(play_ask(&play, down, "\"model\":\"a\""),
		    0); /* two failures each; allowed_fails is 3 */
	assert_int_equal(play_ask(&play, down, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "b1 ");
	assert_int_equal(
	    play_count(&play,
		"SELECT count(*) FROM attempt WHERE state = 'skipped' AND outcome = 'cooldown'"),
	    1);
	clock_fake_advance(60000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 ");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 ");
	play_end(&play);
}

static void test_a_short_retry_after_is_waited_for(void **state)
{
	static const struct step script[] = {
		{ .model = "a1", .status = 429, .body = RATE_BODY, .retry_after = "1" },
		{ .model = "a1" }, { .model = "" }
	};
	struct play play;
	int64_t before;

	play_begin(&play, two_groups, NULL);
	before = clock_wall_ms();
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 a1 ");
	assert_true(clock_wall_ms() - before >= 1200 && clock_wall_ms() - before < 1500);
	play_end(&play);
}

static void test_a_long_retry_after_cools_down_for_that_long(void **state)
{
	static const struct step script[] = {
		{ .model = "a1", .status = 429, .body = RATE_BODY, .retry_after = "120" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, two_groups, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 b1 ");
	clock_fake_advance(110000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "b1 ");
	clock_fake_advance(11000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 ");
	play_end(&play);
}

static void test_when_all_cool_down_the_client_is_told_when_to_come_back(void **state)
{
	static const struct step script[] = {
		{ .model = "b1", .status = 429, .body = RATE_BODY, .retry_after = "40" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, two_groups, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"b\""), -1);
	assert_int_equal(play.err.kind, ERROR_RATE);
	assert_int_equal(play_ask(&play, script, "\"model\":\"b\""), -1);
	assert_string_equal(play.called, "");
	assert_int_equal(play.err.kind, ERROR_RATE);
	assert_true(play.out.retry_after_ms > 30000 && play.out.retry_after_ms <= 40000);
	/* No limit of the gateway refused the second one, though nothing was called. */
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM request WHERE fault = 'provider'"), 2);
	play_end(&play);
}

static void test_a_refused_key_moves_to_a_sibling_without_costing_a_retry(void **state)
{
	static const char settings[] = "model_list:\n" DEPLOYMENT(
	    "a", "a1", "0.000001", "0.000001", ", order: 1") DEPLOYMENT("a", "a2", "0.000001",
	    "0.000001", ", order: 2") "litellm_settings: { num_retries: 0 }\n";
	static const struct step script[] = {
		{ .model = "a1",
		    .status = 401,
		    .body = "{\"error\":{\"message\":\"bad key\",\"code\":\"invalid_api_key\"}}" },
		{ .model = "" }
	};
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 a2 ");
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a2 "); /* parked */
	play_end(&play);
}

static void test_the_budget_refuses_by_name_and_nothing_is_called(void **state)
{
	struct play play;

	play_begin(&play, two_groups, "0.001/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":4000"), -1);
	assert_string_equal(play.called, "");
	assert_int_equal(play.err.kind, ERROR_BUDGET);
	assert_true(play.out.has_refusal);
	assert_string_equal(play.out.refusal.scope, "key");
	assert_int_equal(play.out.refusal.limit_nano, 1000000);
	assert_true(play.out.refusal.resets_ms > clock_wall_ms());
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'skipped' "
					   "AND outcome LIKE 'over budget%'"),
	    2);
	play_audit(&play);
	play_end(&play);
}

static void test_a_client_without_a_limit_gets_one_that_fits(void **state)
{
	struct play play;

	play_begin(&play, two_groups,
	    "0.001/1d"); /* 1,000 tokens of money, and the model's maximum is 4,000 */
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
	assert_string_equal(play.called, "a1 ");
	play_audit(&play);
	play_end(&play);
}

static void test_clamp_lowers_the_clients_limit_instead_of_refusing(void **state)
{
	static const char settings[] =
	    "model_list:\n" CHEAP("a", "a1") "sideways_settings: { on_low_budget: clamp }\n";
	struct play play;

	play_begin(&play, settings, "0.001/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":4000"), 0);
	assert_true(play.out.bound_nano <= 1000000);
	play_end(&play);
}

static void test_a_call_nobody_can_know_the_bill_of_is_charged_in_full_and_stood_in_for(
    void **state)
{
	static const struct step script[] = { { .model = "a1", .end = FETCH_TIMEOUT_FIRST_BYTE },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"max_tokens\":100"), 0);
	assert_string_equal(play.called, "a1 b1 ");
	assert_int_equal(
	    play_count(&play,
		"SELECT count(*) FROM attempt WHERE state = 'unknown' AND cost_nano = bound_nano"),
	    1);
	play_audit(&play);
	play_end(&play);
}

static void test_a_refused_connection_costs_nothing(void **state)
{
	static const struct step script[] = { { .model = "a1", .end = FETCH_NOT_SENT },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"num_retries\":0"), 0);
	assert_int_equal(
	    play_count(&play, "SELECT sum(cost_nano) FROM attempt WHERE deployment_id LIKE 'a-%'"),
	    0);
	play_audit(&play);
	play_end(&play);
}

static void test_a_stream_passes_events_and_hides_usage_that_was_not_asked_for(void **state)
{
	static const struct step script[] = { { .model = "a1", .body = GOOD_SSE },
		{ .model = "" } };
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"stream\":true"), 0);
	assert_non_null(strstr(play.streamed.bytes, "hel"));
	assert_null(strstr(play.streamed.bytes, "usage"));
	assert_int_equal(play.out.cost_nano, 15000);
	play_audit(&play);
	play_end(&play);
}

static void test_after_the_first_event_there_is_no_fallback_and_what_was_streamed_is_settled(
    void **state)
{
	static const struct step script[] = {
		{ .model = "a1", .body = CUT_SSE, .end = FETCH_BROKEN }, { .model = "" }
	};
	struct play play;

	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(
	    play_ask(&play, script, "\"model\":\"a\",\"stream\":true,\"max_tokens\":1000"), -1);
	assert_string_equal(play.called, "a1 ");
	assert_true(play.out.committed);
	assert_int_equal(play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'settled' "
					   "AND estimated = 1 AND cost_nano > 0"),
	    1);
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM request WHERE outcome = 'broken_stream'"), 1);
	play_audit(&play);
	play_end(&play);
}

static void test_an_error_as_the_first_event_falls_back(void **state)
{
	static const struct step script[] = {
		{ .model = "a1",
		    .body = "data: "
			    "{\"error\":{\"message\":\"Overloaded\",\"type\":\"overloaded_error\","
			    "\"code\":503}}\n\n" },
		{ .model = "b1", .body = GOOD_SSE }, { .model = "" }
	};
	struct play play;

	play_begin(&play, two_groups, NULL);
	assert_int_equal(
	    play_ask(&play, script, "\"model\":\"a\",\"stream\":true,\"num_retries\":0"), 0);
	assert_string_equal(play.called, "a1 b1 ");
	assert_null(strstr(play.streamed.bytes, "Overloaded"));
	play_end(&play);
}

static void test_a_stream_that_never_stops_is_cut_at_its_limit(void **state)
{
	AUTO_TEXT struct text endless = text_empty(1 << 20);
	struct step script[2] = { { .model = "a1" }, { .model = "" } };
	struct play play;

	for (int i = 0; i < 500; i++)
		text_puts(&endless,
		    "data: "
		    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n");
	script[0].body = endless.bytes;
	play_begin(&play, two_groups, "1/1d");
	assert_int_equal(
	    play_ask(&play, script, "\"model\":\"a\",\"stream\":true,\"max_tokens\":50"), -1);
	assert_true(play.out.committed);
	assert_true(play.streamed.len < endless.len / 2);
	play_audit(&play);
	play_end(&play);
}

static void test_clients_may_name_fallbacks_or_forbid_them(void **state)
{
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "" } };
	static const char settings[] =
	    "model_list:\n" CHEAP("a", "a1") CHEAP("b", "b1") CHEAP("c", "c1") DEAR(
		"dear", "d1") "litellm_settings: { num_retries: 0, fallbacks: [{ a: [b] }] }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(
	    play_ask(&play, script, "\"model\":\"a\",\"fallbacks\":[\"dear\",\"c\"]"), 0);
	assert_string_equal(play.called, "a1 c1 ");
	assert_int_equal(play.out.blocked_upward, 1);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\",\"disable_fallbacks\":true"), -1);
	assert_string_equal(play.called, "a1 ");
	assert_int_equal(
	    play_ask(&play, all_good, "\"model\":\"a\",\"mock_testing_fallbacks\":true"), 0);
	assert_string_equal(play.called, "b1 ");
	play_end(&play);
}

static void test_attempts_are_capped_for_a_request(void **state)
{
	static const char settings[] = "model_list:\n" CHEAP("a", "a1") CHEAP("b", "b1")
	    CHEAP("c", "c1") "litellm_settings: { num_retries: 5, fallbacks: [{ a: [b, c] }] }\n"
			     "sideways_settings: { max_attempts: 4 }\nrouter_settings: { "
			     "allowed_fails: 100 }\n";
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "b1", .status = 500, .body = FAULT_BODY },
		{ .model = "c1", .status = 500, .body = FAULT_BODY }, { .model = "" } };
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), -1);
	assert_int_equal(play.out.attempts, 4);
	play_end(&play);
}

static void test_an_outage_cannot_multiply_traffic(void **state)
{
	static const char settings[] = "model_list:\n" CHEAP(
	    "a", "a1") "litellm_settings: { num_retries: 2 }\nrouter_settings: { "
		       "disable_cooldowns: true }\n"
		       "sideways_settings: { retry_budget: { percent: 20, floor: 5 } }\n";
	static const struct step script[] = { { .model = "a1", .status = 500, .body = FAULT_BODY },
		{ .model = "" } };
	struct play play;
	int calls = 0;

	play_begin(&play, settings, NULL);
	play.call_ms = 1;
	for (int i = 0; i < 200; i++) {
		assert_int_equal(play_ask(&play, script, "\"model\":\"a\""), -1);
		calls += play.out.attempts;
	}
	assert_true(calls >= 200);
	assert_true(calls <= 200 + 200 / 5 + 5 * 10);
	play_end(&play);
}

static void test_wildcards_fill_the_providers_model(void **state)
{
	static const char settings[] =
	    "model_list:\n  - model_name: any/*\n    litellm_params: { model: openai/*, api_key: "
	    "k, "
	    "input_cost_per_token: 0.000001, output_cost_per_token: 0.000001 }\n"
	    "    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"any/thing-7\""), 0);
	assert_string_equal(play.called, "thing-7 ");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"other/thing\""), -1);
	assert_int_equal(play.err.kind, ERROR_MODEL_NOT_FOUND);
	play_end(&play);
}

/* Mistral puts a prompt of its own before the messages, which no count of the body has. */
static void test_a_prompt_that_the_provider_adds_is_held(void **state)
{
	static const char settings[] =
	    "model_list:\n  - model_name: a\n    litellm_params: { model: "
	    "mistral/open-mistral-nemo, api_key: k, "
	    "input_cost_per_token: 0.000001, output_cost_per_token: 0.000001 }\n"
	    "    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"
	    "  - model_name: b\n    litellm_params: { model: mistral/open-mistral-nemo, api_key: "
	    "k, "
	    "extra_body: { safe_prompt: true }, input_cost_per_token: 0.000001, "
	    "output_cost_per_token: 0.000001 }\n"
	    "    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n";
	struct play play;
	int64_t plain;

	play_begin(&play, settings, "1/1d");
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":9"), 0);
	plain = play.out.bound_nano;
	assert_int_equal(
	    play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":9,\"safe_prompt\":true"), 0);
	assert_true(play.out.bound_nano >= plain + 2048 * 1000);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"b\",\"max_tokens\":9"), 0);
	assert_true(play.out.bound_nano >= plain + 2048 * 1000);
	play_end(&play);
}

/* `model: "*"` is any provider: that of the name that is asked for. */
static void test_a_bare_star_finds_the_provider_by_the_name(void **state)
{
	static const char settings[] =
	    "model_list:\n  - model_name: '*'\n    litellm_params: { model: '*', api_key: k, "
	    "input_cost_per_token: 0.000001, output_cost_per_token: 0.000001 }\n"
	    "    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n";
	static const struct {
		const char *asked, *provider, *called;
	} cases[] = { { "\"model\":\"groq/llama-9\"", "groq", "llama-9 " },
		{ "\"model\":\"gpt-9\"", "openai", "gpt-9 " },
		{ "\"model\":\"openrouter/maker/model-1\"", "openrouter", "maker/model-1 " } };
	struct play play;

	play_begin(&play, settings, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(play_ask(&play, all_good, cases[i].asked), 0);
		assert_string_equal(play.called, cases[i].called);
		assert_string_equal(play.out.member->deployment->provider, cases[i].provider);
	}
	for (size_t i = 0; i < 5; i++) {
		static const char *const nobody[] = { "\"model\":\"thing\"", "\"model\":\"*/x\"",
			"\"model\":\"no-such-place/x\"",
			"\"model\":\"vertex_ai/claude-opus-4-7\"", /* no region */
			"\"model\":\"bedrock/us.anthropic.claude-opus-4-7\"" };

		assert_int_equal(play_ask(&play, all_good, nobody[i]), -1);
		assert_int_equal(play.err.kind, ERROR_MODEL_NOT_FOUND);
	}
	play_end(&play);
}

static void test_a_model_without_a_price_is_not_called(void **state)
{
	static const char settings[] = "model_list:\n  - model_name: a\n    litellm_params: { "
				       "model: openai/nobody-knows-this, api_key: k }\n";
	struct play play;

	play_begin(&play, settings, NULL);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), -1);
	assert_string_equal(play.called, "");
	assert_int_equal(play.err.kind, ERROR_UNPRICED);
	play_end(&play);
}

static void test_order_comes_before_weight(void **state)
{
	static const char settings[] = "model_list:\n" DEPLOYMENT(
	    "a", "second", "0.000001", "0.000001", ", order: 2, weight: 100")
	    DEPLOYMENT("a", "first", "0.000001", "0.000001", ", order: 1, weight: 1");
	struct play play;

	play_begin(&play, settings, NULL);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
		assert_string_equal(play.called, "first ");
	}
	play_end(&play);
}

static void test_weights_share_the_traffic(void **state)
{
	static const char settings[] =
	    "model_list:\n" DEPLOYMENT("a", "heavy", "0.000001", "0.000001", ", weight: 9")
		DEPLOYMENT("a", "light", "0.000001", "0.000001", ", weight: 1");
	struct play play;
	int heavy = 0;

	play_begin(&play, settings, NULL);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\""), 0);
		heavy += strcmp(play.called, "heavy ") == 0;
	}
	assert_true(
	    heavy > 150 && heavy < 200); /* 180 expected; beyond 7 standard deviations either way */
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_answer_is_settled_at_its_real_cost),
		cmocka_unit_test(test_a_transient_failure_is_retried_and_then_falls_back_sideways),
		cmocka_unit_test(test_a_failure_that_tells_its_usage_is_charged_for_it),
		cmocka_unit_test(test_a_refusal_that_is_billed_is_charged_by_an_estimate),
		cmocka_unit_test(test_num_retries_zero_means_one_call),
		cmocka_unit_test(test_an_upward_fallback_is_blocked_recorded_and_priced),
		cmocka_unit_test(test_a_group_of_several_tiers_does_not_go_upward_either),
		cmocka_unit_test(test_default_parameters_are_in_the_bound),
		cmocka_unit_test(test_unseen_thinking_of_a_cut_stream_is_charged),
		cmocka_unit_test(
		    test_models_that_search_by_themselves_need_a_price_of_each_request),
		cmocka_unit_test(test_what_a_budget_refuses_is_no_fallback_and_not_blocked),
		cmocka_unit_test(test_what_costs_nothing_never_falls_back_to_what_costs_something),
		cmocka_unit_test(test_a_fallback_within_a_tier_stays_within_max_price_ratio),
		cmocka_unit_test(test_chains_are_not_followed_recursively),
		cmocka_unit_test(test_a_clients_mistake_goes_back_with_the_providers_words),
		cmocka_unit_test(test_the_status_that_was_told_is_recorded),
		cmocka_unit_test(test_context_errors_use_their_own_chain_and_only_that),
		cmocka_unit_test(test_the_breaker_opens_skips_and_lets_one_probe_close_it),
		cmocka_unit_test(test_a_short_retry_after_is_waited_for),
		cmocka_unit_test(test_a_long_retry_after_cools_down_for_that_long),
		cmocka_unit_test(test_when_all_cool_down_the_client_is_told_when_to_come_back),
		cmocka_unit_test(test_a_refused_key_moves_to_a_sibling_without_costing_a_retry),
		cmocka_unit_test(test_the_budget_refuses_by_name_and_nothing_is_called),
		cmocka_unit_test(test_a_client_without_a_limit_gets_one_that_fits),
		cmocka_unit_test(test_clamp_lowers_the_clients_limit_instead_of_refusing),
		cmocka_unit_test(
		    test_a_call_nobody_can_know_the_bill_of_is_charged_in_full_and_stood_in_for),
		cmocka_unit_test(test_a_refused_connection_costs_nothing),
		cmocka_unit_test(
		    test_a_stream_passes_events_and_hides_usage_that_was_not_asked_for),
		cmocka_unit_test(
		    test_after_the_first_event_there_is_no_fallback_and_what_was_streamed_is_settled),
		cmocka_unit_test(test_an_error_as_the_first_event_falls_back),
		cmocka_unit_test(test_a_stream_that_never_stops_is_cut_at_its_limit),
		cmocka_unit_test(test_clients_may_name_fallbacks_or_forbid_them),
		cmocka_unit_test(test_attempts_are_capped_for_a_request),
		cmocka_unit_test(test_an_outage_cannot_multiply_traffic),
		cmocka_unit_test(test_wildcards_fill_the_providers_model),
		cmocka_unit_test(test_a_prompt_that_the_provider_adds_is_held),
		cmocka_unit_test(test_a_bare_star_finds_the_provider_by_the_name),
		cmocka_unit_test(test_a_model_without_a_price_is_not_called),
		cmocka_unit_test(test_order_comes_before_weight),
		cmocka_unit_test(test_weights_share_the_traffic),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
