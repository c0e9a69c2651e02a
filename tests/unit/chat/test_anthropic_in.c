/* What is passed on to Anthropic without being understood here counts as of unknown size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "chat/client_format.h"

static void test_content_of_another_type_is_of_unknown_size(void **state)
{
	static const char *const contents[] = {
		"{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://a.example/"
		"b\"}}",
		"7",
		"[{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":{\"type\":\"image\"}}"
		"]",
	};

	for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_conversation conversation;
		struct chat_request request;
		struct error err = { 0 };
		const char *body;

		body = arena_printf(&arena,
		    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":%s}]}",
		    contents[i]);
		assert_int_equal(client_format(WIRE_ANTHROPIC)
				     ->read(slice_of(body), NULL, false, &arena, &request, &err),
		    0);
		assert_int_equal(request.bound.unbounded_parts, 1);
		assert_int_equal(
		    client_format(WIRE_ANTHROPIC)->converse(&request, &arena, &conversation, &err),
		    -1);
		assert_int_equal(err.kind, ERROR_BAD_REQUEST);
	}
}

/* The first of two goes on, so it is the one whose number counts. */
static void test_a_second_search_does_not_lower_the_uses_of_the_first(void **state)
{
#define SEARCH(more) "{\"type\":\"web_search_20250305\",\"name\":\"web_search\"" more "}"
	static const struct {
		const char *tools;
		int64_t asked; /* 0: as many as are allowed */
	} cases[] = {
		{ SEARCH("") "," SEARCH(",\"max_uses\":1"), 0 },
		{ SEARCH(",\"max_uses\":5") "," SEARCH(",\"max_uses\":1"), 5 },
		{ SEARCH(",\"max_uses\":2") "," SEARCH(""), 2 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err = { 0 };
		const char *body;

		body = arena_printf(&arena,
		    "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
		    "\"content\":\"a\"}],\"tools\":[%s]}",
		    cases[i].tools);
		assert_int_equal(client_format(WIRE_ANTHROPIC)
				     ->read(slice_of(body), NULL, false, &arena, &request, &err),
		    0);
		assert_int_equal(request.bound.asked.of[SERVER_WEB_SEARCH], cases[i].asked);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_of_another_type_is_of_unknown_size),
		cmocka_unit_test(test_a_second_search_does_not_lower_the_uses_of_the_first),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
