/* Another program that reads for long: the file of changes grows slowly, it is told who it is, and
 * it is short again afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "store/scratch.h"
#include "store/store.h"
#include "store/wal_reader.h"

#define LIMIT_BYTES (16 << 20)
#define LONG_BYTES  (17 << 20)
#define MOST        20000 /* small commits: far more than that many bytes */

static struct scratch scratch; /* in memory: thousands of commits would take a disk seconds */
static const char *const path = scratch.database;
static int commits; /* atomic */

static int set_up(void **state)
{
	struct error err = { 0 };

	return scratch_make(&scratch, &err);
}

static int tear_down(void **state)
{
	scratch_remove(&scratch);
	return 0;
}

struct outsider {
	pid_t pid;
	int told, end; /* it has begun; closed: it is to end */
};

/* The child: a transaction that lasts until it is told to end. */
static void read_for_long(int told, int end)
{
	sqlite3 *db;
	char byte = 0;

	(void)prctl(PR_SET_NAME, "notebook", 0, 0, 0);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) ==
		SQLITE_OK)
		byte = 1;
	(void)!write(told, &byte, 1);
	(void)!read(end, &byte, 1);
	_exit(sqlite3_close(db) == SQLITE_OK ? 0 : 1);
}

/* Before this process opens the database. */
static struct outsider start_reader(void)
{
	struct outsider outsider;
	int told[2], end[2];
	char byte = 0;

	assert_int_equal(pipe(told), 0);
	assert_int_equal(pipe(end), 0);
	outsider.pid = fork();
	assert_true(outsider.pid >= 0);
	if (outsider.pid == 0) {
		close(end[1]);
		read_for_long(told[1], end[0]);
	}
	close(told[1]);
	close(end[0]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	close(told[0]);
	outsider.end = end[1];
	return outsider;
}

static void end_reader(const struct outsider *outsider)
{
	int status;

	close(outsider->end);
	assert_int_equal(waitpid(outsider->pid, &status, 0), outsider->pid);
	assert_int_equal(status, 0);
}

static void count_commit(struct store *store)
{
	__atomic_add_fetch(&commits, 1, __ATOMIC_RELAXED);
}

/* A commit of a page; of the same value it would have none. */
static struct change *small_change(void)
{
	struct change *change = change_new();
	static int64_t value;

	change_add(change, SQL_STORE_PING);
	change_bind_int(change, ":at_ms", ++value);
	change_then(change, count_commit);
	return change;
}

static void commit(struct store *store)
{
	struct change *change = small_change();
	struct error err = { 0 };

	assert_int_equal(store_apply(store, change, &err), 0);
	change_free(change);
}

static void test_a_long_reader(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	struct outsider outsider;
	struct wal_reader reader;
	int before;

	assert_non_null(store); /* made */
	store_close(store);
	assert_false(wal_reader_find(path, &reader));
	outsider = start_reader();
	store = store_open(path, STORE_SHARED, &err);
	assert_non_null(store);
	assert_false(store_is_kept(store));
	for (int i = 0; i < MOST && wal_bytes(path) < LONG_BYTES; i++)
		commit(store);
	assert_true(wal_bytes(path) >= LONG_BYTES);
	assert_true(store_is_kept(store));
	assert_true(wal_reader_find(path, &reader));
	assert_int_equal(reader.pid, outsider.pid);
	assert_string_equal(reader.name, "notebook");

	/* What nobody waits for is gathered: otherwise nearly each would be a commit. */
	before = __atomic_load_n(&commits, __ATOMIC_RELAXED);
	for (int i = 0; i < 40; i++) {
		store_apply_in_company(store, small_change());
		clock_pause_us(60000);
	}
	store_catch_up(store);
	assert_in_range(__atomic_load_n(&commits, __ATOMIC_RELAXED) - before, 1, 20);

	end_reader(&outsider);
	for (int i = 0; i < 300 && wal_bytes(path) > LIMIT_BYTES; i++) {
		commit(store);
		clock_pause_us(100000);
	}
	assert_in_range(wal_bytes(path), 0, LIMIT_BYTES);
	assert_false(store_is_kept(store));
	assert_false(wal_reader_find(path, &reader));
	store_close(store);
}

/* As another serving process does, until the WAL begins anew. */
static void make_it_short(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(
	    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_another_process_makes_it_short(void **state)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	struct outsider outsider;

	assert_non_null(store); /* made */
	store_close(store);
	outsider = start_reader();
	store = store_open(path, STORE_SHARED, &err);
	assert_non_null(store);
	for (int i = 0; i < MOST && wal_bytes(path) < LONG_BYTES; i++)
		commit(store);
	assert_true(store_is_kept(store));
	end_reader(&outsider);
	make_it_short();
	commit(store);
	store_catch_up(store);
	assert_false(store_is_kept(store));
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_long_reader, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_another_process_makes_it_short, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
