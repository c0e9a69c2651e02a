#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

/*
 * One SQLite connection with its prepared statements.  It belongs to one thread at a time.  Inside
 * store/ only; the rest of the program sees store.h.
 */
#include <sqlite3.h>
#include <stdbool.h>

#include "base/error.h"
#include "store/sheaf_table.h"
#include "store/store.h"

struct statement {
	sqlite3_stmt *handle;
	int failed;                                    /* the first SQLite error of a binding */
	const struct sql_parameter *parameters, *next; /* next: most likely */
	struct connection *connection;
};

struct store;
struct store_reader;

struct connection {
	sqlite3 *db;
	struct store *store;         /* to which store_read_end gives */
	struct store_reader *reader; /* this one back; else NULL */
	int64_t busy_since_us;       /* of the wait for another process's lock that is going on */
	struct statement statements[SQL_NAME_COUNT]; /* prepared on first use */
	const uint64_t *wal_head; /* in shared memory; NULL: not looked for, or there is none */
	bool wal_sought;
	bool wal_kept; /* these three are wal.c's */
	int wal_told;
	int64_t wal_tried_ms;
	struct statement *last; /* asked for last; the others were reset before */
	struct sheaf_feed sheaf;
};

enum connection_kind {
	CONNECTION_READER, /* read-only in spirit (query_only) */
	CONNECTION_WRITER,
	CONNECTION_ONCE, /* of a process that answers one request: it leaves what it wrote in the
			    WAL, which the next one finds there */
};

/* Opens what exists; never creates. */
int connection_open(
    struct connection *connection, const char *path, enum connection_kind kind, struct error *err);
void connection_close(struct connection *connection);

/* Prepared, reset, unbound; NULL and err. */
struct statement *connection_statement(
    struct connection *connection, enum sql_name name, struct error *err);

/* Resets the statement that was used last, so that no read stays open. */
void connection_end_reads(struct connection *connection);

/* Whether what ended with code is to be done once more, after a pause; *tries begins at 0.  Where
 * WAL is not used, SQLITE_CANTOPEN was seen (once in some hundred runs of test_network_disk, cause
 * not known) while other processes open the same database and end transactions. */
bool connection_tries_again(int code, int *tries);

/* See store_stamp. */
uint64_t connection_stamp(struct connection *connection);

/* Runs a statement without parameters and results ("BEGIN IMMEDIATE"); an SQLite result code. */
int connection_run(struct connection *connection, enum sql_name name);

/* The same for text that is run seldom. */
int connection_run_text(struct connection *connection, const char *sql);

/* The sentence for a failure; kind ERROR_BUDGET, ERROR_RATE or ERROR_SHARED for the schema's
 * refusals, else ERROR_STORE. Returns -1. */
int connection_fail(
    const struct connection *connection, int code, const char *doing, struct error *err);

#endif
