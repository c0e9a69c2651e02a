/* A price file in place of the built-in table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prices/price_file.h"

static char folder[64];
static char path[96];

static int make_folder(void **state)
{
	(void)snprintf(folder, sizeof folder, "/tmp/sideways-prices-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/prices.tsv", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)unlink(path);
	return rmdir(folder);
}

static void write_file(const char *text, size_t len)
{
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

#define HEADER "provider\tmodel\tinput\toutput\tas_of\n"

static void test_rows_are_sorted_and_faulty_ones_left_out(void **state)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct price_file file;
	const char *text =
	    HEADER "xai\tb\t1\t2\t2026-01-01\r\n# a comment\n\nopenai\tz\t1\t2\t2026-03-01\n"
		   "openai\ta\t1\t0\t2026-09-01\nopenai\tz\t3\t4\t2026-02-"
		   "01\nshort\trow\n\tx\t1\t2\t2026-01-01\nopenai\tb\t1\t2\t2026-01-01";
	write_file(text, strlen(text));
	assert_int_equal(price_file_read(path, &problems, &file, &err), 0);
	assert_int_equal(file.count, 3);
	assert_string_equal(file.rows[0].model, "b");
	assert_string_equal(file.rows[1].model, "z");
	assert_string_equal(file.rows[2].provider, "xai");
	assert_string_equal(file.date, "2026-03-01");
	assert_int_equal(problems.notices, 4);
	assert_int_equal(problems.items[0].origin.line, 6);
	assert_string_equal(problems.items[3].text, "price_file: openai z stands there twice");
	assert_string_equal(problems.items[0].text,
	    "price_file: openai a is left out: a paid model with output for nothing");
	price_file_release(&file);
	problems_release(&problems);
}

static void expect_error(const char *text)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct price_file file;
	assert_int_equal(price_file_read(path, &problems, &file, &err), -1);
	assert_int_equal(err.kind, ERROR_SETTINGS);
	assert_non_null(strstr(err.text, text));
}

static void test_files_that_are_no_table_say_so(void **state)
{
	(void)unlink(path);
	expect_error("No such file");
	write_file("", 0);
	expect_error("the first line must name the columns");
	write_file("provider\tmodel\n", 15);
	expect_error("the first line must name the columns");
	write_file(HEADER "a\0b\n", sizeof HEADER + 3);
	expect_error("NUL byte");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_sorted_and_faulty_ones_left_out),
		cmocka_unit_test(test_files_that_are_no_table_say_so),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
