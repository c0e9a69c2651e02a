/*
 * Four processes of 64 threads against one limit: never beyond it, and at least 97 % of it used.
 * Each is done with every call counted on disk, and with what processes count ahead (leases).
 * Time is played: a clock that all share goes on by a few milliseconds with each try, so that some
 * minutes pass, and threads come late with an old time as they do in life.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../scratch.h"
#include "../scratch_attempt.h"
#include "accounts/ledger.h"
#include "accounts/till.h"
#include "base/clock.h"
#include "base/digest.h"

#define PROCESSES   4
#define THREADS     64
#define START_MS    INT64_C(1795430000000)
#define STEP_MS     30
#define LENGTH_MS   INT64_C(183000) /* three times a minute */
#define MINUTE_MS   INT64_C(60000)
#define LEASES_STEP 3      /* with leases a try takes so many times as long, */
#define LEASES_US   100000 /* and a second of play lasts so long that processes can count ahead */
#define RESERVED    100
#define REAL_TOKENS 61
#define MOST        100000 /* rows that are looked at */

struct shared {
	atomic_llong clock_ms;
	atomic_int open, most_open, failures, from_lease;
};

static struct shared *shared;
static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];
static struct store *store;
static struct limits limits;
static bool leases;

static const struct till_rules rules = {
	.enabled = true, .share_ppm = 50000, .lasting_ms = 1000, .reach_ms = 720000
};

static void begin(struct attempt *attempt, struct rate_hold *hold, struct arena *arena, int64_t now)
{
	struct rate_scope scope = { "key", "k", limits, 1, RESERVED };

	rate_hold_add(hold, &scope);
	*attempt = scratch_attempt(arena_copy(arena, digest_new_id().text), "k", now, 0);
	attempt->deadline_ms = INT64_MAX;
	attempt->rate = hold;
}

static void be_open_a_while(void)
{
	int open = atomic_fetch_add(&shared->open, 1) + 1, most = atomic_load(&shared->most_open);

	while (open > most && !atomic_compare_exchange_weak(&shared->most_open, &most, open))
		;
	if (limits.parallel >= 0)
		usleep(30000);
	atomic_fetch_sub(&shared->open, 1);
}

static void finish(const struct attempt *attempt)
{
	struct attempt_end end = { .how = HOLD_SETTLED,
		.ended_ms = attempt->started_ms,
		.outcome = "ok",
		.first_token_ms = -1,
		.usage = { .known = true, .input_tokens = REAL_TOKENS, .reported_cost_nano = -1 } };
	struct change *change = change_new();

	ledger_end_into(change, attempt, &end);
	till_apply_later(store, change);
}

static void try_once(struct arena *arena, int64_t now)
{
	struct budget_states none = { 0 };
	struct budget_refusal refusal;
	struct rate_hold hold = { 0 };
	struct attempt attempt;
	struct error err = { 0 };

	begin(&attempt, &hold, arena, now);
	if (ledger_hold(store, &attempt, &none, arena, &refusal, &err) == 0) {
		atomic_fetch_add(&shared->from_lease, attempt.call != 0);
		be_open_a_while();
		finish(&attempt);
	} else if (err.kind != ERROR_RATE && !strstr(err.text, "locked") &&
		   !strstr(err.text, "no budget or limit that can be found")) {
		/* Of 50 tries each may find room that is gone again: that is no failure here. */
		fprintf(stderr, "# %s\n", err.text);
		atomic_fetch_add(&shared->failures, 1);
	}
}

static int64_t length_ms(void)
{
	return leases ? LENGTH_MS / 2 : LENGTH_MS;
}

static void *work(void *ctx)
{
	struct arena arena;

	arena_init(&arena);
	for (;;) {
		int64_t now;

		if (leases)
			usleep(PROCESSES * THREADS * STEP_MS * LEASES_STEP * (LEASES_US / 1000));
		now = atomic_fetch_add(&shared->clock_ms, leases ? STEP_MS * LEASES_STEP : STEP_MS);
		if (now >= START_MS + length_ms())
			break;
		clock_fake_start(now);
		try_once(&arena, now);
		arena_reset(&arena);
	}
	arena_release(&arena);
	return NULL;
}

static int run_process(void)
{
	pthread_t threads[THREADS];
	struct error err = { 0 };

	store = store_open(path, STORE_SHARED, &err);
	if (!store)
		return 1;
	clock_fake_start(START_MS);
	if (leases)
		till_set(store, &rules);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			return 2;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	till_close(store);
	store_close(store);
	return 0;
}

static void run_all(struct limits these, bool with_leases)
{
	pid_t children[PROCESSES];
	struct error err = { 0 };

	limits = these;
	leases = with_leases;
	memset(shared, 0, sizeof *shared);
	atomic_store(&shared->clock_ms, START_MS);
	store = store_open(path, STORE_INLINE, &err);
	assert_non_null(store);
	store_close(store);
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
	assert_int_equal(atomic_load(&shared->failures), 0);
}

/* The start of each attempt that was made, in order. */
static size_t read_starts(int64_t *starts)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;
	size_t count = 0;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db,
		"SELECT started_ms FROM attempt WHERE state = 'settled' ORDER BY 1", -1, &s, NULL),
	    SQLITE_OK);
	while (count < MOST && sqlite3_step(s) == SQLITE_ROW)
		starts[count++] = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return count;
}

/* The most attempts that began in any 60 seconds. */
static size_t most_in_a_minute(const int64_t *starts, size_t count)
{
	size_t most = 0;

	for (size_t first = 0, last = 0; last < count; last++) {
		while (starts[last] - starts[first] >= MINUTE_MS)
			first++;
		if (last - first + 1 > most)
			most = last - first + 1;
	}
	return most;
}

static void assert_used(const char *what, double used, double most, double limit)
{
	double could = limit * (double)length_ms() / MINUTE_MS;

	print_message("# %s: at most %.0f of %.0f in 60 s; %.0f in %lld s, %.1f %% of the limit; "
		      "%d calls from leases\n",
	    what, most, limit, used, (long long)length_ms() / 1000, 100 * used / could,
	    atomic_load(&shared->from_lease));
	assert_true(most <= limit);
	assert_true(used >= 0.9 * could);
}

static void check_requests(bool with_leases)
{
	static int64_t starts[MOST];
	size_t count;

	const int limit = with_leases ? 450 : 300;

	run_all((struct limits){ limit, LIMIT_NONE, LIMIT_NONE }, with_leases);
	count = read_starts(starts);
	assert_used("requests", (double)count, (double)most_in_a_minute(starts, count), limit);
}

static void check_tokens(bool with_leases)
{
	static int64_t starts[MOST];
	size_t count;

	const int limit = with_leases ? 30000 : 60000;

	run_all((struct limits){ LIMIT_NONE, limit, LIMIT_NONE }, with_leases);
	count = read_starts(starts);
	assert_used("tokens", (double)count * REAL_TOKENS,
	    (double)most_in_a_minute(starts, count) * REAL_TOKENS, limit);
}

static void check_slots(bool with_leases)
{
	run_all((struct limits){ LIMIT_NONE, LIMIT_NONE, 40 }, with_leases);
	print_message("# at a time: %d of 40; %d calls from leases\n",
	    atomic_load(&shared->most_open), atomic_load(&shared->from_lease));
	assert_true(atomic_load(&shared->most_open) <= 40);
	assert_true(atomic_load(&shared->most_open) >= (with_leases ? 30 : 39));
}

static void test_no_minute_has_more_requests_than_the_limit(void **state)
{
	check_requests(false);
}

static void test_no_minute_has_more_requests_than_the_limit_with_leases(void **state)
{
	check_requests(true);
}

static void test_no_minute_has_more_tokens_than_the_limit(void **state)
{
	check_tokens(false);
}

static void test_no_minute_has_more_tokens_than_the_limit_with_leases(void **state)
{
	check_tokens(true);
}

static void test_never_more_at_a_time_than_the_limit(void **state)
{
	check_slots(false);
}

static void test_never_more_at_a_time_than_the_limit_with_leases(void **state)
{
	check_slots(true);
}

static int set_up(void **state)
{
	if (scratch_make(folder, path) != 0)
		return -1;
	shared =
	    mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED ? -1 : 0;
}

static int tear_down(void **state)
{
	munmap(shared, sizeof *shared);
	return scratch_remove(folder, path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_minute_has_more_requests_than_the_limit),
		TEST(test_no_minute_has_more_requests_than_the_limit_with_leases),
		TEST(test_no_minute_has_more_tokens_than_the_limit),
		TEST(test_no_minute_has_more_tokens_than_the_limit_with_leases),
		TEST(test_never_more_at_a_time_than_the_limit),
		TEST(test_never_more_at_a_time_than_the_limit_with_leases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
