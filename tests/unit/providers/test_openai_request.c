/* The client's bytes on their way to a provider: what is spliced, and that nothing else changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_scan.h"
#include "base/text.h"
#include "providers/provider.h"

/* Settings own their texts; here they are literals. */
#define T(text) (char *)(text)

static struct settings_pair parameters[] = { { .name = T("temperature"), .value = T("0.2") },
	{ .name = T("max_tokens"), .value = T("99") } };
static const struct deployment deployment = {
	.id = T("d"), .provider = T("openai"), .parameters = { parameters, 2 }
};
static const struct deployment bare = { .id = T("d"), .provider = T("openai") };

struct built {
	struct arena arena;
	struct fetch_call call;
	struct text body;
};

static int build(struct built *built, const char *provider, const struct deployment *to,
    const char *body, int64_t limit)
{
	struct chat_request request;
	struct error err = { 0 };
	struct provider_call call = { .provider = provider_find(provider),
		.deployment = to,
		.model = "real",
		.api_key = "sk-key",
		.request = &request,
		.output_limit = limit };

	memset(built, 0, sizeof *built);
	arena_init(&built->arena);
	text_init(&built->body, 1 << 22);
	if (chat_request_read(slice_of(body), NULL, &built->arena, &request, &err) != 0)
		fail_msg("%s", err.text);
	if (call.provider->format->build(&call, &built->arena, &built->call, &err) != 0)
		return -1;
	for (size_t i = 0; i < built->call.body_count; i++)
		text_add(&built->body, built->call.body[i].ptr, built->call.body[i].len);
	return 0;
}

static void done(struct built *built)
{
	text_release(&built->body);
	arena_release(&built->arena);
}

static const struct {
	const char *provider;
	const struct deployment *to;
	int64_t limit;
	const char *client, *upstream;
} cases[] = {
	{ "deepseek", &bare, 0, "{\"model\":\"m\",\"messages\":[{}]}",
	    "{\"model\":\"real\",\"messages\":[{}]}" },
	{ "deepseek", &bare, 0, "{ \"messages\" : [ { } ] , \"model\" : \"m\" }",
	    "{\"messages\" : [ { } ],\"model\":\"real\"}" },
	{ "deepseek", &bare, 7, "{\"messages\":[{}],\"model\":\"m\"}",
	    "{\"messages\":[{}],\"model\":\"real\",\"max_tokens\":7}" },
	{ "openai", &bare, 7, "{\"messages\":[{}],\"model\":\"m\"}",
	    "{\"messages\":[{}],\"model\":\"real\",\"max_completion_tokens\":7}" },
	{ "openai", &bare, 7, "{\"max_tokens\":50,\"messages\":[{}],\"model\":\"m\"}",
	    "{\"max_tokens\":7,\"messages\":[{}],\"model\":\"real\"}" },
	{ "openai", &bare, 7,
	    "{\"max_tokens\":50,\"max_completion_tokens\":60,\"messages\":[{}],\"model\":\"m\"}",
	    "{\"max_tokens\":7,\"max_completion_tokens\":7,\"messages\":[{}],\"model\":\"real\"}" },
	{ "openai", &bare, 7, "{\"max_tokens\":null,\"messages\":[{}],\"model\":\"m\"}",
	    "{\"messages\":[{}],\"model\":\"real\",\"max_completion_tokens\":7}" },
	{ "openai", &bare, 0,
	    "{\"api_base\":\"http://"
	    "evil\",\"model\":\"m\",\"api_key\":\"x\",\"messages\":[{}],\"fallbacks\":[\"y\"]}",
	    "{\"model\":\"real\",\"messages\":[{}]}" },
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"unknown\":{\"api_base\":\"kept, it is "
	    "theirs\"},\"messages\":[{}],\"x\":0.10}",
	    "{\"model\":\"real\",\"unknown\":{\"api_base\":\"kept, it is "
	    "theirs\"},\"messages\":[{}],\"x\":0.10}" },
	{ "openai", &bare, 0, "{\"timeout\":5,\"num_retries\":1,\"model\":\"m\",\"messages\":[{}]}",
	    "{\"model\":\"real\",\"messages\":[{}]}" },
	{ "openai", &bare, 0, "{\"model\":\"m\",\"messages\":[{}],\"stream\":true}",
	    "{\"model\":\"real\",\"messages\":[{}],\"stream\":true,\"stream_options\":{\"include_"
	    "usage\":true}}" },
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"stream_options\":{\"include_obfuscation\":false,\"include_usage\":"
	    "false},\"messages\":[{}],\"stream\":true}",
	    "{\"model\":\"real\",\"stream_options\":{\"include_usage\":true,\"include_"
	    "obfuscation\":false},\"messages\":[{}],\"stream\":true}" },
	{ "mistral", &bare, 0, "{\"model\":\"m\",\"messages\":[{}],\"stream\":true}",
	    "{\"model\":\"real\",\"messages\":[{}],\"stream\":true}" },
	{ "openai", &deployment, 99, "{\"model\":\"m\",\"messages\":[{}]}",
	    "{\"model\":\"real\",\"messages\":[{}],\"max_completion_tokens\":99,\"temperature\":0."
	    "2}" },
	{ "openai", &deployment, 0,
	    "{\"model\":\"m\",\"temperature\":1,\"max_tokens\":5,\"messages\":[{}]}",
	    "{\"model\":\"real\",\"temperature\":1,\"max_tokens\":5,\"messages\":[{}]}" },
	/* the signature of another vendor, in an id wherever one may stand */
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"c1__thought__s\","
	    "\"content\":\"x\"}]}",
	    "{\"model\":\"real\",\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"c1\","
	    "\"content\":\"x\"}]}" },
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"messages\":[{\"tool_\\u0063all_id\":\"c1__thought__s\"}]}",
	    "{\"model\":\"real\",\"messages\":[{\"tool_\\u0063all_id\":\"c1\"}]}" },
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"messages\":[{\"tool_calls\":[{\"id\":\"c1__thought__s\"}]}]}",
	    "{\"model\":\"real\",\"messages\":[{\"tool_calls\":[{\"id\":\"c1\"}]}]}" },
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"messages\":[{\"content\":[{\"type\":\"text\",\"id\":\"c1__thought__"
	    "s\"}]}]}",
	    "{\"model\":\"real\",\"messages\":[{\"content\":[{\"type\":\"text\",\"id\":\"c1\"}]}]"
	    "}" },
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"messages\":[{\"content\":{\"a\":{\"id\":\"c1__thought__s\"}}}]}",
	    "{\"model\":\"real\",\"messages\":[{\"content\":{\"a\":{\"id\":\"c1\"}}}]}" },
	{ "openai", &bare, 0,
	    "{\"model\":\"m\",\"messages\":[{\"id\":\"c1__thought__s\",\"content\":\"c1__thought__"
	    "s\"}]}",
	    "{\"model\":\"real\",\"messages\":[{\"id\":\"c1__thought__s\",\"content\":\"c1__"
	    "thought__s\"}]}" },
	{ "openai", &bare, 0, "{\"\\u006dodel\":\"m\",\"messages\":[{}]}",
	    "{\"\\u006dodel\":\"real\",\"messages\":[{}]}" },
};

static void test_only_what_must_change_is_changed(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct built built;

		assert_int_equal(
		    build(&built, cases[i].provider, cases[i].to, cases[i].client, cases[i].limit),
		    0);
		assert_string_equal(built.body.bytes, cases[i].upstream);
		assert_int_equal(json_scan_check(text_slice(&built.body), NULL), 0);
		done(&built);
	}
}

static void test_a_large_body_is_passed_in_place(void **state)
{
	AUTO_TEXT struct text body = text_empty(1 << 22);
	struct built built;

	text_puts(&body, "{\"model\":\"m\",\"messages\":[{\"content\":\"");
	for (int i = 0; i < 1 << 20; i++)
		text_putc(&body, 'a');
	text_puts(&body, "\"}]}");
	assert_int_equal(build(&built, "openai", &bare, body.bytes, 5), 0);
	assert_true(built.call.body_count < 8);
	for (size_t i = 0; i < built.call.body_count; i++)
		if (built.call.body[i].len > 1000)
			assert_true(built.call.body[i].ptr > body.bytes &&
				    built.call.body[i].ptr < body.bytes + body.len);
	done(&built);
}

static const char *header(const struct fetch_call *call, const char *name)
{
	for (size_t i = 0; i < call->header_count; i++)
		if (strcmp(call->headers[i].name, name) == 0)
			return call->headers[i].value;
	return NULL;
}

static void test_url_and_credential_come_from_the_settings(void **state)
{
	static const struct deployment azure = { .id = T("d"),
		.provider = T("azure"),
		.api_base = T("https://me.openai.azure.com/"),
		.api_version = T("2024-06-01") };
	static const struct deployment own = { .id = T("d"),
		.provider = T("openai"),
		.api_base = T("http://127.0.0.1:8000/v1/"),
		.insecure_http = true };
	static const char body[] = "{\"model\":\"m\",\"messages\":[{}]}";
	struct built built;

	assert_int_equal(build(&built, "deepseek", &bare, body, 0), 0);
	assert_string_equal(built.call.url, "https://api.deepseek.com/v1/chat/completions");
	assert_string_equal(header(&built.call, "Authorization"), "Bearer sk-key");
	assert_false(built.call.allow_http);
	done(&built);
	assert_int_equal(build(&built, "azure", &azure, body, 0), 0);
	assert_string_equal(built.call.url, "https://me.openai.azure.com/openai/deployments/real/"
					    "chat/completions?api-version=2024-06-01");
	assert_string_equal(header(&built.call, "api-key"), "sk-key");
	assert_null(header(&built.call, "Authorization"));
	done(&built);
	assert_int_equal(build(&built, "openai", &own, body, 0), 0);
	assert_string_equal(built.call.url, "http://127.0.0.1:8000/v1/chat/completions");
	assert_true(built.call.allow_http);
	done(&built);
	assert_int_equal(build(&built, "hosted_vllm", &bare, body, 0), -1); /* no address */
	done(&built);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_must_change_is_changed),
		cmocka_unit_test(test_a_large_body_is_passed_in_place),
		cmocka_unit_test(test_url_and_credential_come_from_the_settings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
