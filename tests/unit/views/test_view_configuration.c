/*
 * The settings in force: everything is there but the secrets; what check finds has its place.
 */
#include "play.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json_read.h"
#include "groups.h"
#include "views/view_configuration.h"

static const char secretive[] =
    "model_list:\n"
    "  - model_name: a\n"
    "    litellm_params: { model: openai/a1, api_key: sk-provider-secret, input_cost_per_token: "
    "0.000001,\n"
    "      output_cost_per_token: 0.000001, rpm: 7, temperature: 0.5,\n"
    "      extra_headers: { x-extra: header-secret } }\n"
    "  - model_name: dear\n"
    "    litellm_params: { model: openai/d1, api_key: k, input_cost_per_token: 0.00001, "
    "output_cost_per_token: 0.00005 }\n"
    "litellm_settings:\n"
    "  cooldown_time: 45\n"
    "  fallbacks:\n"
    "    - a: [dear]\n"
    "general_settings: { master_key: sk-master-secret-of-thirty-letters }\n";

static json_t *shown(struct play *play)
{
	struct catalog *catalog = gateway_catalog(&play->gateway, &play->err);
	json_t *root = view_configuration(&play->gateway, catalog);

	catalog_release(catalog);
	return root;
}

static const json_t *named(const json_t *list, const char *member, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(
	    (json_t *)list, i, row) if (strcmp(json_read_text(row, member), name) == 0) return row;
	fail_msg("nothing has %s '%s'", member, name);
	return NULL;
}

static void test_settings_in_force_are_shown_with_their_defaults(void **state)
{
	AUTO_JSON json_t *root = NULL;
	const json_t *row;
	struct play play;

	play_begin(&play, secretive, NULL);
	root = shown(&play);
	row = named(json_read_at(root, "settings"), "key", "cooldown_time");
	assert_string_equal(json_read_text(row, "value"), "45 s");
	assert_string_equal(json_read_text(row, "default"), "30 s");
	assert_true(json_is_false(json_read_at(row, "is_default")));
	row = named(json_read_at(root, "settings"), "key", "num_retries");
	assert_string_equal(json_read_text(row, "value"), "2");
	assert_true(json_is_true(json_read_at(row, "is_default")));
	row = named(json_read_at(root, "settings"), "key", "max_budget");
	assert_null(json_read_text(row, "value"));
	row = named(json_read_at(root, "settings"), "key", "cache_params.ttl");
	assert_string_equal(json_read_text(row, "section"), "litellm_settings");
	row = named(json_read_at(root, "settings"), "key", "leases.lasting");
	assert_string_equal(json_read_text(row, "section"), "sideways_settings");
	row = json_array_get(json_read_at(root, "deployments"), 0);
	assert_int_equal(json_read_int(row, "line", 0), 2);
	assert_string_equal(
	    json_read_text(named(json_read_at(row, "settings"), "key", "rpm"), "value"), "7");
	play_end(&play);
}

static void test_no_secret_is_shown(void **state)
{
	AUTO_JSON json_t *root = NULL;
	AUTO_FREE char *text = NULL;
	struct play play;

	play_begin(&play, secretive, NULL);
	root = shown(&play);
	text = json_dumps(root, 0);
	assert_null(strstr(text, "provider-secret"));
	assert_null(strstr(text, "header-secret"));
	assert_null(strstr(text, "master-secret"));
	assert_non_null(strstr(text, "x-extra"));
	assert_string_equal(
	    json_read_text(named(json_read_at(root, "settings"), "key", "master_key"), "value"),
	    "set, and not shown");
	play_end(&play);
}

static void test_what_check_finds_has_its_place(void **state)
{
	AUTO_JSON json_t *root = NULL;
	const json_t *finding;
	struct play play;

	play_begin(&play, secretive, NULL);
	root = shown(&play);
	assert_int_equal(json_read_int(root, "findings.errors", 0), 1);
	finding = named(json_read_at(root, "findings.list"), "severity", "error");
	assert_int_equal(json_read_int(finding, "line", 0), 11);
	assert_non_null(strstr(json_read_text(finding, "text"), "goes upward"));
	assert_true(json_is_true(json_read_at(finding, "error")));
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings_in_force_are_shown_with_their_defaults),
		cmocka_unit_test(test_no_secret_is_shown),
		cmocka_unit_test(test_what_check_finds_has_its_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
