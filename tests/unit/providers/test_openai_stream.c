/* Usage from wherever a provider puts it, and out of the client's sight when it did not ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "providers/openai_format.h"
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
		AUTO_ARENA struct arena arena = { 0 };
		enum stream_step step;
		struct slice out;

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
	AUTO_ARENA struct arena arena = { 0 };
	struct slice out;

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
	AUTO_ARENA struct arena arena = { 0 };
	struct slice out;

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
	AUTO_ARENA struct arena arena = { 0 };
	struct slice out;

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

/* The bill of a stream that fails and says what it used is that, whatever was streamed. */
static void test_a_failure_that_tells_its_usage_is_no_estimate(void **state)
{
	static const char *const events[] = {
		"{\"type\":\"response.output_text.delta\",\"delta\":\"a long piece of text\"}",
		"{\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"usage\":{"
		"\"input_tokens\":9,\"output_tokens\":3,\"total_tokens\":12}}}",
	};
	struct provider_stream stream = { .provider = provider_find("openai") };
	AUTO_ARENA struct arena arena = { 0 };
	struct slice out;

	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		(void)responses_format.read_event(&stream, "", slice_of(events[i]), &arena, &out);
	provider_stream_estimate(&stream, 120);
	assert_false(stream.usage.estimated);
	assert_int_equal(stream.usage.input_tokens, 9);
	assert_int_equal(stream.usage.output_tokens, 3);
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
		AUTO_ARENA struct arena arena = { 0 };
		struct provider_reply reply;
		struct error err;
		const char *body;

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

/* Where vendors name reads and writes of the cache otherwise than OpenAI, each by its source. */
static void test_the_cache_has_many_names(void **state)
{
	static const struct {
		const char *usage;
		int64_t input, cached, write, write_1h;
	} cases[] = {
		/* DashScope, https://github.com/BerriAI/litellm/issues/40090 */
		{ "{\"prompt_tokens\":1905,\"completion_tokens\":20,\"total_tokens\":1925,"
		  "\"prompt_tokens_details\":{\"cache_creation_input_tokens\":1889,"
		  "\"cache_creation\":{\"ephemeral_5m_input_tokens\":1889},"
		  "\"cache_type\":\"ephemeral\",\"cached_tokens\":0}}",
		    1905, 0, 1889, 0 },
		/* a proxy of LiteLLM's, https://github.com/BerriAI/litellm/issues/11364 */
		{ "{\"total_tokens\":103925,\"prompt_tokens\":98805,\"completion_tokens\":5120,"
		  "\"prompt_tokens_details\":{\"text_tokens\":null,\"cached_tokens\":66360,"
		  "\"cache_creation_tokens\":32435},\"cache_read_input_tokens\":66360,"
		  "\"cache_creation_input_tokens\":32435}",
		    98805, 66360, 32435, 0 },
		{ "{\"prompt_tokens\":3000,\"completion_tokens\":20,\"total_tokens\":3020,"
		  "\"prompt_tokens_details\":{\"cache_creation_tokens\":2990,"
		  "\"cache_creation_token_details\":{\"ephemeral_5m_input_tokens\":990,"
		  "\"ephemeral_1h_input_tokens\":2000}}}",
		    3000, 0, 990, 2000 },
		/* Databricks: within the prompt, as genai-prices 0.2.3 reads it */
		{ "{\"prompt_tokens\":3150,\"completion_tokens\":20,\"total_tokens\":3170,"
		  "\"cache_read_input_tokens\":3000,\"cache_creation_input_tokens\":147}",
		    3150, 3000, 147, 0 },
		/* apart from the prompt, as the total or their size tells */
		{ "{\"prompt_tokens\":5000,\"completion_tokens\":20,\"total_tokens\":8167,"
		  "\"cache_read_input_tokens\":3000,\"cache_creation_input_tokens\":147}",
		    8147, 3000, 147, 0 },
		{ "{\"prompt_tokens\":3,\"completion_tokens\":20,\"total_tokens\":23,"
		  "\"cache_read_input_tokens\":3000,\"cache_creation_input_tokens\":147}",
		    3150, 3000, 147, 0 },
		/* Perplexity's Responses */
		{ "{\"input_tokens\":500,\"output_tokens\":20,"
		  "\"input_tokens_details\":{\"cache_read_input_tokens\":400}}",
		    500, 400, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct usage usage = { .known = false };

		openai_usage_read(provider_find("openai"), slice_of(cases[i].usage), &usage);
		assert_true(usage.known);
		assert_int_equal(usage.input_tokens, cases[i].input);
		assert_int_equal(usage.output_tokens, 20 + (i == 1) * 5100);
		assert_int_equal(usage.cached_tokens, cases[i].cached);
		assert_int_equal(usage.cache_write_tokens, cases[i].write);
		assert_int_equal(usage.cache_write_1h_tokens, cases[i].write_1h);
	}
}

/* ---- a chunk like the one before ---- */

/* What a stream's state tells after an event. */
static void assert_same_state(
    const struct provider_stream *one, const struct provider_stream *other, const char *data)
{
	if (one->delta_events != other->delta_events || one->text_bytes != other->text_bytes ||
	    one->text.bytes != other->text.bytes || one->text.runs != other->text.runs ||
	    one->finished != other->finished || one->failed != other->failed ||
	    memcmp(&one->usage, &other->usage, sizeof one->usage) != 0 ||
	    strcmp(one->model, other->model) != 0)
		fail_msg("after %s", data);
}

static void compare_one(struct provider_stream *quick, struct provider_stream *slow,
    const char *data, struct arena *arena)
{
	struct slice out, expected;
	enum stream_step step;

	slow->alike = (struct chunk_alike){ .count = 0 };
	step = feed(slow, data, arena, &expected);
	assert_int_equal(feed(quick, data, arena, &out), step);
	if (!slice_equal(out, expected))
		fail_msg("%.*s of %s", (int)out.len, out.ptr, data);
	assert_same_state(quick, slow, data);
}

#define HEAD "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
static const char *const forms[] = {
	HEAD "\"content\":%s},\"finish_reason\":null}]}",
	HEAD "\"content\":%s},\"finish_reason\":null}],\"usage\":null}",
	HEAD "\"content\":%s},\"finish_reason\":null}],\"usage\":null,\"obfuscation\":%s}",
	"{\"usage\":null,\"obfuscation\":%s,\"choices\":[{\"delta\":{\"content\":%s}}]}",
	HEAD "\"role\":\"assistant\",\"content\":%s},\"finish_reason\":\"stop\"}]}",
	HEAD "\"reasoning_content\":%s,\"content\":null}}]}",
	HEAD "\"reasoning\":%s,\"content\":\"\"}}]}",
	HEAD "\"reasoning\":%s,\"content\":%s}}]}",
	HEAD "\"refusal\":%s}}]}",
	HEAD "\"content\":\"x\",\"refusal\":%s}}]}",
	HEAD "\"content\":%s,\"content\":%s}}]}",
	HEAD "\"content\":%s,\"tool_calls\":[{\"function\":{\"arguments\":%s}}]}}]}",
	HEAD "\"content\":%s}},{\"index\":1,\"delta\":{\"content\":%s}}]}",
	HEAD "\"content\":%s}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}",
	HEAD "\"content\":%s}}],\"error\":%s}",
	" " HEAD "\"content\":%s } } ] , \"usage\" : null }",
	"{\"choices\":[],\"usage\":{\"prompt_tokens\":%s}}",
};
static const char *const texts[] = { "\"Hi\"", "\" there\"", "\"\"", "\"\\n\\u00e9\"",
	"\"\xc3\xa9\xe4\xb8\xad\"", "\"\\\"\"", "\"\\\\\"", "\"usage\"", "\"tool_calls\"", "null",
	"7", "[\"a\"]", "\"\x01\"", "\"\xff\"", "\"\\x\"", "\"no end", "\"a\",\"b\":\"c\"",
	"\"................................................................\"" };

/* A form with texts where it has %s. */
static const char *filled(const char *form, const char *one, const char *other, struct arena *arena)
{
	struct arena_bytes out = { .ptr = NULL };

	for (const char *at = form, *next; *at; at = next) {
		const char *place = strstr(at, "%s");

		next = place ? place + 2 : at + strlen(at);
		arena_bytes_add(
		    &out, (struct slice){ at, (size_t)((place ? place : next) - at) }, arena);
		if (place)
			arena_bytes_add(
			    &out, slice_of(strstr(form, "%s") == place ? one : other), arena);
	}
	arena_bytes_add(&out, (struct slice){ "", 1 }, arena);
	return out.ptr;
}

/* Reading from the beginning each time is the oracle. */
static void test_a_chunk_like_the_one_before_says_the_same(void **state)
{
	const size_t form_count = sizeof forms / sizeof forms[0],
		     text_count = sizeof texts / sizeof texts[0];
	unsigned random = 7;

	for (int round = 0; round < 400; round++) {
		struct provider_stream quick = { .provider = provider_find("openai"),
			.usage_wanted = round % 2 };
		struct provider_stream slow = quick;
		size_t form = 0;
		AUTO_ARENA struct arena arena = { 0 };

		for (int i = 0; i < 30; i++) {
			random = random * 1103515245u + 12345u;
			if (i == 0 || random >> 16 & 1)
				form = (random >> 18) % form_count;
			compare_one(&quick, &slow,
			    filled(forms[form], texts[(random >> 8) % text_count],
				texts[(random >> 13) % text_count], &arena),
			    &arena);
		}
	}
}

static void test_such_a_chunk_is_not_read_again(void **state)
{
	struct provider_stream stream = { .provider = provider_find("openai") };
	struct slice texts_of[CHUNK_TEXTS_MAX];
	AUTO_ARENA struct arena arena = { 0 };
	struct slice out;

	(void)feed(&stream, filled(forms[2], "\"a\"", "\"b\"", &arena), &arena, &out);
	assert_true(chunk_alike_is(
	    &stream.alike, slice_of(filled(forms[2], "\"other\"", "\"wise\"", &arena)), texts_of));
	assert_true(slice_is(texts_of[0], "\"other\""));
	assert_true(slice_is(texts_of[1], "\"wise\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage_is_found_and_hidden),
		cmocka_unit_test(test_a_client_that_asked_sees_usage_untouched),
		cmocka_unit_test(test_errors_and_the_end_are_told_apart),
		cmocka_unit_test(test_a_cut_stream_is_estimated_from_what_came),
		cmocka_unit_test(test_a_failure_that_tells_its_usage_is_no_estimate),
		cmocka_unit_test(test_vendors_differences_are_evened_out),
		cmocka_unit_test(test_the_cache_has_many_names),
		cmocka_unit_test(test_a_chunk_like_the_one_before_says_the_same),
		cmocka_unit_test(test_such_a_chunk_is_not_read_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
