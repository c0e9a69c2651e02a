/* The file of secrets: what it may look like, who may read it, and that nothing of it is repeated
 * in an error. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "settings/secrets.h"

static char folder[64], settings[96], path[96];

static int set_up(void **state)
{
	snprintf(folder, sizeof folder, "/tmp/sideways-secrets-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(settings, sizeof settings, "%s/sideways.yaml", folder);
	snprintf(path, sizeof path, "%s/secrets.env", folder);
	unsetenv("SIDEWAYS_SECRETS");
	unsetenv("TEST_ONE");
	unsetenv("TEST_TWO");
	return 0;
}

static int tear_down(void **state)
{
	unlink(path);
	return rmdir(folder);
}

static int load(const char *text, mode_t mode, struct error *err)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	assert_int_equal(chmod(path, mode), 0);
	*err = (struct error){ 0 };
	return secrets_load(settings, err);
}

static void assert_variable(const char *name, const char *value)
{
	const char *has = getenv(name);

	if (!has || strcmp(has, value) != 0)
		fail_msg("%s is %s, not %s", name, has ? has : "not set", value);
}

static void assert_refused(const char *text, mode_t mode, const char *says)
{
	struct error err;

	assert_int_equal(load(text, mode, &err), -1);
	assert_int_equal(err.kind, ERROR_SETTINGS);
	if (!strstr(err.text, says))
		fail_msg("\"%s\" does not say \"%s\"", err.text, says);
	assert_null(strstr(err.text, "hush"));
	assert_null(getenv("TEST_TWO"));
}

static void test_lines_become_variables(void **state)
{
	struct error err;

	assert_int_equal(
	    load("# of the test\n\nTEST_ONE=hush-1\n  export TEST_TWO=\"hush = 2\" \n", 0600, &err),
	    0);
	assert_variable("TEST_ONE", "hush-1");
	assert_variable("TEST_TWO", "hush = 2");
}

static void test_the_environment_wins(void **state)
{
	struct error err;

	setenv("TEST_ONE", "from outside", 1);
	assert_int_equal(load("TEST_ONE=hush\nTEST_TWO=''\n", 0640, &err), 0);
	assert_variable("TEST_ONE", "from outside");
	assert_variable("TEST_TWO", "");
}

static void test_a_file_for_others_is_refused_whole(void **state)
{
	static const mode_t modes[] = { 0604, 0644, 0602, 0620, 0660, 0666, 0777 };

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		assert_refused("TEST_TWO=hush\n", modes[i], "chmod 600");
}

static void test_a_bad_line_is_told_by_its_number_only(void **state)
{
	assert_refused("TEST_ONE=hush\nhush\n", 0600, "secrets.env:2: expected NAME=value");
	assert_refused("\n\n1hush=x\n", 0600, "secrets.env:3: what stands before '='");
	assert_refused("=hush\n", 0600, "secrets.env:1: what stands before '='");
}

static void test_a_line_that_is_too_long_is_not_cut_in_two(void **state)
{
	static char text[6000];

	memset(text, 'x', 5000);
	memcpy(text, "TEST_ONE=", 9);
	memcpy(text + 4095, "TEST_TWO=hush\n", 15);
	assert_refused(text, 0600, "secrets.env:1: is longer than 4094 bytes");
	assert_null(getenv("TEST_ONE"));
}

static void test_only_a_file_that_was_named_has_to_be_there(void **state)
{
	struct error err = { 0 };

	assert_int_equal(secrets_load(settings, &err), 0);
	setenv("SIDEWAYS_SECRETS", path, 1);
	assert_int_equal(secrets_load(settings, &err), -1);
	assert_non_null(strstr(err.text, "secrets.env: No such file"));
	setenv("SIDEWAYS_SECRETS", folder, 1);
	assert_int_equal(secrets_load(settings, &err), -1);
	assert_non_null(strstr(err.text, "is not a file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_lines_become_variables),
		TEST(test_the_environment_wins),
		TEST(test_a_file_for_others_is_refused_whole),
		TEST(test_a_bad_line_is_told_by_its_number_only),
		TEST(test_a_line_that_is_too_long_is_not_cut_in_two),
		TEST(test_only_a_file_that_was_named_has_to_be_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
