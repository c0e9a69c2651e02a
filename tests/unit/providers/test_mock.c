/* The demonstration provider: mock_response answers with its text, or plays what LiteLLM raises for
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json_scan.h"
#include "providers/mock.h"

struct heard {
	int status;
	char body[4096];
	size_t len;
};

static int on_head(void *ctx, const struct fetch_head *head)
{
	((struct heard *)ctx)->status = head->status;
	return 0;
}

static int on_body(void *ctx, const char *bytes, size_t len)
{
	struct heard *heard = ctx;

	assert_true(heard->len + len < sizeof heard->body);
	memcpy(heard->body + heard->len, bytes, len);
	heard->len += len;
	return 0;
}

/* text: as JSON, NULL: none. */
static struct heard ask(const char *model, const char *text, bool stream, enum fetch_end *end)
{
	struct heard heard = { 0 };
	char body[512];
	struct fetch_call call = { .url = "http://mock.invalid/v1/chat/completions",
		.client_fd = -1,
		.on_head = on_head,
		.on_body = on_body,
		.ctx = &heard };
	struct fetch_result result;

	(void)snprintf(body, sizeof body,
	    "{\"model\":\"%s\",\"stream\":%s,\"messages\":[{\"role\":\"user\",\"content\":"
	    "\"Hello\"}]}",
	    model, stream ? "true" : "false");
	call.body = &(struct slice){ body, strlen(body) };
	call.body_count = 1;
	if (text)
		call.headers[call.header_count++] = (struct fetch_header){ MOCK_TEXT_HEADER, text };
	mock_fetch(NULL, &call, &result);
	*end = result.end;
	return heard;
}

static void test_a_text_is_the_answer(void **state)
{
	enum fetch_end end;
	struct heard heard = ask("gpt-4o-mini", "\"It is noon.\"", false, &end);

	assert_int_equal(heard.status, 200);
	assert_non_null(strstr(heard.body, "\"content\":\"It is noon.\""));
}

static void test_what_litellm_raises_is_a_failure(void **state)
{
	static const struct {
		const char *text;
		int status;
		const char *code;
	} cases[] = {
		{ "\"litellm.RateLimitError\"", 429, "rate_limit_exceeded" },
		{ "\"litellm.InternalServerError\"", 500, "server_error" },
		{ "\"litellm.ContextWindowExceededError\"", 400, "context_length_exceeded" },
		{ "\"Exception: content_filter_policy\"", 400, "content_filter" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum fetch_end end;
		struct heard heard = ask("gpt-4o-mini", cases[i].text, false, &end);

		assert_int_equal(heard.status, cases[i].status);
		assert_non_null(strstr(heard.body, cases[i].code));
	}
}

static void test_an_error_in_mid_stream_breaks_it(void **state)
{
	enum fetch_end end;
	struct heard heard = ask("gpt-4o-mini", "\"Exception: mock_streaming_error\"", true, &end);

	assert_int_equal(heard.status, 200);
	assert_int_equal(end, FETCH_BROKEN);
	assert_null(strstr(heard.body, "[DONE]"));
}

static void test_the_clients_own_words_raise_nothing(void **state)
{
	enum fetch_end end;
	struct heard heard = ask("mock-response", NULL, false, &end);

	assert_int_equal(heard.status, 200);
	assert_non_null(strstr(heard.body, "Hello"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_is_the_answer),
		cmocka_unit_test(test_what_litellm_raises_is_a_failure),
		cmocka_unit_test(test_an_error_in_mid_stream_breaks_it),
		cmocka_unit_test(test_the_clients_own_words_raise_nothing),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
