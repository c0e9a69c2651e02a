/*
 * Breakers of two machines over a real PostgreSQL: each has a file of its own, and a clock that is
 * an hour from the other's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../postgres_server.h"
#include "../scratch.h"
#include "accounts/shared_books.h"
#include "accounts/shared_breakers.h"
#include "bank/bank_schema.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "relay/breaker.h"

#define NOW_MS  INT64_C(1795430000500)
#define SLOW_MS 60000 /* that this machine may need for a step */
#define COOL_MS INT64_C(600000)

static struct postgres_server server;
static struct arena arena;
static struct error err;
static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];

static struct machine {
	struct store *store;
	struct bank_connection *bank;
	int64_t now_ms; /* by its clock */
} machines[2];
#define HERE  (&machines[0])
#define THERE (&machines[1])

static void be_at(const struct machine *machine)
{
	clock_fake_stop();
	clock_fake_start(machine->now_ms);
}

static int begin(void **state)
{
	struct shared_bank at = { .url = server.url };

	arena_init(&arena);
	if (postgres_make(&server) != 0 || scratch_make(folder, path) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *file = alloc_printf("%s/m%d.db", folder, i);

		machines[i] = (struct machine){ store_open(file, STORE_INLINE, &err),
			bank_connection_new(server.url, NULL), NOW_MS - i * INT64_C(3600000) };
		if (!machines[i].store ||
		    (i == 0 && bank_schema_make(machines[i].bank, &err) == BANK_NOT_MADE) ||
		    shared_books_open(machines[i].store, &at, false, &err) != 0)
			return -1;
	}
	return 0;
}

static int end(void **state)
{
	AUTO_FREE char *command = alloc_printf("rm -rf %s", folder);

	clock_fake_stop();
	for (int i = 0; i < 2; i++) {
		store_close(machines[i].store);
		bank_connection_free(machines[i].bank);
	}
	arena_release(&arena);
	postgres_end(&server);
	return system(command);
}

/* What a machine does about once a second. */
static void look_around(const struct machine *machine)
{
	be_at(machine);
	if (shared_breakers_tell(machine->store, machine->bank, &err) != 0 ||
	    shared_books_pull(machine->store, machine->bank, &err) != 0)
		fail_msg("%s", err.text);
}

static void cool(const struct machine *machine, const char *id, const char *why, int64_t cool_ms)
{
	struct change *change = change_new();

	breaker_cooldown_into(change, id, why, machine->now_ms, cool_ms);
	assert_int_equal(store_apply(machine->store, change, &err), 0);
	change_free(change);
}

static void fail_once(const struct machine *machine, const char *id)
{
	struct change *change = change_new();

	breaker_failure_into(change, id, "overload", 1, COOL_MS, machine->now_ms);
	assert_int_equal(store_apply(machine->store, change, &err), 0);
	change_free(change);
}

static const struct breaker_state *breaker_of(const struct machine *machine, const char *id)
{
	struct breaker_states states;

	assert_int_equal(breaker_read(machine->store, machine->now_ms, &arena, &states, &err), 0);
	return breaker_find(&states, id);
}

/* How long it is left alone from now on. */
static int64_t left_of(const struct machine *machine, const char *id)
{
	const struct breaker_state *breaker = breaker_of(machine, id);

	return breaker && breaker->open ? breaker->open_until_ms - machine->now_ms : 0;
}

static int64_t cooldowns_of(const struct machine *machine, const char *id)
{
	AUTO_FREE char *command =
	    alloc_printf("sqlite3 %s \"SELECT coalesce(sum(times), 0) FROM metric_cooldown WHERE "
			 "deployment_id = '%s'\"",
		store_path(machine->store), id);
	FILE *pipe = popen(command, "r");
	long long times = -1;

	assert_non_null(pipe);
	(void)!fscanf(pipe, "%lld", &times);
	pclose(pipe);
	return times;
}

static void assert_about(int64_t left_ms, int64_t of_ms)
{
	assert_in_range(left_ms, of_ms - SLOW_MS, of_ms);
}

static void test_a_told_time_is_kept_by_the_other_machine_whatever_its_clock_says(void **state)
{
	cool(HERE, "told", "rate", COOL_MS);
	look_around(HERE);
	assert_int_equal(left_of(THERE, "told"), 0);
	look_around(THERE);
	assert_about(left_of(THERE, "told"), COOL_MS);
	assert_string_equal(breaker_of(THERE, "told")->reason, "rate");
}

static void test_it_does_not_come_back_longer_and_is_counted_once(void **state)
{
	int64_t left_ms;

	cool(HERE, "echo", "rate", COOL_MS);
	look_around(HERE);
	look_around(THERE);
	left_ms = left_of(THERE, "echo");
	for (int i = 0; i < 3; i++) {
		look_around(THERE);
		look_around(HERE);
	}
	assert_int_equal(left_of(HERE, "echo"), COOL_MS);
	assert_int_equal(left_of(THERE, "echo"), left_ms);
	assert_int_equal(cooldowns_of(HERE, "echo"), 1);
	assert_int_equal(cooldowns_of(THERE, "echo"), 0);
}

static void test_a_longer_one_of_the_other_machine_counts(void **state)
{
	cool(HERE, "both", "rate", COOL_MS);
	cool(THERE, "both", "rate", 2 * COOL_MS);
	look_around(HERE);
	look_around(THERE);
	look_around(HERE);
	assert_about(left_of(HERE, "both"), 2 * COOL_MS);
	assert_int_equal(left_of(THERE, "both"), 2 * COOL_MS);
}

static void test_a_breaker_that_opened_by_failures_is_known_and_goes_on_growing(void **state)
{
	fail_once(HERE, "failing");
	look_around(HERE);
	look_around(THERE);
	assert_true(left_of(THERE, "failing") >= COOL_MS - SLOW_MS);
	/* Its time is over on both; each may try one. */
	machines[0].now_ms += 2 * COOL_MS;
	machines[1].now_ms += 2 * COOL_MS;
	for (int i = 0; i < 2; i++)
		assert_int_equal(breaker_take_probe(machines[i].store, "failing", "probe",
				     machines[i].now_ms, 5000, &err),
		    1);
	fail_once(THERE, "failing");
	look_around(THERE);
	look_around(HERE);
	assert_true(left_of(HERE, "failing") >= 2 * COOL_MS - SLOW_MS);
	assert_true(left_of(HERE, "failing") <= 2 * COOL_MS * 6 / 5);
}

static void test_what_may_be_a_machines_own_fault_stays_there(void **state)
{
	cool(HERE, "cut-off", "unreachable", COOL_MS);
	cool(HERE, "old-key", "auth", COOL_MS);
	look_around(HERE);
	look_around(THERE);
	assert_null(breaker_of(THERE, "cut-off"));
	assert_null(breaker_of(THERE, "old-key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_told_time_is_kept_by_the_other_machine_whatever_its_clock_says),
		cmocka_unit_test(test_it_does_not_come_back_longer_and_is_counted_once),
		cmocka_unit_test(test_a_longer_one_of_the_other_machine_counts),
		cmocka_unit_test(
		    test_a_breaker_that_opened_by_failures_is_known_and_goes_on_growing),
		cmocka_unit_test(test_what_may_be_a_machines_own_fault_stays_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
