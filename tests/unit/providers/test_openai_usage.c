/* What an answer in OpenAI's format tells of usage is found wherever a vendor puts it, in a whole
 * answer as in a stream, and of several readings the dearest counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "providers/openai_format.h"

static struct usage whole(const char *provider, const char *body)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct provider_reply reply;
	struct error err;

	if (openai_reply_read(provider_find(provider), slice_of(body), &arena, &reply, &err) != 0)
		fail_msg("%s: %s", body, err.text);
	return reply.usage;
}

static struct usage streamed(const char *provider, const char *body)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct provider_stream stream = { .provider = provider_find(provider),
		.usage.reported_cost_nano = -1 };
	struct slice out;

	(void)openai_stream_event(&stream, "", slice_of(body), &arena, &out); /* only its usage */
	return stream.usage;
}

static const char *const places[][2] = {
	{ "{\"choices\":[{\"message\":{\"content\":\"a\"}}],\"usage\":", "}" },
	{ "{\"usage\":", ",\"choices\":[{\"message\":{\"content\":\"a\"}}]}" },
	{ "{\"x_groq\":{\"id\":1,\"usage\":",
	    "},\"choices\":[{\"message\":{\"content\":\"a\"}}]}" },
	{ "{\"choices\":[{\"message\":{\"content\":\"a\"},\"usage\":", "}]}" },
	{ "{\"choices\":[{\"message\":{\"content\":\"a\",\"usage\":", "}}]}" },
	{ "{\"choices\":[{\"delta\":{\"content\":\"a\",\"usage\":", "}}]}" },
	{ "{\"choices\":[{\"message\":{\"content\":\"a\"}},{\"message\":{\"usage\":", "}}]}" },
	{ "{\"us\\u0061ge\":", ",\"choices\":[{\"message\":{\"content\":\"a\"}}]}" },
};

static void test_usage_is_found_in_every_place(void **state)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		const char *body = arena_printf(&arena, "%s%s%s", places[i][0],
		    "{\"prompt_tokens\":70,\"completion_tokens\":9}", places[i][1]);
		struct usage usage[2] = { whole("openai", body), streamed("openai", body) };

		for (size_t j = 0; j < 2; j++)
			if (!usage[j].known || usage[j].input_tokens != 70 ||
			    usage[j].output_tokens != 9)
				fail_msg("%s: %ld", body, (long)usage[j].input_tokens);
	}
}

static void test_of_several_places_the_largest_counts_hold(void **state)
{
	struct usage usage = whole("openai",
	    "{\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":9},"
	    "\"x_groq\":{\"usage\":{\"prompt_tokens\":60,\"completion_tokens\":11}},"
	    "\"choices\":[{\"message\":{\"content\":\"a\"},"
	    "\"usage\":{\"prompt_tokens\":71,\"completion_tokens\":1}}]}");

	assert_int_equal(usage.input_tokens, 71);
	assert_int_equal(usage.output_tokens, 11);
}

static void test_what_stands_twice_is_read_the_dear_way(void **state)
{
	static const char *const bodies[] = {
		"{\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":9},\"choices\":[{"
		"\"message\":{"
		"\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":90}}",
		"{\"choices\":[{\"message\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":70,"
		"\"completion_tokens\":90,\"prompt_tokens\":7,\"completion_tokens\":9}}",
		"{\"choices\":[{\"message\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":70,"
		"\"completion_tokens\":9,\"pr\\u006fmpt_tokens\":7,\"c\\u006fmpletion_tokens\":90}"
		"}",
		"{\"choices\":[{\"message\":{\"content\":\"a\",\"usage\":{\"prompt_tokens\":70,"
		"\"completion_tokens\":9},\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":90}}"
		"}]}",
		"{\"choices\":[{\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":9},"
		"\"message\":{"
		"\"content\":\"a\"},\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":90}}]}",
		"{\"choices\":[{\"message\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":70,"
		"\"input_tokens\":7,\"output_tokens\":90,\"completion_tokens\":9}}",
	};

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct usage usage = whole("openai", bodies[i]);

		if (usage.input_tokens != 70 || usage.output_tokens != 90)
			fail_msg("%s: %ld, %ld", bodies[i], (long)usage.input_tokens,
			    (long)usage.output_tokens);
	}
}

/* One name in each object that is looked into, and every vendor's cost. */
static void test_details_and_costs_of_vendors_are_read(void **state)
{
	static const struct {
		const char *provider, *usage;
		size_t field;
		int64_t expected;
	} rows[] = {
		{ "openai", "\"prompt_tokens_details\":{\"cached_tokens\":5}",
		    offsetof(struct usage, cached_tokens), 5 },
		{ "openai", "\"input_tokens_details\":{\"cached_tokens\":5}",
		    offsetof(struct usage, cached_tokens), 5 },
		{ "openai", "\"cached_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":5}",
		    offsetof(struct usage, cached_tokens), 5 },
		{ "deepseek", "\"prompt_cache_hit_tokens\":5,\"prompt_cache_miss_tokens\":95",
		    offsetof(struct usage, input_tokens), 100 },
		{ "openai",
		    "\"prompt_tokens_details\":{\"cache_write_tokens\":6,\"cache_creation_token_"
		    "details\":{\"ephemeral_1h_input_tokens\":4}}",
		    offsetof(struct usage, cache_write_1h_tokens), 4 },
		{ "openai",
		    "\"cache_creation_input_tokens\":6,\"cache_creation\":{\"ephemeral_1h_input_"
		    "tokens\":4}",
		    offsetof(struct usage, cache_write_tokens), 2 },
		{ "openai", "\"completion_tokens_details\":{\"reasoning_tokens\":5}",
		    offsetof(struct usage, reasoning_tokens), 5 },
		{ "openai", "\"output_tokens_details\":{\"reasoning_tokens\":5}",
		    offsetof(struct usage, reasoning_tokens), 5 },
		{ "openai", "\"tokens\":{\"input_tokens\":80}",
		    offsetof(struct usage, input_tokens), 80 },
		{ "openai",
		    "\"tokens\":{\"input_tokens\":80},\"billed_units\":{\"input_tokens\":75}",
		    offsetof(struct usage, input_tokens), 75 },
		{ "xai", "\"num_sources_used\":3",
		    offsetof(struct usage, uses.of[SERVER_LIVE_SEARCH]), 3 },
		{ "xai", "\"cost_in_usd_ticks\":31", offsetof(struct usage, reported_cost_nano),
		    4 },
		{ "openai", "\"cost\":1", offsetof(struct usage, reported_cost_nano), -1 },
		{ "deepinfra", "\"estimated_cost\":0.5", offsetof(struct usage, reported_cost_nano),
		    500000000 },
		{ "openrouter",
		    "\"cost\":0.1,\"is_byok\":true,\"cost_details\":{\"upstream_inference_prompt_"
		    "cost\":"
		    "0.2,\"upstream_inference_completions_cost\":0.3}",
		    offsetof(struct usage, reported_cost_nano), 600000000 },
		{ "perplexity", "\"cost\":{\"input_tokens_cost\":0.1,\"request_cost\":0.2}",
		    offsetof(struct usage, reported_cost_nano), 300000000 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct usage usage =
		    whole(rows[i].provider, arena_printf(&arena,
						"{\"choices\":[{\"message\":{\"content\":\"a\"}}],"
						"\"usage\":{\"prompt_tokens\":70,"
						"\"completion_tokens\":9,%s}}",
						rows[i].usage));
		int64_t found;

		memcpy(&found, (const char *)&usage + rows[i].field, sizeof found);
		if (found != rows[i].expected)
			fail_msg("%s: %ld", rows[i].usage, (long)found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage_is_found_in_every_place),
		cmocka_unit_test(test_of_several_places_the_largest_counts_hold),
		cmocka_unit_test(test_what_stands_twice_is_read_the_dear_way),
		cmocka_unit_test(test_details_and_costs_of_vendors_are_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
