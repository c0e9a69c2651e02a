/* The list of problems and the nearest name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "settings/load.h"
#include "settings/reading.h"

static void test_nearest_allows_a_third_of_the_letters(void **state)
{
	const char *const names[] = { "num_retries", "timeout", "cooldown_time" };
	assert_string_equal(settings_nearest("num_retires", names, 3), "num_retries");
	assert_string_equal(settings_nearest("timeuot", names, 3), "timeout");
	assert_string_equal(settings_nearest("cooldwntim", names, 3), "cooldown_time");
	assert_null(settings_nearest("tmt", names, 3));
	assert_null(settings_nearest("something_else", names, 3));
	assert_null(settings_nearest("", names, 3));
	assert_null(settings_nearest("x", names, 0));
}

static void test_nearest_ignores_very_long_names(void **state)
{
	char name[5000];
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	const char *const names[] = { name };
	assert_null(settings_nearest(name, names, 1));
	assert_null(settings_nearest("aaaa", names, 1));
}

static void test_problems_are_sorted_by_place_and_counted(void **state)
{
	struct problems problems = { 0 };
	problems_add(&problems, PROBLEM_NOTICE, (struct origin){ "b", 1, 1 }, "third");
	problems_add(&problems, PROBLEM_WARNING, (struct origin){ "a", 10, 2 }, "second");
	problems_add(&problems, PROBLEM_ERROR, (struct origin){ "a", 9, 7 }, "first %d", 1);
	problems_sort(&problems);
	assert_int_equal(problems.count, 3);
	assert_string_equal(problems.items[0].text, "first 1");
	assert_string_equal(problems.items[1].text, "second");
	assert_string_equal(problems.items[2].text, "third");
	assert_int_equal(problems.errors, 1);
	assert_int_equal(problems.warnings, 1);
	assert_int_equal(problems.notices, 1);
	problems_release(&problems);
	assert_int_equal(problems.count, 0);
}

static void test_the_list_is_limited_and_the_counts_go_on(void **state)
{
	struct problems problems = { 0 };
	for (int i = 0; i < 5000; i++)
		problems_add(&problems, PROBLEM_ERROR, (struct origin){ "a", i, 1 }, "one");
	assert_int_equal(problems.count, 1000);
	assert_int_equal(problems.errors, 5000);
	problems_release(&problems);
}

static void test_control_bytes_do_not_reach_a_message(void **state)
{
	struct problems problems = { 0 };
	problems_add(
	    &problems, PROBLEM_ERROR, (struct origin){ NULL, 1, 1 }, "a\x1b[2J\n%s", "b\x7f");
	assert_string_equal(problems.items[0].text, "a?[2J?b?");
	assert_string_equal(problems.items[0].origin.file, "");
	problems_release(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest_allows_a_third_of_the_letters),
		cmocka_unit_test(test_nearest_ignores_very_long_names),
		cmocka_unit_test(test_problems_are_sorted_by_place_and_counted),
		cmocka_unit_test(test_the_list_is_limited_and_the_counts_go_on),
		cmocka_unit_test(test_control_bytes_do_not_reach_a_message),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
