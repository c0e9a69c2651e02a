/* What a body's text is counted as; tests/bound compares with OpenAI's own renderer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chat/prompt_count.h"

static int64_t counted_by(const char *body, enum vocabulary_id vocabulary)
{
	return prompt_count(slice_of(body), vocabulary);
}

static int64_t counted(const char *body)
{
	return counted_by(body, VOCABULARY_O200K);
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

/* Behind a space the signs are merged in another way: as tiktoken 0.14.0 counts what Python's
 * json.dumps makes of it, 29 tokens.  Python reads NaN, and deeper than this tree does. */
static void test_the_new_writing_of_json_is_counted(void **state)
{
#define SIGNS        "\\\"$$$$k\\\",\\\"$$$$k\\\",\\\"$$$$k\\\",\\\"$$$$k\\\",\\\"$$$$k\\\""
#define RESULT(text) "{\"messages\":[{\"role\":\"tool\",\"content\":\"" text "\"}]}"
#define TENFOLD(x)   x x x x x x x x x x
#define DEEP(x)      TENFOLD(x x x x x x x x x x x x x)
	int64_t empty = counted(RESULT(""));

	assert_true(counted(RESULT("[\\\"$$$$k\\\"," SIGNS "]")) >= empty + 29);
	assert_true(counted(RESULT("[NaN," SIGNS "]")) >= empty + 29);
	assert_true(counted(RESULT(DEEP("[") SIGNS DEEP("]"))) >= empty + 153);
	assert_in_range(counted(RESULT("[NaN] is not a number, " SIGNS)), empty + 20, empty + 40);
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

/* The text beside it is counted, the data is not; a link is text, and so is data in a text. */
static void test_a_pictures_data_is_no_text(void **state)
{
#define BODY(part) "{\"messages\":[{\"role\":\"user\",\"content\":[" part "]}]}"
#define DATA                                                                                       \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+"                            \
	"M9QDwADhgGAWjR9awAAAAAElFTkSu"
	static const char *const pictures[] = {
		BODY("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64," DATA
		     "\"}}"),
		BODY("{\"type\":\"image_url\",\"image_url\":\"data:image/png;base64," DATA "\"}"),
		BODY("{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/"
		     "png\",\"data\":\"" DATA "\"}}"),
		BODY("{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"" DATA "\"}}"),
		BODY("{\"inline_data\":{\"mime_type\":\"image/png\",\"data\":\"" DATA "\"}}"),
	};
	static const char *const texts[] = {
		BODY("{\"type\":\"text\",\"text\":\"data:image/png;base64," DATA "\"}"),
		BODY(
		    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x.test/" DATA "\"}}"),
		BODY("{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/"
		     "plain\",\"data\":\"" DATA "\"}}"),
	};

	for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
		assert_in_range(counted(pictures[i]), 1, 30);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_in_range(counted(texts[i]), 50, 200);
#undef BODY
#undef DATA
}

/* Llama's template gives results as JSON texts: a line break is two characters. */
static void test_results_stay_escaped_where_the_template_has_them_so(void **state)
{
#define LINES "\"\\t\\t\\t\\t\\t\\t\\t\\tx\""
	static const char result[] = "{\"messages\":[{\"role\":\"tool\",\"content\":" LINES "}]}",
			  said[] = "{\"messages\":[{\"role\":\"user\",\"content\":" LINES "}]}";

	assert_true(counted_by(result, VOCABULARY_LLAMA3) > counted_by(said, VOCABULARY_LLAMA3));
	assert_int_equal(
	    counted_by(result, VOCABULARY_TEKKEN), counted_by(said, VOCABULARY_TEKKEN));
#undef LINES
}

/* openai-harmony 0.0.8 has what describes an object before its name and in its braces. */
static void test_what_describes_an_object_is_written_twice_by_openai(void **state)
{
#define PARAMETER(type, words)                                                                     \
	"{\"tools\":[{\"function\":{\"name\":\"f\",\"parameters\":{\"properties\":{\"x\":"         \
	"{\"description\":\"" words "\",\"type\":\"" type "\"}}}}}]}"
	int64_t string = counted(PARAMETER("string", "Hello, world!")) -
			 counted(PARAMETER("string", "")),
		object = counted(PARAMETER("object", "Hello, world!")) -
			 counted(PARAMETER("object", ""));

	assert_int_equal(string, 4);
	assert_int_equal(object, 8);
	assert_int_equal(counted_by(PARAMETER("object", "Hello, world!"), VOCABULARY_TEKKEN) -
			     counted_by(PARAMETER("object", ""), VOCABULARY_TEKKEN),
	    4);
#undef PARAMETER
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_counts_as_its_tokens),
		cmocka_unit_test(test_json_in_a_text_may_be_written_with_spaces),
		cmocka_unit_test(test_the_new_writing_of_json_is_counted),
		cmocka_unit_test(test_a_property_that_is_named_like_a_word_of_schemas_counts),
		cmocka_unit_test(test_what_describes_an_object_is_written_twice_by_openai),
		cmocka_unit_test(test_a_pictures_data_is_no_text),
		cmocka_unit_test(test_results_stay_escaped_where_the_template_has_them_so),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
