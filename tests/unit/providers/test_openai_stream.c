/* Usage from wherever a provider puts it, and out of the client's sight when it did not ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "providers/provider.h"

static enum stream_step feed(
    struct provider_stream *stream, const char *data, struct arena *arena, struct slice *out)
{
	return openai_chat_format.read_event(stream, "", slice_of(data), arena, out);
}

static void test_usage_is_found_and_hidden(void **state)
{
	static const struct {
		const char *data, *shown; /* NULL: hidden */
		int64_t input, output;
	} cases[] = {
		{ "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}", NULL,
		    9, 2 },
		{ "{\"id\":1,\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":null}",
		    "{\"id\":1,\"choices\":[{\"delta\":{\"content\":\"x\"}}]}", 0, 0 },
		{ "{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4},\"choices\":[{"
		  "\"delta\":{},\"finish_reason\":\"stop\"}]}",
		    "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", 3, 4 },
		{ "{\"choices\":[{\"delta\":{}}],\"x_groq\":{\"usage\":{\"prompt_tokens\":5,"
		  "\"completion_tokens\":6}}}",
		    "{\"choices\":[{\"delta\":{}}],\"x_groq\":{\"usage\":{\"prompt_tokens\":5,"
		    "\"completion_tokens\":6}}}",
		    5, 6 },
		{ "{\"choices\":[],\"prompt_filter_results\":[]}",
		    "{\"choices\":[],\"prompt_filter_results\":[]}", 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct provider_stream stream = { .provider = provider_find("openai") };
		AUTO_ARENA struct arena arena;
		enum stream_step step;
		struct slice out;

		arena_init(&arena);
		step = feed(&stream, cases[i].data, &arena, &out);
		assert_int_equal(step, cases[i].shown ? STREAM_FORWARD : STREAM_HIDE);
		if (cases[i].shown && !slice_is(out, cases[i].shown))
			fail_msg("%.*s", (int)out.len, out.ptr);
		assert_int_equal(stream.usage.input_tokens, cases[i].input);
		assert_int_equal(stream.usage.output_tokens, cases[i].output);
	}
}

static void test_a_client_that_asked_sees_usage_untouched(void **state)
{
	static const char data[] =
	    "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}";
	struct provider_stream stream = { .provider = provider_find("openai"),
		.usage_wanted = true };
	AUTO_ARENA struct arena arena;
	struct slice out;

	arena_init(&arena);
	assert_int_equal(feed(&stream, data, &arena, &out), STREAM_FORWARD);
	assert_true(slice_is(out, data));
}

static void test_errors_and_the_end_are_told_apart(void **state)
{
	static const char *const errors[] = { "{\"error\":{\"message\":\"x\"}}",
		"{\"error\":\"x\"}", "not json",
		("{\"error\":{\"code\":502},\"choices\":[{\"delta\":{},"
		 "\"finish_reason\":\"error\"}]}"),
		"[1]" };
	struct provider_stream stream = { .provider = provider_find("openrouter") };
	AUTO_ARENA struct arena arena;
	struct slice out;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		assert_int_equal(feed(&stream, errors[i], &arena, &out), STREAM_ERROR);
	assert_false(stream.finished);
	stream = (struct provider_stream){ .provider = provider_find("openrouter") };
	assert_int_equal(
	    feed(&stream,
		"{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"error\":null}", &arena,
		&out),
	    STREAM_FORWARD);
	assert_true(stream.finished);
	assert_int_equal(feed(&stream, "[DONE]", &arena, &out), STREAM_DONE);
	assert_true(stream.done);
}

static void test_a_cut_stream_is_estimated_from_what_came(void **state)
{
	struct provider_stream stream = { .provider = provider_find("openai") };
	AUTO_ARENA struct arena arena;
	struct slice out;

	arena_init(&arena);
	feed(&stream, "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}",
	    &arena, &out);
	feed(&stream, "{\"choices\":[{\"delta\":{\"content\":\"a long piece of text\"}}]}", &arena,
	    &out);
	feed(&stream, "{\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}", &arena, &out);
	provider_stream_estimate(&stream, 120);
	assert_true(stream.usage.estimated);
	assert_int_equal(stream.usage.input_tokens, 120);
	assert_int_equal(stream.usage.output_tokens, (20 + 2 + 2) / 3);
}

static void test_vendors_differences_are_evened_out(void **state)
{
	static const struct {
		const char *provider, *usage;
		int64_t input, cached, output, reasoning, cost;
	} cases[] = {
		{ "openai",
		    "{\"prompt_tokens\":100,\"prompt_tokens_details\":{\"cached_tokens\":40},"
		    "\"completion_tokens\":20,"
		    "\"completion_tokens_details\":{\"reasoning_tokens\":5}}",
		    100, 40, 20, 5, -1 },
		{ "deepseek",
		    "{\"prompt_tokens\":100,\"prompt_cache_hit_tokens\":60,\"completion_tokens\":"
		    "20}",
		    100, 60, 20, 0, -1 },
		{ "xai",
		    "{\"prompt_tokens\":10,\"completion_tokens\":20,\"completion_tokens_details\":{"
		    "\"reasoning_tokens\":30},"
		    "\"cost_in_usd_ticks\":12345}",
		    10, 0, 50, 30, 1235 },
		{ "openrouter",
		    "{\"prompt_tokens\":10,\"completion_tokens\":20,\"cost\":0.0001234567891}", 10,
		    0, 20, 0, 123457 },
		{ "perplexity",
		    "{\"prompt_tokens\":10,\"completion_tokens\":20,\"cost\":{\"total_cost\":0.005}"
		    "}",
		    10, 0, 20, 0, 5000000 },
		{ "openai", "{\"prompt_tokens\":10,\"completion_tokens\":20,\"cost\":0.5}", 10, 0,
		    20, 0, -1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO_ARENA struct arena arena;
		struct provider_reply reply;
		struct error err;
		const char *body;

		arena_init(&arena);
		body = arena_printf(&arena,
		    "{\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":%s}", cases[i].usage);
		assert_int_equal(openai_chat_format.read_reply(provider_find(cases[i].provider),
				     slice_of(body), &arena, &reply, &err),
		    0);
		assert_int_equal(reply.usage.input_tokens, cases[i].input);
		assert_int_equal(reply.usage.cached_tokens, cases[i].cached);
		assert_int_equal(reply.usage.output_tokens, cases[i].output);
		assert_int_equal(reply.usage.reasoning_tokens, cases[i].reasoning);
		assert_int_equal(reply.usage.reported_cost_nano, cases[i].cost);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage_is_found_and_hidden),
		cmocka_unit_test(test_a_client_that_asked_sees_usage_untouched),
		cmocka_unit_test(test_errors_and_the_end_are_told_apart),
		cmocka_unit_test(test_a_cut_stream_is_estimated_from_what_came),
		cmocka_unit_test(test_vendors_differences_are_evened_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
