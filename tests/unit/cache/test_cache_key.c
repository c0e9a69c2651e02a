/*
 * Which requests are the same: pairs of bodies, and whose they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache/cache_key.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static const struct cache_owner alice = { "key-1", "", "", "", "cheap" };

static const char *key_for(const char *body, bool stream, const struct cache_owner *owner)
{
	struct chat_request request = { .format = WIRE_OPENAI_CHAT, .body = slice_of(body) };

	request.stream = stream;
	return cache_key(&request, owner, &arena);
}

#define PLAIN                                                                                      \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\xc3\xa9\"}],"         \
	"\"temperature\":0}"

static void test_what_only_looks_different_is_the_same(void **state)
{
	static const char *const bodies[] = {
		"{\"temperature\":0,\"messages\":[{\"content\":\"caf\xc3\xa9\",\"role\":\"user\"}],"
		"\"model\":\"m\"}",
		"{ \"model\" : \"m\",\n\"messages\":[ "
		"{\"role\":\"user\",\"content\":\"caf\\u00e9\"} ],\"temperature\":0}",
		"{\"model\":\"alias\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\xc3\xa9\"}"
		"],\"temperature\":0}",
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\xc3\xa9\"}],"
		"\"temperature\":0,"
		"\"user\":\"u1\",\"metadata\":{\"a\":1},\"fallbacks\":[\"x\"],\"timeout\":3,"
		"\"cache\":{\"ttl\":5}}",
	};
	const char *wanted = key_for(PLAIN, false, &alice);

	assert_int_equal(strlen(wanted), 64);
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		assert_string_equal(key_for(bodies[i], false, &alice), wanted);
}

static void test_what_may_change_the_answer_is_another_request(void **state)
{
	static const char *const bodies[] = {
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"cafe\"}],"
		"\"temperature\":0}",
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\xc3\xa9\"}],"
		"\"temperature\":1}",
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\xc3\xa9\"}],"
		"\"temperature\":0,\"seed\":1}",
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\xc3\xa9\","
		"\"user\":1}],\"temperature\":0}",
		"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"caf\xc3\xa9\"}],"
		"\"temperature\":0,\"new\":true}",
	};
	const char *plain = key_for(PLAIN, false, &alice);

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		assert_string_not_equal(key_for(bodies[i], false, &alice), plain);
	assert_string_not_equal(key_for(PLAIN, true, &alice), plain);
}

static void test_owners_are_apart(void **state)
{
	static const struct cache_owner owners[] = {
		{ "key-2", "", "", "", "cheap" },
		{ "", "", "", "", "cheap" },
		{ "key-1", "x", "", "", "cheap" },
		{ "key-1", "", "x", "", "cheap" },
		{ "key-1", "", "", "array", "cheap" },
		{ "key-1", "", "", "", "mid" },
	};
	const char *plain = key_for(PLAIN, false, &alice);

	for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
			    key_for(PLAIN, false, &owners[i]), key_for(PLAIN, false, &owners[j]));
	for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
		assert_string_not_equal(key_for(PLAIN, false, &owners[i]), plain);
}

/* Readers differ in which of two members they take, so nobody can say what was asked. */
static void test_a_member_given_twice_is_not_cached(void **state)
{
	assert_null(key_for("{\"messages\":[],\"top_p\":1,\"top_p\":0.1}", false, &alice));
	assert_null(key_for("{\"n\":999999999999999999999999999999}", false, &alice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_only_looks_different_is_the_same),
		cmocka_unit_test(test_what_may_change_the_answer_is_another_request),
		cmocka_unit_test(test_owners_are_apart),
		cmocka_unit_test(test_a_member_given_twice_is_not_cached),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
