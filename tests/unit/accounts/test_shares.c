/*
 * Machines that share a budget through a real PostgreSQL: processes with files of their own, that
 * are killed, cut off and lost, while the bank is stopped and started.  The calls that were served
 * are counted apart, and are the judge.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../bank_server.h"
#include "../scratch.h"
#include "../scratch_attempt.h"
#include "accounts/idempotency.h"
#include "accounts/shared_windows.h"
#include "accounts/shares.h"
#include "accounts/till.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "store/sum_rows.h"

#define MACHINES    4
#define THREADS     4
#define BOUND_NANO  INT64_C(1000)
#define COST_NANO   INT64_C(601)
#define LIMIT_NANO  INT64_C(3000000) /* some 5,000 calls */
#define PATIENCE_MS 60000

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];
static int64_t limit_nano = LIMIT_NANO;
static uint32_t pause_us = 2000; /* of a call, at most */
static struct limits limits = { LIMIT_NONE, LIMIT_NONE, LIMIT_NONE };

static struct shared {
	_Atomic int64_t served; /* billed by the provider */
	_Atomic int64_t calls;
	_Atomic int spent_out; /* threads that were told that the money is spent */
	_Atomic int rated;     /* calls that a limit refused */
	_Atomic bool stop;
} * shared;

/* ---- the bank, from outside ---- */

static int64_t ask_bank(const char *what)
{
	AUTO_FREE char *question = alloc_printf("%s/question", server.folder);
	AUTO_FREE char *answer = alloc_printf("%s/answer", server.folder);
	long long number = -1;
	FILE *file = fopen(question, "w");

	assert_non_null(file);
	fputs(what, file);
	fclose(file);
	assert_int_equal(postgres_run(&server, "psql -h $D -U postgres -At -v ON_ERROR_STOP=1 -f "
					       "$D/question postgres >$D/answer"),
	    0);
	file = fopen(answer, "r");
	assert_non_null(file);
	(void)!fscanf(file, "%lld", &number);
	fclose(file);
	return number;
}

static int make_server(void **state)
{
	shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return bank_server_make(state);
}

/* A budget of its own for each test: the bank keeps those of the others. */
static int begin_budget(void **state)
{
	memset(shared, 0, sizeof *shared);
	limit_nano = LIMIT_NANO;
	pause_us = 2000;
	limits = LIMITS_NONE;
	return scratch_make(folder, path);
}

static int end_budget(void **state)
{
	AUTO_FREE char *command = alloc_printf("rm -rf %s", folder);

	return system(command);
}

/* ---- machines ---- */

static struct store *open_machine(int number, bool serves)
{
	AUTO_FREE char *file = alloc_printf("%s/m%d.db", folder, number);
	const struct till_rules till = {
		.enabled = true, .share_ppm = 50000, .lasting_ms = 1000, .reach_ms = 720000
	};
	const struct share_rules rules = {
		.bank = server.url, .lasting_ms = 60000, .reach_ms = 720000, .serves = serves
	};
	const struct budget_wish wish = { .limit_nano = limit_nano, .period = "" };
	struct change *change = change_new();
	struct error err = { 0 };
	struct store *store = store_open(file, serves ? STORE_SHARED : STORE_INLINE, &err);

	if (!store || shares_set(store, &rules, &err) != 0)
		fail_msg("%s", err.text);
	budgets_set_into(change, "tag", folder, &wish, clock_wall_ms());
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
	if (serves)
		till_set(store, &till);
	return store;
}

static void close_machine(struct store *store)
{
	till_close(store);
	shares_close(store);
	store_close(store);
}

/* 0: served; 1: running calls, or others, hold what is missing; -1: it is spent. */
static int call_once(struct store *store, uint32_t pause)
{
	const int64_t now_ms = clock_wall_ms();
	AUTO_ARENA struct arena arena = { 0 };
	struct attempt attempt = scratch_attempt(digest_new_id().text, "key", now_ms, BOUND_NANO);
	const struct attempt_end end = { .how = HOLD_SETTLED,
		.ended_ms = now_ms,
		.outcome = "ok",
		.cost_nano = COST_NANO,
		.first_token_ms = -1 };
	const char *const tags[] = { folder };
	const struct budget_asker asker = { .key_id = "key", .tags = tags, .tag_count = 1 };
	struct budget_refusal refusal = { .held = false };
	struct budget_states budgets;
	const struct rate_scope scope = { "key", folder, limits, 1, 100 };
	struct rate_hold rate = { .count = 0 };
	struct error err = { 0 };
	struct change *change;

	attempt.request_id = arena_copy(&arena, attempt.request_id);
	rate_hold_add(&rate, &scope);
	attempt.rate = rate.count ? &rate : NULL;
	if (budgets_for_request(store, &asker, "UTC", now_ms, &arena, &budgets, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(budgets.count, 1);
	if (ledger_hold(store, &attempt, &budgets, &arena, &refusal, &err) != 0) {
		shared->rated += err.kind == ERROR_RATE;
		return refusal.held || err.kind == ERROR_RATE ? 1 : -1;
	}
	shared->served += COST_NANO;
	shared->calls++;
	if (pause)
		usleep(pause);
	change = change_new();
	ledger_end_into(change, &attempt, &end);
	till_apply_later(store, change);
	return 0;
}

static void *serve(void *ctx)
{
	struct store *store = ctx;

	while (!shared->stop) {
		int result = call_once(store, digest_random_below(pause_us));

		if (result < 0) {
			shared->spent_out++;
			break;
		}
		if (result > 0)
			usleep(3000);
	}
	return NULL;
}

static pid_t start_machine(int number)
{
	pthread_t threads[THREADS];
	struct store *store;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	store = open_machine(number, true);
	(void)ledger_recover(store, clock_wall_ms(), NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, serve, store);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	close_machine(store);
	_exit(0);
}

static void end_machine(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- the books ---- */

static void print_difference(void *ctx, const char *text)
{
	print_message("# %s\n", text);
}

#define OF_POT "FROM sideways.pot WHERE scope = 'tag' AND scope_id = '%s'"

static int64_t pot(const char *column)
{
	AUTO_FREE char *what = alloc_printf("SELECT %s " OF_POT, column, folder);

	return ask_bank(what);
}

static void wait_for_served(int64_t nano)
{
	for (int waited = 0; shared->served < nano && waited < PATIENCE_MS; waited += 5)
		usleep(5000);
	assert_true(shared->served >= nano);
}

/* The machines together have so much ahead of need. */
static void wait_for_shares(int64_t nano)
{
	for (int waited = 0; pot("held_amount") < nano && waited < PATIENCE_MS; waited += 50)
		usleep(50000);
	assert_true(pot("held_amount") >= nano);
}

static void assert_bank_agrees(void)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct bank_rows rows;
	struct error err = { 0 };

	for (int tries = 0; bank_ask(bank, BANK_SQL_POTS_AUDIT, NULL, 0, BANK_PATIENCE_MS, &arena,
				&rows, &err) != 0;
	     tries++) {
		if (tries == 100)
			fail_msg("%s", err.text);
		usleep(50000);
	}
	assert_int_equal(rows.count, 0);
}

static void assert_machine_agrees(int number)
{
	AUTO_FREE char *file = alloc_printf("%s/m%d.db", folder, number);
	struct audit_summary summary;
	struct error err = { 0 };
	struct store *store = store_open(file, STORE_INLINE, &err);

	assert_non_null(store);
	assert_int_equal(
	    ledger_audit(store, clock_wall_ms(), print_difference, NULL, &summary, &err), 0);
	assert_int_equal(summary.differences, 0);
	store_close(store);
}

/* All machines have ended as they should: nothing is held, and what was served was charged. */
static void assert_books(int64_t unknown_most)
{
	for (int i = 0; i < MACHINES; i++)
		assert_machine_agrees(i);
	assert_bank_agrees();
	print_message("# served %lld of %lld in %lld calls, charged %lld, held %lld\n",
	    (long long)shared->served, (long long)limit_nano, (long long)shared->calls,
	    (long long)pot("spent_amount"), (long long)pot("held_amount"));
	assert_true(shared->served <= limit_nano);
	assert_true(pot("spent_amount") >= shared->served);
	assert_true(pot("spent_amount") <= shared->served + unknown_most);
	assert_true(pot("spent_amount") <= limit_nano);
	assert_int_equal(pot("held_amount"), 0);
}

/* ---- tests ---- */

static void test_four_machines_spend_one_budget_to_its_end(void **state)
{
	pid_t machines[MACHINES];

	for (int i = 0; i < MACHINES; i++)
		machines[i] = start_machine(i);
	for (int i = 0; i < MACHINES; i++)
		end_machine(machines[i]);
	assert_int_equal(shared->spent_out, MACHINES * THREADS);
	assert_books(0);
	/* Nothing was left that a call could have had. */
	assert_true(shared->served > limit_nano - BOUND_NANO);
}

static void test_a_machine_is_killed_and_the_bank_stopped_in_the_middle(void **state)
{
	pid_t machines[MACHINES];
	int status;

	limit_nano = 3 * LIMIT_NANO;
	pause_us = 30000;
	for (int i = 0; i < MACHINES; i++)
		machines[i] = start_machine(i);
	wait_for_served(1);
	wait_for_shares(300 * BOUND_NANO);
	kill(machines[1], SIGKILL);
	assert_int_equal(waitpid(machines[1], &status, 0), machines[1]);
	assert_int_equal(postgres_stop(&server, "immediate"), 0);
	wait_for_served(shared->served + 20 * COST_NANO); /* from what they have */
	assert_int_equal(postgres_start(&server), 0);
	machines[1] = start_machine(1);
	for (int i = 0; i < MACHINES; i++)
		end_machine(machines[i]);
	assert_int_equal(shared->spent_out, MACHINES * THREADS);
	assert_books(THREADS * (BOUND_NANO - COST_NANO) + THREADS * BOUND_NANO);
}

/* A call, in this process; waits where money or a limit must be asked for. */
static int call_soon(struct store *store)
{
	int result = 1;

	for (int waited = 0; result > 0 && waited < PATIENCE_MS; waited += 10) {
		result = call_once(store, 0);
		if (result > 0)
			usleep(10000);
	}
	till_catch_up(store);
	return result;
}

/* Until a column of the pot has this value. */
static void wait_for_pot(const char *column, int64_t value)
{
	for (int waited = 0; pot(column) != value && waited < PATIENCE_MS; waited += 50)
		usleep(50000);
	assert_int_equal(pot(column), value);
}

static void change_bank(const char *what)
{
	struct error err = { 0 };

	for (int tries = 0; bank_run_script(bank, what, &err) != 0; tries++) {
		if (tries == 200)
			fail_msg("%s", err.text);
		usleep(50000);
	}
}

static void test_what_a_silent_machine_had_is_lost_until_it_comes_back(void **state)
{
	struct store *silent, *other = open_machine(1, false);
	int64_t lost;

	silent = open_machine(0, false);
	assert_int_equal(call_soon(silent), 0);
	lost = pot("held_amount");
	assert_true(lost > 0);
	change_bank("UPDATE sideways.machine SET until_at = now() - interval '1 second'; "
		    "SELECT sideways.machines_lose()");
	assert_int_equal(pot("held_amount"), 0);
	assert_int_equal(pot("spent_amount"), lost);
	assert_bank_agrees();
	assert_int_equal(call_soon(other), 0);

	/* It spends what it has, as what was charged already, and then asks: that corrects it. */
	for (int64_t had = lost / BOUND_NANO; had >= 0; had--)
		assert_int_equal(call_soon(silent), 0);
	assert_int_equal(ask_bank("SELECT sum(lost_amount) FROM sideways.share"), 0);
	close_machine(silent);
	silent = open_machine(0, true); /* with a keeper, who tells the rest */
	close_machine(silent);
	close_machine(other);
	other = open_machine(1, true);
	close_machine(other);
	assert_bank_agrees();
	assert_int_equal(pot("spent_amount"), shared->served);
	assert_int_equal(pot("held_amount"), 0);
}

static void test_a_machine_that_is_cut_off_spends_its_share_and_no_more(void **state)
{
	struct store *store = open_machine(0, false);
	AUTO_ARENA struct arena arena = { 0 };
	int64_t granted, served;

	assert_int_equal(call_soon(store), 0);
	granted = pot("held_amount");
	served = shared->served;
	assert_null(shares_trouble(store, &arena));
	assert_int_equal(postgres_stop(&server, "immediate"), 0);
	for (int i = 0; i < 100; i++)
		(void)call_once(store, 0);
	assert_true(shared->served > served);
	assert_true(shared->served <= granted);
	assert_int_equal(call_once(store, 0), 1); /* it waits its turn, and is told why */
	assert_non_null(shares_trouble(store, &arena));
	close_machine(store); /* the next process finds the bank there again, and says so */
	assert_int_equal(postgres_start(&server), 0);
	store = open_machine(0, false);
	assert_int_equal(call_soon(store), 0);
	assert_null(shares_trouble(store, &arena));
	close_machine(store);
}

/* It left this machine's file before the bank was told, and was never told there. */
static void test_what_goes_back_while_the_bank_is_away_is_told_when_it_is_there(void **state)
{
	struct store *store = open_machine(0, false);
	const struct rate_scope scope = { "key", folder, limits, 1, 100 };
	const struct rate_refusal lack = { .kind = RATE_PARALLEL, .limit = 10, .needed = 1 };
	AUTO_FREE char *held_there = alloc_printf(
	    "SELECT count(*) FROM sideways.pot WHERE scope_id = '%s' AND held_amount > 0", folder);
	struct error err = { 0 };

	assert_int_equal(call_soon(store), 0);
	assert_int_equal(shares_tell(store, &err), 0);
	assert_int_equal(ask_bank(held_there), 0);
	shares_want(store, 1, BOUND_NANO); /* of the one window that there is */
	shares_want_limit(store, &scope, &lack);
	assert_int_equal(ask_bank(held_there), 2);
	assert_int_equal(postgres_stop(&server, "immediate"), 0);
	assert_int_equal(shares_tell(store, &err), -1);
	assert_int_equal(postgres_start(&server), 0);
	for (int i = 0; shares_tell(store, &err) != 0; i++) {
		if (i == 600)
			fail_msg("%s", err.text);
		usleep(50000);
	}
	assert_int_equal(ask_bank(held_there), 0);
	assert_bank_agrees();
	close_machine(store);
}

static void test_a_file_from_a_backup_is_another_machine(void **state)
{
	AUTO_FREE char *keep = alloc_printf("cd %s && cp m0.db kept", folder);
	AUTO_FREE char *put_back = alloc_printf("cd %s && rm -f m0.db-* && cp kept m0.db", folder);
	struct store *store = open_machine(0, true);
	int64_t machines;

	assert_int_equal(call_soon(store), 0);
	close_machine(store);
	assert_int_equal(system(keep), 0);
	store = open_machine(0, true);
	assert_int_equal(call_soon(store), 0);
	assert_int_equal(call_soon(store), 0);
	close_machine(store);
	assert_int_equal(pot("spent_amount"), 3 * COST_NANO);
	assert_int_equal(system(put_back), 0);
	machines = ask_bank("SELECT count(*) FROM sideways.machine");
	store = open_machine(0, true);
	assert_int_equal(call_soon(store), 0);
	close_machine(store);
	assert_int_equal(ask_bank("SELECT count(*) FROM sideways.machine"), machines + 1);
	assert_int_equal(pot("spent_amount"), 4 * COST_NANO);
	assert_int_equal(pot("held_amount"), 0);
	assert_bank_agrees();
}

/* m0.db as it is, as m1.db. */
static struct store *open_copy(void)
{
	AUTO_FREE char *copy =
	    alloc_printf("cd %s && cp m0.db m1.db && cp m0.db-wal m1.db-wal", folder);

	assert_int_equal(system(copy), 0);
	return open_machine(1, false);
}

static int64_t count_machines(void)
{
	return ask_bank("SELECT count(*) FROM sideways.machine");
}

/* Both have gone on, as two machines, and all that was served is charged. */
static void end_copies(struct store *one, struct store *two, int64_t machines)
{
	struct error err = { 0 };

	assert_int_equal(call_soon(one), 0);
	assert_int_equal(call_soon(two), 0);
	if (shares_tell(one, &err) != 0 || shares_tell(two, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(count_machines(), machines + 1);
	close_machine(one);
	close_machine(two);
	assert_bank_agrees();
	assert_true(shared->served <= limit_nano);
	assert_true(pot("spent_amount") >= shared->served);
	change_bank("UPDATE sideways.machine SET until_at = now() - interval '1 second'; "
		    "SELECT sideways.machines_lose() FROM generate_series(1, 20)"); /* one a call */
	assert_int_equal(pot("held_amount"), 0);
	assert_bank_agrees();
}

static void test_a_copy_of_a_machine_in_use_spends_nothing_of_its_share(void **state)
{
	struct store *one = open_machine(0, false), *copy;
	int64_t machines, idle;

	assert_int_equal(call_soon(one), 0);
	machines = count_machines();
	idle = pot("held_amount") - COST_NANO;
	assert_true(idle >= BOUND_NANO);
	copy = open_copy();
	assert_int_equal(call_soon(one), 0); /* of its share: nobody is asked for it */
	for (int64_t had = idle / BOUND_NANO; had >= 0; had--)
		assert_int_equal(call_soon(one), 0); /* and more: the bank hears of it */
	assert_int_equal(call_once(copy, 0), 1);     /* nothing of what was the other one's */
	assert_int_equal(call_soon(copy), 0);
	end_copies(one, copy, machines);
}

static void test_of_two_copies_the_one_that_tells_later_is_another_machine(void **state)
{
	struct store *one = open_machine(0, false), *copy;
	int64_t machines;

	assert_int_equal(call_soon(one), 0);
	machines = count_machines();
	copy = open_copy();
	assert_int_equal(call_soon(copy), 0); /* the bank hears of the copy first */
	assert_int_equal(call_soon(one), 0);  /* what it had, and knows of */
	end_copies(one, copy, machines);
}

/* What is read of a machine's own file. */
static const char *own(struct store *store, enum sql_name name, int column, struct arena *arena)
{
	struct store_reader *reader = store_reader_borrow(store, NULL);
	struct statement *s = store_query(reader, name, NULL);
	const char *text;

	assert_non_null(s);
	if (name == SQL_SHARE_LIST)
		statement_bind_int(s, ":wanted_only", 0), statement_bind_int(s, ":now_ms", 0);
	assert_int_equal(statement_step(s, NULL), 1);
	text = arena_copy(arena, statement_text(s, column));
	store_reader_return(store, reader);
	return text;
}

/* The bank has committed a report, and its answer was lost: it is the same machine that asks again.
 */
static void test_a_report_whose_answer_was_lost_is_taken_when_it_is_sent_again(void **state)
{
	AUTO_FREE char *report = NULL;
	struct store *store = open_machine(0, false);
	AUTO_ARENA struct arena arena = { 0 };
	int64_t machines, served;

	assert_int_equal(call_soon(store), 0);
	machines = count_machines();
	assert_int_equal(postgres_stop(&server, "immediate"), 0);
	while (call_once(store, 0) == 0)
		; /* until more is asked for, in vain */
	assert_non_null(own(store, SQL_MACHINE_OF, 4, &arena));
	assert_int_equal(postgres_start(&server), 0);
	report = alloc_printf("SELECT count(*) FROM sideways.machine_settle('%s', 'h', %s + 1, "
			      "'%s', '%s', 720000, ARRAY[%s], ARRAY[%lld], ARRAY[%s], ARRAY[0], "
			      "ARRAY[%s], ARRAY[%lld], ARRAY[1000])",
	    own(store, SQL_MACHINE_OF, 0, &arena), own(store, SQL_MACHINE_OF, 1, &arena),
	    own(store, SQL_MACHINE_OF, 3, &arena), own(store, SQL_MACHINE_OF, 4, &arena),
	    own(store, SQL_SHARE_LIST, 1, &arena), (long long)LIMIT_NANO,
	    own(store, SQL_SHARE_LIST, 3, &arena), own(store, SQL_SHARE_LIST, 5, &arena),
	    (long long)(10 * BOUND_NANO));
	assert_int_equal(ask_bank(report), 2);
	served = shared->served;
	assert_int_equal(call_soon(store), 0);
	assert_int_equal(shared->served, served + COST_NANO);
	assert_int_equal(count_machines(), machines);
	close_machine(store);
	store = open_machine(0, true); /* with a keeper, who tells the rest */
	close_machine(store);
	assert_bank_agrees();
	assert_int_equal(count_machines(), machines);
	assert_int_equal(pot("spent_amount"), shared->served);
	assert_int_equal(pot("held_amount"), 0);
}

/* As with a disk that is full: the file is no machine's then, and begins anew when it can. */
static void test_a_file_that_cannot_join_the_bank_spends_nothing_of_it(void **state)
{
	AUTO_FREE char *file = alloc_printf("%s/m0.db", folder);
	AUTO_FREE char *refuse =
	    alloc_printf("sqlite3 %s \"CREATE TRIGGER no BEFORE INSERT ON machine "
			 "BEGIN SELECT RAISE(ABORT, 'no space'); END\"",
		file);
	AUTO_FREE char *allow = alloc_printf("sqlite3 %s 'DROP TRIGGER no'", file);
	const struct share_rules rules = {
		.bank = server.url, .lasting_ms = 60000, .reach_ms = 720000, .serves = true
	};
	int64_t machines = count_machines();
	AUTO_ARENA struct arena arena = { 0 };
	struct error err = { 0 };
	struct store *store = store_open(file, STORE_SHARED, &err);

	assert_non_null(store);
	assert_int_equal(system(refuse), 0);
	assert_int_equal(shares_set(store, &rules, &err), -1);
	assert_int_equal(err.kind, ERROR_STORE);
	assert_null(shares_machine(store, &arena));
	close_machine(store);
	assert_int_equal(count_machines(), machines);
	assert_int_equal(system(allow), 0);
	store = open_machine(0, true);
	assert_int_equal(call_soon(store), 0);
	close_machine(store);
	assert_int_equal(count_machines(), machines + 1);
	assert_int_equal(pot("spent_amount"), COST_NANO);
}

static void test_a_lowered_limit_holds_for_all(void **state)
{
	struct store *one = open_machine(0, true), *two = open_machine(1, true);
	const struct budget_wish wish = { .limit_nano = 4 * BOUND_NANO, .period = "" };
	struct change *change = change_new();
	int result = 0;

	assert_int_equal(call_soon(one), 0);
	assert_int_equal(call_soon(two), 0);
	budgets_set_into(change, "tag", folder, &wish, clock_wall_ms());
	assert_int_equal(store_apply(one, change, NULL), 0);
	change_free(change);
	wait_for_pot("limit_amount", wish.limit_nano);
	wait_for_pot("held_amount", 0);
	for (int i = 0; i < 20 && result >= 0; i++)
		result = call_soon(i % 2 ? one : two);

	assert_true(shared->served <= wish.limit_nano);
	close_machine(one);
	close_machine(two);
	assert_bank_agrees();
	assert_int_equal(pot("spent_amount"), shared->served);
}

static void test_a_file_that_is_put_back_under_a_gateway_is_kept_too(void **state)
{
	AUTO_FREE char *keep = alloc_printf("cp %s/m0.db %s/kept", folder, folder);
	AUTO_FREE char *put_back =
	    alloc_printf("cd %s && rm -f m0.db-wal m0.db-shm && mv kept m0.db", folder);
	struct store *former, *store = open_machine(0, true);

	close_machine(store);
	assert_int_equal(system(keep), 0);
	former = open_machine(0, true);
	assert_int_equal(call_soon(former), 0);
	assert_int_equal(system(put_back), 0);
	store = open_machine(0, true);
	shares_stop(former); /* as the gateway does, with calls that are open there */
	assert_int_equal(call_soon(store), 0);
	close_machine(former);
	close_machine(store);
	assert_bank_agrees();
}

static void test_a_bank_that_has_forgotten_a_window_is_told_anew(void **state)
{
	AUTO_FREE char *forget =
	    alloc_printf("DELETE FROM sideways.share WHERE pot_id = (SELECT id " OF_POT
			 "); DELETE FROM sideways.pot WHERE scope_id = '%s'",
		folder, folder);
	struct store *one = open_machine(0, true), *two = open_machine(1, true);

	assert_int_equal(call_soon(one), 0);
	assert_int_equal(call_soon(two), 0);
	change_bank(forget);
	for (int i = 0; i < 8; i++)
		assert_int_equal(call_soon(i % 2 ? one : two), 0);
	wait_for_pot("spent_amount", shared->served);
	close_machine(one);
	close_machine(two);
	assert_bank_agrees();
	assert_int_equal(pot("spent_amount"), shared->served);
	assert_int_equal(pot("held_amount"), 0);
}

/* A machine that has given all back tells nothing any more, and one that is gone never will. */
static void test_a_raised_limit_is_no_longer_that_of_a_machine_that_is_gone(void **state)
{
	const struct budget_wish wish = { .limit_nano = 20 * BOUND_NANO, .period = "" };
	struct change *change = change_new();
	struct store *one, *gone;

	limit_nano = 2 * BOUND_NANO;
	gone = open_machine(1, true);
	assert_int_equal(call_soon(gone), 0);
	close_machine(gone);
	one = open_machine(0, true);
	budgets_set_into(change, "tag", folder, &wish, clock_wall_ms());
	assert_int_equal(store_apply(one, change, NULL), 0);
	change_free(change);
	change_bank("UPDATE sideways.share SET told_at = now() - interval '11 seconds'");
	for (int i = 0; i < 8; i++)
		assert_int_equal(call_soon(one), 0);
	assert_int_equal(pot("limit_amount"), wish.limit_nano);
	close_machine(one);
	assert_bank_agrees();
	assert_int_equal(pot("spent_amount"), shared->served);
}

/* In one minute no more requests than the limit, from all machines, and no fewer. */
static void test_machines_share_a_limit_a_minute(void **state)
{
	struct store *stores[2];

	limits.rpm = 12;
	for (int i = 0; i < 2; i++)
		stores[i] = open_machine(i, true);
	for (int i = 0; shared->calls < limits.rpm && i < 600; i++)
		if (call_once(stores[i % 2], 0) != 0)
			usleep(20000);
	assert_int_equal(shared->calls, limits.rpm);
	shared->rated = 0;
	for (int i = 0; shared->rated < 4 && i < 600; i++) {
		assert_int_equal(call_once(stores[i % 2], 0), 1);
		usleep(20000);
	}
	assert_true(shared->rated >= 4);
	for (int i = 0; i < 2; i++)
		close_machine(stores[i]);
	assert_bank_agrees();
}

/* Of this machine nothing is heard for so long, and its calls may last until then. */
static void be_silent(const char *since, const char *until)
{
	AUTO_FREE char *what = alloc_printf(
	    "UPDATE sideways.machine SET seen_at = now() - interval '%s', until_at = now() + "
	    "interval '%s'; SELECT sideways.limits_free() FROM generate_series(1, 20)",
	    since, until); /* one a call */

	change_bank(what);
}

static void test_a_limit_of_a_machine_that_is_gone_is_free_again(void **state)
{
	struct store *gone = open_machine(0, false), *other;

	limits.parallel = 1;
	assert_int_equal(call_soon(gone), 0);
	store_close(gone); /* as one that is killed */
	other = open_machine(1, false);
	assert_int_equal(call_once(other, 0), 1);
	be_silent("3 minutes", "9 minutes"); /* a call may still run there */
	assert_int_equal(call_once(other, 0), 1);
	be_silent("13 minutes", "-1 second");
	assert_int_equal(call_soon(other), 0);
	close_machine(other);
	assert_bank_agrees();
}

static enum idempotency_state claim_on(
    struct store *store, const char *request_id, struct arena *arena, const char **out_answer)
{
	const int64_t now_ms = clock_wall_ms();
	const struct idempotency_claim claim = { "key", folder, "of a body", request_id,
		now_ms + 60000 };
	struct idempotency_answer answer = { .request_id = NULL };
	enum idempotency_state state;
	struct error err = { 0 };

	if (idempotency_begin(store, &claim, now_ms, arena, &state, &answer, &err) != 0)
		fail_msg("%s", err.text);
	*out_answer = answer.body.ptr;
	return state;
}

static void test_a_request_that_is_sent_again_to_another_machine_is_made_once(void **state)
{
	struct store *one = open_machine(0, true), *two = open_machine(1, false);
	const struct idempotency_claim claim = { "key", folder, "of a body", "first", 0 };
	const struct idempotency_answer answer = {
		.status = 200, .content_type = "text/plain", .body = { "said", 4 }
	};
	AUTO_ARENA struct arena arena = { 0 };
	const char *said;

	assert_int_equal(claim_on(one, "first", &arena, &said), IDEMPOTENCY_OURS);
	assert_int_equal(claim_on(one, "second", &arena, &said), IDEMPOTENCY_RUNNING);
	assert_int_equal(claim_on(two, "third", &arena, &said), IDEMPOTENCY_RUNNING);
	idempotency_end(one, &claim, &answer);
	for (int waited = 0;
	     claim_on(two, "third", &arena, &said) == IDEMPOTENCY_RUNNING && waited < PATIENCE_MS;
	     waited += 50)
		usleep(50000);
	assert_int_equal(claim_on(two, "third", &arena, &said), IDEMPOTENCY_DONE);
	assert_string_equal(said, "said");
	assert_int_equal(claim_on(one, "fourth", &arena, &said), IDEMPOTENCY_DONE);
	close_machine(one);
	close_machine(two);
}

static void test_an_answer_that_is_no_text_does_not_stop_reports(void **state)
{
	struct store *one = open_machine(0, true), *two = open_machine(1, false);
	const struct idempotency_claim claim = { "key", folder, "of a body", "first", 0 };
	const struct idempotency_answer answer = {
		.status = 200, .content_type = "audio/mpeg", .body = { "\xff\xfb\x90", 3 }
	};
	AUTO_ARENA struct arena arena = { 0 };
	const char *said;

	assert_int_equal(claim_on(one, "first", &arena, &said), IDEMPOTENCY_OURS);
	idempotency_end(one, &claim, &answer);
	for (int waited = 0; claim_on(two, "second", &arena, &said) == IDEMPOTENCY_RUNNING &&
			     waited < PATIENCE_MS / 4;
	     waited += 50)
		usleep(50000);
	assert_int_equal(claim_on(two, "second", &arena, &said), IDEMPOTENCY_TOO_LONG);
	assert_null(shares_trouble(one, &arena));
	close_machine(one);
	close_machine(two);
}

/* A lost machine that comes back, or a bank from a backup: what was spent is not for ever. */
static void test_what_was_given_back_is_no_longer_spent_for_others(void **state)
{
	struct store *store;
	struct error err = { 0 };
	int result;

	(void)state;
	limit_nano = BOUND_NANO + COST_NANO / 2;
	store = open_machine(0, false);
	for (int tries = 0; (result = call_once(store, 0)) == 1 && tries < 1000; tries++)
		usleep(10000);
	assert_int_equal(result, 0);
	close_machine(store);
	assert_int_equal(pot("spent_amount"), COST_NANO);
	store = open_machine(1, false);
	assert_int_equal(sum_rows_join(store, &err), 0);
	assert_int_equal(shared_windows_take(store, bank, "UTC", &err), 0);
	assert_int_equal(call_once(store, 0), -1);
	(void)ask_bank("UPDATE sideways.share SET spent_amount = 0, granted_amount = 0; "
		       "UPDATE sideways.pot SET spent_amount = 0, held_amount = 0; SELECT 0");
	assert_int_equal(shared_windows_take(store, bank, "UTC", &err), 0);
	for (int tries = 0; (result = call_once(store, 0)) == 1 && tries < 1000; tries++)
		usleep(10000);
	assert_int_equal(result, 0);
	close_machine(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_budget, end_budget)
	const struct CMUnitTest tests[] = {
		TEST(test_four_machines_spend_one_budget_to_its_end),
		TEST(test_a_machine_is_killed_and_the_bank_stopped_in_the_middle),
		TEST(test_what_a_silent_machine_had_is_lost_until_it_comes_back),
		TEST(test_a_machine_that_is_cut_off_spends_its_share_and_no_more),
		TEST(test_what_goes_back_while_the_bank_is_away_is_told_when_it_is_there),
		TEST(test_a_file_from_a_backup_is_another_machine),
		TEST(test_a_file_that_is_put_back_under_a_gateway_is_kept_too),
		TEST(test_a_copy_of_a_machine_in_use_spends_nothing_of_its_share),
		TEST(test_of_two_copies_the_one_that_tells_later_is_another_machine),
		TEST(test_a_report_whose_answer_was_lost_is_taken_when_it_is_sent_again),
		TEST(test_a_file_that_cannot_join_the_bank_spends_nothing_of_it),
		TEST(test_a_bank_that_has_forgotten_a_window_is_told_anew),
		TEST(test_a_lowered_limit_holds_for_all),
		TEST(test_a_raised_limit_is_no_longer_that_of_a_machine_that_is_gone),
		TEST(test_machines_share_a_limit_a_minute),
		TEST(test_a_limit_of_a_machine_that_is_gone_is_free_again),
		TEST(test_a_request_that_is_sent_again_to_another_machine_is_made_once),
		TEST(test_an_answer_that_is_no_text_does_not_stop_reports),
		TEST(test_what_was_given_back_is_no_longer_spent_for_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	cmocka_set_test_filter(getenv("TEST"));
	return cmocka_run_group_tests(tests, make_server, bank_server_end);
}
