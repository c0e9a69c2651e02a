/* Who is dead, as far as it can be told. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "accounts/ledger.h"
#include "accounts/owner.h"
#include "base/clock.h"

/* A child that says its name and waits to be killed. */
static pid_t fork_owner(char name[256])
{
	int pipes[2];
	pid_t pid;
	ssize_t len;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		const char *own = ledger_owner();

		(void)!write(pipes[1], own, strlen(own));
		pause();
		_exit(0);
	}
	close(pipes[1]);
	len = read(pipes[0], name, 255);
	close(pipes[0]);
	assert_true(len > 0);
	name[len] = '\0';
	return pid;
}

static void test_this_process_and_its_child_live(void **state)
{
	char name[256];
	pid_t pid = fork_owner(name);

	assert_false(owner_is_dead(ledger_owner()));
	assert_false(owner_is_dead(name));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(owner_is_dead(name));
}

static void test_who_was_killed_is_dead_before_its_parent_has_asked(void **state)
{
	char name[256];
	pid_t pid = fork_owner(name);
	siginfo_t info;

	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(owner_is_dead(name));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_of_another_host_nothing_is_known(void **state)
{
	assert_false(owner_is_dead("elsewhere|792aa186-598a-4643-a66b-87e2fe455cc0|pid:[1]|1|1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_process_and_its_child_live),
		cmocka_unit_test(test_who_was_killed_is_dead_before_its_parent_has_asked),
		cmocka_unit_test(test_of_another_host_nothing_is_known),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
