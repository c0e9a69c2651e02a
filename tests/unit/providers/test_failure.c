/* Every recorded error body is classified as the reference says, and nothing that looks like a key
 * is repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <jansson.h>

#include "providers/failure.h"
#include "providers/failure_text.h"

#define NOW_MS INT64_C(1795430000000)

static enum failure_class class_named(const char *name)
{
	for (int class = 0; class < FAILURE_CLASS_COUNT; class ++)
		if (strcasecmp(failure_name((enum failure_class) class), name) == 0)
			return (enum failure_class) class;
	fail_msg("no class %s", name);
	return FAILURE_NONE;
}

static char *body_text(const json_t *body)
{
	return json_is_string(body) ? strdup(json_string_value(body))
				    : json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* 0, or 1 after telling what differs. */
static int check_case(const json_t *item)
{
	const json_t *headers = json_object_get(item, "headers"), *value;
	const json_t *delay = json_object_get(json_object_get(item, "expect"), "delay_ms");
	struct fetch_head head = { .status =
				       (int)json_integer_value(json_object_get(item, "status")) };
	const char *want =
		       json_string_value(json_object_get(json_object_get(item, "expect"), "class")),
		   *name;
	char *body = body_text(json_object_get(item, "body"));
	struct failure failure;
	bool fits;

	json_object_foreach((json_t *)headers, name, value) head.headers[head.header_count++] =
	    (struct fetch_header){ name, json_string_value(value) };
	failure_of_reply(json_string_value(json_object_get(item, "provider")), head.status, &head,
	    slice_of(body), NOW_MS, &failure);
	fits = failure.class == class_named(want) &&
	       (!json_is_integer(delay) || failure.delay_ms == json_integer_value(delay));
	if (!fits)
		print_message("# %s: %s after %lld ms, expected %s after %lld ms: %d %s\n",
		    json_string_value(json_object_get(item, "id")), failure_name(failure.class),
		    (long long)failure.delay_ms, want,
		    json_is_integer(delay) ? (long long)json_integer_value(delay) : -1LL,
		    head.status, body);
	free(body);
	return fits ? 0 : 1;
}

static void check_file(const char *name, size_t least)
{
	char path[512];
	json_t *cases, *item;
	size_t index;
	int wrong = 0;

	snprintf(path, sizeof path, "%s/tests/fixtures/errors/%s",
	    getenv("top_srcdir") ? getenv("top_srcdir") : ".", name);
	cases = json_load_file(path, 0, NULL);
	assert_true(json_array_size(cases) >= least);
	json_array_foreach(cases, index, item) wrong += check_case(item);
	assert_int_equal(wrong, 0);
	json_decref(cases);
}

static void test_recorded_errors_are_classified(void **state)
{
	check_file("classifier-cases.json", 80);
}

/* Names and texts from botocore 1.44.8 and what others have published (docs/providers.md). */
static void test_errors_of_clouds_are_classified(void **state)
{
	check_file("cloud-cases.json", 30);
}

static void test_keys_are_not_repeated(void **state)
{
	static const char body[] =
	    "{\"error\":{\"message\":\"Incorrect key sk-proj-abc123DEF456ghi789 for org, token "
	    "AIzaSyA1234567890abcdefghijklmnopqrs\\n, see docs\",\"code\":\"invalid_api_key\"}}";
	struct failure failure;

	failure_of_reply("openai", 401, NULL, slice_of(body), 0, &failure);
	assert_null(strstr(failure.message, "abc123"));
	assert_null(strstr(failure.message, "AIza"));
	assert_null(strchr(failure.message, '\n'));
	assert_non_null(strstr(failure.message, "see docs"));
}

static void test_the_key_of_the_call_is_not_repeated_whatever_it_looks_like(void **state)
{
	static const char text[] =
	    "{\"error\":{\"message\":\"no route for tok.12/ab here, tok.12/ab\","
	    "\"code\":\"tok.12/ab\"}}";
	struct failure failure;
	struct slice body;
	AUTO_ARENA struct arena arena = { 0 };

	body = failure_body_without(slice_of(text), "tok.12/ab", &arena);
	failure_of_reply("openai", 404, NULL, body, 0, &failure);
	assert_string_equal(failure.message, "no route for ********* here, *********");
	assert_null(strstr(failure.code, "tok"));
	assert_ptr_equal(failure_body_without(slice_of(text), NULL, &arena).ptr, text);
	assert_ptr_equal(failure_body_without(slice_of(text), "no", &arena).ptr, text);
	assert_ptr_equal(
	    failure_body_without((struct slice){ NULL, 0 }, "tok.12/ab", &arena).ptr, NULL);
}

static void test_odd_bodies_are_survived(void **state)
{
	static const char *const bodies[] = { "", "null", "[]", "{}", "[[]]", "{\"error\":null}",
		"{\"error\":[]}", "{\"error\":{\"code\":1e99}}", "{\"error\":{\"message\":[]}}",
		"<html>", "\xff\xfe", "{\"detail\":[{\"msg\":\"x\"}]}" };

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		for (int status = 200; status < 600; status += 33) {
			struct failure failure;

			failure_of_reply("x", status, NULL, slice_of(bodies[i]), 0, &failure);
			assert_int_not_equal(failure.class, FAILURE_NONE);
		}
}

static void test_a_spoilt_answer_is_retried_and_may_have_been_billed(void **state)
{
	struct failure failure;

	failure_of_reply("gemini", 200, NULL,
	    slice_of("{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}"), NOW_MS,
	    &failure);
	assert_int_equal(failure.class, FAILURE_RETRY);
	assert_false(failure.told);
	assert_string_equal(failure.message, "the answer ended with MALFORMED_FUNCTION_CALL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_errors_are_classified),
		cmocka_unit_test(test_errors_of_clouds_are_classified),
		cmocka_unit_test(test_keys_are_not_repeated),
		cmocka_unit_test(test_the_key_of_the_call_is_not_repeated_whatever_it_looks_like),
		cmocka_unit_test(test_odd_bodies_are_survived),
		cmocka_unit_test(test_a_spoilt_answer_is_retried_and_may_have_been_billed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
