/* Whose turn it is to write: a queue that nobody can hold up. */
#include "store/store.h"
#include "store/turn.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch.h"
#include "base/clock.h"

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];
static struct store *store;
static struct turn *turn;
static struct error err;

static int set_up(void **state)
{
	(void)state;
	if (scratch_make(folder, path) != 0)
		return -1;
	store = store_open(path, STORE_INLINE, &err);
	turn = store ? turn_map(store_path(store), true) : NULL;
	return turn ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	turn_unmap(turn);
	store_close(store);
	return scratch_remove(folder, path);
}

static void test_tickets_follow_each_other(void **state)
{
	uint32_t first = turn_begin(turn);

	(void)state;
	turn_end(turn, first);
	assert_int_equal(turn_begin(turn), first + 1);
	turn_end(turn, first + 1);
}

/* Without a page everything is as it was before there were turns. */
static void test_no_queue_is_fine(void **state)
{
	(void)state;
	turn_end(NULL, turn_begin(NULL));
	turn_unmap(NULL);
}

static void test_who_was_killed_with_a_ticket_holds_up_nobody(void **state)
{
	pid_t child = fork();
	uint32_t ticket;
	int status;

	(void)state;
	if (child == 0) {
		(void)turn_begin(turn);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	ticket = turn_begin(turn);
	turn_end(turn, ticket);
	assert_int_equal(turn_begin(turn), ticket + 1);
}

#define DEAD 250 /* each of which once cost whoever came next 50 ms */

static void test_many_who_were_killed_are_passed_over_at_once(void **state)
{
	uint32_t served = turn_begin(turn), next = served + 1 + DEAD, own;
	int64_t began_ms = clock_mono_ms();
	char name[SCRATCH_PATH_BYTES + 8];
	pid_t dead[256], child = fork();
	int fd, status;

	(void)state;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, &status, 0), child);
	turn_end(turn, served);
	for (int i = 0; i < 256; i++)
		dead[i] = child;
	snprintf(name, sizeof name, "%s-turn", path);
	fd = open(name, O_WRONLY);
	assert_int_equal(pwrite(fd, &next, sizeof next, 8), sizeof next);
	assert_int_equal(pwrite(fd, dead, sizeof dead, 16), sizeof dead);
	close(fd);
	own = turn_begin(turn);
	turn_end(turn, own);
	assert_int_equal(own, next);
	assert_true(clock_mono_ms() - began_ms < 10000);
}

/* A ticket that comes late, when others went on without it, takes nobody's turn back. */
static void test_a_late_end_does_not_turn_the_count_back(void **state)
{
	uint32_t late = turn_begin(turn), next = turn_begin(turn);

	(void)state;
	turn_end(turn, next);
	turn_end(turn, late);
	assert_int_equal(turn_begin(turn), next + 1);
}

static void test_numbers_go_round(void **state)
{
	static const uint32_t last[2] = { UINT32_MAX, UINT32_MAX };
	char name[SCRATCH_PATH_BYTES + 8];
	int fd;

	(void)state;
	snprintf(name, sizeof name, "%s-turn", path);
	fd = open(name, O_WRONLY);
	assert_int_equal(pwrite(fd, last, sizeof last, 8), sizeof last);
	close(fd);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(turn_begin(turn), (uint32_t)(UINT32_MAX + i));
		turn_end(turn, UINT32_MAX + i);
	}
}

#define WRITERS 4
#define TURNS   200
static void *write_often(void *ctx)
{
	for (int i = 0; i < TURNS; i++) {
		uint32_t ticket = turn_begin(turn);

		++*(int *)ctx;
		turn_end(turn, ticket);
	}
	return NULL;
}

static void test_all_get_their_turns(void **state)
{
	pthread_t threads[WRITERS];
	int counts[WRITERS] = { 0 };

	(void)state;
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_often, &counts[i]), 0);
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(counts[i], TURNS);
	}
	turn_end(turn, turn_begin(turn));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tickets_follow_each_other, set_up, tear_down),
		cmocka_unit_test(test_no_queue_is_fine),
		cmocka_unit_test_setup_teardown(
		    test_who_was_killed_with_a_ticket_holds_up_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_many_who_were_killed_are_passed_over_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_late_end_does_not_turn_the_count_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_numbers_go_round, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_get_their_turns, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
