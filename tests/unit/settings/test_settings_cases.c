/*
 * Each tests/settings/NAME.yaml gives exactly the messages of NAME.expected: one line a problem,
 * then "usable" or the error of the whole.  `test_settings_cases --print FILE` prints them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "settings/load.h"

#define MOST_BYTES 200000

static char *messages_of(const char *path)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct text out;
	text_init(&out, MOST_BYTES);
	struct settings *settings = settings_load(path, &problems, &err);
	for (size_t i = 0; i < problems.count; i++) {
		const struct problem *p = &problems.items[i];
		text_printf(&out, "%s:%d:%d: %s: %s\n", p->origin.file, p->origin.line,
		    p->origin.column, problem_severity_name(p->severity), p->text);
	}
	text_printf(&out, "%s%s\n", settings ? "usable" : "unusable: ", settings ? "" : err.text);
	assert_true(settings || err.kind == ERROR_SETTINGS);
	settings_free(settings);
	problems_release(&problems);
	return text_take(&out);
}

static char *whole_file(const char *path)
{
	char *bytes = calloc(1, MOST_BYTES);
	FILE *file = fopen(path, "re");
	if (!file)
		fail_msg("%s is missing", path);
	assert_true(fread(bytes, 1, MOST_BYTES - 1, file) > 0);
	assert_int_equal(fclose(file), 0);
	return bytes;
}

static void enter_cases(void)
{
	const char *top = getenv("top_srcdir");
	assert_int_equal(setenv("SIDEWAYS_TEST_KEY", "hush-from-environment", 1), 0);
	assert_int_equal(unsetenv("SIDEWAYS_TEST_UNSET"), 0);
	if (top)
		assert_int_equal(chdir(top), 0);
	assert_int_equal(chdir("tests/settings"), 0);
}

static void test_every_case_gives_its_messages(void **state)
{
	glob_t found;
	int wrong = 0;
	assert_int_equal(glob("*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 40);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char path[256];
		char *got = messages_of(found.gl_pathv[i]);
		(void)snprintf(path, sizeof path, "%.*s.expected",
		    (int)strlen(found.gl_pathv[i]) - 5, found.gl_pathv[i]);
		char *wanted = whole_file(path);
		if (strcmp(got, wanted) != 0) {
			print_message("# %s gave:\n%s# wanted:\n%s", path, got, wanted);
			wrong++;
		}
		free(got);
		free(wanted);
	}
	globfree(&found);
	assert_int_equal(wrong, 0);
}

static void test_no_message_shows_a_secret(void **state)
{
	glob_t found;
	assert_int_equal(glob("*.yaml", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *got = messages_of(found.gl_pathv[i]);
		assert_null(strstr(got, "hush"));
		assert_null(strstr(got, "sk-secret"));
		free(got);
	}
	globfree(&found);
}

int main(int argc, char **argv)
{
	enter_cases();
	if (argc == 3 && strcmp(argv[1], "--print") == 0) {
		char *messages = messages_of(argv[2]);
		(void)fputs(messages, stdout);
		free(messages);
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_case_gives_its_messages),
		cmocka_unit_test(test_no_message_shows_a_secret),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
