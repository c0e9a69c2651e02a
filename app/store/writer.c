/*
 * Group commit.  See the header.
 *
 * The thread begins a transaction (waiting for other processes in short random steps, up to two
 * seconds), takes the whole queue, runs each change, commits once with one fsync, and wakes whoever
 * waits.
 *
 * First all changes are run together: one after the other without a way back, their sums added up
 * and run at the end.  When any of it fails (a budget refuses) everything is rolled back and run
 * again one by one, each change with a way back and its sums in their places: then one that fails
 * leaves the others alone, and the order in which they came decides who gets the last of a budget.
 * After that the next transactions are run one by one at once, because refusals come in series.
 *
 * Reports of tills (changes with parts) are long.  Whoever waits for a hold or a lease goes before
 * them, once.  A change that may wait for company does not begin a transaction for 50 ms, and for a
 * second while somebody keeps the WAL from ending.
 *
 * When the commit fails, all of its changes failed: the waited ones are told, the others are tried
 * again, because they end holds of calls that were made.
 */
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fiber.h"
#include "base/log.h"
#include "store/tally.h"
#include "store/turn.h"
#include "store/wal.h"

#include "base/banned.h"

#define TRIES_MAX  30     /* of a change nobody waits for: about a minute of locked database */
#define ONE_BY_ONE 16     /* transactions after one that failed */
#define COMPANY_MS 50     /* that a change waits for another one which begins a transaction, */
#define KEPT_MS    1000   /* and while somebody keeps the WAL from ending (wal.h) */
#define QUEUE_MAX  100000 /* changes that nobody waits for; more means that the disk is gone */

struct writer {
	struct store *store;
	const char *path;              /* the store's */
	struct connection *connection; /* its own, or the one that is borrowed while it commits */
	struct turn *turn;             /* NULL: not looked for, or there is none */
	bool turn_sought;
	struct tally tally;
	int one_by_one; /* so many of the next transactions */
	bool threaded;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards the queue, `stopping` and the results of changes */
	pthread_cond_t work;
	struct change *first, **last;
	int later;                     /* queued changes that nobody waits for */
	int prompt;                    /* queued changes that do not wait for company */
	struct timespec company_until; /* of the first one that does */
	bool stood_aside;              /* reports did, for the last transaction */
	bool kept;                     /* atomic: the WAL, from ending */
	bool running, stopping;
};

/* ---- one transaction ---- */

static void fail_change(struct change *change, const struct error *err)
{
	change->result = -1;
	change->err = *err;
}

#define SOMETHING_FAILED (-1) /* no code of SQLite's: all must be run again one by one */

static int run_together(struct writer *writer, struct change *batch)
{
	struct error err;
	int lost;

	for (struct change *c = batch; c; c = c->next) {
		c->result = change_run(c, writer->connection, &writer->tally, &lost);
		if (c->result != 0)
			return SOMETHING_FAILED;
	}
	return tally_run(&writer->tally, writer->connection, &err) == 0 ? SQLITE_OK
									: SOMETHING_FAILED;
}

static int run_one_by_one(struct writer *writer, struct change *batch)
{
	int code = SQLITE_OK;

	for (struct change *c = batch; c && code == SQLITE_OK; c = c->next) {
		int lost;

		c->result = change_run_alone(c, writer->connection, &lost);
		if (sqlite3_get_autocommit(writer->connection->db))
			code = lost; /* SQLite has rolled all of it back: full disk, I/O error */
	}
	return code;
}

static void roll_back(struct writer *writer)
{
	if (!sqlite3_get_autocommit(writer->connection->db))
		(void)connection_run(
		    writer->connection, SQL_STORE_ROLLBACK); /* it has failed already */
}

/* `begun`: of BEGIN. */
static int run_and_commit(struct writer *writer, struct change *batch, int begun,
    int (*run)(struct writer *writer, struct change *batch))
{
	int code = begun == SQLITE_OK ? run(writer, batch) : begun;

	return code == SQLITE_OK ? connection_run(writer->connection, SQL_STORE_COMMIT) : code;
}

static void run_changes(struct writer *writer, struct change *batch, int begun)
{
	struct error err = { 0 };
	int code = SOMETHING_FAILED;

	if (writer->one_by_one == 0) {
		code = run_and_commit(writer, batch, begun, run_together);
		tally_clear(&writer->tally);
		if (code == SOMETHING_FAILED) {
			writer->one_by_one = ONE_BY_ONE + 1;
			roll_back(writer);
			begun = connection_run(writer->connection, SQL_STORE_BEGIN);
		}
	}
	if (code == SOMETHING_FAILED) {
		writer->one_by_one--;
		code = run_and_commit(writer, batch, begun, run_one_by_one);
	}
	if (code == SQLITE_OK)
		return;
	(void)connection_fail(writer->connection, code, "writing", &err);
	roll_back(writer);
	for (struct change *c = batch; c; c = c->next)
		fail_change(c, &err);
}

/* What was asked to be done when changes are on disk. */
static void call_then(struct writer *writer, const struct change *batch)
{
	void (*called)(struct store * store) = NULL;

	for (; batch; batch = batch->next)
		for (const struct change *c = batch->result == 0 ? batch : NULL; c;
		     c = c == batch ? c->parts : c->next_part)
			if (c->then && c->then != called) {
				called = c->then;
				called(writer->store);
			}
}

/* After an error of the disk SQLite asks for a fresh connection. */
static void reopen_if_broken(struct writer *writer, const struct change *batch)
{
	struct error err;

	for (; batch; batch = batch->next)
		if (batch->result != 0 && strstr(batch->err.text, "SQLite 10") != NULL)
			break;
	if (!batch)
		return;
	connection_close(writer->connection);
	if (connection_open(writer->connection, writer->path, CONNECTION_WRITER, &err) != 0)
		log_event(LOG_ERROR, "store", "%s", err.text);
}

/* ---- the queue ---- */

bool writer_is_kept(const struct writer *writer)
{
	return __atomic_load_n(&writer->kept, __ATOMIC_RELAXED);
}

static bool try_again(const struct change *change)
{
	return change->err.kind == ERROR_STORE && change->tries < TRIES_MAX;
}

static void put_locked(struct writer *writer, struct change *change)
{
	if (!writer->first) {
		int64_t ms = writer_is_kept(writer) ? KEPT_MS : COMPANY_MS;

		clock_gettime(CLOCK_MONOTONIC, &writer->company_until);
		writer->company_until.tv_nsec += ms * 1000000L;
		writer->company_until.tv_sec += writer->company_until.tv_nsec / 1000000000L;
		writer->company_until.tv_nsec %= 1000000000L;
	}
	change->next = NULL;
	*writer->last = change;
	writer->last = &change->next;
	writer->later += !change->waited;
	writer->prompt += !change->for_company;
}

static struct change *take_all_locked(struct writer *writer)
{
	struct change *batch = writer->first;

	writer->first = NULL;
	writer->last = &writer->first;
	writer->later = writer->prompt = 0;
	return batch;
}

/* Is there a report, and somebody who waits for anything else? */
static bool reports_stand_aside(const struct change *batch)
{
	bool report = false, others = false;

	for (; batch; batch = batch->next) {
		report = report || batch->parts;
		others = others || (batch->waited && !batch->parts);
	}
	return report && others;
}

static struct change *take_next_locked(struct writer *writer)
{
	struct change *batch = take_all_locked(writer), *taken = NULL, **end = &taken, *next;

	writer->stood_aside = !writer->stood_aside && reports_stand_aside(batch);
	if (!writer->stood_aside)
		return batch;
	for (; batch; batch = next) {
		next = batch->next;
		if (batch->parts) {
			put_locked(writer, batch);
		} else {
			*end = batch;
			end = &batch->next;
		}
	}
	*end = NULL;
	return taken;
}

/* False: the queue is empty, and the writer is to end. */
static bool wait_for_work_locked(struct writer *writer)
{
	while (!writer->stopping && !writer->prompt) {
		if (!writer->first)
			pthread_cond_wait(&writer->work, &writer->mutex);
		else if (pthread_cond_timedwait(
			     &writer->work, &writer->mutex, &writer->company_until) == ETIMEDOUT)
			break;
	}
	return writer->first != NULL;
}

static void writer_drop(struct change *change)
{
	if (change->result != 0)
		log_event(LOG_ERROR, "store", "a change was lost: %s", change->err.text);
	change_free(change);
}

/* Keeps what must be tried again at the head of the queue; *out_waited is the list of those who
 * wait. */
static int finish_batch_locked(
    struct writer *writer, struct change *batch, struct change **out_waited)
{
	struct change *newer = take_all_locked(writer), *next;
	int again = 0;

	*out_waited = NULL;
	for (; batch; batch = next) {
		next = batch->next;
		if (batch->waited && batch->fiber) {
			batch->over = true;
			fiber_wake(batch->fiber);
		} else if (batch->waited) {
			batch->next = *out_waited;
			*out_waited = batch;
		} else if (batch->result != 0 && try_again(batch)) {
			batch->tries++;
			again++;
			put_locked(writer, batch);
		} else {
			writer_drop(batch);
		}
	}
	for (; newer; newer = next) {
		next = newer->next;
		put_locked(writer, newer);
	}
	return again;
}

/* Without the lock, which they will want next. */
static void wake_all(struct change *waited)
{
	struct change *next;

	for (; waited; waited = next) {
		next = waited->next;
		sem_post(&waited->done); /* from here on it is the waiter's */
	}
}

static void *write_for_ever(void *ctx)
{
	struct writer *writer = ctx;
	int again = 0;

	pthread_mutex_lock(&writer->mutex);
	while (wait_for_work_locked(writer)) {
		struct change *batch, *waited;
		uint32_t ticket;
		int begun;

		writer->running = true;
		pthread_mutex_unlock(&writer->mutex);
		if (again)
			clock_sleep_ms(50 + digest_random_below(50));
		ticket = turn_begin(writer->turn);
		begun = connection_run(writer->connection, SQL_STORE_BEGIN);
		pthread_mutex_lock(&writer->mutex);
		batch = take_next_locked(writer); /* with what came while others wrote */
		pthread_mutex_unlock(&writer->mutex);
		run_changes(writer, batch, begun);
		turn_end(writer->turn, ticket);
		call_then(writer, batch);
		reopen_if_broken(writer, batch);
		pthread_mutex_lock(&writer->mutex);
		__atomic_store_n(&writer->kept, wal_is_kept(writer->connection), __ATOMIC_RELAXED);
		again = finish_batch_locked(writer, batch, &waited);
		writer->running = false;
		if (waited) {
			pthread_mutex_unlock(&writer->mutex);
			wake_all(waited);
			pthread_mutex_lock(&writer->mutex);
		}
	}
	pthread_mutex_unlock(&writer->mutex);
	return NULL;
}

/* ---- for the store ---- */

struct writer *writer_new(
    struct store *store, const char *path, struct connection *own, struct error *err)
{
	struct writer *writer = alloc_zero(1, sizeof *writer);
	pthread_condattr_t monotonic;

	writer->store = store;
	writer->path = path;
	writer->connection = own;
	writer->last = &writer->first;
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	writer->threaded = own != NULL;
	writer->turn = own ? turn_map(path, true) : NULL;
	if (own && pthread_create(&writer->thread, NULL, write_for_ever, writer) != 0) {
		writer->threaded = false;
		writer_free(writer);
		(void)error_set(err, ERROR_STORE, "no thread can be started for the database");
		return NULL;
	}
	return writer;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	if (writer->threaded) {
		pthread_mutex_lock(&writer->mutex);
		writer->stopping = true;
		pthread_cond_signal(&writer->work);
		pthread_mutex_unlock(&writer->mutex);
		pthread_join(writer->thread, NULL);
	}
	if (writer->connection)
		connection_close(writer->connection);
	free(writer->connection);
	turn_unmap(writer->turn);
	tally_release(&writer->tally);
	pthread_mutex_destroy(&writer->mutex);
	pthread_cond_destroy(&writer->work);
	free(writer);
}

static int apply_here(
    struct writer *writer, struct connection *lent, struct change *change, struct error *err)
{
	struct error none = { 0 };
	uint32_t ticket;

	change->next = NULL;
	pthread_mutex_lock(&writer->mutex);
	if (!writer->turn_sought)
		writer->turn = turn_map(writer->path, false);
	writer->turn_sought = true;
	writer->connection = lent;
	if (lent) {
		ticket = turn_begin(writer->turn);
		run_changes(writer, change, connection_run(lent, SQL_STORE_BEGIN));
		turn_end(writer->turn, ticket);
		call_then(writer, change);
		reopen_if_broken(writer, change);
	} else {
		(void)error_set(&none, ERROR_STORE, "the database cannot be opened");
		fail_change(change, &none);
	}
	writer->connection = NULL;
	pthread_mutex_unlock(&writer->mutex);
	if (change->result != 0 && err)
		*err = change->err;
	return change->result;
}

int writer_apply(
    struct writer *writer, struct connection *lent, struct change *change, struct error *err)
{
	if (!writer->threaded)
		return apply_here(writer, lent, change, err);
	change->waited = true;
	change->fiber = fiber_self();
	change->over = false;
	sem_init(&change->done, 0, 0);
	pthread_mutex_lock(&writer->mutex);
	put_locked(writer, change);
	pthread_cond_signal(&writer->work);
	while (change->fiber && !change->over) {
		pthread_mutex_unlock(&writer->mutex);
		fiber_wait(INT64_MAX);
		pthread_mutex_lock(&writer->mutex);
	}
	pthread_mutex_unlock(&writer->mutex);
	while (!change->fiber && sem_wait(&change->done) != 0)
		; /* a signal came */
	sem_destroy(&change->done);
	if (change->result != 0 && err)
		*err = change->err;
	return change->result;
}

static void apply_here_or_again(
    struct writer *writer, struct connection *lent, struct change *change)
{
	struct error err;

	for (;; change->tries++) {
		if (apply_here(writer, lent, change, &err) == 0 || !try_again(change) ||
		    change->tries >= 3)
			break;
		clock_sleep_ms(50);
	}
	writer_drop(change);
}

void writer_apply_later(
    struct writer *writer, struct connection *lent, struct change *change, bool for_company)
{
	bool full;

	if (!writer->threaded) {
		apply_here_or_again(writer, lent, change);
		return;
	}
	pthread_mutex_lock(&writer->mutex);
	full = writer->later >= QUEUE_MAX;
	if (!full) {
		change->for_company = for_company;
		if (!for_company || !writer->first)
			pthread_cond_signal(&writer->work);
		put_locked(writer, change);
	}
	pthread_mutex_unlock(&writer->mutex);
	if (full) {
		(void)error_set(
		    &change->err, ERROR_STORE, "more than %d changes wait for the disk", QUEUE_MAX);
		change->result = -1;
		writer_drop(change);
	}
}

void writer_catch_up(struct writer *writer)
{
	struct change *nothing;
	bool idle;

	pthread_mutex_lock(&writer->mutex);
	idle = !writer->threaded || (!writer->first && !writer->running);
	pthread_mutex_unlock(&writer->mutex);
	if (idle)
		return;
	nothing = change_new();
	(void)writer_apply(writer, NULL, nothing, NULL); /* what failed is tried again */
	change_free(nothing);
}
