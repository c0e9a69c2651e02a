/* The line for money: who goes first, over several processes, and after one was killed. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch.h"
#include "accounts/line.h"
#include "base/clock.h"
#include "base/fiber.h"

#define MANY 100

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];
static struct store *store;
static struct error err;
static int told[2]; /* a child's word */
static _Atomic bool asleep;
static bool called_in_time;

static const int64_t seven[] = { 7 }, eight[] = { 8 }, both[] = { 7, 8 };
static const struct line_wish ann = { "ann", seven, 1 }, bob = { "bob", seven, 1 },
			      ann_elsewhere = { "ann", eight, 1 }, eve = { "eve", both, 2 };

static int set_up(void **state)
{
	if (scratch_make(folder, path) != 0)
		return -1;
	store = store_open(path, STORE_INLINE, &err);
	return store ? 0 : -1;
}

static int tear_down(void **state)
{
	store_close(store);
	clock_fake_stop();
	return scratch_remove(folder, path);
}

static struct line_place join(const struct line_wish *wish, int64_t window)
{
	struct line_place place;

	assert_true(line_join(store, wish, window, MANY, MANY, &place));
	return place;
}

static bool is_called(struct line_place *place)
{
	return line_sleep(place, 0);
}

static void test_nobody_waits_at_first_and_no_file_is_made(void **state)
{
	char name[SCRATCH_PATH_BYTES + 8];

	assert_int_equal(line_before(store, &ann, NULL), 0);
	line_call(store);
	snprintf(name, sizeof name, "%s-line", path);
	assert_int_equal(access(name, F_OK), -1);
}

static void test_requests_of_one_key_go_in_the_order_in_which_they_came(void **state)
{
	struct line_place first = join(&ann, 7), second = join(&ann, 7), third = join(&ann, 7);

	assert_int_equal(line_before(store, &ann, &first), 0);
	assert_int_equal(line_before(store, &ann, &second), 7);
	assert_int_equal(line_before(store, &ann, NULL), 7); /* one that has just come */
	line_call(store);
	assert_true(is_called(&first));
	assert_false(is_called(&second));
	line_leave(&first);
	assert_true(is_called(&second));
	assert_false(is_called(&third));
	line_leave(&second);
	assert_true(is_called(&third));
	line_leave(&third);
	assert_int_equal(line_before(store, &ann, NULL), 0);
}

static void test_other_keys_and_other_windows_pass(void **state)
{
	struct line_place first = join(&ann, 7), other = join(&bob, 7);

	assert_int_equal(line_before(store, &bob, NULL), 7); /* his own */
	assert_int_equal(line_before(store, &bob, &other), 0);
	assert_int_equal(line_before(store, &eve, NULL), 0);
	assert_int_equal(line_before(store, &ann_elsewhere, NULL), 0);
	line_call(store);
	assert_true(is_called(&first));
	assert_true(is_called(&other));
	line_leave(&first);
	line_leave(&other);
}

static void test_after_five_seconds_the_head_goes_before_all_others(void **state)
{
	struct line_place first, other;

	clock_fake_start(1000000);
	first = join(&ann, 7);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(line_before(store, &bob, NULL), 0);
		clock_fake_advance(LINE_PATIENCE_MS / 10);
		(void)line_sleep(&first, 0);
	}
	other = join(&bob, 7);
	assert_int_equal(line_before(store, &bob, &other), 7);
	assert_int_equal(line_before(store, &eve, NULL), 7);
	line_call(store);
	assert_true(is_called(&first));
	assert_false(is_called(&other));
	line_leave(&first);
	assert_true(is_called(&other));
	line_leave(&other);
}

static void test_the_line_has_an_end(void **state)
{
	struct line_place places[3], more;

	for (int i = 0; i < 2; i++)
		assert_true(line_join(store, &ann, 7, 3, 2, &places[i]));
	assert_false(line_join(store, &ann, 7, 3, 2, &more));
	assert_true(line_join(store, &bob, 7, 3, 2, &places[2]));
	assert_false(line_join(store, &eve, 7, 3, 2, &more));
	line_leave(&places[0]);
	assert_true(line_join(store, &eve, 7, 3, 2, &more));
	line_leave(&more);
	line_leave(&places[1]);
	line_leave(&places[2]);
}

/* A child that joins the line, says so, and runs `then`. */
static pid_t fork_waiter(void (*then)(struct line_place *place))
{
	struct line_place place;
	int pipes[2];
	pid_t pid;
	char ready;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		struct store *own = store_open(path, STORE_INLINE, &err);

		if (!own || !line_join(own, &ann, 7, MANY, MANY, &place) ||
		    write(pipes[1], "x", 1) != 1)
			_exit(99);
		then(&place);
		_exit(0);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &ready, 1), 1);
	close(pipes[0]);
	return pid;
}

static void sleep_till_called(struct line_place *place)
{
	int64_t began_ms = clock_mono_ms();

	while (!line_sleep(place, 100))
		if (clock_mono_ms() - began_ms > 5000)
			_exit(98);
	_exit((int)(clock_mono_ms() / 10 % 64)); /* when it was called, in hundredths */
}

static void test_another_process_is_called_at_once(void **state)
{
	pid_t pid = fork_waiter(sleep_till_called);
	int64_t called, took;
	int status;

	clock_sleep_ms(30);
	called = clock_mono_ms() / 10;
	assert_int_equal(line_before(store, &ann, NULL), 7);
	line_call(store);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 64);
	took = (WEXITSTATUS(status) - called % 64 + 64) % 64;
	assert_true(took <= 20); /* some 0.1 ms on a quiet machine */
}

/* ---- fibers: they need no timer to hear of a call ---- */

static long naps(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nvcsw : 0;
}

static void sleep_as_fiber(void *ctx)
{
	struct line_place *place = ctx;
	int64_t began_ms = clock_mono_ms();
	long before = naps();

	if (line_sleep(place, 900))
		_exit(97); /* nobody has called yet */
	if (naps() - before > 20)
		_exit(96); /* it looked again and again */
	if (write(told[1], "x", 1) != 1)
		_exit(95);
	while (!line_sleep(place, 20000))
		if (clock_mono_ms() - began_ms > 30000)
			_exit(98);
	_exit(clock_mono_ms() - began_ms < 15000
		  ? 7
		  : 94); /* called, and not at the end of its sleep */
}

static void wait_as_fiber(struct line_place *place)
{
	struct carrier *carrier = carrier_new();

	fiber_start(carrier, sleep_as_fiber, place);
	carrier_run(carrier);
}

static void test_a_fiber_of_another_process_sleeps_until_it_is_called(void **state)
{
	char ready;
	int status;
	pid_t pid;

	assert_int_equal(pipe(told), 0);
	pid = fork_waiter(wait_as_fiber);
	close(told[1]);
	assert_true(
	    read(told[0], &ready, 1) >= 0); /* nothing when it has given up: its status says why */
	close(told[0]);
	clock_sleep_ms(50);
	line_call(store);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void *call_from_another_store(void *ctx)
{
	while (!atomic_load(&asleep))
		clock_sleep_ms(5);
	clock_sleep_ms(50);
	line_call(ctx);
	return NULL;
}

static void sleep_until_called(void *ctx)
{
	struct line_place *place = ctx;
	int64_t began_ms = clock_mono_ms();

	atomic_store(&asleep, true);
	while (!line_sleep(place, 60000) && clock_mono_ms() - began_ms < 50000)
		;
	called_in_time = clock_mono_ms() - began_ms < 50000;
	carrier_stop(carrier_current());
}

/* Two containers, whose processes have one pid. */
static void test_a_fiber_of_a_process_with_the_same_pid_is_called(void **state)
{
	struct store *other = store_open(path, STORE_INLINE, &err);
	struct carrier *carrier = carrier_new();
	struct line_place mine = join(&ann, 7);
	pthread_t caller;

	assert_non_null(other);
	pthread_create(&caller, NULL, call_from_another_store, other);
	fiber_start(carrier, sleep_until_called, &mine);
	carrier_run(carrier);
	pthread_join(caller, NULL);
	carrier_free(carrier);
	assert_true(called_in_time);
	line_leave(&mine);
	store_close(other);
}

static void wait_for_ever(struct line_place *place)
{
	for (;;)
		(void)line_sleep(place, 100);
}

static void test_who_was_killed_is_in_nobodys_way_after_a_second(void **state)
{
	pid_t pid = fork_waiter(wait_for_ever);
	struct line_place mine = join(&ann, 7);
	int64_t began_ms;

	clock_sleep_ms(50);
	assert_int_equal(line_before(store, &ann, &mine), 7);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	began_ms = clock_mono_ms();
	while (line_before(store, &ann, &mine) && clock_mono_ms() - began_ms < 3000)
		(void)line_sleep(&mine, 50);
	assert_true(clock_mono_ms() - began_ms < 1500);
	line_leave(&mine);
}

static void test_a_file_that_is_no_line_is_left_alone(void **state)
{
	char name[SCRATCH_PATH_BYTES + 8];
	struct line_place place;
	FILE *file;

	snprintf(name, sizeof name, "%s-line", path);
	file = fopen(name, "w");
	assert_non_null(file);
	fputs("somebody's notes, which stand here", file);
	fclose(file);
	place = join(&ann, 7); /* in a line of this process */
	assert_int_equal(line_before(store, &ann, NULL), 7);
	line_leave(&place);
	file = fopen(name, "r");
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	assert_int_equal(ftell(file), 34);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_nobody_waits_at_first_and_no_file_is_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_requests_of_one_key_go_in_the_order_in_which_they_came, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_other_keys_and_other_windows_pass, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_after_five_seconds_the_head_goes_before_all_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_line_has_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_another_process_is_called_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_fiber_of_another_process_sleeps_until_it_is_called, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_fiber_of_a_process_with_the_same_pid_is_called, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_who_was_killed_is_in_nobodys_way_after_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_file_that_is_no_line_is_left_alone, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
