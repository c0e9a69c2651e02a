#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct options options;
static struct error err;

/* argv is not const, for historical reasons; nobody writes to it. */
static char *word(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* The words after "sideways keys create". */
static int parse(const char *taken, const char *const *words)
{
	char *argv[16] = { word("sideways"), word("keys"), word("create") };
	int argc = 3;

	for (; *words; words++)
		argv[argc++] = word(*words);
	argv[argc] = NULL;
	err = (struct error){ 0 };
	return options_parse(taken, argc, argv, 3, &options, &err);
}
#define PARSE(taken, ...) parse(taken, (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void test_options_and_words_may_be_mixed(void **state)
{
	assert_int_equal(PARSE("alias json", "one", "--alias", "demo", "two", "--json"), 0);
	assert_string_equal(options.alias, "demo");
	assert_true(options.json);
	assert_int_equal(options.argument_count, 2);
	assert_string_equal(options.arguments[0], "one");
	assert_string_equal(options.arguments[1], "two");
}

static void test_a_value_may_follow_an_equals_sign(void **state)
{
	assert_int_equal(PARSE("alias", "--alias=demo", "--config=/x"), 0);
	assert_string_equal(options.alias, "demo");
	assert_string_equal(options.config, "/x");
}

static void test_two_dashes_end_the_options(void **state)
{
	assert_int_equal(PARSE("alias", "--", "--alias"), 0);
	assert_null(options.alias);
	assert_string_equal(options.arguments[0], "--alias");
}

static void test_a_second_command_line_starts_anew(void **state)
{
	assert_int_equal(PARSE("alias", "--alias", "demo", "word"), 0);
	assert_int_equal(PARSE("alias"), 0);
	assert_null(options.alias);
	assert_int_equal(options.argument_count, 0);
}

static void test_budgets_are_collected_in_order(void **state)
{
	assert_int_equal(PARSE("budget", "--budget", "5/1d", "--budget", "50/1mo"), 0);
	assert_int_equal(options.budget.count, 2);
	assert_string_equal(options.budget.items[0], "5/1d");
	assert_string_equal(options.budget.items[1], "50/1mo");
}

static void test_more_values_than_there_is_room_for_are_refused(void **state)
{
	char *argv[2 + 2 * (OPTION_VALUES_MAX + 1)] = { word("sideways") };
	int argc = 1;

	for (int i = 0; i <= OPTION_VALUES_MAX; i++) {
		argv[argc++] = word("--budget");
		argv[argc++] = word("1/1d");
	}
	assert_int_equal(options_parse("budget", argc, argv, 1, &options, &err), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void test_more_words_than_there_is_room_for_are_refused(void **state)
{
	assert_int_equal(PARSE("", "1", "2", "3", "4", "5", "6", "7", "8"), 0);
	assert_int_equal(PARSE("", "1", "2", "3", "4", "5", "6", "7", "8", "9"), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void test_an_option_of_another_command_is_refused(void **state)
{
	assert_int_equal(PARSE("alias", "--grace", "24h"), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text, "there is no option --grace here");
}

static void test_the_nearest_option_is_named(void **state)
{
	assert_int_equal(PARSE("alias models", "--aliass=x"), -1);
	assert_string_equal(err.text, "there is no option --aliass=x here (nearest: --alias)");
}

static void test_a_missing_value_is_named(void **state)
{
	assert_int_equal(PARSE("alias", "word", "--alias"), -1);
	assert_string_equal(err.text, "--alias needs a value");
}

static void test_a_flag_takes_no_value(void **state)
{
	assert_int_equal(PARSE("json", "--json=yes"), -1);
	assert_string_equal(err.text, "--json takes no value");
}

static void test_help_is_always_taken(void **state)
{
	assert_int_equal(PARSE("", "--help"), 0);
	assert_true(options.help);
	assert_int_equal(PARSE("", "-h"), 0);
	assert_true(options.help);
}

static void test_an_unknown_letter_is_refused(void **state)
{
	assert_int_equal(PARSE("", "-x"), -1);
	assert_string_equal(err.text, "there is no option -x here");
	assert_int_equal(PARSE("", "-xh", "--config", "a"), -1);
}

static void test_a_word_of_letters_is_named_whole(void **state)
{
	assert_int_equal(PARSE("alias", "key:reports", "-5/1d"), -1);
	assert_string_equal(err.text, "there is no option -5/1d here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_and_words_may_be_mixed),
		cmocka_unit_test(test_a_value_may_follow_an_equals_sign),
		cmocka_unit_test(test_two_dashes_end_the_options),
		cmocka_unit_test(test_a_second_command_line_starts_anew),
		cmocka_unit_test(test_budgets_are_collected_in_order),
		cmocka_unit_test(test_more_values_than_there_is_room_for_are_refused),
		cmocka_unit_test(test_more_words_than_there_is_room_for_are_refused),
		cmocka_unit_test(test_an_option_of_another_command_is_refused),
		cmocka_unit_test(test_the_nearest_option_is_named),
		cmocka_unit_test(test_a_missing_value_is_named),
		cmocka_unit_test(test_a_flag_takes_no_value),
		cmocka_unit_test(test_help_is_always_taken),
		cmocka_unit_test(test_an_unknown_letter_is_refused),
		cmocka_unit_test(test_a_word_of_letters_is_named_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
