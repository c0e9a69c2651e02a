/*
 * What answers and events of images and transcriptions say of their bill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "providers/media_call.h"
#include "providers/usage_member.h"

/* A provider whose numbers are beyond belief must not turn a sum around. */
static void test_figures_beyond_belief_are_not_summed(void **state)
{
	static const char *const bills[] = {
		"{\"input_tokens\":9223372036854775807,\"output_tokens\":9223372036854775807}",
		"{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":9223372036854775807}",
		("{\"input_tokens\":5,\"output_tokens\":1,\"input_tokens_details\":"
		 "{\"image_tokens\":9223372036854775807}}"),
		"{\"seconds\":9223372036854775.807}",
		"{\"seconds\":\"9223372036854775.807\"}",
	};
	const struct provider *openai = provider_find("openai");
	const struct wire_format *images = media_format(openai, media_address("images/edits")),
				 *sound =
				     media_format(openai, media_address("audio/transcriptions"));

	for (size_t i = 0; i < sizeof bills / sizeof bills[0]; i++) {
		struct provider_stream stream = { .provider = openai };
		struct provider_reply reply;
		AUTO_ARENA struct arena arena = { 0 };
		struct slice event, out;
		struct error err;

		event = slice_of(arena_printf(&arena,
		    "{\"type\":\"image_edit.completed\",\"text\":\"a\",\"usage\":%s}", bills[i]));
		for (int times = 0; times < 3; times++)
			assert_int_equal(
			    images->read_event(&stream, "", event, &arena, &out), STREAM_FORWARD);
		assert_in_range(stream.usage.input_tokens, 0, 3 * USAGE_COUNT_MAX);
		assert_in_range(stream.usage.output_tokens, 0, 3 * USAGE_COUNT_MAX);
		assert_in_range(stream.usage.image_input_tokens, 0, 3 * USAGE_COUNT_MAX);
		assert_int_equal(sound->read_reply(openai, event, &arena, &reply, &err), 0);
		assert_in_range(reply.usage.units, 0, INT64_C(1000000000000));
		assert_in_range(reply.usage.input_tokens, 0, USAGE_COUNT_MAX);
	}
}

/* vLLM's chunks have no type, and the last one the usage where the client asks for it
 * (stream_include_usage); then comes [DONE]. */
static void test_chunks_of_a_transcription_tell_their_usage(void **state)
{
	static const char *const chunks[] = { "{\"object\":\"transcription.chunk\",\"choices\":[{"
					      "\"delta\":{\"content\":\"a\"}}],"
					      "\"usage\":{\"prompt_tokens\":6,"
					      "\"completion_tokens\":9,\"total_tokens\":15}}",
		"{\"object\":\"transcription.chunk\",\"choices\":[],"
		"\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":12,\"total_tokens\":18}}" };
	const struct provider *vllm = provider_find("hosted_vllm");
	const struct wire_format *sound = media_format(vllm, media_address("audio/transcriptions"));
	struct provider_stream stream = { .provider = vllm };
	AUTO_ARENA struct arena arena = { 0 };
	struct slice out;

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(sound->read_event(&stream, "", slice_of(chunks[i]), &arena, &out),
		    STREAM_FORWARD);
	assert_false(stream.finished);
	assert_int_equal(
	    sound->read_event(&stream, "", slice_of("[DONE]"), &arena, &out), STREAM_DONE);
	assert_true(stream.usage.known);
	assert_int_equal(stream.usage.audio_input_tokens, 6);
	assert_int_equal(stream.usage.output_tokens, 12);
}

/* As LiteLLM writes rankings of others, and with numbers that are texts. */
static void test_rankings_tell_units_or_tokens(void **state)
{
	static const struct {
		const char *meta;
		int64_t units, tokens;
	} rows[] = {
		{ "{\"billed_units\":{\"search_units\":2}}", 2, 0 },
		{ "{\"billed_units\":{\"search_units\":2.0}}", 2, 0 },
		{ "{\"billed_units\":{\"search_units\":\"2\"}}", 2, 0 },
		{ "{\"billed_units\":{\"search_units\":null,\"total_tokens\":26}}", 0, 26 },
		{ "{\"billed_units\":{\"search_units\":1},\"tokens\":{\"input_tokens\":26,"
		  "\"output_tokens\":0}}",
		    1, 26 },
	};
	const struct provider *cohere = provider_find("cohere");
	const struct wire_format *ranking = media_format(cohere, media_address("rerank"));

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct provider_reply reply;
		struct error err;

		assert_int_equal(ranking->read_reply(cohere,
				     slice_of(arena_printf(
					 &arena, "{\"results\":[],\"meta\":%s}", rows[i].meta)),
				     &arena, &reply, &err),
		    0);
		assert_true(reply.usage.known);
		assert_int_equal(reply.usage.units, rows[i].units);
		assert_int_equal(reply.usage.input_tokens, rows[i].tokens);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks_of_a_transcription_tell_their_usage),
		cmocka_unit_test(test_rankings_tell_units_or_tokens),
		cmocka_unit_test(test_figures_beyond_belief_are_not_summed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
