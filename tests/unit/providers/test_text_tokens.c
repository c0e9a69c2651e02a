/* How many tokens a text is likely to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "providers/text_tokens.h"

static int64_t tokens_of(struct slice text)
{
	struct text_tokens tokens = { 0, 0 };

	text_tokens_add(&tokens, text);
	return text_tokens_count(&tokens);
}

static void test_three_bytes_are_a_token(void **state)
{
	assert_int_equal(tokens_of(slice_of("")), 0);
	assert_int_equal(tokens_of(slice_of("Hi there.")), 3);
	assert_int_equal(tokens_of(slice_of("\"Hi there.\"")), 3);
	assert_int_equal(tokens_of((struct slice){ NULL, 0 }), 0);
}

static void test_an_escape_counts_what_it_stands_for(void **state)
{
	assert_int_equal(tokens_of(slice_of("\"\\n\\t\\\"\"")), 1);
	assert_int_equal(tokens_of(slice_of("\"\\u00e9\\u00e8\"")), 2);
	assert_int_equal(tokens_of(slice_of("\"\\u12\"")), 1); /* cut */
}

static void test_a_run_of_one_mark_is_few_tokens(void **state)
{
	char run[1025];

	for (const char *mark = " =-_*#.~"; *mark; mark++) {
		memset(run, *mark, 1024);
		assert_int_equal(tokens_of((struct slice){ run, 1024 }), 8);
		assert_int_equal(tokens_of((struct slice){ run, 1 }), 1);
		assert_int_equal(tokens_of((struct slice){ run, 15 }), 5);
	}
	memset(run, 'a', 1024); /* words have no such tokens */
	assert_int_equal(tokens_of((struct slice){ run, 1024 }), 342);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_bytes_are_a_token),
		cmocka_unit_test(test_an_escape_counts_what_it_stands_for),
		cmocka_unit_test(test_a_run_of_one_mark_is_few_tokens),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
