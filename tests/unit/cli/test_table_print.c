#include "cli/table_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static char *printed(const struct table *table)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&bytes, &len);

	assert_non_null(to);
	table_print(table, to);
	fclose(to);
	return bytes;
}

static void expect(const struct table *table, const char *want)
{
	char *got = printed(table);

	assert_string_equal(got, want);
	free(got);
}

static void test_columns_are_as_wide_as_their_widest_cell(void **state)
{
	AUTO_TABLE struct table *table = table_new("NAME|>SPENT|LAST");

	table_cell(table, "a");
	table_cell(table, "%d", 5);
	table_cell(table, "x");
	table_cell(table, "longer name");
	table_cell(table, "%d", 1234567);
	table_cell(table, "y");
	expect(table, "NAME           SPENT  LAST\n"
		      "a                  5  x\n"
		      "longer name  1234567  y\n");
}

static void test_width_counts_letters_not_bytes(void **state)
{
	AUTO_TABLE struct table *table = table_new("A|B");

	table_cell(table, "\xc3\xa4\xc3\xb6\xc3\xbc"); /* three letters in six bytes */
	table_cell(table, "1");
	table_cell(table, "abc");
	table_cell(table, "2");
	expect(table, "A    B\n\xc3\xa4\xc3\xb6\xc3\xbc  1\nabc  2\n");
}

static void test_control_characters_cannot_reach_the_terminal(void **state)
{
	AUTO_TABLE struct table *table = table_new("A");

	table_cell(table, "%s", "x\033[31m\r\n\x7f\xc2\x9b");
	expect(table, "A\nx?[31m??"
		      "???\n");
}

static void test_a_table_without_rows_prints_nothing(void **state)
{
	AUTO_TABLE struct table *table = table_new("A|B");

	expect(table, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(test_width_counts_letters_not_bytes),
		cmocka_unit_test(test_control_characters_cannot_reach_the_terminal),
		cmocka_unit_test(test_a_table_without_rows_prints_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
