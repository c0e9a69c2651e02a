#include "settings/demo_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prices/tiers.h"
#include "providers/provider.h"
#include "settings/load.h"
#include "settings/settings.h"

static void without_keys(void)
{
	for (size_t i = 0; demo_settings_model(i); i++)
		unsetenv(demo_settings_model(i)->key_variable);
}

static char cheap[] = "cheap", mid[] = "mid", premium[] = "premium";
static struct tier_band bands[] = { { cheap, 1000000 }, { mid, 8000000 }, { premium, INT64_MAX } };

static void test_every_model_has_a_price_of_its_tier(void **state)
{
	struct settings settings = { .tiers = bands, .tier_count = 3 };
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct price_table *table = price_table_new(&settings, &problems, &err);

	assert_non_null(table);
	for (size_t i = 0; demo_settings_model(i); i++) {
		const struct demo_model *model = demo_settings_model(i);
		struct deployment deployment = { .provider = (char *)(uintptr_t)model->provider,
			.model = (char *)(uintptr_t)model->model,
			.max_input_tokens = SETTING_UNSET,
			.max_output_tokens = SETTING_UNSET };
		int64_t *prices = (int64_t *)&deployment.prices;
		struct price price;

		for (size_t p = 0;
		     p < offsetof(struct settings_prices, off_peak_hours) / sizeof *prices; p++)
			prices[p] = SETTING_UNSET;
		if (!price_find(table, &deployment, model->model, &price))
			fail_msg("%s/%s has no price", model->provider, model->model);
		if (strcmp(bands[tier_of(&settings, &deployment, &price)].name, model->tier) != 0)
			fail_msg("%s/%s is not %s", model->provider, model->model, model->tier);
	}
	price_table_free(table);
	problems_release(&problems);
}

/* The rows' variables are the providers' own. */
static void test_every_key_variable_is_the_providers(void **state)
{
	for (size_t i = 0; demo_settings_model(i); i++) {
		const struct demo_model *model = demo_settings_model(i);
		const struct provider *provider = provider_find(model->provider);
		assert_non_null(provider);
		assert_string_equal(provider->key_variable, model->key_variable);
	}
}

static void test_without_keys_the_error_names_the_variables(void **state)
{
	AUTO_TEXT struct text text;
	struct error err = { 0 };

	without_keys();
	text_init(&text, 65536);
	assert_int_equal(demo_settings_providers(&text, &err), -1);
	assert_int_equal(err.kind, ERROR_SETTINGS);
	assert_non_null(strstr(err.text, "OPENAI_API_KEY"));
}

static void test_two_providers_stand_in_for_one_another(void **state)
{
	AUTO_TEXT struct text text;
	struct error err = { 0 };

	without_keys();
	setenv("OPENAI_API_KEY", "canary-one", 1);
	setenv("DEEPSEEK_API_KEY", "canary-two", 1);
	text_init(&text, 65536);
	assert_int_equal(demo_settings_providers(&text, &err), 0);
	assert_non_null(strstr(text.bytes, "- gpt-luna: [deepseek-flash]\n"));
	assert_non_null(strstr(text.bytes, "- deepseek-flash: [gpt-luna]\n"));
	assert_non_null(strstr(text.bytes, "- gpt-terra: [deepseek-pro]\n"));
	assert_non_null(
	    strstr(text.bytes, "model: deepseek/deepseek-v4-flash # by DEEPSEEK_API_KEY\n"));
	assert_null(strstr(text.bytes, "canary"));
	without_keys();
}

static void test_an_empty_variable_is_no_key(void **state)
{
	AUTO_TEXT struct text text;

	without_keys();
	setenv("OPENAI_API_KEY", "", 1);
	text_init(&text, 65536);
	assert_int_equal(demo_settings_providers(&text, NULL), -1);
	without_keys();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_model_has_a_price_of_its_tier),
		cmocka_unit_test(test_every_key_variable_is_the_providers),
		cmocka_unit_test(test_without_keys_the_error_names_the_variables),
		cmocka_unit_test(test_two_providers_stand_in_for_one_another),
		cmocka_unit_test(test_an_empty_variable_is_no_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
