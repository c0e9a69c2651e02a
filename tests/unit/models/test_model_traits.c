/* config/models.tsv is read whole, and the most exact row counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "models/model_rows.h"
#include "models/model_traits.h"

static void test_every_row_can_be_read(void **state)
{
	for (size_t i = 0; i < model_rows_count; i++) {
		struct model_traits traits;
		const char *fault = model_row_read(model_rows[i], &traits);

		if (fault)
			fail_msg("%s of %.60s", fault, model_rows[i]);
	}
}

static void test_the_most_exact_pattern_counts(void **state)
{
	static const struct {
		const char *provider, *model;
		enum model_responses responses;
		enum model_sampling sampling;
	} cases[] = {
		/* clang-format off */
		{ "openai", "gpt-5", RESPONSES_NO, SAMPLING_ONLY_DEFAULT },
		{ "openai", "gpt-5-chat-latest", RESPONSES_NO, SAMPLING_YES },
		{ "openai", "gpt-5-pro-2025-10-06", RESPONSES_ALWAYS, SAMPLING_ONLY_DEFAULT },
		{ "openai", "gpt-5.1-codex-max", RESPONSES_ALWAYS, SAMPLING_ONLY_DEFAULT },
		{ "openai", "gpt-5.6-luna", RESPONSES_TOOLS_UNLESS_NONE, SAMPLING_IF_NONE },
		{ "openai", "gpt-6-astra", RESPONSES_TOOLS, SAMPLING_ONLY_DEFAULT },
		{ "openai", "gpt-6-sol", RESPONSES_TOOLS_UNLESS_NONE, SAMPLING_IF_NONE },
		{ "openai", "gpt-9", RESPONSES_TOOLS, SAMPLING_ONLY_DEFAULT },
		{ "openai", "gpt-10-mini", RESPONSES_TOOLS, SAMPLING_ONLY_DEFAULT },
		{ "openai", "qwen3", RESPONSES_UNKNOWN, SAMPLING_UNKNOWN },
		{ "azure", "gpt-5.4", RESPONSES_TOOLS_UNLESS_NONE, SAMPLING_IF_NONE },
		{ "anthropic", "claude-sonnet-4-20250514", RESPONSES_NO, SAMPLING_YES },
		{ "anthropic", "claude-opus-4-8", RESPONSES_NO, SAMPLING_ONLY_DEFAULT },
		{ "anthropic", "us.anthropic.claude-haiku-4-5-v1:0", RESPONSES_NO, SAMPLING_YES },
		{ "gemini", "models/gemini-2.5-flash", RESPONSES_NO, SAMPLING_YES },
		{ "nobody", "gpt-5", RESPONSES_UNKNOWN, SAMPLING_UNKNOWN },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct model_traits is = model_traits_find(cases[i].provider, cases[i].model);

		if (is.responses != cases[i].responses || is.sampling != cases[i].sampling)
			fail_msg("%s/%s: %d %d", cases[i].provider, cases[i].model, is.responses,
			    is.sampling);
	}
}

static void test_the_cells_of_a_row(void **state)
{
	struct model_traits is = model_traits_find("openai", "gpt-5.6");

	assert_true(is.known && is.efforts_known && is.max_completion && !is.max_tokens);
	assert_int_equal(is.off, OFF_EFFORT_NONE);
	assert_int_equal(is.thinks, MODEL_THINKS_YES);
	assert_int_equal(is.json_schema, SCHEMA_YES);
	assert_int_equal(is.penalties, TRAIT_NO);
	assert_int_equal(is.tool_names.most, 64);
	assert_int_equal(model_effort(&is, EFFORT_MAX, false), EFFORT_XHIGH);
	assert_int_equal(model_effort(&is, EFFORT_MAX, true), EFFORT_MAX);
	assert_int_equal(model_effort(&is, EFFORT_MINIMAL, true), EFFORT_LOW);
	assert_int_equal(model_effort(&is, EFFORT_NONE, false), EFFORT_NONE);

	is = model_traits_find("gemini", "gemini-2.5-pro");
	assert_true(is.by_budget && !is.efforts_known);
	assert_int_equal(is.least_budget, 128);
	assert_int_equal(is.most_budget, 32768);
	assert_int_equal(is.stop_most, 5);
	assert_true(slice_is(is.retires, "2026-12-01"));

	is = model_traits_find("mistral", "mistral-small-latest");
	assert_int_equal(model_effort(&is, EFFORT_MINIMAL, false), EFFORT_NONE);
	assert_int_equal(model_effort(&is, EFFORT_MEDIUM, false), EFFORT_HIGH);

	is = model_traits_find("openai", "gpt-4o");
	assert_int_equal(model_effort(&is, EFFORT_HIGH, false), EFFORT_UNSET);
	assert_false(model_reasons(&is));
}

static void test_model_info_and_base_model_win(void **state)
{
	struct settings_pair pairs[] = { { .name = (char *)"stop", .value = (char *)"no" },
		{ .name = (char *)"efforts", .value = (char *)"low,high" } };
	struct deployment deployment = { .provider = (char *)"openai",
		.base_model = (char *)"zai/glm-5.3",
		.traits = { pairs, 2 } };
	struct model_traits is = model_of(&deployment, "whatever");

	assert_true(is.known);
	assert_int_equal(is.json_schema, SCHEMA_JSON_OBJECT); /* of the row of zai */
	assert_int_equal(is.stop, TRAIT_NO);
	assert_int_equal(model_effort(&is, EFFORT_MAX, false), EFFORT_HIGH);
}

static void test_what_a_model_lacks_is_a_list(void **state)
{
	struct settings_pair pair = { .name = (char *)"refuses", .value = (char *)"none" };
	struct deployment deployment = { .provider = (char *)"openai", .traits = { &pair, 1 } };
	struct model_traits is = model_traits_find("azure", "gpt-5-mini");

	assert_true(model_lists(&is, slice_of("logprobs")));
	assert_true(model_lists(&is, slice_of("top_logprobs")));
	assert_false(model_lists(&is, slice_of("top_logprob")));
	assert_false(model_lists(&is, slice_of("verbosity")));
	assert_false(model_lists(&is, slice_of("")));
	is = model_of(&deployment, "gpt-5-mini");
	assert_false(model_lists(&is, slice_of("logprobs")));
	is = model_traits_find("nobody", "gpt-5-mini");
	assert_false(model_lists(&is, slice_of("n")));
}

static void test_words_that_no_column_knows_are_told(void **state)
{
	struct settings_pair pairs[] = { { .name = (char *)"stop", .value = (char *)"max 4" },
		{ .name = (char *)"sampling", .value = (char *)"perhaps" },
		{ .name = (char *)"efforts", .value = (char *)"low,loud" } };
	struct deployment deployment = { .provider = (char *)"openai", .traits = { pairs, 3 } };
	struct problems problems = { 0 };

	model_traits_check(&deployment, &problems);
	assert_int_equal(problems.count, 2);
	problems_release(&problems);
}

static void test_what_holds_everywhere_fills_what_a_provider_leaves_empty(void **state)
{
	struct model_traits t = model_traits_find("together_ai", "meta-llama/Llama-3.3-70B");

	assert_false(t.known);
	assert_true(slice_is(t.tokenizer, "llama3"));
	t = model_traits_find("openai", "gpt-4o-mini-search-preview");
	assert_true(t.known);
	assert_true(slice_is(t.tokenizer, "o200k_base")); /* each cell by its own pattern */
	assert_int_equal(t.searches, TRAIT_YES);
	assert_int_equal(t.sampling, SAMPLING_NO);
	assert_int_equal(model_traits_find("groq", "compound-beta").searches, TRAIT_YES);
	assert_int_equal(model_traits_find("openrouter", "perplexity/sonar").searches, TRAIT_YES);
	assert_int_equal(
	    model_traits_find("openrouter", "z-ai/glm-4.7:online").searches, TRAIT_YES);
	assert_int_not_equal(model_traits_find("groq", "sonar").searches, TRAIT_YES);
	assert_int_equal(model_traits_find("azure_ai", "Claude-x").cache_marks, TRAIT_YES);
	assert_int_not_equal(model_traits_find("openai", "gpt-5").cache_marks, TRAIT_YES);
}

static void test_images(void **state)
{
	static const struct {
		const char *provider, *model;
		enum model_media media;
		int64_t tokens;
	} cases[] = {
		{ "openai", "gpt-4o", MEDIA_IMAGE, 1445 },
		{ "openai", "gpt-4o-mini", MEDIA_IMAGE, 48169 },
		{ "azure", "gpt-4o-mini-2024-07-18", MEDIA_IMAGE, 48169 },
		{ "openai", "gpt-4.1-mini", MEDIA_IMAGE, 24600 },
		{ "openai", "o3-mini", MEDIA_TEXT, 1275 },
		{ "openai", "gpt-audio", MEDIA_AUDIO, 0 },
		{ "anthropic", "claude-x", MEDIA_UNKNOWN, 4784 },
		{ "gemini", "gemini-3.5-flash", MEDIA_IMAGE, 2240 },
		{ "gemini", "gemini-2.5-pro", MEDIA_UNKNOWN, 16512 },
		{ "deepseek", "deepseek-v4-pro", MEDIA_TEXT, 0 },
		{ "openai", "gpt-9", MEDIA_UNKNOWN, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct model_traits is = model_traits_find(cases[i].provider, cases[i].model);

		if (is.media != cases[i].media || is.image_tokens != cases[i].tokens)
			fail_msg("%s: %d %lld", cases[i].model, (int)is.media,
			    (long long)is.image_tokens);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_can_be_read),
		cmocka_unit_test(test_the_most_exact_pattern_counts),
		cmocka_unit_test(test_the_cells_of_a_row),
		cmocka_unit_test(test_what_holds_everywhere_fills_what_a_provider_leaves_empty),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_model_info_and_base_model_win),
		cmocka_unit_test(test_what_a_model_lacks_is_a_list),
		cmocka_unit_test(test_words_that_no_column_knows_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
