/* Signatures as botocore 1.44.8 makes them for Bedrock (2026-11-29).  With SIGV4_CASES, a file of
 * requests and signatures that tests/long/sigv4.py wrote with botocore itself, these as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "providers/sigv4.h"

#define BODY_1                                                                                     \
	"{\"anthropic_version\":\"bedrock-2023-05-31\",\"max_tokens\":16,\"messages\":[{\"role\":" \
	"\"user\",\"content\":\"Hi\"}]}"
#define BODY_2  "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}]}"
#define WALL_MS INT64_C(1440938160000) /* 20150830T123600Z */

static const struct cloud_grant example = { .key_id = "AKIDEXAMPLE",
	.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

static const char *header_of(const struct fetch_call *call, const char *name)
{
	for (size_t i = 0; i < call->header_count; i++)
		if (strcmp(call->headers[i].name, name) == 0)
			return call->headers[i].value;
	fail_msg("no header %s", name);
	return NULL;
}

static void test_bedrocks_vectors(void **state)
{
	static const struct {
		const char *path, *body, *token, *type, *signature;
	} vectors[] = {
		{ "/model/anthropic.claude-3-5-sonnet-20241022-v2:0/invoke", BODY_1, NULL,
		    "application/json",
		    "b79b4bdb7ad3044b973764d5aabb972b0cbf95b47ec616c5e4f667f272954a2e" },
		{ "/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/invoke", BODY_1, NULL,
		    "application/json",
		    "3afe7421891461b4ad92fc605676e850e6a6486bc22f0e23d31879ad54d434aa" },
		{ "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus."
		  "anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream",
		    BODY_2, "IQoJb3JpZ2luX2VjEXAMPLE+/==", "application/json",
		    "02c4a098202a4756250556f770757a0bc5faf27f3667c764005997c4fd619b5c" },
		{ "/model/us.amazon.nova-pro-v1%3A0/converse", "", NULL, NULL,
		    "548b45fbcfd77b5567f02189c94ed3490048aeb807cd4df8922b85d85ef9f671" },
	};

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct cloud_grant grant = example;
		struct fetch_call call = { .method = "POST" };
		struct arena arena;

		arena_init(&arena);
		grant.session_token = vectors[i].token;
		call.url = arena_join(
		    &arena, "https://bedrock-runtime.us-east-1.amazonaws.com", vectors[i].path);
		if (vectors[i].type)
			call.headers[call.header_count++] =
			    (struct fetch_header){ "Content-Type", vectors[i].type };
		/* in two pieces, as bodies that are passed on are */
		call.body = (struct slice[]){ { vectors[i].body, strlen(vectors[i].body) / 2 },
			slice_of(vectors[i].body + strlen(vectors[i].body) / 2) };
		call.body_count = 2;
		assert_int_equal(
		    sigv4_sign_at(&grant, "us-east-1", "bedrock", WALL_MS, &arena, &call, NULL), 0);
		assert_non_null(strstr(header_of(&call, "Authorization"), vectors[i].signature));
		assert_string_equal(header_of(&call, "X-Amz-Date"), "20150830T123600Z");
		arena_release(&arena);
	}
}

static void check_one(const json_t *item)
{
	const char *want = json_string_value(json_object_get(item, "authorization")), *name,
		   *body = json_string_value(json_object_get(item, "body"));
	struct fetch_call call = {
		.method = json_string_value(json_object_get(item, "method")),
		.url = json_string_value(json_object_get(item, "url")),
		.body = &(struct slice){ body, strlen(body) },
		.body_count = 1,
	};
	struct cloud_grant grant = {
		.key_id = json_string_value(json_object_get(item, "key_id")),
		.secret = json_string_value(json_object_get(item, "secret")),
		.session_token = json_string_value(json_object_get(item, "token")),
	};
	struct arena arena;
	json_t *value;

	arena_init(&arena);
	json_object_foreach(json_object_get(item, "headers"), name, value)
	    call.headers[call.header_count++] =
	    (struct fetch_header){ name, json_string_value(value) };
	assert_int_equal(
	    sigv4_sign_at(&grant, json_string_value(json_object_get(item, "region")),
		json_string_value(json_object_get(item, "service")),
		json_integer_value(json_object_get(item, "wall_ms")), &arena, &call, NULL),
	    0);
	if (strcmp(header_of(&call, "Authorization"), want) != 0)
		fail_msg(
		    "%s: %s, botocore has %s", call.url, header_of(&call, "Authorization"), want);
	arena_release(&arena);
}

static void test_botocore_agrees(void **state)
{
	const char *path = getenv("SIGV4_CASES");
	json_t *cases, *item;
	size_t index;

	assert_non_null(path);
	cases = json_load_file(path, 0, NULL);
	assert_true(json_array_size(cases) > 0);
	json_array_foreach(cases, index, item) check_one(item);
	print_message("# %zu requests\n", json_array_size(cases));
	json_decref(cases);
}

int main(void)
{
	const struct CMUnitTest vectors[] = { cmocka_unit_test(test_bedrocks_vectors) };
	const struct CMUnitTest botocore[] = { cmocka_unit_test(test_botocore_agrees) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	/* tests/clouds/run has botocore's signatures, and needs them alone. */
	if (getenv("SIGV4_CASES"))
		return cmocka_run_group_tests(botocore, NULL, NULL);
	return cmocka_run_group_tests(vectors, NULL, NULL);
}
