/*
 * A path says in which shape its errors are told, whatever headers a client sends with it.
 */
#include "api/wire_style.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/routes.h"
#include "caught_reply.h"

static enum wire_format_id style_of(const char *path, bool is_anthropic)
{
	struct caught_reply caught;
	enum wire_format_id style;

	caught_begin(&caught, path);
	if (is_anthropic)
		caught_variable(&caught, "HTTP_ANTHROPIC_VERSION", "2023-06-01");
	style = wire_style_of(&caught.request);
	caught_end(&caught);
	return style;
}

static void test_paths_that_call_models_say_it_themselves(void **state)
{
	static const struct {
		const char *path;
		enum wire_format_id format;
	} cases[] = {
		{ "/v1/chat/completions", WIRE_OPENAI_CHAT },
		{ "/openai/deployments/m/chat/completions", WIRE_OPENAI_CHAT },
		{ "/v1/completions", WIRE_COMPLETIONS },
		{ "/openai/deployments/m/completions", WIRE_COMPLETIONS },
		{ "/v1/responses", WIRE_RESPONSES },
		{ "/v1/messages", WIRE_ANTHROPIC },
		{ "/anthropic/v1/messages", WIRE_ANTHROPIC },
		{ "/v1/messages/count_tokens", WIRE_ANTHROPIC },
		{ "/v1/embeddings", WIRE_EMBEDDINGS },
		{ "/openai/deployments/m/embeddings", WIRE_EMBEDDINGS },
		{ "/v1beta/models/m:generateContent", WIRE_GEMINI },
		{ "/v1/models/m:streamGenerateContent", WIRE_GEMINI },
		{ "/v1beta/models/m:embedContent", WIRE_GEMINI },
		{ "/v1/images/edits", WIRE_MEDIA },
		{ "/v1/audio/transcriptions", WIRE_MEDIA },
		{ "/v2/rerank", WIRE_MEDIA },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(style_of(cases[i].path, false), cases[i].format);
		assert_int_equal(style_of(cases[i].path, true), cases[i].format);
	}
}

static void test_other_paths_go_by_the_header(void **state)
{
	assert_int_equal(style_of("/v1/models", false), WIRE_OPENAI_CHAT);
	assert_int_equal(style_of("/v1/models", true), WIRE_ANTHROPIC);
	assert_int_equal(style_of("/nowhere", false), WIRE_OPENAI_CHAT);
}

/* A route that is added without a word of its own would tell its errors by a header. */
static void test_each_route_that_calls_a_model_has_a_style_of_its_own(void **state)
{
	for (size_t i = 0; i < api_route_count; i++) {
		const struct route *route = &api_routes[i];

		if (strcmp(route->method, "POST") != 0 || strncmp(route->path, "/health", 7) == 0)
			continue;
		if (strcmp(route->path, "/v1/models/{}") == 0) /* {} holds the method's word */
			continue;
		assert_int_equal(style_of(route->path, true), style_of(route->path, false));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_that_call_models_say_it_themselves),
		cmocka_unit_test(test_other_paths_go_by_the_header),
		cmocka_unit_test(test_each_route_that_calls_a_model_has_a_style_of_its_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
