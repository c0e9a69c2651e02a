/*
 * The store: the file is prepared, then one writer and a pool of readers.  See the header.
 */
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/connection.h"
#include "store/migrate.h"
#include "store/writer.h"

#include "base/banned.h"

#define IDLE_READERS_MAX                                                                           \
	4 /* on a few cores more than these are never busy at once: a read takes microseconds */

struct store_reader {
	struct connection connection;
	struct store_reader *next;
};

struct store {
	char *path;
	struct writer *writer;
	pthread_mutex_t mutex; /* guards the idle readers */
	struct store_reader *idle;
	int idle_count;
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void set_up_library(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* a lock less on every allocation */
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
}

struct store *store_open(const char *path, enum store_mode mode, struct error *err)
{
	struct store *store;

	pthread_once(&library_once, set_up_library);
	if (migrate_prepare(path, err) != 0)
		return NULL;
	store = alloc_zero(1, sizeof *store);
	store->path = alloc_copy(path);
	pthread_mutex_init(&store->mutex, NULL);
	store->writer = writer_new(path, mode == STORE_SHARED, err);
	if (!store->writer) {
		store_close(store);
		return NULL;
	}
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	writer_free(store->writer);
	while (store->idle) {
		struct store_reader *reader = store->idle;

		store->idle = reader->next;
		connection_close(&reader->connection);
		free(reader);
	}
	pthread_mutex_destroy(&store->mutex);
	free(store->path);
	free(store);
}

int store_ping(struct store *store, struct error *err)
{
	struct change *change = change_new();
	int result;

	change_add(change, SQL_STORE_PING);
	change_bind_int(change, ":at_ms", clock_wall_ms());
	result = store_apply(store, change, err);
	change_free(change);
	return result;
}

struct store_reader *store_reader_borrow(struct store *store, struct error *err)
{
	struct store_reader *reader;

	pthread_mutex_lock(&store->mutex);
	reader = store->idle;
	if (reader) {
		store->idle = reader->next;
		store->idle_count--;
	}
	pthread_mutex_unlock(&store->mutex);
	if (reader)
		return reader;
	reader = alloc_zero(1, sizeof *reader);
	if (connection_open(&reader->connection, store->path, true, err) == 0)
		return reader;
	free(reader);
	return NULL;
}

void store_reader_return(struct store *store, struct store_reader *reader)
{
	if (!reader)
		return;
	for (int i = 0; i < SQL_NAME_COUNT; i++)
		if (reader->connection.statements[i].handle &&
		    sqlite3_stmt_busy(reader->connection.statements[i].handle))
			sqlite3_reset(reader->connection.statements[i].handle);
	pthread_mutex_lock(&store->mutex);
	if (store->idle_count < IDLE_READERS_MAX) {
		reader->next = store->idle;
		store->idle = reader;
		store->idle_count++;
		reader = NULL;
	}
	pthread_mutex_unlock(&store->mutex);
	if (reader) {
		connection_close(&reader->connection);
		free(reader);
	}
}

struct statement *store_query(struct store_reader *reader, enum sql_name name, struct error *err)
{
	return connection_statement(&reader->connection, name, err);
}

int store_apply(struct store *store, struct change *change, struct error *err)
{
	return writer_apply(store->writer, change, err);
}

void store_apply_later(struct store *store, struct change *change)
{
	writer_apply_later(store->writer, change);
}
