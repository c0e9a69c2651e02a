/* What a request costs is read from what it says, in every format, however it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "chat/client_format.h"

/* What stands before the members of a case. */
#define CHAT      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
#define CHAT_PART "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
#define MESSAGES  CHAT "\"max_tokens\":9,"
#define RESPONSES "{\"model\":\"m\",\"input\":\"hi\","
#define GEMINI    "{\"contents\":[{\"parts\":[{\"text\":\"hi\"}]}],"

static int read_body(enum wire_format_id format, const char *body, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	memset(err, 0, sizeof *err);
	return client_format(format)->read(
	    slice_of(body), format == WIRE_GEMINI ? "m" : NULL, false, arena, out, err);
}

static void test_what_has_no_price_is_refused(void **state)
{
	static const struct {
		enum wire_format_id format;
		const char *body, *named;
	} cases[] = {
		/* clang-format off */
		{ WIRE_OPENAI_CHAT, CHAT "\"service_tier\":\"priority\"}", "service_tier" },
		{ WIRE_OPENAI_CHAT, CHAT "\"service_tier\":\"prior\\u0069ty\"}", "service_tier" },
		{ WIRE_OPENAI_CHAT, CHAT "\"modalities\":[\"text\",\"video\"]}", "modalities" },
		{ WIRE_OPENAI_CHAT, CHAT "\"modalities\":[\"text\",\"vide\\u006f\"]}", "modalities" },
		{ WIRE_OPENAI_CHAT, CHAT "\"data_sources\":[{\"type\":\"azure_search\"}]}", "data_sources" },
		{ WIRE_OPENAI_CHAT, CHAT "\"d\\u0061ta_sources\":[{\"type\":\"azure_search\"}]}", "data_sources" },
		{ WIRE_OPENAI_CHAT, CHAT "\"provider\":{\"order\":[\"dear\"]}}", "provider" },
		{ WIRE_OPENAI_CHAT, CHAT "\"extra_body\":{\"google\":{\"cached_content\":\"x\"}}}", "extra_body" },
		{ WIRE_OPENAI_CHAT, CHAT "\"best_of\":4}", "best_of" },
		{ WIRE_ANTHROPIC, MESSAGES "\"anthropic_beta\":[\"context-1m-2025-08-07\"]}", "anthropic_beta" },
		{ WIRE_GEMINI, GEMINI "\"generationConfig\":{\"routingConfig\":{}}}", "routingConfig" },
		{ WIRE_OPENAI_CHAT, CHAT "\"speed\":\"fast\"}", "speed" },
		{ WIRE_OPENAI_CHAT, CHAT "\"max_new_tokens\":4}", "max_new_tokens" },
		{ WIRE_OPENAI_CHAT, CHAT "\"enable_code_interpreter\":true}", "enable_code_interpreter" },
		{ WIRE_ANTHROPIC, MESSAGES "\"context_management\":{\"edits\":[{\"type\":\"clear_tool_uses_20250919\"},{\"type\":\"compact_20260112\"}]}}", "context_management" },
		{ WIRE_ANTHROPIC, MESSAGES "\"context_management\":{\"edits\":{\"type\":\"c\\u006fmpact_20260112\"}}}", "context_management" },
		{ WIRE_RESPONSES, RESPONSES "\"context_management\":[{\"type\":\"compaction\"}]}", "context_management" },
		{ WIRE_RESPONSES, RESPONSES "\"reasoning\":{\"mode\":\"pro\"}}", "reasoning.mode" },
		{ WIRE_ANTHROPIC, MESSAGES "\"speed\":\"fast\"}", "speed" },
		{ WIRE_ANTHROPIC, MESSAGES "\"speed\":\"f\\u0061st\"}", "speed" },
		{ WIRE_ANTHROPIC, MESSAGES "\"inference_geo\":\"us\"}", "inference_geo" },
		{ WIRE_ANTHROPIC, MESSAGES "\"inference_geo\":\"\\u0075s\"}", "inference_geo" },
		{ WIRE_RESPONSES, RESPONSES "\"service_tier\":\"f\\u0061st\"}", "service_tier" },
		{ WIRE_RESPONSES, RESPONSES "\"background\":true}", "background" },
		{ WIRE_GEMINI, GEMINI "\"serviceTier\":\"prior\\u0069ty\"}", "serviceTier" },
		{ WIRE_GEMINI, GEMINI "\"generationConfig\":{\"responseModalities\":\"VIDEO\"}}", "responseModalities" },
		{ WIRE_GEMINI, GEMINI "\"generationConfig\":{\"response_modalities\":[\"TEXT\",\"VIDE\\u004f\"]}}", "responseModalities" },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;

		if (read_body(cases[i].format, cases[i].body, &arena, &request, &err) == 0)
			fail_msg("not refused: %s", cases[i].body);
		assert_int_equal(err.kind, ERROR_UNSUPPORTED);
		if (!strstr(err.text, cases[i].named))
			fail_msg("%s: %s", cases[i].body, err.text);
	}
}

static void test_what_makes_a_call_dear_is_found_also_as_escapes(void **state)
{
	static const struct {
		enum wire_format_id format;
		const char *body;
		int64_t images, unbounded;
		bool audio_output, server_tools;
	} cases[] = {
		/* clang-format off */
		{ WIRE_OPENAI_CHAT, CHAT "\"modalities\":[\"text\",\"\\u0061udio\"]}", 0, 0, true, false },
		{ WIRE_OPENAI_CHAT, CHAT "\"tools\":[{\"type\":\"funct\\u0069on\"}]}", 0, 0, false, false },
		{ WIRE_OPENAI_CHAT, CHAT "\"tools\":[{\"type\":\"web\\u005fsearch\"}]}", 0, 0, false, true },
		{ WIRE_OPENAI_CHAT, CHAT_PART "{\"type\":\"im\\u0061ge_url\",\"image_url\":{\"url\":\"https://a.example/b\"}}]}]}", 1, 0, false, false },
		{ WIRE_OPENAI_CHAT, CHAT_PART "{\"type\":\"image_url\",\"image_url\":{\"url\":\"d\\u0061ta:application/pdf;base64,AA\"}}]}]}", 1, 1, false, false },
		{ WIRE_OPENAI_CHAT, CHAT_PART "{\"type\":\"f\\u0069le\",\"file\":{\"file_data\":\"AA\"}}]}]}", 0, 1, false, false },
		{ WIRE_ANTHROPIC, MESSAGES "\"tools\":[{\"type\":\"web_se\\u0061rch_20250305\",\"name\":\"web_search\"}]}", 0, 0, false, true },
		{ WIRE_ANTHROPIC, MESSAGES "\"tools\":[{\"type\":\"b\\u0061sh_20250124\",\"name\":\"bash\"}]}", 0, 1, false, false },
		{ WIRE_ANTHROPIC, MESSAGES "\"tools\":[{\"type\":\"cust\\u006fm\",\"name\":\"f\",\"input_schema\":{}}]}", 0, 0, false, false },
		{ WIRE_GEMINI, GEMINI "\"generationConfig\":{\"responseModalities\":[\"\\u0041UDIO\"]}}", 0, 0, true, false },
		{ WIRE_GEMINI, GEMINI "\"generationConfig\":{\"responseModalities\":[\"T\\u0045XT\"]}}", 0, 0, false, false },
		{ WIRE_GEMINI, GEMINI "\"tools\":{\"googleSe\\u0061rch\":{}}}", 0, 0, false, true },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;

		if (read_body(cases[i].format, cases[i].body, &arena, &request, &err) != 0)
			fail_msg("%s: %s", cases[i].body, err.text);
		if (request.bound.images != cases[i].images ||
		    request.bound.unbounded_parts != cases[i].unbounded ||
		    request.bound.audio_output != cases[i].audio_output ||
		    request.bound.server_tools != cases[i].server_tools)
			fail_msg("not found: %s", cases[i].body);
	}
}

static void test_what_costs_nothing_more_passes(void **state)
{
	static const struct {
		enum wire_format_id format;
		const char *body;
	} cases[] = {
		/* clang-format off */
		{ WIRE_OPENAI_CHAT, CHAT "\"best_of\":1,\"provider\":null,\"data_sources\":[],\"speed\":\"standard\"}" },
		{ WIRE_OPENAI_CHAT, CHAT "\"transforms\":[\"middle-out\"],\"reasoning\":{\"effort\":\"high\"},\"usage\":{\"include\":true}}" },
		{ WIRE_OPENAI_CHAT, CHAT "\"search_mode\":\"academic\",\"return_images\":true,\"top_logprobs\":20,\"store\":true}" },
		{ WIRE_ANTHROPIC, MESSAGES "\"speed\":\"standard\",\"inference_geo\":\"global\"}" },
		{ WIRE_ANTHROPIC, MESSAGES "\"context_management\":{\"edits\":[{\"type\":\"clear_thinking_20251015\",\"keep\":\"all\"}]}}" },
		{ WIRE_RESPONSES, RESPONSES "\"background\":false,\"store\":false,\"reasoning\":{\"mode\":\"standard\"}}" },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;

		if (read_body(cases[i].format, cases[i].body, &arena, &request, &err) != 0)
			fail_msg("%s: %s", cases[i].body, err.text);
		assert_int_equal(request.bound.unbounded_parts, 0);
		assert_false(request.bound.server_tools);
	}
}

static void test_prompts_that_the_provider_adds_are_weighed(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;
	const char *body = CHAT "\"safe_prompt\":true}";

	assert_int_equal(read_body(WIRE_OPENAI_CHAT, body, &arena, &request, &err), 0);
	assert_int_equal(request.bound.text_bytes, (int64_t)strlen(body) + 2048);
}

static void test_thinking_beyond_the_limit_is_read(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(read_body(WIRE_OPENAI_CHAT,
			     CHAT "\"max_tokens\":16,\"enable_thinking\":true,\"thinking_"
				  "budget\":38000}",
			     &arena, &request, &err),
	    0);
	assert_int_equal(request.bound.thinking, THINKING_ON);
	assert_int_equal(request.bound.thinking_budget, 38000);
	assert_int_equal(read_body(WIRE_OPENAI_CHAT, CHAT "\"thinking_budget\":\"38000\"}", &arena,
			     &request, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_BAD_REQUEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_has_no_price_is_refused),
		cmocka_unit_test(test_what_makes_a_call_dear_is_found_also_as_escapes),
		cmocka_unit_test(test_what_costs_nothing_more_passes),
		cmocka_unit_test(test_thinking_beyond_the_limit_is_read),
		cmocka_unit_test(test_prompts_that_the_provider_adds_are_weighed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
