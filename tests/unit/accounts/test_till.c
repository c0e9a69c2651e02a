/*
 * Holds from leases: processes that divide a budget in memory, that are killed, whose journal is
 * gone, and the audit after each of them.
 *
 * TILL_KILLS in the environment says how many processes are killed (40 when it is not set).
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
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../scratch.h"
#include "../scratch_attempt.h"
#include "accounts/bank.h"
#include "accounts/key_change.h"
#include "accounts/ledger.h"
#include "accounts/till.h"
#include "base/clock.h"
#include "base/digest.h"

static const struct actor by = { "a test", "unit test" };

#define THREADS     8
#define BOUND_NANO  INT64_C(1000)
#define COST_NANO   INT64_C(601)
#define DAY_MS      INT64_C(86400000)
#define PATIENCE_MS 20000 /* how long a test waits for what must come */

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES], key_id[64];
static int64_t now_ms;
static struct store *store;
static int64_t bound_nano = BOUND_NANO; /* of the next call */
static bool goes_on;                    /* the next call does not end */
static struct limits limits = { LIMIT_NONE, LIMIT_NONE, LIMIT_NONE };

static struct shared {
	_Atomic int64_t served;     /* billed by the provider */
	_Atomic int64_t from_lease; /* calls */
	_Atomic int64_t calls;
	_Atomic bool stop;
	_Atomic bool stays; /* a process that makes no more calls goes on living */
} * shared;

static const struct till_rules rules = {
	.enabled = true, .share_ppm = 50000, .lasting_ms = 1000, .reach_ms = 720000
};

/* ---- the database ---- */

static int64_t number(const char *text)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	int64_t value;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, PATIENCE_MS);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static void open_store(enum store_mode mode, bool leases)
{
	struct error err = { 0 };

	store = store_open(path, mode, &err);
	if (!store)
		fail_msg("%s", err.text);
	if (leases)
		till_set(store, &rules);
}

static void close_store(void)
{
	till_close(store);
	store_close(store);
	store = NULL;
}

/* A key with a budget for its lifetime and one a day, both of so much. */
static void begin(int64_t limit_nano)
{
	struct account_wish wish = { .alias = "till", .expires_ms = KEY_KEEP };
	struct budget_wish budgets[] = { { .limit_nano = limit_nano, .period = "" },
		{ .limit_nano = limit_nano, .period = "1d" } };
	struct error err = { 0 };
	struct key_secret secret;
	struct virtual_key key;
	struct arena arena;

	assert_int_equal(scratch_make(folder, path), 0);
	now_ms = clock_wall_ms();
	arena_init(&arena);
	wish.budgets = budgets;
	wish.budget_count = 2;
	open_store(STORE_INLINE, false);
	assert_int_equal(key_create(store, &by, &wish, now_ms, &arena, &key, &secret, &err), 0);
	snprintf(key_id, sizeof key_id, "%s", key.id);
	close_store();
	arena_release(&arena);
	memset(shared, 0, sizeof *shared);
}

static void print_difference(void *ctx, const char *text)
{
	print_message("# %s\n", text);
}

/* What is held for nobody, and what was charged, in each window. */
static void assert_books(int64_t least, int64_t most)
{
	struct audit_summary summary;
	struct error err = { 0 };

	open_store(STORE_INLINE, false);
	if (ledger_recover(store, now_ms, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ledger_audit(store, now_ms, print_difference, NULL, &summary, &err), 0);
	close_store();
	assert_int_equal(summary.differences, 0);
	assert_int_equal(number("SELECT sum(held_nano) FROM budget_window"), 0);
	assert_int_equal(number("SELECT count(*) FROM till"), 0);
	assert_int_equal(number("SELECT count(*) FROM lease"), 0);
	assert_int_equal(number("SELECT count(*) FROM hold"), 0);
	assert_true(number("SELECT min(spent_nano) FROM budget_window") >= least);
	assert_true(number("SELECT max(spent_nano) FROM budget_window") <= most);
}

/* ---- calls ---- */

static int call_once(struct arena *arena, int64_t pause_us, struct error *err, bool *out_held)
{
	struct attempt attempt =
	    scratch_attempt(arena_copy(arena, digest_new_id().text), key_id, now_ms, bound_nano);
	struct attempt_end end = { .how = HOLD_SETTLED,
		.ended_ms = now_ms,
		.outcome = "ok",
		.cost_nano = COST_NANO,
		.first_token_ms = -1 };
	const struct rate_scope scope = { "key", key_id, limits, 1, 100 };
	struct budget_refusal refusal = { .held = false };
	struct rate_hold rate = { .count = 0 };
	struct budget_states budgets;
	struct change *change;

	rate_hold_add(&rate, &scope);
	attempt.rate = rate.count ? &rate : NULL;

	if (budgets_for_request(store, &(struct budget_asker){ .key_id = key_id }, "UTC", now_ms,
		arena, &budgets, err) != 0)
		return -1;
	if (ledger_hold(store, &attempt, &budgets, arena, &refusal, err) != 0) {
		*out_held = refusal.held;
		return -1;
	}
	shared->served += COST_NANO;
	shared->calls++;
	shared->from_lease += attempt.call != 0;
	if (goes_on)
		return 0;
	if (pause_us)
		usleep((useconds_t)pause_us);
	change = change_new();
	ledger_end_into(change, &attempt, &end);
	till_apply_later(store, change);
	return 0;
}

/* Until the money is spent, or all are to stop. */
static void *serve(void *ctx)
{
	int *lies = ctx;
	struct arena arena;

	arena_init(&arena);
	while (!shared->stop) {
		struct error err = { 0 };
		bool held = false;

		arena_reset(&arena);
		if (call_once(&arena, digest_random_below(2000), &err, &held) == 0)
			continue;
		if (err.kind == ERROR_BUDGET && !held)
			break;
		if (err.kind == ERROR_BUDGET || strstr(err.text, "locked")) {
			usleep(5000);
			continue;
		}
		fprintf(stderr, "# %s\n", err.text);
		__atomic_add_fetch(lies, 1, __ATOMIC_RELAXED);
		break;
	}
	arena_release(&arena);
	return NULL;
}

static int run_process(bool leases)
{
	pthread_t threads[THREADS];
	struct error err = { 0 };
	int lies = 0;

	store = store_open(path, STORE_SHARED, &err);
	if (!store || ledger_recover(store, now_ms, &err) < 0)
		return 1;
	if (leases)
		till_set(store, &rules);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, serve, &lies) != 0)
			return 2;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	while (shared->stays)
		usleep(1000);
	close_store();
	return lies ? 3 : 0;
}

static pid_t start_process(bool leases)
{
	pid_t child = fork();

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		_exit(run_process(leases));
	}
	assert_true(child > 0);
	return child;
}

static void assert_ends_well(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void wait_for_calls(int64_t count)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (shared->from_lease < count && clock_mono_ms() < until)
		usleep(1000);
	assert_true(shared->from_lease >= count);
}

static void kill_process(pid_t child)
{
	int status;

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
}

/* ---- what must be true ---- */

static void test_most_calls_are_held_in_memory_and_nothing_stays(void **state)
{
	begin(INT64_C(1000000000));
	pid_t child = start_process(true);

	wait_for_calls(2000);
	shared->stop = true;
	assert_ends_well(child);
	print_message("# %lld of %lld calls from leases\n", (long long)shared->from_lease,
	    (long long)shared->calls);
	assert_true(shared->from_lease > shared->calls / 2);
	assert_books(shared->served, shared->served);
	assert_int_equal(number("SELECT count(*) FROM attempt"), shared->calls);
	assert_int_equal(scratch_remove(folder, path), 0);
}

static void test_processes_with_and_without_leases_spend_all_and_not_a_nano_more(void **state)
{
	const int64_t limit = INT64_C(3000000);
	pid_t children[4];

	begin(limit);
	for (int i = 0; i < 4; i++)
		children[i] = start_process(i < 3);
	for (int i = 0; i < 4; i++)
		assert_ends_well(children[i]);
	print_message("# %lld of %lld calls from leases\n", (long long)shared->from_lease,
	    (long long)shared->calls);
	assert_true(shared->served > limit - BOUND_NANO);
	assert_books(shared->served, limit);
	assert_int_equal(number("SELECT max(spent_nano) FROM budget_window"), shared->served);
	assert_int_equal(scratch_remove(folder, path), 0);
}

static void test_processes_are_killed_at_any_moment(void **state)
{
	const int64_t limit = INT64_C(1000000000);
	const char *wished = getenv("TILL_KILLS");
	int kills = wished ? atoi(wished) : 40;
	pid_t children[2];

	begin(limit);
	children[0] = start_process(true);
	children[1] = start_process(true);
	for (int i = 0; i < kills; i++) {
		usleep(5000 + digest_random_below(60000));
		kill_process(children[i % 2]);
		children[i % 2] = start_process(true);
	}
	kill_process(children[0]);
	kill_process(children[1]);
	assert_books(shared->served, limit);
	print_message("# %d killed, %lld calls, served %lld, charged %lld, lost %lld\n", kills + 2,
	    (long long)shared->calls, (long long)shared->served,
	    (long long)number("SELECT max(spent_nano) FROM budget_window"),
	    (long long)number("SELECT coalesce(sum(amount_nano), 0) FROM lost"));
	/* Of those that were killed nothing is unaccounted for, and no call is charged above its
	 * bound. */
	assert_int_equal(number("SELECT count(*) FROM lost"), 0);
	assert_true(number("SELECT max(spent_nano) FROM budget_window") <=
		    shared->served + (kills + 2) * THREADS * BOUND_NANO);
	assert_int_equal(scratch_remove(folder, path), 0);
}

/* Calls want a lease for some seconds, where no file can be so long as a journal. */
static void ask_without_room(void)
{
	const struct rlimit most = { 200000, 200000 };
	const int64_t window = 1;
	const struct till_wish wish = {
		.windows = &window, .window_count = 1, .bound_nano = BOUND_NANO
	};
	const char *till_id;
	struct arena arena = { 0 };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &most);
	open_store(STORE_SHARED, true);
	for (int i = 0; i < 25; i++) {
		(void)till_hold(store, &wish, &arena, &till_id);
		usleep(100000);
	}
	close_store();
}

static void test_a_till_that_can_have_no_journal_leaves_nothing_in_the_bank(void **state)
{
	pid_t child;

	begin(INT64_C(1000000000));
	child = fork();
	if (child == 0) {
		ask_without_room();
		_exit(0);
	}
	assert_ends_well(child);
	assert_int_equal(number("SELECT count(*) FROM till"), 0);
	assert_int_equal(scratch_remove(folder, path), 0);
}

static void remove_journals(void)
{
	char command[SCRATCH_PATH_BYTES + 32];

	snprintf(command, sizeof command, "rm -f %s-till-*", path);
	assert_int_equal(system(command), 0);
}

static void test_without_its_journal_all_that_was_leased_is_lost(void **state)
{
	const int64_t limit = INT64_C(1000000000);
	int64_t leased;

	begin(limit);
	pid_t child = start_process(true);
	wait_for_calls(500);
	kill_process(child);
	leased = number("SELECT sum(amount_nano) FROM lease");
	assert_true(leased > 0);
	remove_journals();
	assert_books(shared->served, limit);
	assert_int_equal(number("SELECT sum(amount_nano) FROM lost"), leased);
	assert_int_equal(scratch_remove(folder, path), 0);
}

/* Where the half that counts begins in a journal, and how much of it does. */
#define HALF                                                                                       \
	"word=$(od -An -tu8 -j8 -N8 $f); size=$((word & 0xffffffffff)); "                          \
	"at=$((4096 + (word >> 40 & 1) * 0x1800000)); "
#define OVERWRITE(bytes, place)                                                                    \
	HALF "printf '" bytes "' | dd of=$f bs=1 seek=$((" place ")) conv=notrunc 2>/dev/null"

/* Where, and what is written there: into a change; the length of the second record, larger than
 * what follows; the last byte that counts; the length that counts; the file's layout. */
static void test_a_journal_that_is_damaged_anywhere_is_not_believed(void **state)
{
	static const char *const damages[] = {
		OVERWRITE("XXXX", "at + 400"),
		OVERWRITE(
		    "\\377\\377\\377\\017", "at + 32 + $(od -An -tu4 -j$((at + 16)) -N4 $f) + 16"),
		OVERWRITE("X", "at + size - 1"),
		OVERWRITE("\\377\\377", "8"),
		OVERWRITE("X", "0"),
	};
	char command[SCRATCH_PATH_BYTES + 512];

	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		pid_t child;

		begin(INT64_C(1000000000));
		child = start_process(true);
		wait_for_calls(500);
		kill_process(child);
		snprintf(
		    command, sizeof command, "for f in %s-till-*; do %s; done", path, damages[i]);
		assert_int_equal(system(command), 0);
		assert_books(shared->served, INT64_C(1000000000));
		if (number("SELECT count(*) FROM lost") == 0)
			fail_msg("damage %zu was not seen", i);
		assert_int_equal(scratch_remove(folder, path), 0);
	}
}

/* Its writer died while it wrote the last record: the call was not made. */
static void test_half_of_a_record_behind_the_journal_does_not_count(void **state)
{
	char command[SCRATCH_PATH_BYTES + 512];
	pid_t child;

	begin(INT64_C(1000000000));
	child = start_process(true);
	wait_for_calls(500);
	kill_process(child);
	snprintf(command, sizeof command, "for f in %s-till-*; do %s; done", path,
	    OVERWRITE("half of a record", "at + size"));
	assert_int_equal(system(command), 0);
	assert_books(0, INT64_C(1000000000));
	assert_int_equal(number("SELECT count(*) FROM lost"), 0);
	assert_int_equal(scratch_remove(folder, path), 0);
}

/* Its owner makes no calls, so nothing but the recall gives the lease back before ten seconds are
 * over. */
static void test_an_idle_lease_is_called_back_by_who_lacks_money(void **state)
{
	const int64_t limit = INT64_C(1000000);
	int64_t until, refusals = 0;
	struct arena arena;
	pid_t child;
	int held = -1;

	begin(limit);
	shared->stays = true;
	child = start_process(true);
	wait_for_calls(50);
	shared->stop = true;
	assert_true(number("SELECT sum(amount_nano) FROM lease") > 0);
	arena_init(&arena);
	open_store(STORE_INLINE, false);
	until = clock_mono_ms() + PATIENCE_MS;
	while (held != 0 && clock_mono_ms() < until) {
		struct error err = { 0 };
		bool is_held = false;

		bound_nano = limit - number("SELECT max(spent_nano) FROM budget_window");
		held = call_once(&arena, 0, &err, &is_held);
		refusals += held != 0;
		usleep(2000);
	}
	bound_nano = BOUND_NANO;
	assert_int_equal(held, 0);
	assert_true(refusals > 0);
	close_store();
	shared->stays = false;
	assert_ends_well(child);
	assert_books(shared->served, shared->served);
	arena_release(&arena);
	assert_int_equal(scratch_remove(folder, path), 0);
}

/* Nothing but calls tells the till that time has gone on. */
static void test_calls_are_held_in_memory_again_when_a_recall_is_over(void **state)
{
	struct error err = { 0 };
	struct arena arena;
	int64_t until;
	bool held;

	begin(INT64_C(1000000000));
	arena_init(&arena);
	open_store(STORE_SHARED, true);
	assert_int_equal(call_once(&arena, 0, &err, &held), 0);
	till_recall(store, 1);
	till_recall(store, 2);
	until = clock_mono_ms() + PATIENCE_MS;
	while (shared->from_lease == 0 && clock_mono_ms() < until) {
		if (call_once(&arena, 0, &err, &held) != 0)
			fail_msg("%s", err.text);
		usleep(2000);
	}
	assert_true(shared->from_lease > 0);
	close_store();
	assert_books(shared->served, shared->served);
	arena_release(&arena);
	assert_int_equal(scratch_remove(folder, path), 0);
}

static void test_a_limit_that_was_lowered_counts_for_the_next_call(void **state)
{
	struct budget_wish lower = { .limit_nano = 1, .period = "1d" };
	struct error err = { 0 };
	struct arena arena;
	struct change *change;
	int64_t until;
	bool held;

	begin(INT64_C(1000000000));
	arena_init(&arena);
	open_store(STORE_SHARED, true);
	until = clock_mono_ms() + PATIENCE_MS;
	while (shared->from_lease < 20 && clock_mono_ms() < until)
		assert_int_equal(call_once(&arena, 0, &err, &held), 0);
	assert_true(shared->from_lease >= 20);
	change = change_new();
	budgets_set_into(change, "key", key_id, &lower, now_ms);
	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
	assert_int_equal(call_once(&arena, 0, &err, &held), -1);
	assert_int_equal(err.kind, ERROR_BUDGET);
	close_store();
	assert_books(shared->served, shared->served);
	arena_release(&arena);
	assert_int_equal(scratch_remove(folder, path), 0);
}

/* Nothing can be said of a process in another container: what it had leased is lost when it has not
 * reported for long.  It learns so, and what it spends later is not charged twice. */
static void test_who_was_given_up_as_lost_goes_on_with_new_leases(void **state)
{
	int64_t until, before, lost;
	struct error err = { 0 };
	struct arena arena;
	bool held;

	begin(INT64_C(1000000000));
	arena_init(&arena);
	open_store(STORE_SHARED, true);
	until = clock_mono_ms() + PATIENCE_MS;
	while (shared->from_lease < 20 && clock_mono_ms() < until)
		assert_int_equal(call_once(&arena, 0, &err, &held), 0);
	till_catch_up(store);
	assert_int_equal(number("UPDATE till SET owner = 'elsewhere|a|b|1|2', until_ms = 1 "
				"RETURNING 1"),
	    1);
	assert_true(ledger_recover(store, now_ms, &err) >= 0);
	lost = number("SELECT coalesce(sum(amount_nano), 0) FROM lost");
	assert_true(lost > 0);
	before = shared->from_lease;
	until = clock_mono_ms() + PATIENCE_MS;
	while (shared->from_lease < before + 200 && clock_mono_ms() < until)
		assert_int_equal(call_once(&arena, 1000, &err, &held), 0);
	assert_true(shared->from_lease >= before + 200);
	close_store();
	assert_books(number("SELECT max(spent_nano) FROM budget_window"), INT64_C(1000000000));
	arena_release(&arena);
	assert_int_equal(scratch_remove(folder, path), 0);
}

/* Neither requests nor tokens a minute nor calls at a time send a key's calls to the disk, where
 * the limits are large; and what was counted ahead goes back. */
static void test_calls_of_a_key_with_large_limits_are_held_in_memory(void **state)
{
	const struct limits none = limits;
	struct error err = { 0 };
	struct arena arena;
	int64_t until, counted;
	bool held;

	begin(INT64_C(1000000000));
	limits = (struct limits){ 1000000, 100000000, 64 };
	arena_init(&arena);
	open_store(STORE_SHARED, true);
	until = clock_mono_ms() + PATIENCE_MS;
	while (shared->from_lease < 200 && clock_mono_ms() < until) {
		now_ms = clock_wall_ms();
		if (call_once(&arena, 500, &err, &held) != 0)
			fail_msg("%s", err.text);
	}
	print_message("# %lld of %lld calls from leases\n", (long long)shared->from_lease,
	    (long long)shared->calls);
	assert_true(shared->from_lease >= 200);
	counted = number("SELECT sum(requests) FROM rate_second");
	assert_true(counted >= shared->calls);
	limits.rpm /= 2; /* what was counted ahead was counted under another limit */
	counted = shared->from_lease;
	now_ms = clock_wall_ms();
	assert_int_equal(call_once(&arena, 0, &err, &held), 0);
	assert_int_equal(shared->from_lease, counted);
	close_store();
	assert_int_equal(number("SELECT sum(requests) FROM rate_second"), shared->calls);
	assert_int_equal(number("SELECT sum(open) FROM rate_gauge"), 0);
	assert_int_equal(number("SELECT count(*) FROM rate_lease"), 0);
	limits = none;
	assert_books(shared->served, shared->served);
	arena_release(&arena);
	assert_int_equal(scratch_remove(folder, path), 0);
}

/* Answers from the cache make no call; their requests come out of what was counted ahead. */
static void test_requests_that_make_no_call_are_counted_in_memory(void **state)
{
	const struct rate_scope scope = { "key", "k", { 100000, 100000, 64 }, 1, 0 };
	struct rate_hold hits = { .count = 0 };
	int64_t until, counted = 0, in_memory = 0;
	struct error err = { 0 };

	begin(INT64_C(1000000000));
	rate_hold_add(&hits, &scope);
	open_store(STORE_SHARED, true);
	until = clock_mono_ms() + PATIENCE_MS;
	while (in_memory < 200 && clock_mono_ms() < until) {
		now_ms = clock_wall_ms();
		usleep(500);
		counted++;
		if (till_count(store, &hits, now_ms / 1000))
			in_memory++;
		else
			assert_int_equal(rate_count(store, &hits, "hit", now_ms, &err), 0);
	}
	assert_true(in_memory >= 200);
	assert_true(number("SELECT sum(requests) FROM rate_second") >= counted);
	close_store();
	assert_int_equal(number("SELECT sum(requests) FROM rate_second"), counted);
	assert_int_equal(number("SELECT sum(open) FROM rate_gauge"), 0);
	assert_int_equal(number("SELECT count(*) FROM rate_lease"), 0);
	assert_int_equal(scratch_remove(folder, path), 0);
}

static int differences_of_journals;
static void count_difference(void *ctx, const char *text)
{
	differences_of_journals += strstr(text, "its journal says") != NULL;
}

/* A lease that is smaller than what its running call holds, with a window that agrees with it. */
static void test_the_audit_reads_journals(void **state)
{
	struct audit_summary summary;
	struct error err = { 0 };
	struct arena arena;
	int64_t until;
	bool held;

	begin(INT64_C(1000000000));
	arena_init(&arena);
	open_store(STORE_SHARED, true);
	until = clock_mono_ms() + PATIENCE_MS;
	while (shared->from_lease < 20 && clock_mono_ms() < until)
		assert_int_equal(call_once(&arena, 500, &err, &held), 0);
	goes_on = true;
	while (shared->from_lease < 21 && clock_mono_ms() < until)
		assert_int_equal(call_once(&arena, 0, &err, &held), 0);
	goes_on = false;
	till_catch_up(store);
	differences_of_journals = 0;
	assert_int_equal(ledger_audit(store, now_ms, count_difference, NULL, &summary, &err), 0);
	assert_int_equal(differences_of_journals, 0);
	(void)number("UPDATE budget_window SET held_nano = held_nano - (SELECT amount_nano FROM "
		     "lease WHERE window_id = budget_window.id) RETURNING 1");
	(void)number("UPDATE lease SET amount_nano = 0 RETURNING 1");
	assert_int_equal(ledger_audit(store, now_ms, count_difference, NULL, &summary, &err), 0);
	assert_true(differences_of_journals > 0);
	close_store();
	remove_journals(); /* it could not be closed in order */
	arena_release(&arena);
	assert_int_equal(scratch_remove(folder, path), 0);
}

static void report(int64_t report_number, int64_t want_nano, int64_t back_nano,
    enum bank_state expected, int64_t expected_nano)
{
	struct bank_line line = { .window_id = number("SELECT min(id) FROM budget_window"),
		.want_nano = want_nano,
		.back_nano = back_nano };
	struct bank_report sent = { .till_id = "a-till",
		.number = report_number,
		.until_ms = now_ms + DAY_MS,
		.lines = &line,
		.line_count = 1 };
	enum bank_state told;
	struct error err = { 0 };

	if (bank_sqlite.report(store, &sent, &told, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(told, expected);
	if (told == BANK_DONE)
		assert_int_equal(line.given_nano, expected_nano);
}

static void assert_leased(int64_t nano)
{
	assert_int_equal(number("SELECT coalesce(sum(amount_nano), 0) FROM lease"), nano);
	assert_int_equal(number("SELECT max(held_nano) FROM budget_window"), nano);
}

static void test_a_report_that_comes_twice_or_late_changes_nothing(void **state)
{
	struct error err = { 0 };
	struct arena arena;
	bool held;

	begin(INT64_C(1000000));
	arena_init(&arena);
	open_store(STORE_INLINE, false);
	assert_int_equal(call_once(&arena, 0, &err, &held), 0); /* it opens the windows */
	assert_int_equal(
	    bank_sqlite.open(store, "a-till", ledger_owner(), now_ms + DAY_MS, &err), 0);
	report(1, 5000, 0, BANK_DONE, 5000);
	report(1, 5000, 0, BANK_DONE, 5000);
	assert_leased(5000);
	report(2, 0, 2000, BANK_DONE, 0);
	report(2, 0, 2000, BANK_DONE, 0);
	assert_leased(3000);
	report(1, 5000, 0, BANK_GONE, 0);
	assert_leased(3000);
	report(3, INT64_C(10000000), 0, BANK_DONE, 0); /* more than there is: nothing */
	report(3, INT64_C(10000000), 0, BANK_DONE, 0);
	assert_leased(3000);
	assert_int_equal(bank_sqlite.close(store, "a-till", 3, &err), 0);
	assert_leased(0);
	report(4, 5000, 0, BANK_GONE, 0);
	assert_leased(0);
	close_store();
	arena_release(&arena);
	assert_int_equal(scratch_remove(folder, path), 0);
}

static int set_up(void **state)
{
	shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_most_calls_are_held_in_memory_and_nothing_stays),
		cmocka_unit_test(
		    test_processes_with_and_without_leases_spend_all_and_not_a_nano_more),
		cmocka_unit_test(test_processes_are_killed_at_any_moment),
		cmocka_unit_test(test_a_till_that_can_have_no_journal_leaves_nothing_in_the_bank),
		cmocka_unit_test(test_without_its_journal_all_that_was_leased_is_lost),
		cmocka_unit_test(test_a_journal_that_is_damaged_anywhere_is_not_believed),
		cmocka_unit_test(test_half_of_a_record_behind_the_journal_does_not_count),
		cmocka_unit_test(test_an_idle_lease_is_called_back_by_who_lacks_money),
		cmocka_unit_test(test_calls_are_held_in_memory_again_when_a_recall_is_over),
		cmocka_unit_test(test_a_limit_that_was_lowered_counts_for_the_next_call),
		cmocka_unit_test(test_who_was_given_up_as_lost_goes_on_with_new_leases),
		cmocka_unit_test(test_calls_of_a_key_with_large_limits_are_held_in_memory),
		cmocka_unit_test(test_requests_that_make_no_call_are_counted_in_memory),
		cmocka_unit_test(test_the_audit_reads_journals),
		cmocka_unit_test(test_a_report_that_comes_twice_or_late_changes_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, NULL);
}
