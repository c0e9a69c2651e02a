/* Names of models: dates, makers, images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "prices/price_names.h"

static void expect(const char *model, size_t length, int64_t date)
{
	int64_t got = -1;
	assert_int_equal(price_names_undated(model, &got), length);
	assert_int_equal(got, date);
}

static void test_dates_at_the_end_are_told_from_sizes(void **state)
{
	expect("gpt-4o-2024-08-06", 6, 20240806);
	expect("claude-3-5-haiku-20241022", 16, 20241022);
	expect("claude-3-5-haiku@20241022", 16, 20241022);
	expect("gpt-3.5-turbo-0125", 13, 125);
	expect("mistral-large-2407", 13, 2407);
	expect("llama3-8b-8192", 14, 0);
	expect("gpt-4-1106-preview", 18, 0);
	expect("gpt-4o-2024-13-06", 17, 0);
	expect("x-99999999", 10, 0);
	expect("0125", 4, 0);
	expect("-2024-08-06", 11, 0);
	expect("", 0, 0);
}

static void expect_maker(
    const char *provider, const char *model, const char *maker, const char *name)
{
	const char *got = NULL;
	char buffer[PRICE_NAME_MAX];
	bool found = price_names_maker(provider, model, &got, buffer, sizeof buffer);
	assert_int_equal(found, maker != NULL);
	if (maker) {
		assert_string_equal(got, maker);
		assert_string_equal(buffer, name);
	}
}

static void test_resellers_of_closed_models_have_a_maker(void **state)
{
	expect_maker("azure", "gpt-4o", "openai", "gpt-4o");
	expect_maker("azure", "gpt-35-turbo", "openai", "gpt-3.5-turbo");
	expect_maker("openrouter", "openai/gpt-4o", "openai", "gpt-4o");
	expect_maker("openrouter", "anthropic/claude-3.5-haiku", "anthropic", "claude-3-5-haiku");
	expect_maker("openrouter", "google/gemini-2.5-pro", "gemini", "gemini-2.5-pro");
	expect_maker("vertex_ai", "claude-haiku-4-5", "anthropic", "claude-haiku-4-5");
}

static void test_open_models_and_other_tariffs_have_none(void **state)
{
	expect_maker("openrouter", "deepseek/deepseek-chat", NULL, NULL);
	expect_maker("openrouter", "openai/gpt-oss-120b", NULL, NULL);
	expect_maker("openrouter", "openai/gpt-4o:nitro", NULL, NULL);
	expect_maker("vertex_ai", "meta/llama", NULL, NULL);
	expect_maker("ollama", "gpt-4o", NULL, NULL);
	expect_maker("groq", "llama", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_at_the_end_are_told_from_sizes),
		cmocka_unit_test(test_resellers_of_closed_models_have_a_maker),
		cmocka_unit_test(test_open_models_and_other_tariffs_have_none),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
