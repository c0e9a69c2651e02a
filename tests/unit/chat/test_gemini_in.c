/* Gemini's members are read in both spellings alike, at every level; both at once are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "chat/client_format.h"

static int read_body(
    const char *body, struct arena *arena, struct chat_request *out, struct error *err)
{
	memset(err, 0, sizeof *err);
	return client_format(WIRE_GEMINI)->read(slice_of(body), "m", false, arena, out, err);
}

/* What stands before a member and after it. */
#define TEXT        "\"contents\":[{\"parts\":[{\"text\":\"hi\"}]}]"
#define IN_BODY     "{" TEXT ",", "}"
#define IN_CONFIG   "{" TEXT ",\"generationConfig\":{", "}}"
#define IN_THINKING "{" TEXT ",\"generationConfig\":{\"thinkingConfig\":{", "}}}"
#define IN_CHOICE   "{" TEXT ",\"toolConfig\":{", "}}"
#define IN_CALLING  "{" TEXT ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",", "}}}"
#define IN_TOOL     "{" TEXT ",\"tools\":[{", "}]}"
#define IN_FUNCTION "{" TEXT ",\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",", "}]}]}"
#define IN_PART     "{\"contents\":[{\"role\":\"user\",\"parts\":[{", "}]}]}"
#define IN_TEXT     "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\",", "}]}]}"
#define IN_SYSTEM   "{" TEXT ",\"systemInstruction\":{\"parts\":[{", "}]}}"
#define IN_DATA     "{\"contents\":[{\"parts\":[{\"inlineData\":{\"data\":\"AAAA\",", "}}]}]}"
#define IN_FILE     "{\"contents\":[{\"parts\":[{\"fileData\":{\"mimeType\":\"image/png\",", "}}]}]}"
#define IN_RESULT                                                                                  \
	"{\"contents\":[{\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{},"        \
	"\"parts\":[{",                                                                            \
	    "}]}}]}]}"

static const struct {
	const char *before, *after, *camel, *snake, *value;
} members[] = {
	/* clang-format off */
	{ IN_BODY, "systemInstruction", "system_instruction", "{\"parts\":[{\"text\":\"be\"}]}" },
	{ IN_BODY, "generationConfig", "generation_config", "{\"speechConfig\":{}}" },
	{ IN_BODY, "toolConfig", "tool_config", "{\"functionCallingConfig\":{\"mode\":\"ANY\"}}" },
	{ IN_BODY, "safetySettings", "safety_settings", "[]" },
	{ IN_BODY, "cachedContent", "cached_content", "\"cachedContents/x\"" },
	{ IN_BODY, "serviceTier", "service_tier", "\"flex\"" },
	{ IN_CONFIG, "topP", "top_p", "0.5" },
	{ IN_CONFIG, "topK", "top_k", "4" },
	{ IN_CONFIG, "presencePenalty", "presence_penalty", "1" },
	{ IN_CONFIG, "frequencyPenalty", "frequency_penalty", "1" },
	{ IN_CONFIG, "maxOutputTokens", "max_output_tokens", "77" },
	{ IN_CONFIG, "candidateCount", "candidate_count", "3" },
	{ IN_CONFIG, "stopSequences", "stop_sequences", "[\"END\"]" },
	{ IN_CONFIG, "responseMimeType", "response_mime_type", "\"application/json\"" },
	{ IN_CONFIG, "responseSchema", "response_schema", "{\"type\":\"OBJECT\"}" },
	{ IN_CONFIG, "responseJsonSchema", "response_json_schema", "{\"type\":\"object\"}" },
	{ IN_CONFIG, "responseModalities", "response_modalities", "[\"AUDIO\"]" },
	{ IN_CONFIG, "responseModalities", "response_modalities", "\"AUDIO\"" },
	{ IN_CONFIG, "responseLogprobs", "response_logprobs", "true" },
	{ IN_CONFIG, "thinkingConfig", "thinking_config", "{\"thinkingBudget\":9}" },
	{ IN_CONFIG, "mediaResolution", "media_resolution", "\"MEDIA_RESOLUTION_LOW\"" },
	{ IN_CONFIG, "speechConfig", "speech_config", "{}" },
	{ IN_CONFIG, "imageConfig", "image_config", "{}" },
	{ IN_THINKING, "thinkingBudget", "thinking_budget", "9" },
	{ IN_THINKING, "thinkingLevel", "thinking_level", "\"LOW\"" },
	{ IN_THINKING, "includeThoughts", "include_thoughts", "true" },
	{ IN_CHOICE, "functionCallingConfig", "function_calling_config", "{\"mode\":\"ANY\"}" },
	{ IN_CALLING, "allowedFunctionNames", "allowed_function_names", "[\"f\"]" },
	{ IN_TOOL, "functionDeclarations", "function_declarations", "[{\"name\":\"f\"}]" },
	{ IN_FUNCTION, "parametersJsonSchema", "parameters_json_schema", "{\"type\":\"object\"}" },
	{ IN_PART, "functionCall", "function_call", "{\"name\":\"f\",\"args\":{}}" },
	{ IN_PART, "functionResponse", "function_response", "{\"name\":\"f\",\"response\":{}}" },
	{ IN_PART, "inlineData", "inline_data", "{\"mimeType\":\"image/png\",\"data\":\"AAAA\"}" },
	{ IN_PART, "fileData", "file_data", "{\"mimeType\":\"video/mp4\",\"fileUri\":\"https://a.example/b\"}" },
	{ IN_TEXT, "thoughtSignature", "thought_signature", "\"AAAA\"" },
	{ IN_TEXT, "inlineData", "inline_data", "{\"mimeType\":\"audio/wav\",\"data\":\"AAAA\"}" },
	{ IN_SYSTEM, "inlineData", "inline_data", "{\"mimeType\":\"audio/wav\",\"data\":\"AAAA\"}" },
	{ IN_RESULT, "inlineData", "inline_data", "{\"mimeType\":\"audio/wav\",\"data\":\"AAAA\"}" },
	{ IN_DATA, "mimeType", "mime_type", "\"audio/wav\"" },
	{ IN_FILE, "fileUri", "file_uri", "\"https://a.example/b\"" },
	/* clang-format on */
};

static const struct chat_part *only_part(const struct chat_conversation *of)
{
	const struct chat_turn *last = of->turn_count ? &of->turns[of->turn_count - 1] : NULL;

	return last && last->part_count ? &last->parts[0] : NULL;
}

static void assert_same_slice(struct slice one, struct slice two)
{
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.ptr ? one.ptr : "", two.ptr ? two.ptr : "", one.len);
}

/* All that the bound is made of, and what tells of the rest; a longer name weighs as much more. */
static void assert_read_alike(
    const struct chat_request *one, const struct chat_request *two, int64_t longer)
{
	struct bound_input of = one->bound;
	const struct chat_conversation *a = one->conversation, *b = two->conversation;
	const struct chat_part *p = only_part(a), *q = only_part(b);

	of.text_bytes += longer;
	assert_memory_equal(&of, &two->bound, sizeof of);
	assert_int_equal(a->features, b->features);
	assert_int_equal(a->turn_count, b->turn_count);
	assert_int_equal(a->tool_count, b->tool_count);
	assert_int_equal(a->tool_choice, b->tool_choice);
	assert_int_equal(a->allowed_count, b->allowed_count);
	assert_int_equal(a->answer, b->answer);
	assert_int_equal(a->effort, b->effort);
	assert_int_equal(a->thinking_budget, b->thinking_budget);
	assert_int_equal(a->thinking_hidden, b->thinking_hidden);
	assert_int_equal(a->logprobs, b->logprobs);
	assert_int_equal(a->stop_count, b->stop_count);
	assert_same_slice(a->top_p, b->top_p);
	assert_same_slice(a->top_k, b->top_k);
	assert_same_slice(p ? p->mime : slice_of(""), q ? q->mime : slice_of(""));
	assert_same_slice(p ? p->url : slice_of(""), q ? q->url : slice_of(""));
	assert_same_slice(p ? p->signature : slice_of(""), q ? q->signature : slice_of(""));
}

static void test_both_spellings_are_read_alike(void **state)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request camel, snake;
		struct error err;
		const char *one, *two;

		one = arena_printf(&arena, "%s\"%s\":%s%s", members[i].before, members[i].camel,
		    members[i].value, members[i].after);
		two = arena_printf(&arena, "%s\"%s\":%s%s", members[i].before, members[i].snake,
		    members[i].value, members[i].after);
		if (read_body(one, &arena, &camel, &err) != 0 ||
		    read_body(two, &arena, &snake, &err) != 0)
			fail_msg("%s: %s", two, err.text);
		assert_int_equal(camel.conversation->features & FEATURE_OTHER, 0);
		assert_read_alike(
		    &camel, &snake, (int64_t)(strlen(members[i].snake) - strlen(members[i].camel)));
	}
}

static void test_both_spellings_at_once_are_refused(void **state)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;
		const char *body;

		body = arena_printf(&arena, "%s\"%s\":null,\"%s\":%s%s", members[i].before,
		    members[i].snake, members[i].camel, members[i].value, members[i].after);
		if (read_body(body, &arena, &request, &err) == 0)
			fail_msg("not refused: %s", body);
		assert_int_equal(err.kind, ERROR_BAD_REQUEST);
		assert_non_null(strstr(err.text, "given twice"));
	}
}

static void test_what_is_billed_is_found(void **state)
{
	static const struct {
		const char *body;
		int64_t images, unbounded;
		bool audio_output, server_tools;
	} cases[] = {
		/* clang-format off */
		{ "{" TEXT ",\"generation_config\":{\"speech_config\":{}}}", 0, 0, true, false },
		{ "{" TEXT ",\"generationConfig\":{\"image_config\":{}}}", 0, 0, false, false },
		{ "{" TEXT ",\"generationConfig\":{\"response_modalities\":\"AUDIO\"}}", 0, 0, true, false },
		{ "{" TEXT ",\"tools\":{\"google_search\":{}}}", 0, 0, false, true },
		{ "{" TEXT ",\"tools\":[{\"url_context\":{}}]}", 0, 0, false, true },
		{ "{" TEXT ",\"cached_content\":\"cachedContents/x\"}", 0, 1, false, false },
		{ "{\"contents\":{\"parts\":{\"inline_data\":{\"mime_type\":\"image/png\",\"data\":\"AA\"}}}}", 1, 0, false, false },
		/* a text does not hide what stands beside it */
		{ "{\"contents\":[{\"parts\":[{\"text\":\"a\",\"file_data\":{\"file_uri\":\"gs://a/b\"}}]}]}", 0, 1, false, false },
		{ "{\"contents\":[{\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AA\"}}]}}]}]}", 1, 0, false, false },
		{ "{\"contents\":[{\"parts\":[{\"executable_code\":{\"code\":\"a\"}}]}]}", 0, 0, false, false },
		{ "{\"contents\":[{\"parts\":[{\"tool_call\":{}}]}]}", 0, 1, false, false },
		/* nor does one file another, also within a result */
		{ "{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AA\"},\"file_data\":{\"fileUri\":\"gs://a/b\"}}]}]}", 1, 1, false, false },
		{ "{\"contents\":[{\"parts\":[{\"function_response\":{\"name\":\"f\",\"parts\":{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AA\"},\"file_data\":{\"fileUri\":\"gs://a/b\"}}}}]}]}", 1, 1, false, false },
		{ "{\"contents\":[{\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{\"file\":{\"$ref\":\"b\"}},\"parts\":[{\"fileData\":{\"displayName\":\"b\",\"mimeType\":\"audio/mp3\",\"fileUri\":\"gs://a/b\"}}]}}]}]}", 0, 1, false, false },
		{ "{\"contents\":[{\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"parts\":[{\"blob\":{}}]}}]}]}", 0, 1, false, false },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;

		if (read_body(cases[i].body, &arena, &request, &err) != 0)
			fail_msg("%s: %s", cases[i].body, err.text);
		assert_int_equal(request.bound.images, cases[i].images);
		assert_int_equal(request.bound.unbounded_parts, cases[i].unbounded);
		assert_int_equal(request.bound.audio_output, cases[i].audio_output);
		assert_int_equal(request.bound.server_tools, cases[i].server_tools);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_spellings_are_read_alike),
		cmocka_unit_test(test_both_spellings_at_once_are_refused),
		cmocka_unit_test(test_what_is_billed_is_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
