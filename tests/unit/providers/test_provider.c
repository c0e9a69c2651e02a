/* Usage of answers that failed is kept, and usage that cannot be true is not believed: in every
 * format alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "providers/provider.h"

#define PAGE_BYTES 6000

static void test_a_failed_answer_keeps_its_usage(void **state)
{
	static const struct {
		const struct wire_format *format;
		const char *body;
	} cases[] = {
		{ &responses_format,
		    "{\"status\":\"failed\",\"output\":[],\"error\":{\"code\":\"server_error\"},"
		    "\"usage\":{\"input_tokens\":1000,\"output_tokens\":5000}}" },
		{ &responses_format,
		    "{\"status\":\"failed\",\"usage\":{\"input_tokens\":1000,\"output_tokens\":"
		    "5000}}" },
		{ &openai_chat_format,
		    "{\"choices\":[],\"error\":{\"code\":502},"
		    "\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":5000}}" },
		{ &anthropic_format, "{\"type\":\"error\",\"usage\":{\"input_tokens\":1000,"
				     "\"output_tokens\":5000}}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct provider_reply reply = { .usage.reported_cost_nano = -1 };
		AUTO_ARENA struct arena arena = { 0 };
		struct error err;

		assert_int_equal(cases[i].format->read_reply(provider_find("openai"),
				     slice_of(cases[i].body), &arena, &reply, &err),
		    -1);
		assert_true(reply.usage.known);
		assert_int_equal(reply.usage.input_tokens, 1000);
		assert_int_equal(reply.usage.output_tokens, 5000);
	}
}

static void test_a_stream_that_fails_keeps_its_usage(void **state)
{
	static const struct {
		const struct wire_format *format;
		const char *events[2];
		int64_t input, output;
	} cases[] = {
		{ &responses_format,
		    { "{\"type\":\"response.created\",\"response\":{\"usage\":null}}",
			"{\"type\":\"response.failed\",\"response\":{\"status\":\"failed\","
			"\"usage\":{\"input_tokens\":1000,\"output_tokens\":5000}}}" },
		    1000, 5000 },
		{ &openai_chat_format,
		    { "{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}",
			"{\"error\":{\"code\":502},\"choices\":[],\"usage\":{\"prompt_tokens\":"
			"1000,"
			"\"completion_tokens\":5000}}" },
		    1000, 5000 },
		{ &anthropic_format,
		    { "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":50000,"
		      "\"output_tokens\":1}}}",
			"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}" },
		    50000, 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct provider_stream stream = { .provider = provider_find("openai") };
		AUTO_ARENA struct arena arena = { 0 };
		struct slice out;

		assert_int_not_equal(cases[i].format->read_event(
					 &stream, "", slice_of(cases[i].events[0]), &arena, &out),
		    STREAM_ERROR);
		assert_int_equal(cases[i].format->read_event(
				     &stream, "", slice_of(cases[i].events[1]), &arena, &out),
		    STREAM_ERROR);
		assert_true(stream.usage.known);
		assert_int_equal(stream.usage.input_tokens, cases[i].input);
		assert_int_equal(stream.usage.output_tokens, cases[i].output);
	}
}

static const char *page(struct arena *arena)
{
	char *text = arena_alloc(arena, PAGE_BYTES + 1);

	for (size_t i = 0; i < PAGE_BYTES; i++)
		text[i] = "word "[i % 5];
	text[PAGE_BYTES] = '\0';
	return text;
}

static void test_pages_of_text_for_nothing_are_not_believed(void **state)
{
	static const struct {
		const struct wire_format *format;
		const char *before, *behind,
		    *between; /* the text, the counts of input and output */
	} formats[] = {
		{ &openai_chat_format, "{\"choices\":[{\"message\":{\"content\":\"",
		    "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":",
		    ",\"completion_tokens\":" },
		{ &openai_chat_format,
		    "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"a\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"",
		    "\"}}]},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":",
		    ",\"completion_tokens\":" },
		{ &responses_format,
		    "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{"
		    "\"type\":\"output_text\",\"text\":\"",
		    "\"}]}],\"usage\":{\"input_tokens\":", ",\"output_tokens\":" },
		{ &anthropic_format,
		    "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"",
		    "\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":",
		    ",\"output_tokens\":" },
		{ &gemini_format, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"",
		    "\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":",
		    ",\"candidatesTokenCount\":" },
	};
	static const struct {
		int input, output;
		bool known;
	} counts[] = { { 0, 0, false }, { 9, 0, false }, { 9, 46, false }, { 0, 1200, false },
		{ 9, 47, true }, { 9, 1200, true } };

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
			struct provider_reply reply = { .usage.reported_cost_nano = -1 };
			AUTO_ARENA struct arena arena = { 0 };
			struct error err = { 0 };
			const char *body;

			body = arena_printf(&arena, "%s%s%s%d%s%d}}", formats[i].before,
			    page(&arena), formats[i].behind, counts[k].input, formats[i].between,
			    counts[k].output);
			if (formats[i].format->read_reply(
				provider_find("openai"), slice_of(body), &arena, &reply, &err) != 0)
				fail_msg("%s: %s", formats[i].format->name, err.text);
			if (reply.usage.known != counts[k].known)
				fail_msg("%s: %d and %d tokens", formats[i].format->name,
				    counts[k].input, counts[k].output);
		}
}

static void test_the_cost_that_the_provider_tells_is_believed(void **state)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	AUTO_ARENA struct arena arena = { 0 };
	struct error err;
	const char *body;

	body = arena_printf(&arena,
	    "{\"choices\":[{\"message\":{\"content\":\"%s\"},\"finish_reason\":\"stop\"}],"
	    "\"usage\":{\"cost\":0.0042}}",
	    page(&arena));
	assert_int_equal(openai_chat_format.read_reply(
			     provider_find("openrouter"), slice_of(body), &arena, &reply, &err),
	    0);
	assert_true(reply.usage.known);
	assert_int_equal(reply.usage.reported_cost_nano, 4200000);
}

/* What was told first, before the text came, does not stay the bill. */
static void test_a_stream_whose_usage_stayed_behind_is_estimated(void **state)
{
	static const struct {
		const struct wire_format *format;
		const char *first, *each, *last;
	} cases[] = {
		{ &openai_chat_format,
		    "{\"choices\":[{\"delta\":{\"role\":\"assistant\"}}],"
		    "\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":0}}",
		    "{\"choices\":[{\"delta\":{\"content\":\"word word \"}}]}",
		    "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}" },
		{ &anthropic_format,
		    "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":70,"
		    "\"output_tokens\":1}}}",
		    "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\","
		    "\"text\":\"word word \"}}",
		    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}" },
		{ &responses_format,
		    "{\"type\":\"response.in_progress\",\"response\":{\"usage\":{\"input_tokens\":"
		    "70,\"output_tokens\":0}}}",
		    "{\"type\":\"response.output_text.delta\",\"delta\":\"word word \"}",
		    "{\"type\":\"response.completed\",\"response\":{\"usage\":null}}" },
		{ &gemini_format,
		    "{\"candidates\":[{\"content\":{\"parts\":[]}}],"
		    "\"usageMetadata\":{\"promptTokenCount\":70}}",
		    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"word word \"}]}}]}",
		    "{\"candidates\":[{\"content\":{\"parts\":[]},\"finishReason\":\"STOP\"}]}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct wire_format *format = cases[i].format;
		struct provider_stream stream = { .provider = provider_find("openai") };
		AUTO_ARENA struct arena arena = { 0 };
		struct slice out;

		format->read_event(&stream, "", slice_of(cases[i].first), &arena, &out);
		for (int k = 0; k < 500; k++)
			format->read_event(&stream, "", slice_of(cases[i].each), &arena, &out);
		format->read_event(&stream, "", slice_of(cases[i].last), &arena, &out);
		assert_true(stream.finished);
		provider_stream_estimate(&stream, 120);
		assert_true(stream.usage.estimated);
		assert_int_equal(stream.usage.input_tokens, 70);
		assert_int_equal(stream.usage.output_tokens, (500 * 10 + 2) / 3);
	}
}

/* What is spoken comes in pieces, of which none is a picture. */
static void test_sound_is_no_picture(void **state)
{
	static const char piece[] = "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{"
				    "\"mimeType\":\"%s\",\"data\":\"AAAA\"}}]}}],"
				    "\"usageMetadata\":{\"promptTokenCount\":70}}";
	static const struct {
		const char *type;
		int64_t least, most;
	} cases[] = { { "audio/L16;codec=pcm;rate=24000", 1, 500 },
		{ "image/png", 2520 * 50, INT64_MAX }, { "video/mp4", 2520 * 50, INT64_MAX } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct provider_stream stream = { .provider = provider_find("gemini") };
		AUTO_ARENA struct arena arena = { 0 };
		struct slice out;
		char event[300];

		(void)snprintf(event, sizeof event, piece, cases[i].type);
		for (int k = 0; k < 50; k++)
			gemini_format.read_event(&stream, "", slice_of(event), &arena, &out);
		provider_stream_estimate(&stream, 120);
		assert_in_range(stream.usage.output_tokens, cases[i].least, cases[i].most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_failed_answer_keeps_its_usage),
		cmocka_unit_test(test_a_stream_that_fails_keeps_its_usage),
		cmocka_unit_test(test_pages_of_text_for_nothing_are_not_believed),
		cmocka_unit_test(test_the_cost_that_the_provider_tells_is_believed),
		cmocka_unit_test(test_a_stream_whose_usage_stayed_behind_is_estimated),
		cmocka_unit_test(test_sound_is_no_picture),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
