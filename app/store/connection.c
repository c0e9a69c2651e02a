/*
 * Opening a connection with the settings that this store needs, and its statements.
 *
 * Busy waits are not SQLite's: its back-off starves writers for seconds.  Readers in WAL mode never
 * wait; the writer's own loop waits in short random steps (writer.c); on rollback journals the
 * handler here does the same.
 */
#include "store/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "store/sql_parameter.h"
#include "store/wal.h"

#include "base/banned.h"

#define BUSY_STEP_US     2000    /* longest single wait, */
#define BUSY_AGE_US      100000  /* half of it after this time, a third after twice the time */
#define BUSY_MAX_US      2000000 /* then the caller is told: waits must not pile up */
#define CANTOPEN_TRIES   20
#define CANTOPEN_STEP_US 10000

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now); /* not the fake clock: other processes are real */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Who has waited for long asks more often, or one of many processes might wait in vain. */
static int wait_while_busy(void *ctx, int count)
{
	struct connection *connection = ctx;
	int64_t waited_us;
	unsigned most_us;

	if (count == 0)
		connection->busy_since_us = now_us();
	waited_us = now_us() - connection->busy_since_us;
	if (waited_us > BUSY_MAX_US)
		return 0;
	most_us = BUSY_STEP_US / (unsigned)(1 + waited_us / BUSY_AGE_US);
	clock_pause_us(100 + (int64_t)digest_random_below(most_us));
	return 1;
}

static const char *reason(int code)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "the database is locked by another process";
	case SQLITE_READONLY:
		return "the database or its folder is read-only";
	case SQLITE_FULL:
		return "the disk is full";
	case SQLITE_CORRUPT:
		return "the database is damaged; restore a backup";
	case SQLITE_NOTADB:
		return "the file is not a database of Sideways";
	case SQLITE_CANTOPEN:
		return "the database cannot be opened (path, permissions or too many open files)";
	case SQLITE_IOERR:
		return "the disk reported an error";
	default:
		return "the database failed";
	}
}

int connection_fail(
    const struct connection *connection, int code, const char *doing, struct error *err)
{
	const char *detail = connection->db ? sqlite3_errmsg(connection->db) : sqlite3_errstr(code);

	if ((code & 0xff) == SQLITE_CONSTRAINT && strcmp(detail, "over budget") == 0)
		return error_set(err, ERROR_BUDGET, "over budget");
	if ((code & 0xff) == SQLITE_CONSTRAINT && strcmp(detail, "over rate limit") == 0)
		return error_set(err, ERROR_RATE, "over rate limit");
	if ((code & 0xff) == SQLITE_CONSTRAINT && strcmp(detail, "shared") == 0)
		return error_set(err, ERROR_SHARED,
		    "keys, budgets and admins are shared with other machines here; name the "
		    "settings that have the bank (--config)");
	return error_set(
	    err, ERROR_STORE, "%s: %s (SQLite %d: %s)", doing, reason(code), code, detail);
}

static void set_limits(struct connection *connection)
{
	sqlite3 *db = connection->db;

	sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 100000);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_handler(db, wait_while_busy, connection);
}

bool connection_tries_again(int code, int *tries)
{
	if ((code & 0xff) != SQLITE_CANTOPEN || ++*tries > CANTOPEN_TRIES)
		return false;
	clock_pause_us(CANTOPEN_STEP_US);
	return true;
}

int connection_run_text(struct connection *connection, const char *sql)
{
	int code, tries = 0;

	do
		code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
	while (connection_tries_again(code, &tries));
	return code;
}

int connection_run(struct connection *connection, enum sql_name name)
{
	struct statement *s;
	int code, tries = 0;

	do {
		s = connection_statement(connection, name, NULL);
		code = s ? sqlite3_step(s->handle) : sqlite3_errcode(connection->db);
		if (s)
			sqlite3_reset(s->handle);
	} while (connection_tries_again(code, &tries));
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* For rows and cursors while a statement runs: a record of a request has 700 bytes. */
#define LOOKASIDE_BYTES  1536
#define LOOKASIDE_PIECES 48

static const char *const kind_pragmas[] = {
	[CONNECTION_READER] = "PRAGMA query_only = ON; PRAGMA cache_size = -64;",
	/* The limits are for after a long reader. */
	[CONNECTION_WRITER] = "PRAGMA cache_size = -512; PRAGMA journal_size_limit = 16777216;",
	/* The next one reads the WAL from its beginning: a megabyte at most. */
	[CONNECTION_ONCE] = ("PRAGMA cache_size = -512; PRAGMA wal_autocheckpoint = 250;"
			     "PRAGMA journal_size_limit = 2097152;"),
};

int connection_open(
    struct connection *connection, const char *path, enum connection_kind kind, struct error *err)
{
	int code;

	memset(connection, 0, sizeof *connection);
	code = sqlite3_open_v2(
	    path, &connection->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK && kind == CONNECTION_WRITER)
		(void)sqlite3_db_config(connection->db, SQLITE_DBCONFIG_LOOKASIDE, NULL,
		    LOOKASIDE_BYTES, LOOKASIDE_PIECES); /* without it malloc is asked */
	if (code == SQLITE_OK) {
		set_limits(connection);
		code = connection_run_text(connection,
		    "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON;"
		    "PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY;");
	}
	if (code == SQLITE_OK)
		code = connection_run_text(connection, kind_pragmas[kind]);
	if (code == SQLITE_OK)
		code = sheaf_table_introduce(connection->db, &connection->sheaf);
	if (code == SQLITE_OK && kind == CONNECTION_WRITER)
		wal_watch(connection);
	if (code == SQLITE_OK && kind == CONNECTION_ONCE)
		code = sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (code == SQLITE_OK)
		return 0;
	(void)connection_fail(connection, code, path, err);
	connection_close(connection);
	return -1;
}

/* ---- stamps ---- */

#define WAL_INDEX_BYTES 32768 /* of the index's first part, as sqlite.org/walformat.html says */
#define WAL_HEAD_WORDS  6     /* its head has 48 bytes, and stands there twice */

static bool has_wal(struct connection *connection)
{
	sqlite3_stmt *s = NULL;
	bool wal =
	    sqlite3_prepare_v2(connection->db, "PRAGMA journal_mode", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW &&
	    sqlite3_stricmp((const char *)sqlite3_column_text(s, 0), "wal") == 0;

	sqlite3_finalize(s);
	return wal;
}

/* SQLite has mapped the index, and keeps it as long as a connection of this process is open. */
static const uint64_t *find_wal_head(struct connection *connection)
{
	sqlite3_file *file = NULL;
	void volatile *mapped = NULL;

	if (!has_wal(connection) ||
	    sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
		SQLITE_OK ||
	    !file->pMethods || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap ||
	    file->pMethods->xShmMap(file, 0, WAL_INDEX_BYTES, 0, &mapped) != SQLITE_OK)
		return NULL;
	return (const uint64_t *)(uintptr_t)mapped;
}

/* A writer writes the second copy first: while it is at it, the two differ. */
uint64_t connection_stamp(struct connection *connection)
{
	uint64_t stamp = 1;

	if (!connection->wal_sought)
		connection->wal_head = find_wal_head(connection);
	connection->wal_sought = true;
	for (int i = 0; connection->wal_head && i < WAL_HEAD_WORDS; i++) {
		uint64_t word = __atomic_load_n(&connection->wal_head[i], __ATOMIC_ACQUIRE);

		if (word !=
		    __atomic_load_n(&connection->wal_head[WAL_HEAD_WORDS + i], __ATOMIC_ACQUIRE))
			return 0;
		stamp = (stamp ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		stamp ^= stamp >> 29;
	}
	return connection->wal_head ? stamp : 0;
}

void connection_close(struct connection *connection)
{
	for (int i = 0; i < SQL_NAME_COUNT; i++)
		sqlite3_finalize(connection->statements[i].handle);
	sqlite3_close_v2(connection->db);
	memset(connection, 0, sizeof *connection);
}

static int prepare(struct connection *connection, enum sql_name name, struct error *err)
{
	struct statement *s = &connection->statements[name];
	int code = sqlite3_prepare_v3(
	    connection->db, sql_texts[name].text, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, NULL);

	if (code != SQLITE_OK)
		return connection_fail(connection, code, sql_texts[name].name, err);
	s->connection = connection;
	s->parameters = sql_texts[name].parameters;
	return 0;
}

struct statement *connection_statement(
    struct connection *connection, enum sql_name name, struct error *err)
{
	struct statement *s = &connection->statements[name];

	if (!s->handle) {
		if (prepare(connection, name, err) != 0)
			return NULL;
	} else {
		sqlite3_reset(s->handle);
		sqlite3_clear_bindings(s->handle);
	}
	s->failed = SQLITE_OK;
	s->next = s->parameters;
	if (connection->last && connection->last != s)
		sqlite3_reset(connection->last->handle);
	connection->last = s;
	return s;
}

void connection_end_reads(struct connection *connection)
{
	if (connection->last)
		sqlite3_reset(connection->last->handle);
	connection->last = NULL;
}

/* ---- binding and stepping, for store.h ---- */

static int next_number(struct statement *s, const char *parameter)
{
	return sql_sign_number(sql_parameter_take(&s->next, s->parameters, parameter)->sign);
}

static void connection_note(struct statement *s, int code)
{
	if (s->failed == SQLITE_OK)
		s->failed = code;
}

void statement_bind_int(struct statement *s, const char *parameter, int64_t value)
{
	if (s)
		connection_note(s, sqlite3_bind_int64(s->handle, next_number(s, parameter), value));
}

void statement_bind_text(struct statement *s, const char *parameter, const char *value)
{
	int index;

	if (!s)
		return;
	index = next_number(s, parameter);
	connection_note(s, value ? sqlite3_bind_text(s->handle, index, value, -1, SQLITE_STATIC)
				 : sqlite3_bind_null(s->handle, index));
}

void statement_bind_null(struct statement *s, const char *parameter)
{
	if (s)
		connection_note(s, sqlite3_bind_null(s->handle, next_number(s, parameter)));
}

void statement_bind_all(struct statement *s, const struct argument *names_and_values)
{
	for (const struct argument *name = names_and_values; name->text; name += 2)
		if (name[1].type == ARGUMENT_TEXT)
			statement_bind_text(s, name->text, name[1].text);
		else
			statement_bind_int(s, name->text, name[1].whole);
}

int statement_step(struct statement *s, struct error *err)
{
	int code;

	if (!s)
		return -1;
	code = s->failed == SQLITE_OK ? sqlite3_step(s->handle) : s->failed;

	if (code == SQLITE_ROW)
		return 1;
	sqlite3_reset(s->handle); /* ends the read, so that the WAL can be checkpointed */
	return code == SQLITE_DONE ? 0 : connection_fail(s->connection, code, "reading", err);
}

int64_t statement_int(const struct statement *s, int column)
{
	return sqlite3_column_int64(s->handle, column);
}

const char *statement_text(const struct statement *s, int column)
{
	return (const char *)sqlite3_column_text(s->handle, column);
}

bool statement_is_null(const struct statement *s, int column)
{
	return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

bool statement_is_text(const struct statement *s, int column)
{
	return sqlite3_column_type(s->handle, column) == SQLITE_TEXT;
}

const char *statement_name(const struct statement *s, int column)
{
	return column < sqlite3_column_count(s->handle) ? sqlite3_column_name(s->handle, column)
							: NULL;
}
