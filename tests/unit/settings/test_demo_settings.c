#include "settings/demo_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prices/tiers.h"
#include "providers/provider.h"
#include "settings/load.h"
#include "settings/settings.h"

/* Settings made with every key that is looked for. */
static void make_all(struct text *out)
{
	struct error err;

	clearenv();
	text_init(out, 65536);
	assert_int_equal(demo_settings_providers(out, &err), -1);
	for (char *word = strtok(err.text, " ,()"); word; word = strtok(NULL, " ,()"))
		if (strstr(word, "_API_KEY"))
			setenv(word, "canary", 1);
	assert_int_equal(demo_settings_providers(out, &err), 0);
	clearenv();
}

struct demo_model {
	char group[64], tier[16], provider[32], model[96], key_variable[48];
};

/* The model that stands next in the settings; false after the last. */
static bool next_model(const char **at, struct demo_model *out)
{
	*at = strstr(*at, "- model_name: ");
	if (!*at)
		return false;
	assert_int_equal(sscanf((*at)++,
			     "- model_name: %63s # %15s litellm_params: model: %31[^/]/%95s # by "
			     "%47s",
			     out->group, out->tier, out->provider, out->model, out->key_variable),
	    5);
	return true;
}

static char cheap[] = "cheap", mid[] = "mid", premium[] = "premium";
static struct tier_band bands[] = { { cheap, 1000000 }, { mid, 8000000 }, { premium, INT64_MAX } };

static void test_every_model_has_a_price_of_its_tier(void **state)
{
	struct settings settings = { .tiers = bands, .tier_count = 3 };
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct price_table *table = price_table_new(&settings, &problems, &err);
	struct demo_model model;
	AUTO_TEXT struct text text;
	const char *at;

	assert_non_null(table);
	make_all(&text);
	for (at = text.bytes; next_model(&at, &model);) {
		struct deployment deployment = { .provider = model.provider,
			.model = model.model,
			.max_input_tokens = SETTING_UNSET,
			.max_output_tokens = SETTING_UNSET };
		int64_t *prices = (int64_t *)&deployment.prices;
		struct price price;

		for (size_t p = 0;
		     p < offsetof(struct settings_prices, off_peak_hours) / sizeof *prices; p++)
			prices[p] = SETTING_UNSET;
		if (!price_find(table, &deployment, model.model, &price))
			fail_msg("%s/%s has no price", model.provider, model.model);
		if (strcmp(bands[tier_of(&settings, &deployment, &price)].name, model.tier) != 0)
			fail_msg("%s/%s is not %s", model.provider, model.model, model.tier);
	}
	price_table_free(table);
	problems_release(&problems);
}

/* The rows' variables are the providers' own. */
static void test_every_key_variable_is_the_providers(void **state)
{
	struct demo_model model;
	AUTO_TEXT struct text text;
	const char *at;

	make_all(&text);
	for (at = text.bytes; next_model(&at, &model);) {
		const struct provider *provider = provider_find(model.provider);
		assert_non_null(provider);
		assert_string_equal(provider->key_variable, model.key_variable);
	}
}

static void test_without_keys_the_error_names_the_variables(void **state)
{
	AUTO_TEXT struct text text = text_empty(65536);
	struct error err = { 0 };

	clearenv();
	assert_int_equal(demo_settings_providers(&text, &err), -1);
	assert_int_equal(err.kind, ERROR_SETTINGS);
	assert_non_null(strstr(err.text, "OPENAI_API_KEY"));
}

static void test_two_providers_stand_in_for_one_another(void **state)
{
	AUTO_TEXT struct text text = text_empty(65536);
	struct error err = { 0 };

	clearenv();
	setenv("OPENAI_API_KEY", "canary-one", 1);
	setenv("DEEPSEEK_API_KEY", "canary-two", 1);
	assert_int_equal(demo_settings_providers(&text, &err), 0);
	assert_non_null(strstr(text.bytes, "- gpt-luna: [deepseek-flash]\n"));
	assert_non_null(strstr(text.bytes, "- deepseek-flash: [gpt-luna]\n"));
	assert_non_null(strstr(text.bytes, "- gpt-terra: [deepseek-pro]\n"));
	assert_non_null(
	    strstr(text.bytes, "model: deepseek/deepseek-v4-flash # by DEEPSEEK_API_KEY\n"));
	assert_null(strstr(text.bytes, "canary"));
}

static void test_an_empty_variable_is_no_key(void **state)
{
	AUTO_TEXT struct text text = text_empty(65536);

	clearenv();
	setenv("OPENAI_API_KEY", "", 1);
	assert_int_equal(demo_settings_providers(&text, NULL), -1);
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
