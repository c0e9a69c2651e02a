/*
 * Each test confines a child, which tells by its exit status what it could do.  A filter cannot be
 * taken back, and a host without filters (some containers) makes the tests of it pass: then there
 * is nothing to be seen.
 */
#include "base/confine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NO_FILTERS 77

static int status_of(int (*act)(void), bool may_start_programs)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(confine(may_start_programs) ? act() : NO_FILTERS);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_status(int (*act)(void), bool may_start_programs, int wanted)
{
	int status = status_of(act, may_start_programs);

	if (status == NO_FILTERS)
		print_message("# this host has no filters\n");
	else
		assert_int_equal(status, wanted);
}

/* 0: it was refused. */
static int start_a_program(void)
{
	char *const arguments[] = { (char *)"true", NULL };

	(void)execv("/bin/true", arguments);
	return errno == EPERM ? 5 : 6;
}

static int trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 && errno == EPERM ? 5 : 6;
}

static int mount_something(void)
{
	/* As root and without the filter this fails with EINVAL, before anything is mounted. */
	return mount(NULL, NULL, NULL, 0, NULL) == -1 && errno == EPERM ? 5 : 6;
}

static int in_a_child(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(start_a_program());
	return waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : 6;
}

static int work_as_usual(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	void *memory = malloc(1 << 22);

	return file && fd >= 0 && memory && fork() >= 0 && confine_stands() ? 5 : 6;
}

static void test_a_confined_process_starts_no_program(void **state)
{
	assert_status(start_a_program, false, 5);
	assert_status(in_a_child, false, 5);
}

static void test_where_mail_is_sent_by_a_program_it_may_be_started(void **state)
{
	assert_status(start_a_program, true, 0); /* of true */
	assert_status(trace, true, 5);
}

static void test_tracing_and_mounting_are_refused(void **state)
{
	assert_status(trace, false, 5);
	assert_status(mount_something, false, 5);
}

static void test_files_sockets_memory_and_children_are_not_touched(void **state)
{
	assert_status(work_as_usual, false, 5);
}

static void test_without_it_nothing_is_refused(void **state)
{
	int status = -1;
	pid_t child;

	child = fork();
	if (child == 0)
		_exit(start_a_program());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_confined_process_starts_no_program),
		cmocka_unit_test(test_where_mail_is_sent_by_a_program_it_may_be_started),
		cmocka_unit_test(test_tracing_and_mounting_are_refused),
		cmocka_unit_test(test_files_sockets_memory_and_children_are_not_touched),
		cmocka_unit_test(test_without_it_nothing_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
