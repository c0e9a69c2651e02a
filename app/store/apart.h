#ifndef STORE_APART_H
#define STORE_APART_H

/*
 * Work on a connection of its own, for SQL that is alike for several tables and is written from
 * their columns instead of standing in sql/ (books.c, sum_rows.c).  For store/ only.
 */
#include <stdint.h>

#include "base/error.h"
#include "store/connection.h"
#include "store/store.h"

#define APART_SQL_MOST 4096

/* Runs `work` in a transaction after `set_up` (NULL: nothing).  Above 0 it is committed; else
 * nothing has happened, and 0 or -1 is the answer. */
int apart_work(struct store *store, int (*set_up)(struct connection *db, struct error *err),
    int (*work)(struct connection *db, void *ctx, struct error *err), void *ctx, struct error *err);

int apart_run(struct connection *db, const char *sql, struct error *err);
/* One of sql/, with one number (parameter NULL: without). */
int apart_run_named(struct connection *db, enum sql_name name, const char *parameter, int64_t value,
    struct error *err);
sqlite3_stmt *apart_prepare(struct connection *db, const char *sql, struct error *err);
/* The text that `sql` gives (of ?1, unless value is NULL) in out, of APART_SQL_MOST bytes. */
int apart_text(
    struct connection *db, const char *sql, const char *value, char *out, struct error *err);

/* No trigger runs on this connection.  set_up for rows that are taken over. */
int apart_without_triggers(struct connection *db, struct error *err);
int apart_with_triggers(struct connection *db, struct error *err);

#endif
