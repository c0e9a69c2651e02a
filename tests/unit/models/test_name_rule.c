/* Names of tools are brought into the vendor's form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/name_rule.h"

#define OPENAI   "[A-Za-z0-9_-]{1,64}"
#define GEMINI   "[A-Za-z_][A-Za-z0-9_.:-]{0,63}"
#define MOONSHOT "[A-Za-z][A-Za-z0-9_-]*"
#define TEN      "aaaaaaaaaa"

static void test_names_that_do_not_fit_are_changed(void **state)
{
	static const struct {
		const char *rule, *name, *fitted;
	} cases[] = {
		{ OPENAI, "get_weather", "get_weather" },
		{ OPENAI, "1c_reload", "1c_reload" },
		{ OPENAI, "mcp.files:read", "mcp_files_read" },
		{ OPENAI, "$ref", "_ref" },
		{ OPENAI, "über", "__ber" },
		{ GEMINI, "1c_reload", "_1c_reload" },
		{ GEMINI, "mcp.files:read", "mcp.files:read" },
		{ GEMINI, "-x", "_-x" },
		{ MOONSHOT, "_private", "t_private" },
		{ MOONSHOT, "a.b", "a_b" },
	};
	AUTO_ARENA struct arena arena = { 0 };
	struct name_rule rule;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(name_rule_read(slice_of(cases[i].rule), &rule));
		struct slice is = name_rule_apply(&rule, slice_of(cases[i].name), &arena);
		assert_string_equal(arena_copy_slice(&arena, is), cases[i].fitted);
	}
}

static void test_a_long_name_ends_in_a_hash_of_all_of_it(void **state)
{
	static const char one[] = TEN TEN TEN TEN TEN TEN TEN "1",
			  two[] = TEN TEN TEN TEN TEN TEN TEN "2";
	AUTO_ARENA struct arena arena = { 0 };
	struct name_rule rule;
	struct slice left, right;

	assert_true(name_rule_read(slice_of(OPENAI), &rule));
	left = name_rule_apply(&rule, slice_of(one), &arena);
	right = name_rule_apply(&rule, slice_of(two), &arena);
	assert_int_equal(left.len, 64);
	assert_int_equal(right.len, 64);
	assert_false(slice_equal(left, right));
	assert_memory_equal(left.ptr, one, 55);
}

static void test_what_is_no_rule_is_refused(void **state)
{
	static const char *const cases[] = { "", "[]", "A-Z", "[A-Z", "[A-Z]{1}", "[A-Z]{1,}",
		"[A-Z]{1,0}", "[A-Z][a-z]", "[A-Z]{1,x}" };
	struct name_rule rule;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_false(name_rule_read(slice_of(cases[i]), &rule));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_do_not_fit_are_changed),
		cmocka_unit_test(test_a_long_name_ends_in_a_hash_of_all_of_it),
		cmocka_unit_test(test_what_is_no_rule_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
