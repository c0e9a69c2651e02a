/*
 * Four processes of 64 threads against one small budget: not a nano-dollar over, and not one
 * refusal while there is room, once the others' holds are settled.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch.h"
#include "../scratch_attempt.h"
#include "accounts/key_change.h"
#include "accounts/ledger.h"
#include "base/clock.h"
#include "base/digest.h"

static const struct actor by = { "a test", "unit test" };

#define PROCESSES  4
#define THREADS    64
#define BOUND_NANO INT64_C(1000)
#define COST_NANO                                                                                  \
	INT64_C(601) /* so that refusals come while money is only held, and room comes back */
#define LIMIT_NANO INT64_C(2000000)
#define DAY_MS     INT64_C(86400000)

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES], key_id[64];
static int64_t now_ms;
static struct store *store;

static int try_once(struct arena *arena, int64_t bound, int64_t cost,
    struct budget_refusal *refusal, struct error *err)
{
	const char *id = arena_copy(arena, digest_new_id().text);
	struct attempt attempt = scratch_attempt(id, key_id, now_ms, bound);
	struct attempt_end end = { .how = HOLD_SETTLED,
		.ended_ms = now_ms,
		.outcome = "ok",
		.cost_nano = cost,
		.first_token_ms = -1 };
	struct budget_states budgets;
	struct change *change;

	if (budgets_for_request(store, &(struct budget_asker){ .key_id = key_id }, "UTC", now_ms,
		arena, &budgets, err) != 0)
		return -1;
	for (size_t i = 0; i < budgets.count; i++)
		if (budgets.items[i].spent_nano + budgets.items[i].held_nano >
		    budgets.items[i].limit_nano)
			return error_set(err, ERROR_INTERNAL, "over the limit");
	if (ledger_hold(store, &attempt, &budgets, arena, refusal, err) != 0)
		return -1;
	change = change_new();
	ledger_end_into(change, &attempt, &end);
	store_apply_later(store, change);
	return 0;
}

/* Spends until the budget refuses.  A refusal that names enough money left is a lie; a database
 * that is busy with the other processes for two seconds is not: then it tries again. */
static void *spend(void *ctx)
{
	int *lies = ctx, busy = 0;
	struct arena arena;

	arena_init(&arena);
	for (;;) {
		struct budget_refusal refusal = { .left_nano = 0 };
		struct error err = { 0 };

		arena_reset(&arena);
		if (try_once(&arena, BOUND_NANO, COST_NANO, &refusal, &err) == 0)
			continue;
		if (err.kind == ERROR_BUDGET && refusal.left_nano < BOUND_NANO)
			break;
		if (err.kind == ERROR_STORE && strstr(err.text, "locked") && busy++ < 20)
			continue;
		fprintf(stderr, "# %s, %lld left\n", err.text, (long long)refusal.left_nano);
		__atomic_add_fetch(lies, 1, __ATOMIC_RELAXED);
		break;
	}
	arena_release(&arena);
	return NULL;
}

static int run_process(void)
{
	pthread_t threads[THREADS];
	struct error err = { 0 };
	int lies = 0;

	store = store_open(path, STORE_SHARED, &err);
	if (!store)
		return 1;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, spend, &lies) != 0)
			return 2;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	store_close(store);
	return lies ? 3 : 0;
}

static void make_key(void)
{
	struct account_wish wish = { .alias = "stress", .expires_ms = KEY_KEEP };
	struct budget_wish budget = { .limit_nano = LIMIT_NANO, .period = "" };
	struct error err = { 0 };
	struct key_secret secret;
	struct virtual_key key;
	struct arena arena;

	arena_init(&arena);
	wish.budgets = &budget;
	wish.budget_count = 1;
	store = store_open(path, STORE_INLINE, &err);
	assert_non_null(store);
	assert_int_equal(key_create(store, &by, &wish, now_ms, &arena, &key, &secret, &err), 0);
	snprintf(key_id, sizeof key_id, "%s", key.id);
	store_close(store);
	arena_release(&arena);
}

static void print_difference(void *ctx, const char *text)
{
	print_message("# %s\n", text);
}

static int64_t money_left(struct arena *arena)
{
	struct budget_states budgets;
	struct error err;

	assert_int_equal(budgets_list(store, "UTC", now_ms, arena, &budgets, &err), 0);
	assert_int_equal(budgets.items[0].held_nano, 0);
	return budgets.items[0].limit_nano - budgets.items[0].spent_nano;
}

static void assert_used_to_the_last_nano(void)
{
	struct audit_summary summary;
	struct budget_refusal refusal;
	struct error err = { 0 };
	struct arena arena;
	int64_t left;

	arena_init(&arena);
	store = store_open(path, STORE_INLINE, &err);
	assert_non_null(store);
	while (money_left(&arena) >=
	       BOUND_NANO) /* what stopped the threads were holds that are settled now */
		assert_int_equal(try_once(&arena, BOUND_NANO, COST_NANO, &refusal, &err), 0);
	left = money_left(&arena);
	assert_int_equal(try_once(&arena, left + 1, 0, &refusal, &err), -1);
	assert_int_equal(refusal.left_nano, left);
	assert_int_equal(try_once(&arena, left, left, &refusal, &err), 0);
	assert_int_equal(money_left(&arena), 0);
	assert_int_equal(ledger_audit(store, now_ms, print_difference, NULL, &summary, &err), 0);
	assert_int_equal(summary.differences, 0);
	assert_int_equal(summary.spent_nano, LIMIT_NANO);
	print_message("# %lld attempts, %lld spent of %lld nano-dollars\n",
	    (long long)summary.attempts, (long long)summary.spent_nano, (long long)LIMIT_NANO);
	store_close(store);
	arena_release(&arena);
}

static void test_many_processes_and_threads_never_spend_a_nano_too_much(void **state)
{
	pid_t children[PROCESSES];

	assert_int_equal(scratch_make(folder, path), 0);
	now_ms = clock_wall_ms();
	make_key();
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(run_process());
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_used_to_the_last_nano();
	assert_int_equal(scratch_remove(folder, path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_processes_and_threads_never_spend_a_nano_too_much),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
