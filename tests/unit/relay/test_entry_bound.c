/* What an entry's own words do to the bound of its calls, and what check says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "relay/catalog.h"

static struct problems problems;
static char folder[64], path[128];

/* The catalog of one entry, named "m". */
static struct catalog *catalog_of(const char *entry)
{
	struct error err = { 0 };
	struct settings *settings;
	struct catalog *catalog;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "model_list:\n  - { model_name: m, %s }\n", entry);
	assert_int_equal(fclose(file), 0);
	problems_release(&problems);
	settings = settings_load(path, &problems, &err);
	assert_non_null(settings);
	catalog = catalog_new(settings, &problems, &err);
	assert_non_null(catalog);
	return catalog;
}

static const struct member *member_of(struct catalog *catalog)
{
	const struct group *group = catalog_group_at(catalog, 0);

	assert_string_equal(group->name, "m");
	assert_int_equal(group->member_count, 1);
	return &group->members[0];
}

static int said(enum problem_severity severity, const char *word)
{
	int count = 0;

	for (size_t i = 0; i < problems.count; i++)
		count += problems.items[i].severity == severity &&
			 strstr(problems.items[i].text, word) != NULL;
	return count;
}

/* A server of one's own may call anything gpt-4 for clients that know no other name. */
static void test_a_borrowed_name_says_nothing_of_the_tokenizer(void **state)
{
	static const struct {
		const char *entry;
		enum tokenizer_kind kind;
	} rows[] = {
		{ "litellm_params: { model: openai/gpt-4, api_key: k }", TOKENIZER_CL100K },
		{ "litellm_params: { model: openai/gpt-4, api_key: k, api_base: "
		  "\"http://127.0.0.1:8080/v1\" }",
		    TOKENIZER_UNKNOWN },
		{ "litellm_params: { model: openai/gpt-4o, api_key: k, api_base: "
		  "\"https://models.example.com/v1\" }",
		    TOKENIZER_UNKNOWN },
		{ "litellm_params: { model: hosted_vllm/gpt-3.5-turbo, api_base: "
		  "\"http://127.0.0.1:8000/v1\" }",
		    TOKENIZER_UNKNOWN },
		{ "litellm_params: { model: openai/gpt-4o, api_key: k, api_base: "
		  "\"https://eu.api.openai.com/v1\" }",
		    TOKENIZER_O200K },
		{ "litellm_params: { model: openai/gpt-4o, api_key: k, api_base: "
		  "\"https://x.openai.azure.com/openai/v1\" }",
		    TOKENIZER_O200K },
		{ "litellm_params: { model: azure/gpt-4o, api_key: k, api_base: "
		  "\"https://gate.example.com\" }",
		    TOKENIZER_O200K },
		{ "litellm_params: { model: openai/gpt-4o, api_key: k, api_base: "
		  "\"https://gate.example.com/v1\" }, model_info: { tokenizer: o200k_base }",
		    TOKENIZER_O200K },
		{ "litellm_params: { model: openai/gpt-4o, api_key: k, api_base: "
		  "\"https://gate.example.com/v1\" }, model_info: { base_model: gpt-4o }",
		    TOKENIZER_O200K },
		{ "litellm_params: { model: hosted_vllm/Qwen/Qwen3-32B, api_base: "
		  "\"http://127.0.0.1:8000/v1\" }",
		    TOKENIZER_QWEN },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct catalog *catalog = catalog_of(rows[i].entry);

		if (member_of(catalog)->tokenizer != rows[i].kind)
			fail_msg("%s: %d", rows[i].entry, member_of(catalog)->tokenizer);
		catalog_release(catalog);
	}
}

#define WITH_BODY(provider, body)                                                                  \
	"litellm_params: { model: " provider ", api_key: k, extra_body: { " body " } }"

static void test_what_has_no_bound_is_refused_in_extra_body_too(void **state)
{
	static const char *const bodies[] = {
		WITH_BODY("openai/gpt-4o", "data_sources: [{ type: azure_search }]"),
		WITH_BODY("openai/gpt-4o", "mcp_servers: [{ url: \"https://x\" }]"),
		WITH_BODY("openai/gpt-4o", "previous_response_id: r1"),
		WITH_BODY("openai/gpt-4o", "thread: t1"),
		WITH_BODY("openai/gpt-4o", "background: true"),
		WITH_BODY("openai/gpt-4o", "speed: fast"),
		WITH_BODY("openai/gpt-4o", "max_new_tokens: 100000"),
	};

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct catalog *catalog = catalog_of(bodies[i]);

		if (!member_of(catalog)->unbounded ||
		    said(PROBLEM_ERROR, "default parameters") != 1)
			fail_msg("%s", bodies[i]);
		catalog_release(catalog);
	}
}

static void test_what_steers_the_provider_is_said(void **state)
{
	static const char *const bodies[] = {
		WITH_BODY("openrouter/openai/gpt-4o", "provider: { order: [azure] }"),
		WITH_BODY("openrouter/openai/gpt-4o", "models: [openai/gpt-5.6]"),
	};

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct catalog *catalog = catalog_of(bodies[i]);

		assert_false(member_of(catalog)->unbounded);
		assert_int_equal(said(PROBLEM_WARNING, "costs more than the price"), 1);
		catalog_release(catalog);
	}
	catalog_release(catalog_of("litellm_params: { model: openrouter/openai/gpt-4o, api_key: k, "
				   "input_cost_per_token: 0.00001, output_cost_per_token: 0.00003, "
				   "extra_body: { provider: { order: [azure] } } }"));
	assert_int_equal(said(PROBLEM_WARNING, "costs more than the price"), 0);
	catalog_release(
	    catalog_of(WITH_BODY("openai/gpt-4o", "top_k: 5, background: false, tone: x")));
	assert_int_equal(said(PROBLEM_ERROR, "default parameters"), 0);
	assert_int_equal(said(PROBLEM_WARNING, "costs more than the price"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_borrowed_name_says_nothing_of_the_tokenizer),
		cmocka_unit_test(test_what_has_no_bound_is_refused_in_extra_body_too),
		cmocka_unit_test(test_what_steers_the_provider_is_said),
	};
	int failed;

	snprintf(folder, sizeof folder, "/tmp/sideways-entry-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof path, "%s/gateway.yaml", folder);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	problems_release(&problems);
	(void)unlink(path);
	(void)rmdir(folder);
	return failed;
}
