/*
 * The store: the file is prepared, then one writer and a pool of readers.  See the header.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "store/change.h"
#include "store/connection.h"
#include "store/migrate.h"
#include "store/writer.h"

#include "base/banned.h"

/* Readers of a process.  A read takes microseconds, so a few more than there are processors serve
 * many threads, also while a page of the panel takes long; each costs about 300 KB.  A thread that
 * finds all of them taken waits for the first that comes back. */
#define READERS_SPARE 2
#define READERS_MAX   8

struct store_reader {
	struct connection *connection;
	struct store_reader *next;
};

struct store {
	char *path;
	struct stat file; /* that was opened */
	enum store_mode mode;
	struct writer *writer;
	pthread_mutex_t mutex; /* guards the readers and the companions' making */
	struct waiters returned;
	struct store_reader *idle;
	int reader_count; /* open ones, idle or lent */
	int readers_most;
	store_share *share; /* set before other threads are there */
	void *share_ctx;
	struct companion {
		void *(*make)(void);
		void (*release)(void *companion);
		void *_Atomic itself; /* set last, and then it stays */
	} companions[STORE_COMPANIONS];
};

static int readers_most(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors > 0 && processors < READERS_MAX - READERS_SPARE
		   ? (int)processors + READERS_SPARE
		   : READERS_MAX;
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void set_up_library(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* a lock less on every allocation */
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	(void)sqlite3_config(
	    SQLITE_CONFIG_LOOKASIDE, 512, 64); /* 10 KiB a connection instead of 48 */
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0); /* pages when they are needed */
}

/* Without a writer's thread all read and write by the same connections, mostly by one. */
static enum connection_kind connection_kind_of(enum store_mode mode, bool first)
{
	if (mode == STORE_SHARED)
		return first ? CONNECTION_WRITER : CONNECTION_READER;
	return mode == STORE_ONCE ? CONNECTION_ONCE : CONNECTION_WRITER;
}

static struct store_reader *new_reader(struct connection *connection)
{
	struct store_reader *reader = alloc_zero(1, sizeof *reader);

	reader->connection = connection;
	return reader;
}

struct store *store_open(const char *path, enum store_mode mode, struct error *err)
{
	struct connection *first;
	struct store *store;

	pthread_once(&library_once, set_up_library);
	first = alloc_zero(1, sizeof *first);
	if (migrate_prepare(
		path, &migration_built_in, connection_kind_of(mode, true), first, err) != 0) {
		free(first);
		return NULL;
	}
	store = alloc_zero(1, sizeof *store);
	store->path = alloc_copy(path);
	store->mode = mode;
	store->readers_most = readers_most();
	pthread_mutex_init(&store->mutex, NULL);
	waiters_init(&store->returned);
	store->writer = writer_new(store, store->path, mode == STORE_SHARED ? first : NULL, err);
	if (mode != STORE_SHARED) {
		store->idle = new_reader(first);
		store->reader_count = 1;
	}
	if (!store->writer || stat(path, &store->file) != 0) {
		if (store->writer)
			(void)error_set(err, ERROR_STORE, "%s: %s", path, strerror(errno));
		store_close(store);
		return NULL;
	}
	return store;
}

const char *store_path(const struct store *store)
{
	return store->path;
}

bool store_is_gone(const struct store *store, struct error *err)
{
	struct stat now;

	if (stat(store->path, &now) != 0) {
		(void)error_set(err, ERROR_STORE, "%s: %s", store->path, strerror(errno));
		return true;
	}
	if (now.st_ino == store->file.st_ino && now.st_dev == store->file.st_dev)
		return false;
	(void)error_set(err, ERROR_STORE, "%s: another file has taken its place", store->path);
	return true;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	writer_free(store->writer);
	for (int i = 0; i < STORE_COMPANIONS; i++)
		if (store->companions[i].itself)
			store->companions[i].release(store->companions[i].itself);
	while (store->idle) {
		struct store_reader *reader = store->idle;

		store->idle = reader->next;
		connection_close(reader->connection);
		free(reader->connection);
		free(reader);
	}
	waiters_release(&store->returned);
	pthread_mutex_destroy(&store->mutex);
	free(store->path);
	free(store);
}

/* Its place, or the first free one. */
static struct companion *companion_of(struct store *store, void *(*make)(void))
{
	struct companion *companion = store->companions;

	while (companion < store->companions + STORE_COMPANIONS &&
	       atomic_load(&companion->itself) && companion->make != make)
		companion++;
	assert(companion < store->companions + STORE_COMPANIONS);
	return companion;
}

void *store_companion(struct store *store, void *(*make)(void), void (*release)(void *companion))
{
	struct companion *companion = companion_of(store, make);
	void *itself = atomic_load(&companion->itself);

	if (itself) /* no lock: a request asks a dozen times */
		return itself;
	pthread_mutex_lock(&store->mutex);
	companion = companion_of(store, make);
	itself = atomic_load(&companion->itself);
	if (!itself) {
		companion->make = make;
		companion->release = release;
		itself = make();
		atomic_store(&companion->itself, itself);
	}
	pthread_mutex_unlock(&store->mutex);
	return itself;
}

int store_ping(struct store *store, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_STORE_PING);
	change_bind_int(change, ":at_ms", clock_wall_ms());
	return store_apply(store, change, err);
}

/* An idle reader, or NULL when another may be opened (it is counted already). */
static struct store_reader *take_idle(struct store *store)
{
	struct store_reader *reader;

	pthread_mutex_lock(&store->mutex);
	while (!store->idle && store->reader_count >= store->readers_most)
		(void)waiters_wait_locked(&store->returned, &store->mutex, INT64_MAX);
	reader = store->idle;
	if (reader)
		store->idle = reader->next;
	else
		store->reader_count++;
	pthread_mutex_unlock(&store->mutex);
	return reader;
}

static void forget_reader(struct store *store, struct store_reader *reader)
{
	free(reader->connection);
	free(reader);
	pthread_mutex_lock(&store->mutex);
	store->reader_count--;
	waiters_wake_one_locked(&store->returned);
	pthread_mutex_unlock(&store->mutex);
}

struct store_reader *store_reader_borrow(struct store *store, struct error *err)
{
	struct store_reader *reader = take_idle(store);

	if (reader)
		return reader;
	reader = new_reader(alloc_zero(1, sizeof *reader->connection));
	if (connection_open(
		reader->connection, store->path, connection_kind_of(store->mode, false), err) == 0)
		return reader;
	forget_reader(store, reader);
	return NULL;
}

void store_reader_return(struct store *store, struct store_reader *reader)
{
	if (!reader)
		return;
	connection_end_reads(reader->connection);
	pthread_mutex_lock(&store->mutex);
	reader->next = store->idle;
	store->idle = reader;
	waiters_wake_one_locked(&store->returned);
	pthread_mutex_unlock(&store->mutex);
}

uint64_t store_stamp(struct store_reader *reader)
{
	return connection_stamp(reader->connection);
}

struct statement *store_query(struct store_reader *reader, enum sql_name name, struct error *err)
{
	return reader ? connection_statement(reader->connection, name, err) : NULL;
}

struct statement *store_read(struct store *store, enum sql_name name, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = store_query(reader, name, err);

	if (!s) {
		store_reader_return(store, reader);
		return NULL;
	}
	s->connection->store = store;
	s->connection->reader = reader;
	return s;
}

void store_read_end(struct statement **s)
{
	if (*s)
		store_reader_return((*s)->connection->store, (*s)->connection->reader);
}

static int share_change(struct store *store, struct change *change, struct error *err)
{
	int result = store->share(store->share_ctx, change, err);

	if (result == 0 && change->then)
		change->then(store);
	return result;
}

/* A writer without a thread works by a connection that is idle; NULL: it has a thread, or there is
 * none, which it says. */
static struct store_reader *lend(struct store *store)
{
	return store->mode == STORE_SHARED ? NULL : store_reader_borrow(store, NULL);
}

int store_apply(struct store *store, struct change *change, struct error *err)
{
	struct store_reader *lent = lend(store);
	struct error why = { 0 };
	int result = writer_apply(store->writer, lent ? lent->connection : NULL, change, &why);

	store_reader_return(store, lent);
	if (result != 0 && why.kind == ERROR_SHARED && store->share)
		result = share_change(store, change, &why);
	if (result != 0 && err)
		*err = why;
	return result;
}

void store_share_with(struct store *store, store_share *share, void *ctx)
{
	store->share_ctx = ctx;
	store->share = share;
}

static void apply_some_time(struct store *store, struct change *change, bool for_company)
{
	struct store_reader *lent = lend(store);

	writer_apply_later(store->writer, lent ? lent->connection : NULL, change, for_company);
	store_reader_return(store, lent);
}

void store_apply_later(struct store *store, struct change *change)
{
	apply_some_time(store, change, false);
}

void store_apply_in_company(struct store *store, struct change *change)
{
	apply_some_time(store, change, true);
}

void store_catch_up(struct store *store)
{
	writer_catch_up(store->writer);
}

bool store_is_kept(const struct store *store)
{
	return writer_is_kept(store->writer);
}
