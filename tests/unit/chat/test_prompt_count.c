/* What a body's text is counted as; tests/bound compares with OpenAI's own renderer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chat/prompt_count.h"

static int64_t counted(const char *body)
{
	AUTO_ARENA struct arena arena;

	arena_init(&arena);
	return prompt_count(slice_of(body), VOCABULARY_O200K, &arena);
}

static void test_a_text_counts_as_its_tokens(void **state)
{
	int64_t empty = counted("{\"messages\":[{\"role\":\"user\",\"content\":\"\"}]}");

	assert_in_range(empty, 4, 16);
	assert_int_equal(
	    counted("{\"messages\":[{\"role\":\"user\",\"content\":\"Hello, world!\"}]}"),
	    empty + 4);
	/* escapes are read first, ids and the model's name are no part of a prompt */
	assert_int_equal(counted("{\"model\":\"a name of some "
				 "length\",\"messages\":[{\"role\":\"user\",\"id\":\"x\","
				 "\"content\":\"Hello\\u002c wor\\u006cd!\"}]}"),
	    empty + 4);
}

static void test_json_in_a_text_may_be_written_with_spaces(void **state)
{
	int64_t plain = counted("{\"messages\":[{\"content\":\"(1,2,3)\"}]}");

	assert_true(counted("{\"messages\":[{\"content\":\"[1,2,3]\"}]}") >= plain + 2);
	assert_true(counted("{\"messages\":[{\"content\":\"1e15\"}]}") >= 18);
}

static void test_a_property_that_is_named_like_a_word_of_schemas_counts(void **state)
{
	int64_t none = counted("{\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\","
			       "\"properties\":{}}}]}");
	int64_t one = counted(
	    "{\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\",\"properties\":{"
	    "\"description\":{\"type\":\"string\"}}}}]}");

	assert_true(one >= none + 5); /* description: string, */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_counts_as_its_tokens),
		cmocka_unit_test(test_json_in_a_text_may_be_written_with_spaces),
		cmocka_unit_test(test_a_property_that_is_named_like_a_word_of_schemas_counts),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
