/* allowed_routes of a key: addresses, what stands below them, and LiteLLM's groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "accounts/key_routes.h"

static void test_each_list_opens_what_it_names_and_no_more(void **state)
{
	static const struct {
		const char *routes, *path;
		bool open;
	} cases[] = {
		{ NULL, "/v1/messages", true },
		{ "[]", "/v1/messages", true },
		{ "[\"llm_api_routes\"]", "/v1/messages", true },
		{ "[\"info_routes\",\"llm_api_routes\"]", "/a/path/of/its/own", true },
		{ "[\"openai_routes\"]", "/v1/messages", false },
		{ "[\"openai_routes\"]", "/v1/models/m:generateContent", false },
		{ "[\"openai_routes\"]", "/openai/deployments/m/chat/completions", true },
		{ "[\"google_routes\"]", "/v1/models/m:generateContent", true },
		{ "[\"google_routes\"]", "/v1/models/m", false },
		{ "[\"anthropic_routes\"]", "/anthropic/v1/messages", true },
		{ "[\"mcp_routes\"]", "/v1/chat/completions", false },
		{ "[\"/bria\"]", "/bria", true },
		{ "[\"/bria\"]", "/bria/v2/image", true },
		{ "[\"/bria\"]", "/brian", false },
		{ "[\"/bria*\"]", "/brian", true },
		{ "[\"/x\",\"/v1/embeddings\"]", "/v1/embeddings", true },
		{ "[\"\"]", "/v1/embeddings", false },
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (key_routes_allow(cases[i].routes, cases[i].path, &arena) != cases[i].open)
			fail_msg("%s at %s", cases[i].routes, cases[i].path);
	arena_release(&arena);
}

static void test_a_name_is_an_address_or_a_group_of_models(void **state)
{
	assert_true(key_routes_known(slice_of("/anything")));
	assert_true(key_routes_known(slice_of("llm_api_routes")));
	assert_true(key_routes_known(slice_of("mcp_routes")));
	assert_false(key_routes_known(slice_of("management_routes")));
	assert_false(key_routes_known(slice_of("v1/chat")));
	assert_false(key_routes_known(slice_of("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_list_opens_what_it_names_and_no_more),
		cmocka_unit_test(test_a_name_is_an_address_or_a_group_of_models),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
