/* Fibers: waiting, waking, times, descriptors, conditions, helper threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/fiber_times.h"

#define MANY 300

static void *run_carrier(void *ctx)
{
	carrier_run(ctx);
	return NULL;
}

/* Runs a fiber, and all that it starts, to the end. */
static void run_all(void (*run)(void *ctx), void *ctx)
{
	struct carrier *carrier = carrier_new();

	assert_non_null(carrier);
	fiber_start(carrier, run, ctx);
	carrier_stop(carrier);
	carrier_run(carrier);
	carrier_free(carrier);
}

/* ---- order ---- */

static char said[64];

static void say_twice(void *ctx)
{
	strncat(said, ctx, sizeof said - strlen(said) - 1);
	clock_sleep_ms(20);
	strncat(said, ctx, sizeof said - strlen(said) - 1);
}

static void say_three(void *ctx)
{
	fiber_start(carrier_current(), say_twice, (char *)"a");
	fiber_start(carrier_current(), say_twice, (char *)"b");
	say_twice((char *)"c");
}

static void test_fibers_take_turns_where_they_wait(void **state)
{
	run_all(say_three, NULL);
	assert_int_equal(strlen(said), 6);
	assert_memory_equal(said, "cab", 3);
}

/* ---- registers and depth ---- */

static int64_t dig(int depth, double share)
{
	volatile char room[256];

	room[0] = (char)depth;
	if (depth == 0) {
		clock_sleep_ms(1);
		return (int64_t)(share * 4);
	}
	return dig(depth - 1, share + 0.25) + room[0] - (char)depth;
}

static void dig_deep(void *ctx)
{
	*(int64_t *)ctx += dig(200, 0) == 200;
}

static void start_many(void *ctx)
{
	for (int i = 0; i < MANY; i++)
		fiber_start(carrier_current(), dig_deep, ctx);
}

static void test_what_stands_on_a_stack_is_there_after_a_wait(void **state)
{
	int64_t right = 0;

	run_all(start_many, &right);
	assert_int_equal(right, MANY);
}

/* ---- other threads ---- */

struct meeting {
	pthread_mutex_t mutex;
	struct waiters waiters;
	int here, left;
	bool open;
};

static void meet(void *ctx)
{
	struct meeting *meeting = ctx;

	pthread_mutex_lock(&meeting->mutex);
	meeting->here++;
	waiters_wake_locked(&meeting->waiters);
	while (!meeting->open)
		(void)waiters_wait_locked(&meeting->waiters, &meeting->mutex, INT64_MAX);
	meeting->left++;
	pthread_mutex_unlock(&meeting->mutex);
}

static void *meet_as_thread(void *ctx)
{
	meet(ctx);
	return NULL;
}

static void test_threads_and_fibers_of_two_carriers_wait_for_one_condition(void **state)
{
	struct meeting meeting = { .mutex = PTHREAD_MUTEX_INITIALIZER };
	struct carrier *carriers[2];
	pthread_t threads[3];

	waiters_init(&meeting.waiters);
	for (int i = 0; i < 2; i++) {
		carriers[i] = carrier_new();
		pthread_create(&threads[i], NULL, run_carrier, carriers[i]);
	}
	for (int i = 0; i < MANY; i++)
		fiber_start(carriers[i % 2], meet, &meeting);
	pthread_create(&threads[2], NULL, meet_as_thread, &meeting);
	pthread_mutex_lock(&meeting.mutex);
	while (meeting.here < MANY + 1)
		(void)waiters_wait_locked(&meeting.waiters, &meeting.mutex, INT64_MAX);
	meeting.open = true;
	waiters_wake_locked(&meeting.waiters);
	pthread_mutex_unlock(&meeting.mutex);
	for (int i = 0; i < 2; i++)
		carrier_stop(carriers[i]);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(meeting.left, MANY + 1);
	for (int i = 0; i < 2; i++)
		carrier_free(carriers[i]);
	waiters_release(&meeting.waiters);
}

static void wait_in_vain(void *ctx)
{
	struct meeting *meeting = ctx;
	int64_t until_us = clock_mono_us() + 20000;

	pthread_mutex_lock(&meeting->mutex);
	while (waiters_wait_locked(&meeting->waiters, &meeting->mutex, until_us))
		;
	meeting->left = clock_mono_us() >= until_us;
	pthread_mutex_unlock(&meeting->mutex);
}

static void test_a_wait_ends_when_its_time_is_over(void **state)
{
	struct meeting meeting = { .mutex = PTHREAD_MUTEX_INITIALIZER };

	waiters_init(&meeting.waiters);
	run_all(wait_in_vain, &meeting);
	assert_true(meeting.left);
	wait_in_vain(&meeting); /* as a thread */
	assert_true(meeting.left);
	waiters_release(&meeting.waiters);
}

/* ---- descriptors ---- */

static void write_soon(void *ctx)
{
	clock_sleep_ms(10);
	assert_int_equal(send(*(int *)ctx, "x", 1, 0), 1);
}

static void read_it(void *ctx)
{
	int *ends = ctx;
	char got = 0;

	assert_int_equal(fiber_poll(ends[0], EPOLLIN, clock_mono_us() + 1000), 0);
	fiber_start(carrier_current(), write_soon, &ends[1]);
	assert_true(fiber_poll(ends[0], EPOLLIN, INT64_MAX) & EPOLLIN);
	assert_int_equal(recv(ends[0], &got, 1, 0), 1);
	assert_int_equal(got, 'x');
}

static void test_a_fiber_waits_for_a_descriptor(void **state)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	run_all(read_it, ends);
	write_soon(&ends[1]);
	assert_true(fiber_poll(ends[0], EPOLLIN, INT64_MAX) & EPOLLIN); /* as a thread */
	close(ends[0]);
	close(ends[1]);
}

static void watch_and_write(void *ctx)
{
	int *ends = ctx;

	fiber_watch(ends[0], EPOLLIN);
	assert_true(fiber_poll(ends[0], EPOLLOUT, INT64_MAX) & EPOLLOUT);
	assert_int_equal(fiber_watched(ends[0]), 0);
	fiber_start(carrier_current(), write_soon, &ends[1]);
	while (!fiber_watched(ends[0]))
		fiber_wait(INT64_MAX);
	fiber_unwatch(ends[0]);
}

static void test_a_watch_holds_while_its_fiber_waits_for_room_to_write(void **state)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	run_all(watch_and_write, ends);
	close(ends[0]);
	close(ends[1]);
}

/* ---- helper threads ---- */

struct errand {
	pthread_t carrier, thread;
	atomic_int *running, *most;
	int done;
};

static void block(void *ctx)
{
	struct errand *errand = ctx;
	int running = atomic_fetch_add(errand->running, 1) + 1, most = atomic_load(errand->most);

	assert_null(fiber_self());
	errand->thread = pthread_self();
	while (running > most && !atomic_compare_exchange_weak(errand->most, &most, running))
		;
	while (atomic_load(errand->most) < 5) /* it blocks until five do */
		clock_sleep_ms(1);
	atomic_fetch_sub(errand->running, 1);
}

static void run_errand(void *ctx)
{
	struct errand *errand = ctx;

	errand->carrier = pthread_self();
	fiber_aside(block, errand);
	errand->done = 1;
}

static void start_errands(void *ctx)
{
	struct errand *errands = ctx;

	for (int i = 0; i < 5; i++)
		fiber_start(carrier_current(), run_errand, &errands[i]);
}

static void test_what_blocks_has_threads_of_its_own(void **state)
{
	atomic_int running = 0, most = 0;
	struct errand errands[5];

	for (int i = 0; i < 5; i++)
		errands[i] = (struct errand){ .running = &running, .most = &most };
	run_all(start_errands, errands);
	for (int i = 0; i < 5; i++) {
		assert_true(errands[i].done);
		assert_false(pthread_equal(errands[i].carrier, errands[i].thread));
	}
}

/* ---- times ---- */

static void test_times_come_in_their_order(void **state)
{
	struct fiber_times times = { NULL, 0, 0 };
	struct fiber_time items[MANY] = { { 0 } }, *due;
	int count = 0;

	for (int i = 0; i < MANY; i++)
		fiber_times_set(&times, &items[i], 1000 + (i * 7919) % MANY);
	for (int i = 0; i < MANY; i += 3)
		fiber_times_remove(&times, &items[i]);
	for (int i = 1; i < MANY; i += 3)
		fiber_times_set(
		    &times, &items[i], items[i].until_us + 500); /* later than it stands */
	fiber_times_set(&times, &items[1], 1);                   /* earlier */
	assert_int_equal(fiber_times_next(&times), 1);
	for (int64_t now_us = 0; now_us < 3000; now_us++)
		for (; (due = fiber_times_due(&times, now_us)); count++)
			assert_int_equal(due->until_us, now_us);
	assert_int_equal(count, MANY - MANY / 3);
	assert_int_equal(fiber_times_next(&times), INT64_MAX);
	fiber_times_set(&times, &items[0], INT64_MAX);
	assert_int_equal(fiber_times_next(&times), INT64_MAX);
	fiber_times_release(&times);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fibers_take_turns_where_they_wait),
		cmocka_unit_test(test_what_stands_on_a_stack_is_there_after_a_wait),
		cmocka_unit_test(test_threads_and_fibers_of_two_carriers_wait_for_one_condition),
		cmocka_unit_test(test_a_wait_ends_when_its_time_is_over),
		cmocka_unit_test(test_a_fiber_waits_for_a_descriptor),
		cmocka_unit_test(test_a_watch_holds_while_its_fiber_waits_for_room_to_write),
		cmocka_unit_test(test_what_blocks_has_threads_of_its_own),
		cmocka_unit_test(test_times_come_in_their_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
