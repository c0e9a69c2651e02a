/*
 * Gemini's schemas as JSON Schema.
 */
#include "chat/gemini_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_scan.h"

static void assert_plain(const char *schema, const char *plain)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct slice made;

	made = gemini_plain_schema(slice_of(schema), &arena);
	assert_int_equal(json_scan_check(made, NULL), 0);
	assert_string_equal(arena_copy_slice(&arena, made), plain);
}

static void test_types_and_counts_are_those_of_json_schema(void **state)
{
	assert_plain("{\"type\":\"STRING\",\"maxLength\":\"9\",\"nullable\":true}",
	    "{\"type\":[\"string\",\"null\"],\"maxLength\":9}");
	assert_plain("{\"any_of\":[{\"type\":\"INTEGER\"}],\"min_items\":2}",
	    "{\"anyOf\":[{\"type\":\"integer\"}],\"minItems\":2}");
}

/* Else a client could write members of its own into what goes to the provider, past the bound. */
static void test_a_count_that_is_no_number_stays_a_text(void **state)
{
	assert_plain("{\"maxLength\":\"N9\"}", "{\"maxLength\":\"N9\"}");
	assert_plain("{\"maxLength\":\"1}}}],\\\"n\\\":8,\\\"x\\\":[{\"}",
	    "{\"maxLength\":\"1}}}],\\\"n\\\":8,\\\"x\\\":[{\"}");
	assert_plain("{\"maxLength\":\"\"}", "{\"maxLength\":\"\"}");
	assert_plain("{\"maxLength\":\"{}\"}", "{\"maxLength\":\"{}\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types_and_counts_are_those_of_json_schema),
		cmocka_unit_test(test_a_count_that_is_no_number_stays_a_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
