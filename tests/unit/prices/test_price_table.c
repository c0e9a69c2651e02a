/* Finding the price of a deployment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prices/cost.h"
#include "prices/price_table.h"
#include "prices/rates.h"

static char path[64];

static struct settings *load(const char *text)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	(void)snprintf(path, sizeof path, "/tmp/sideways-table-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	struct settings *settings = settings_load(path, &problems, &err);
	assert_int_equal(unlink(path), 0);
	if (!settings)
		fail_msg("%s", err.text);
	problems_release(&problems);
	return settings;
}

/* The price of the first entry of model_list. */
static bool find(const char *text, struct price *out)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings = load(text);
	struct price_table *table = price_table_new(settings, &problems, &err);
	assert_non_null(table);
	assert_int_equal(problems.count, 0);
	bool found =
	    price_find(table, &settings->deployments[0], settings->deployments[0].model, out);
	price_table_free(table);
	settings_free(settings);
	return found;
}

static bool find_model(const char *model, struct price *out)
{
	char text[256];
	(void)snprintf(text, sizeof text,
	    "model_list: [{model_name: a, litellm_params: {model: '%s'}}]\n", model);
	return find(text, out);
}

static void same_price(const char *model, const char *other)
{
	struct price a, b;
	if (!find_model(model, &a) || !find_model(other, &b))
		fail_msg("no price for %s or %s", model, other);
	assert_string_equal(a.version, b.version);
}

static void test_dated_and_undated_names_meet(void **state)
{
	same_price("openai/gpt-4o-mini", "openai/gpt-4o-mini-2099-01-31");
	same_price("anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5@20251001");
	same_price("anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5-latest");
	same_price("anthropic/claude-3-5-haiku-20241022", "claude/claude-3-5-haiku");
}

static void test_resellers_take_the_makers_price(void **state)
{
	struct price price;
	same_price("azure/gpt-4o-mini", "azure/gpt-4o-mini-2099-01-31");
	assert_true(find("model_list: [{model_name: a, litellm_params: {model: azure/mine}, "
			 "model_info: {base_model: azure/gpt-4o-mini}}]\n",
	    &price));
	assert_int_equal(price.image_tokens, 48169);
}

/* A tenth more than the maker's, also where base_model names the maker. */
static void test_a_region_costs_a_tenth_more(void **state)
{
	static const struct {
		const char *params, *base;
		int64_t input_pico;
	} cases[] = {
		{ "model: vertex_ai/claude-opus-4-5, vertex_location: us-east5", "", 5500000 },
		{ "model: vertex_ai/claude-opus-4-5, vertex_location: global", "", 5000000 },
		{ "model: vertex_ai/mine, vertex_location: us-east5", "anthropic/claude-opus-4-5",
		    5500000 },
		{ "model: vertex_ai/mine, vertex_location: global", "anthropic/claude-opus-4-5",
		    5000000 },
		{ "model: bedrock/mine, aws_region_name: eu-west-1", "anthropic/claude-opus-4-5",
		    5500000 },
		{ "model: azure/mine", "anthropic/claude-opus-4-5", 5000000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct price price;
		char text[320];

		(void)snprintf(text, sizeof text,
		    "model_list: [{model_name: a, litellm_params: {%s}, model_info: {%s%s}}]\n",
		    cases[i].params, *cases[i].base ? "base_model: " : "", cases[i].base);
		assert_true(find(text, &price));
		assert_int_equal(price.input_pico, cases[i].input_pico);
	}
}

/* What Gemini's price becomes on a day is Vertex's and OpenRouter's, too; with the tenth of a
 * region. */
static void test_resellers_follow_when_a_price_changes(void **state)
{
	static const char text[] =
	    "model_list:\n"
	    "  - {model_name: a, litellm_params: {model: gemini/gemini-4-argon}}\n"
	    "  - {model_name: a, litellm_params: {model: vertex_ai/gemini-4-argon, "
	    "vertex_location: global}}\n"
	    "  - {model_name: a, litellm_params: {model: vertex_ai/gemini-4-argon, "
	    "vertex_location: us-east5}}\n"
	    "  - {model_name: a, litellm_params: {model: vertex_ai/gemini-2.5-pro}}\n"
	    "  - {model_name: a, litellm_params: {model: openrouter/google/gemini-4-argon}}\n"
	    "  - {model_name: a, litellm_params: {model: "
	    "openrouter/google/gemini-4-argon-20261013}}\n"
	    "  - {model_name: a, litellm_params: {model: openrouter/google/gemini-2.5-pro}}\n";
	static const int64_t after[] = { 4000000, 4000000, 4400000, 0, 4000000, 4000000, 0 };
	struct settings *settings = load(text);
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct price_table *table = price_table_new(settings, &problems, &err);

	assert_non_null(table);
	for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
		const struct deployment *d = &settings->deployments[i];
		struct price now, then;

		assert_true(price_find(table, d, d->model, &now));
		assert_int_equal(price_find_after(table, d, &now, &then), after[i] > 0);
		if (after[i])
			assert_int_equal(then.input_pico, after[i]);
	}
	price_table_free(table);
	settings_free(settings);
}

static void test_a_model_on_a_machine_of_ones_own_costs_nothing(void **state)
{
	static const struct {
		const char *model, *base; /* "": none */
		bool priced;
	} cases[] = {
		{ "ollama/gpt-4o", "", true },
		{ "ollama/llama3", "http://127.0.0.1:11434/v1", true },
		{ "ollama/llama3", "http://ollama:11434/v1", true },
		{ "ollama/llama3", "http://192.168.1.7:11434/v1", true },
		{ "ollama/llama3", "https://ollama.example.com/v1", false },
		{ "lm_studio/x", "", true },
		{ "llamafile/x", "http://[::1]:8080/v1", true },
		{ "llamafile/x", "https://gpu.example.com/v1", false },
		{ "hosted_vllm/x", "http://10.1.2.3:8000/v1", true },
		{ "hosted_vllm/x", "https://gpu.example.com/v1", false },
		{ "openrouter/google/gemma-3-27b-it:free", "", true },
		{ "openrouter/x/no-such-model", "", false },
		{ "openai/no-such-model", "http://127.0.0.1:8000/v1", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct price price;
		char text[256];

		(void)snprintf(text, sizeof text,
		    "model_list: [{model_name: a, litellm_params: {model: '%s'%s%s%s}}]\n",
		    cases[i].model, *cases[i].base ? ", api_base: '" : "", cases[i].base,
		    *cases[i].base ? "'" : "");
		assert_int_equal(find(text, &price), cases[i].priced);
		if (cases[i].priced)
			assert_int_equal(price.input_pico + price.output_pico, 0);
	}
}

static void test_a_price_that_is_given_for_a_local_model_counts(void **state)
{
	struct price price;

	assert_true(find("model_list: [{model_name: a, litellm_params: {model: ollama/x, api_base: "
			 "'https://o.example.com/v1', input_cost_per_token: 0.000001, "
			 "output_cost_per_token: 0}}]\n",
	    &price));
	assert_int_equal(price.input_pico, 1000000);
	assert_true(find("model_list: [{model_name: a, litellm_params: {model: ollama/x, "
			 "output_cost_per_token: 0.000002}}]\n",
	    &price));
	assert_int_equal(price.input_pico, 0);
	assert_int_equal(price.output_pico, 2000000);
}

/* docs.x.ai/developers/models/grok-4.20-0309.md: "< 200k prompt tokens", ">= 200k prompt tokens".
 */
static void test_xai_asks_the_long_price_of_a_prompt_that_reaches_the_length(void **state)
{
	static const struct {
		const char *entry;
		int64_t short_nano, reached_nano;
	} cases[] = {
		{ "model: xai/grok-4.20-0309-reasoning", 249998750, 500000000 },
		{ "model: openai/mine, input_cost_per_token: 0.00000125, output_cost_per_token: 0, "
		  "input_cost_per_token_above_200k_tokens: 0.0000025",
		    249998750, 250000000 },
		{ "model: xai/mine, input_cost_per_token: 0.00000125, output_cost_per_token: 0, "
		  "input_cost_per_token_above_200k_tokens: 0.0000025",
		    249998750, 500000000 },
		{ "model: openai/mine, base_model: xai/grok-4.20-0309-reasoning", 249998750,
		    500000000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct usage usage = { .known = true, .input_tokens = 199999 };
		struct price price;
		char text[512];

		usage.reported_cost_nano = -1;
		(void)snprintf(text, sizeof text,
		    "model_list: [{model_name: a, litellm_params: {%s}}]\n", cases[i].entry);
		assert_true(find(text, &price));
		assert_int_equal(cost_of(&price, &usage), cases[i].short_nano);
		usage.input_tokens++;
		assert_int_equal(cost_of(&price, &usage), cases[i].reached_nano);
	}
}

/* A wildcard stands for the provider's models. */
static void test_tools_are_no_models(void **state)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings =
	    load("model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o}}]\n");
	struct price_table *table = price_table_new(settings, &problems, &err);
	const char *model, *before = "";
	size_t at = 0, count = 0;

	for (; (model = price_table_next_model(table, "xai", &at)); before = model, count++) {
		assert_true(strcmp(before, model) < 0);
		assert_null(strstr(model, "search"));
		assert_null(strstr(model, "interpreter"));
	}
	assert_true(count > 10);
	at = 0;
	assert_null(price_table_next_model(table, "nobody", &at));
	price_table_free(table);
	settings_free(settings);
}

static void test_an_unknown_model_has_no_price(void **state)
{
	struct price price;
	assert_false(find_model("openai/no-such-model", &price));
	assert_true(price.input_pico == PRICE_UNKNOWN);
	assert_true(price.max_output_tokens == PRICE_UNKNOWN);
	assert_int_equal(strlen(price.version), 16);
}

static void test_prices_of_the_deployment_win_and_zero_is_a_price(void **state)
{
	struct price price;
	assert_true(find("model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o-mini, "
			 "input_cost_per_token: 0, output_cost_per_token: 0}}]\n",
	    &price));
	assert_int_equal(price.input_pico, 0);
	assert_int_equal(price.output_pico, 0);
	assert_true(price.cache_read_pico == PRICE_UNKNOWN);
	assert_true(price.max_output_tokens > 0);
	assert_string_equal(price.as_of, "settings");
}

static void test_claude_without_prices_of_writes_has_anthropics_factors(void **state)
{
	struct price price;
	assert_true(find_model("anthropic/claude-3-haiku-20240307", &price));
	assert_int_equal(price.cache_write_1h_pico, 2 * price.input_pico);
	assert_true(find("model_list: [{model_name: a, litellm_params: {model: "
			 "anthropic/claude-sonnet-4-5, input_cost_per_token: 0.000003, "
			 "output_cost_per_token: 0.000015}}]\n",
	    &price));
	assert_int_equal(price.cache_write_pico, 3750000);
	assert_int_equal(price.cache_write_1h_pico, 6000000);
	assert_true(find("model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o-mini, "
			 "input_cost_per_token: 0.000003, output_cost_per_token: 0.000015}}]\n",
	    &price));
	assert_true(price.cache_write_pico == PRICE_UNKNOWN);
}

static void test_prices_of_the_settings_lie_over_the_table(void **state)
{
	struct price price;
	assert_true(
	    find("model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o-mini}}]\n"
		 "sideways_settings: {prices: {openai/gpt-4o-mini: {output: 9}, openai/new: "
		 "{input: 1, output: 2}}}\n",
		&price));
	assert_int_equal(price.output_pico, 9000000);
	assert_int_equal(price.input_pico, 150000);
	assert_true(
	    find("model_list: [{model_name: a, litellm_params: {model: openai/new-2026-02-03}}]\n"
		 "sideways_settings: {prices: {openai/new: {input: 1, output: 2, max_input_tokens: "
		 "5}}}\n",
		&price));
	assert_int_equal(price.input_pico, 1000000);
	assert_int_equal(price.max_input_tokens, 5);
	assert_true(find("model_list: [{model_name: a, litellm_params: {model: azure/mine}, "
			 "model_info: {base_model: gpt-4o-mini}}]\n"
			 "sideways_settings: {prices: {azure/mine: {input: 1, output: 2}}}\n",
	    &price));
	assert_int_equal(price.input_pico, 1000000);
}

static void test_the_version_changes_with_each_figure(void **state)
{
	struct price a, b;
	assert_true(find_model("openai/gpt-4o-mini", &a));
	assert_true(find("model_list: [{model_name: a, litellm_params: {model: "
			 "openai/gpt-4o-mini}, model_info: {max_input_tokens: 77}}]\n",
	    &b));
	assert_string_not_equal(a.version, b.version);
	assert_string_equal(a.as_of, b.as_of);
}

/* From January on gemini-3.8-flash thinks at its new output price. */
static void test_a_price_that_changes_keeps_none_of_the_old_one(void **state)
{
	struct price price;

	assert_true(find_model("gemini/gemini-3.8-flash@2027-01-01", &price));
	assert_int_equal(price.output_pico, 7500000);
	assert_true(
	    price.reasoning_pico == PRICE_UNKNOWN || price.reasoning_pico >= price.output_pico);
}

/* The table has three steps for it. */
static void test_long_prices_of_the_settings_stand_in_the_place_of_steps(void **state)
{
	static const struct {
		const char *says;
		int64_t input_pico, output_pico; /* of a prompt of 40,000 tokens */
	} cases[] = {
		{ "", 500000, 2500000 },
		{ "output_cost_per_token_above_32k_tokens: 0.00005", 1600000, 50000000 },
		{ "input_cost_per_token_above_32k_tokens: 0.00002", 20000000, 9600000 },
		{ "cache_read_input_token_cost_above_32k_tokens: 0.000001", 1600000, 9600000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct price price;
		struct rates rates;
		char text[512];

		(void)snprintf(text, sizeof text,
		    "model_list: [{model_name: a, litellm_params: {model: "
		    "dashscope/qwen3-coder-flash, %s}}]\n",
		    cases[i].says);
		assert_true(find(text, &price));
		rates = rates_for(&price, 40000);
		assert_int_equal(rates.input, cases[i].input_pico);
		assert_int_equal(rates.output, cases[i].output_pico);
	}
}

static void test_a_missing_price_file_is_an_error(void **state)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings =
	    load("model_list: [{model_name: a, litellm_params: {model: "
		 "openai/x}}]\nsideways_settings: {price_file: no-such.tsv}\n");
	assert_null(price_table_new(settings, &problems, &err));
	assert_int_equal(err.kind, ERROR_SETTINGS);
	assert_non_null(strstr(err.text, "/tmp/no-such.tsv"));
	settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dated_and_undated_names_meet),
		cmocka_unit_test(test_resellers_take_the_makers_price),
		cmocka_unit_test(test_a_region_costs_a_tenth_more),
		cmocka_unit_test(test_resellers_follow_when_a_price_changes),
		cmocka_unit_test(test_a_model_on_a_machine_of_ones_own_costs_nothing),
		cmocka_unit_test(test_a_price_that_is_given_for_a_local_model_counts),
		cmocka_unit_test(test_xai_asks_the_long_price_of_a_prompt_that_reaches_the_length),
		cmocka_unit_test(test_long_prices_of_the_settings_stand_in_the_place_of_steps),
		cmocka_unit_test(test_tools_are_no_models),
		cmocka_unit_test(test_an_unknown_model_has_no_price),
		cmocka_unit_test(test_prices_of_the_deployment_win_and_zero_is_a_price),
		cmocka_unit_test(test_claude_without_prices_of_writes_has_anthropics_factors),
		cmocka_unit_test(test_prices_of_the_settings_lie_over_the_table),
		cmocka_unit_test(test_the_version_changes_with_each_figure),
		cmocka_unit_test(test_a_price_that_changes_keeps_none_of_the_old_one),
		cmocka_unit_test(test_a_missing_price_file_is_an_error),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
