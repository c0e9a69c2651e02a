/* What is read of a client's body, and what is refused with a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "chat/chat_request.h"

static int read_body(
    const char *body, struct arena *arena, struct chat_request *out, struct error *err)
{
	memset(err, 0, sizeof *err);
	return chat_request_read(slice_of(body), NULL, arena, out, err);
}

static void test_the_facts_of_a_request_are_read(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(
	    read_body(
		"{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"n\":2,"
		"\"stream_options\":{\"include_usage\":true},\"max_tokens\":50,\"max_completion_"
		"tokens\":70,"
		"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"model\":\"a/"
		"b\","
		"\"fallbacks\":[\"x\",{\"model\":\"y\"}],\"num_retries\":0,\"timeout\":2.5}",
		&arena, &request, &err),
	    0);
	assert_string_equal(request.model, "a/b");
	assert_true(request.stream && request.usage_wanted && request.has_tools);
	assert_int_equal(request.max_tokens, 70); /* the larger: a provider may go by either */
	assert_int_equal(request.bound.choices, 2);
	assert_int_equal(request.num_retries, 0);
	assert_int_equal(request.timeout_ms, 2500);
	assert_int_equal(request.fallback_count, 2);
	assert_string_equal(request.fallbacks[1], "y");
	assert_false(request.bound.server_tools);
}

static void test_null_means_absent(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(read_body("{\"model\":\"m\",\"messages\":[{}],\"max_tokens\":null,\"n\":"
				   "null,\"stream\":null,\"tools\":null}",
			     &arena, &request, &err),
	    0);
	assert_int_equal(request.max_tokens, 0);
	assert_int_equal(request.bound.choices, 1);
	assert_int_equal(request.num_retries, -1);
	assert_false(request.stream);
}

static void test_wrong_bodies_are_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *body, *says;
	} cases[] = {
		{ "", "the body is empty" },
		{ "[]", "not a JSON object" },
		{ "{\"model\":\"m\"", "not valid JSON" },
		{ "{\"messages\":[{}]}", "model: missing" },
		{ "{\"model\":7,\"messages\":[{}]}", "model: expected a string" },
		{ "{\"model\":\"\",\"messages\":[{}]}", "model: expected a name" },
		{ "{\"model\":\"a\\u0000b\",\"messages\":[{}]}", "model: expected a name" },
		{ "{\"model\":\"a\\nb\",\"messages\":[{}]}", "control character" },
		{ "{\"model\":\"m\"}", "messages: missing" },
		{ "{\"model\":\"m\",\"messages\":\"hi\"}", "messages: expected an array" },
		{ "{\"model\":\"m\",\"messages\":[]}", "at least one message" },
		{ "{\"model\":\"m\",\"messages\":[\"hi\"]}", "messages[0]: expected an object" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"max_tokens\":-1}",
		    "max_tokens: expected a whole number" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"max_tokens\":\"5\"}",
		    "max_tokens: expected a whole number" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"max_tokens\":1.5}",
		    "max_tokens: expected a whole number" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"max_tokens\":1e18}",
		    "max_tokens: expected a whole number" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"n\":1000000}",
		    "n: expected a whole number" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"n\":1,\"n\":8}", "n: given twice" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"N\":8}", "N: write it as n" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"Max_Tokens\":8}",
		    "Max_Tokens: write it as max_tokens" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"\\u004e\":8}", "without escapes" },
		{ "{\"model\":\"m\",\"model\":\"dear\",\"messages\":[{}]}", "model: given twice" },
		{ "{\"model\":\"m\",\"\\u006dodel\":\"dear\",\"messages\":[{}]}",
		    "model: given twice" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"stream\":\"yes\"}",
		    "stream: expected true or false" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"service_tier\":\"priority\"}",
		    "service_tier" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"service_tier\":\"priorit\\u0079\"}",
		    "service_tier" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"service_tier\":\"ultrafast\"}",
		    "service_tier" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"deferred\":true}",
		    "deferred: an answer that is fetched later" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"fallbacks\":[7]}", "fallbacks[0]" },
		{ "{\"model\":\"m\",\"messages\":[{}],\"timeout\":-1}",
		    "timeout: expected seconds" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;

		assert_int_equal(read_body(cases[i].body, &arena, &request, &err), -1);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].body, err.text,
			    cases[i].says);
	}
}

static void test_media_data_is_not_weighed_as_text(void **state)
{
	static const char image[] =
	    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_"
	    "url\",\"image_url\":"
	    "{\"url\":\"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}]}]}";
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(read_body(image, &arena, &request, &err), 0);
	assert_int_equal(request.bound.images, 1);
	assert_true(request.has_images);
	assert_int_equal(request.bound.text_bytes, (int)sizeof image - 1 - 64);
}

static void test_a_data_url_outside_of_a_media_part_is_text(void **state)
{
	static const char *const bodies[] = {
		"{\"model\":\"m\",\"messages\":[{\"content\":[{\"type\":\"text\",\"image_url\":{"
		"\"url\":\"data:image/png;base64,AAAA\"}}]}]}",
		"{\"model\":\"m\",\"messages\":[{\"content\":\"data:image/png;base64,AAAA\"}]}",
		"{\"model\":\"m\",\"messages\":[{}],\"tools\":[{\"type\":\"function\",\"function\":"
		"{\"image_url\":{\"url\":"
		"\"data:image/png;base64,AAAA\"}}}]}",
	};

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;

		assert_int_equal(read_body(bodies[i], &arena, &request, &err), 0);
		assert_int_equal(request.bound.images, 0);
		assert_int_equal(request.bound.text_bytes, (int)strlen(bodies[i]));
	}
}

static void test_what_has_no_bound_is_marked(void **state)
{
	static const char *const bodies[] = {
		"{\"model\":\"m\",\"messages\":[{}],\"search_parameters\":{\"mode\":\"auto\"}}",
		"{\"model\":\"m\",\"messages\":[{}],\"enable_search\":true}",
		"{\"model\":\"m\",\"messages\":[{}],\"tools\":[{\"type\":\"web_search\"}]}",
		"{\"model\":\"m\",\"messages\":[{}],\"plugins\":[]}",
	};

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		AUTO_ARENA struct arena arena = { 0 };
		struct chat_request request;
		struct error err;

		assert_int_equal(read_body(bodies[i], &arena, &request, &err), 0);
		assert_true(request.bound.server_tools);
	}
}

static void test_documents_and_audio_count_as_the_whole_window(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(read_body("{\"model\":\"m\",\"messages\":[{\"content\":[{\"type\":"
				   "\"file\",\"file\":{\"file_data\":\"data:x\"}},"
				   "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\"}},"
				   "{\"type\":\"video_url\"}]},"
				   "{\"role\":\"assistant\",\"audio\":{\"id\":\"audio_1\"}},"
				   "{\"role\":\"assistant\",\"audio\":null},"
				   "{\"content\":{\"type\":\"video_url\"}}]}",
			     &arena, &request, &err),
	    0);
	assert_int_equal(request.bound.unbounded_parts, 5);
}

static bool owns(const char *name)
{
	char body[128];

	snprintf(body, sizeof body, "{\"%s\":1}", name);
	struct json_cursor member = json_cursor(slice_of(body));
	assert_true(json_next(&member));
	return chat_request_owns(&member);
}

static void test_members_that_name_a_host_or_a_credential_are_our_own(void **state)
{
	static const char *const own[] = { "api_base", "base_url", "api_key", "api_version",
		"custom_host", "extra_headers", "headers", "endpoint", "proxy", "models", "route",
		"fallbacks", "mock_response", "timeout" };
	static const char *const theirs[] = { "temperature", "messages", "model", "modelsx",
		"api_bas", "metadata", "user", "" };

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		assert_true(owns(own[i]));
	for (size_t i = 0; i < sizeof theirs / sizeof theirs[0]; i++)
		assert_false(owns(theirs[i]));
	assert_true(owns("api\\u005fbase"));
	assert_true(owns("preset"));
	assert_true(owns("deferred"));
}

static void test_compatibility_forms_are_counted_also_as_escapes(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(
	    read_body(
		"{\"model\":\"m\",\"messages\":[{\"content\":\"\xEF\xB7\xBA \\ufdfa \xC3\xA9\"}]}",
		&arena, &request, &err),
	    0);
	/* U+FDFA is 33 bytes of NFKC instead of 3, e with an accent may come apart. */
	assert_int_equal(request.bound.nfkc_growth, 30 + 30 + 1);
	assert_int_equal(request.bound.nfc_growth, 1);
	assert_int_equal(request.bound.non_ascii_bytes, 5);
}

static bool may_hold_ids(const char *messages)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(
	    read_body(arena_printf(&arena,
			  "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"},%s]}", messages),
		&arena, &request, &err),
	    0);
	return request.has_call_ids;
}

static void test_plain_talk_holds_no_ids_of_calls(void **state)
{
	assert_false(
	    may_hold_ids("{\"role\":\"user\",\"content\":\"hi\",\"name\":\"tool_calls\"}"));
	assert_false(may_hold_ids("{\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}"));
	assert_true(may_hold_ids("{\"tool_calls\":[]}"));
	assert_true(may_hold_ids("{\"tool_call_id\":\"a\"}"));
	assert_true(may_hold_ids("{\"content\":[{\"type\":\"text\",\"id\":\"a\"}]}"));
	assert_true(may_hold_ids("{\"content\":{}}"));
}

static void test_members_are_found_again_around_the_largest(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct chat_request request;
	struct error err;

	assert_int_equal(
	    read_body(
		"{\"n\":1,\"messages\":[{\"content\":\"}],\\\"x\"}],\"model\":\"m\",\"x\":[2]}",
		&arena, &request, &err),
	    0);
	assert_true(slice_is(request.largest, "[{\"content\":\"}],\\\"x\"}]"));
	assert_true(slice_is(chat_request_member(&request, "n"), "1"));
	assert_true(slice_equal(chat_request_member(&request, "messages"), request.largest));
	assert_true(slice_is(chat_request_member(&request, "x"), "[2]"));
	assert_null(chat_request_member(&request, "content").ptr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_facts_of_a_request_are_read),
		cmocka_unit_test(test_null_means_absent),
		cmocka_unit_test(test_wrong_bodies_are_refused_with_a_sentence),
		cmocka_unit_test(test_media_data_is_not_weighed_as_text),
		cmocka_unit_test(test_a_data_url_outside_of_a_media_part_is_text),
		cmocka_unit_test(test_what_has_no_bound_is_marked),
		cmocka_unit_test(test_documents_and_audio_count_as_the_whole_window),
		cmocka_unit_test(test_members_that_name_a_host_or_a_credential_are_our_own),
		cmocka_unit_test(test_compatibility_forms_are_counted_also_as_escapes),
		cmocka_unit_test(test_plain_talk_holds_no_ids_of_calls),
		cmocka_unit_test(test_members_are_found_again_around_the_largest),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
