/* What a file says, as typed fields; files that cannot be read; changes of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/load.h"

static char folder[64];
static char path[128];

static int make_folder(void **state)
{
	(void)snprintf(folder, sizeof folder, "/tmp/sideways-load-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/settings.yaml", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char other[160];
	(void)snprintf(other, sizeof other, "%s/more.yaml", folder);
	(void)unlink(other);
	(void)unlink(path);
	return rmdir(folder);
}

static void write_to(const char *name, const char *text)
{
	char full[160];
	(void)snprintf(full, sizeof full, "%s/%s", folder, name);
	FILE *file = fopen(full, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static struct settings *load(const char *text)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	write_to("settings.yaml", text);
	struct settings *settings = settings_load(path, &problems, &err);
	if (!settings)
		fail_msg("%s", err.text);
	problems_release(&problems);
	return settings;
}

#define MODEL "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o-mini}}]\n"

static void test_defaults_stand_where_nothing_is_said(void **state)
{
	struct settings *s = load(MODEL);
	assert_int_equal(s->num_retries, 2);
	assert_true(s->leases_enabled);
	assert_true(s->tells_upstream_limits);
	assert_false(s->drop_params);
	assert_int_equal(s->request_timeout_ms, 600000);
	assert_true(s->stream_timeout_ms == SETTING_UNSET);
	assert_int_equal(s->allowed_fails, 3);
	assert_int_equal(s->cooldown_ms, 30000);
	assert_true(s->max_budget_nano == SETTING_UNSET);
	assert_int_equal(s->max_body_bytes, 32 << 20);
	assert_int_equal(s->max_concurrency, 8000);
	assert_int_equal(s->drain_ms, 30000);
	assert_true(s->default_max_tokens == SETTING_UNSET);
	assert_int_equal(s->keep_alive_ms, 15000);
	assert_int_equal(s->connect_timeout_ms, 5000);
	assert_int_equal(s->idle_timeout_ms, 120000);
	assert_int_equal(s->retry_after_wait_ms, 2000);
	assert_int_equal(s->retry_after_cap_ms, 300000);
	assert_int_equal(s->max_attempts, 6);
	assert_int_equal(s->retry_budget_percent, 20);
	assert_int_equal(s->retry_budget_floor, 100);
	assert_true(s->log_retention_ms == INT64_C(7776000000));
	assert_string_equal(s->timezone, "UTC");
	assert_int_equal(s->tier_count, 4);
	assert_string_equal(s->tiers[0].name, "free");
	assert_int_equal(s->tiers[0].up_to_pico, 0);
	assert_int_equal(s->tiers[1].up_to_pico, 1000000);
	assert_string_equal(s->tiers[3].name, "premium");
	assert_true(s->tiers[3].up_to_pico == INT64_MAX);
	assert_int_equal(s->max_price_ratio_percent, 0);
	const struct deployment *d = &s->deployments[0];
	assert_true(d->rpm == SETTING_UNSET && d->num_retries == SETTING_UNSET);
	assert_true(d->prices.input_pico == SETTING_UNSET && d->max_input_tokens == SETTING_UNSET);
	assert_int_equal(strlen(s->digest), 64);
	settings_free(s);
}

static void test_three_and_zero_mean_what_they_say(void **state)
{
	struct settings *s = load(MODEL "litellm_settings: {max_budget: 0, num_retries: 0}\n"
					"router_settings: {allowed_fails: 3, cooldown_time: 0}\n");
	assert_int_equal(s->max_budget_nano, 0);
	assert_int_equal(s->num_retries, 0);
	assert_int_equal(s->allowed_fails, 3);
	assert_int_equal(s->cooldown_ms, 0);
	settings_free(s);
}

static void test_router_settings_win_over_litellm_settings(void **state)
{
	struct settings *s =
	    load(MODEL "router_settings: {num_retries: 0, stream_timeout: 2m}\nlitellm_settings: "
		       "{num_retries: 3, drop_params: true}\n");
	assert_int_equal(s->num_retries, 0);
	assert_int_equal(s->stream_timeout_ms, 120000);
	assert_true(s->drop_params);
	settings_free(s);
}

static void test_a_deployment_is_read_whole(void **state)
{
	struct settings *s = load(
	    "model_list:\n"
	    "  - model_name: a\n"
	    "    rpm: 7\n"
	    "    litellm_params: {model: claude/claude-haiku-4-5, api_key: sk-x, max_budget: "
	    "0.25,\n"
	    "      timeout: 1.5, cooldown_time: 1m, temperature: .5, seed: 7, stop: [a, 'b\"'],\n"
	    "      logprobs: yes, reasoning_effort: high, mock_response: '', order: 0,\n"
	    "      extra_headers: {X-A: one two}, extra_body: {top_k: 3},\n"
	    "      input_cost_per_token: 1.5e-07, output_cost_per_token: 0.0000006,\n"
	    "      cache_creation_input_token_cost_above_1hr: 3e-7,\n"
	    "      input_cost_per_token_above_200k_tokens: 3e-07, input_cost_per_request: 0.01}\n"
	    "    model_info: {id: mine, base_model: claude-x, mode: chat, tier: cheap, max_tokens: "
	    "100,\n"
	    "      max_input_tokens: 2000, supports_vision: false, input_cost_per_audio_token: "
	    "1e-6}\n");
	const struct deployment *d = &s->deployments[0];
	assert_string_equal(d->provider, "anthropic");
	assert_string_equal(d->model, "claude-haiku-4-5");
	assert_string_equal(d->id, "mine");
	assert_int_equal(d->rpm, 7);
	assert_int_equal(d->max_budget_nano, 250000000);
	assert_string_equal(d->budget_duration, "1d");
	assert_int_equal(d->timeout_ms, 1500);
	assert_int_equal(d->cooldown_ms, 60000);
	assert_int_equal(d->order, 0);
	assert_true(d->mock_response_set);
	assert_string_equal(d->mock_response, "");
	assert_string_equal(d->extra_headers.items[0].value, "one two");
	assert_int_equal(d->parameters.count, 6);
	assert_string_equal(d->parameters.items[0].value, "0.5");
	assert_string_equal(d->parameters.items[1].value, "7");
	assert_string_equal(d->parameters.items[2].value, "[\"a\",\"b\\\"\"]");
	assert_string_equal(d->parameters.items[3].value, "true");
	assert_string_equal(d->parameters.items[4].value, "\"high\"");
	assert_string_equal(d->parameters.items[5].name, "top_k");
	assert_int_equal(d->prices.input_pico, 150000);
	assert_int_equal(d->prices.output_pico, 600000);
	assert_int_equal(d->prices.cache_write_1h_pico, 300000);
	assert_int_equal(d->prices.long_from_tokens, 200000);
	assert_int_equal(d->prices.long_input_pico, 300000);
	assert_int_equal(d->prices.per_request_nano, 10000000);
	assert_int_equal(d->prices.audio_input_pico, 1000000);
	assert_int_equal(d->max_output_tokens, 100);
	assert_int_equal(d->max_input_tokens, 2000);
	assert_true(d->supports_vision_set && !d->supports_vision && !d->supports_tools_set);
	settings_free(s);
}

static void test_litellms_spellings_mean_what_they_mean_there(void **state)
{
	struct settings *s = load(
	    "model_list:\n"
	    "  - {model_name: a, litellm_params: {model: ollama_chat/qwen3, weight: 0.9, rpm: 010, "
	    "tpm: 0x1F, timeout: 1:30, max_budget: 1_0, budget_duration: 1day}}\n"
	    "  - {model_name: a, litellm_params: {model: ollama/qwen3, weight: 1, rpm: '010', "
	    "temperature: 010}}\n"
	    "  - model_name: ranges\n"
	    "    litellm_params:\n"
	    "      model: dashscope/qwen-flash\n"
	    "      tiered_pricing:\n"
	    "        - {range: [0, 256000.0], input_cost_per_token: 5e-08, output_cost_per_token: "
	    "4e-07}\n"
	    "        - {range: [256000.0, 512000], input_cost_per_token: 3e-07, "
	    "output_cost_per_token: 1e-06}\n"
	    "        - {range: [512000, 1000000], input_cost_per_token: 2e-07, "
	    "output_cost_per_token: 2e-06}\n"
	    "litellm_settings: {max_budget: 5, budget_duration: Monthly, fallbacks: [{a: [{model: "
	    "ranges}]}]}\n");
	const struct deployment *a = &s->deployments[0], *b = &s->deployments[1],
				*ranges = &s->deployments[2];

	assert_string_equal(a->provider, "ollama");
	assert_int_equal(a->weight, SETTING_WEIGHT_ONE / 10 * 9);
	assert_int_equal(b->weight, SETTING_WEIGHT_ONE);
	assert_int_equal(a->rpm, 8);
	assert_int_equal(
	    b->rpm, 10); /* a quoted number is a text, which LiteLLM makes a number of ten */
	assert_int_equal(a->tpm, 31);
	assert_int_equal(a->timeout_ms, 90000);
	assert_int_equal(a->max_budget_nano, INT64_C(10000000000));
	assert_string_equal(a->budget_duration, "1d");
	assert_string_equal(b->parameters.items[0].value, "8");
	assert_string_equal(s->budget_duration, "30d");
	assert_string_equal(s->fallbacks.items[0].targets[0].name, "ranges");
	assert_int_equal(ranges->prices.input_pico, 50000);
	assert_int_equal(ranges->prices.output_pico, 400000);
	assert_int_equal(ranges->prices.long_from_tokens, 256000);
	assert_int_equal(ranges->prices.long_input_pico, 300000);
	assert_int_equal(ranges->prices.long_output_pico, 2000000);
	settings_free(s);
}

/* No range is left out: neither one of many nor one that names a single price. */
static void test_each_range_has_its_price(void **state)
{
	struct settings *s = load("model_list:\n"
				  "  - model_name: ranges\n"
				  "    litellm_params:\n"
				  "      model: dashscope/qwen-flash\n"
				  "      tiered_pricing:\n"
				  "        - {range: [0, 1000], input_cost_per_token: 1e-6, "
				  "output_cost_per_token: 1e-6}\n"
				  "        - {range: [1000, 2000], input_cost_per_token: 2e-6}\n"
				  "        - {range: [2000, 3000], input_cost_per_token: 3e-6, "
				  "output_cost_per_token: 3e-6}\n"
				  "        - {range: [3000, 4000], input_cost_per_token: 4e-6, "
				  "output_cost_per_token: 4e-6}\n"
				  "        - {range: [4000, 5000], input_cost_per_token: 5e-6, "
				  "output_cost_per_token: 5e-6}\n"
				  "        - {range: [5000, 6000], input_cost_per_token: 9e-6, "
				  "output_cost_per_token: 8e-6}\n");
	const struct price_step *steps = s->deployments[0].prices.steps;

	assert_int_equal(steps[0].from_tokens, 1000);
	assert_int_equal(steps[0].input_pico, 2000000);
	assert_int_equal(steps[3].from_tokens, 4000);
	assert_int_equal(steps[3].input_pico, 9000000);
	assert_int_equal(steps[3].output_pico, 8000000);
	settings_free(s);
}

/* What belongs in litellm_params is not read there, and is nothing for GET /model/info. */
static void test_what_belongs_elsewhere_is_no_word_of_ones_own(void **state)
{
	struct settings *s =
	    load("model_list:\n"
		 "  - model_name: a\n"
		 "    litellm_params: {model: openai/gpt-4o-mini, api_key: k}\n"
		 "    model_info: {api_key: sk-secret, api_base: 'https://u:p@example.com', "
		 "aws_secret_access_key: s, hosted_in: EU}\n");
	const struct settings_pairs *own = &s->deployments[0].own_info;

	assert_int_equal(own->count, 1);
	assert_string_equal(own->items[0].name, "hosted_in");
	settings_free(s);
}

/* As LiteLLM, which does not tell them from what is left out. */
static void test_null_hides_nothing_of_a_credential(void **state)
{
	struct settings *s = load(
	    "credential_list:\n"
	    "  - credential_name: eu\n"
	    "    credential_values: {api_key: sk-eu, api_base: 'https://eu.example.com'}\n"
	    "model_list:\n"
	    "  - model_name: a\n"
	    "    litellm_params: {model: openai/m, litellm_credential_name: eu, api_key: null, "
	    "api_base: }\n"
	    "  - model_name: b\n"
	    "    litellm_params: {model: openai/m, litellm_credential_name: eu, api_key: '', "
	    "api_base: 'https://own.example.com'}\n");

	assert_string_equal(s->deployments[0].api_key, "sk-eu");
	assert_string_equal(s->deployments[0].api_base, "https://eu.example.com");
	assert_string_equal(s->deployments[1].api_key, "sk-eu");
	assert_string_equal(s->deployments[1].api_base, "https://own.example.com");
	settings_free(s);
}

static void test_ids_stay_when_keys_and_weights_change(void **state)
{
	struct settings *a = load(
	    "model_list:\n"
	    "  - {model_name: g, litellm_params: {model: openai/m, api_key: one}}\n"
	    "  - {model_name: g, litellm_params: {model: openai/m, api_key: two}}\n"
	    "  - {model_name: g, litellm_params: {model: openai/m, organization: [o1, o2]}}\n");
	struct settings *b =
	    load("model_list:\n"
		 "  - {model_name: g, litellm_params: {model: openai/m, api_key: new, weight: 5}}\n"
		 "  - {model_name: g, litellm_params: {model: openai/m2}}\n");
	assert_int_equal(a->deployment_count, 4);
	assert_string_equal(a->deployments[0].id, b->deployments[0].id);
	assert_string_not_equal(a->deployments[0].id, a->deployments[1].id);
	assert_string_not_equal(a->deployments[0].id, b->deployments[1].id);
	assert_string_equal(a->deployments[3].organization, "o2");
	assert_int_equal(strlen(a->deployments[0].id), strlen("g-") + 12);
	settings_free(a);
	settings_free(b);
}

static void test_chains_are_found_by_group_then_stripped_then_star(void **state)
{
	struct settings *s = load(
	    "model_list:\n"
	    "  - {model_name: a, litellm_params: {model: openai/m}}\n"
	    "  - {model_name: openai/b, litellm_params: {model: openai/m}}\n"
	    "litellm_settings: {fallbacks: [{a: [openai/b]}, {b: [a]}], default_fallbacks: [a]}\n");
	assert_string_equal(settings_chain(&s->fallbacks, "a")->targets[0].name, "openai/b");
	assert_string_equal(settings_chain(&s->fallbacks, "openai/b")->group, "b");
	assert_string_equal(settings_chain(&s->fallbacks, "other")->group, "*");
	assert_null(settings_chain(&s->context_window_fallbacks, "a"));
	settings_free(s);
}

static void test_a_change_of_any_file_is_seen(void **state)
{
	write_to("more.yaml", "router_settings: {num_retries: 1}\n");
	struct settings *s = load("include: [more.yaml]\n" MODEL);
	assert_int_equal(s->num_retries, 1);
	assert_false(settings_changed(s));
	write_to("more.yaml", "router_settings: {num_retries: 10}\n");
	assert_true(settings_changed(s));
	settings_free(s);
	s = load("include: [more.yaml]\n" MODEL);
	assert_false(settings_changed(s));
	assert_int_equal(unlink(path), 0);
	assert_true(settings_changed(s));
	settings_free(s);
}

static void expect_unusable(const char *file, const char *text)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	assert_null(settings_load(file, &problems, &err));
	assert_int_equal(err.kind, ERROR_SETTINGS);
	assert_non_null(strstr(err.text, text));
	assert_int_equal(problems.errors, 0);
	problems_release(&problems);
}

static void test_files_that_cannot_be_read_say_so(void **state)
{
	expect_unusable(
	    "/tmp/no/such/file.yaml", "/tmp/no/such/file.yaml: the file does not exist");
	expect_unusable(folder, "is not a regular file");
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_unusable(path, "is not a regular file");
	assert_int_equal(unlink(path), 0);
	char *large = malloc(1048578);
	memset(large, '#', 1048577);
	large[1048577] = '\0';
	write_to("settings.yaml", large);
	expect_unusable(path, "the file is larger than 1 MiB");
	memset(large, '{', 200000);
	large[200000] = '\0';
	write_to("settings.yaml", large);
	expect_unusable(path, "nested deeper than 64 levels");
	free(large);
}

static void refused(const char *text, mode_t mode, const char *says)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	write_to("settings.yaml", text);
	assert_int_equal(chmod(path, mode), 0);
	assert_null(settings_load(path, &problems, &err));
	if (!strstr(err.text, says))
		fail_msg("%s", err.text);
	assert_null(strstr(err.text, "hush"));
	for (size_t i = 0; i < problems.count; i++)
		if (strstr(problems.items[i].text, "hush"))
			fail_msg("%s", problems.items[i].text);
	problems_release(&problems);
	assert_int_equal(chmod(path, 0600), 0);
}

static void test_what_is_no_settings_file_is_refused_and_not_quoted(void **state)
{
	refused("{}\n", 0600, "not a settings file");
	refused("hush: word\nhush2: [a, b]\n", 0600, "not a settings file");
	refused("hush: 1\nhush: 2\n", 0600, "not a settings file");
	refused("root:hush:20000:0:99999:7:::\ndaemon:*:20000::::::\n", 0600, "");
	refused("[hush]\nkey = hush\n", 0600, "");
	refused("hush:\n\t- x: [\n", 0600, "");
	refused("%hush\n", 0600, "");
	refused("a: *hush\n", 0600, "");
	refused("a: !hush b\n", 0600, "");
	refused("general_settings: {master_key: sk-1}\n", 0600, "there is no model_list");
	refused("model_list: []\n", 0600, "there is no model_list");
	refused("model_list:\n", 0600, "there is no model_list");
}

static void test_a_file_that_anyone_may_change_is_refused(void **state)
{
	refused(MODEL, 0666, "chmod o-w");
	refused(MODEL, 0602, "chmod o-w");
}

static void test_one_faulty_entry_does_not_spoil_the_file(void **state)
{
	struct settings *s =
	    load("model_list:\n"
		 "  - {model_name: a, litellm_params: {model: azure/}}\n"
		 "  - {model_name: b, litellm_params: {model: openai/gpt-4o-mini}}\n"
		 "  - {litellm_params: {model: openai/gpt-4o-mini}}\n"
		 "  - {model_name: c, litellm_params: {model: openai/x, weight: "
		 "7, rpm: many}, model_info: {tier: mid}}\n");
	assert_int_equal(s->deployment_count, 3);
	assert_non_null(strstr(s->deployments[0].fault, ":2:"));
	assert_null(s->deployments[1].fault);
	assert_non_null(strstr(s->deployments[2].fault, "rpm"));
	assert_true(s->deployments[2].weight > 0); /* its turn in the draw */
	assert_string_equal(s->deployments[2].tier, "mid");
	assert_false(s->deployments[2].price_unsure);
	settings_free(s);
}

static void test_an_error_elsewhere_spoils_the_file(void **state)
{
	refused(MODEL "litellm_settings: {max_budget: ten}\n", 0600, "max_budget");
	refused(MODEL "general_settings: {master_key: os.environ/SIDEWAYS_TEST_NOT_SET}\n", 0600,
	    "SIDEWAYS_TEST_NOT_SET");
	refused("model_list: {a: b}\n", 0600, "must be a list");
	refused("model_list: [{model_name: a, litellm_params: {model: azure/}}]\n", 0600,
	    "no entry of model_list can be used");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_stand_where_nothing_is_said),
		cmocka_unit_test(test_three_and_zero_mean_what_they_say),
		cmocka_unit_test(test_router_settings_win_over_litellm_settings),
		cmocka_unit_test(test_a_deployment_is_read_whole),
		cmocka_unit_test(test_litellms_spellings_mean_what_they_mean_there),
		cmocka_unit_test(test_each_range_has_its_price),
		cmocka_unit_test(test_what_belongs_elsewhere_is_no_word_of_ones_own),
		cmocka_unit_test(test_null_hides_nothing_of_a_credential),
		cmocka_unit_test(test_ids_stay_when_keys_and_weights_change),
		cmocka_unit_test(test_chains_are_found_by_group_then_stripped_then_star),
		cmocka_unit_test(test_a_change_of_any_file_is_seen),
		cmocka_unit_test(test_files_that_cannot_be_read_say_so),
		cmocka_unit_test(test_what_is_no_settings_file_is_refused_and_not_quoted),
		cmocka_unit_test(test_a_file_that_anyone_may_change_is_refused),
		cmocka_unit_test(test_one_faulty_entry_does_not_spoil_the_file),
		cmocka_unit_test(test_an_error_elsewhere_spoils_the_file),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
