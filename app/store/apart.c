/*
 * A connection that is opened for one piece of work.  See the header.
 */
#include "store/apart.h"

#include <stdio.h>

#include "store/turn.h"

#include "base/banned.h"

#define DOING "the books"

int apart_run(struct connection *db, const char *sql, struct error *err)
{
	int code = connection_run_text(db, sql);

	return code == SQLITE_OK ? 0 : connection_fail(db, code, DOING, err);
}

static void roll_back(struct connection *db)
{
	if (!sqlite3_get_autocommit(db->db))
		(void)connection_run(db, SQL_STORE_ROLLBACK); /* it has failed already */
}

sqlite3_stmt *apart_prepare(struct connection *db, const char *sql, struct error *err)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db->db, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		(void)connection_fail(db, code, DOING, err);
	return s;
}

int apart_text(
    struct connection *db, const char *sql, const char *value, char *out, struct error *err)
{
	sqlite3_stmt *s = apart_prepare(db, sql, err);
	int code = SQLITE_OK;

	if (!s)
		return -1;
	if (value)
		code = sqlite3_bind_text(s, 1, value, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		snprintf(out, APART_SQL_MOST, "%s", (const char *)sqlite3_column_text(s, 0));
	else
		(void)connection_fail(db, code, DOING, err);
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? 0 : -1;
}

int apart_work(struct store *store, int (*set_up)(struct connection *db, struct error *err),
    int (*work)(struct connection *db, void *ctx, struct error *err), void *ctx, struct error *err)
{
	struct connection db;
	struct turn *turn;
	uint32_t ticket;
	int result;

	if (connection_open(&db, store_path(store), CONNECTION_WRITER, err) != 0)
		return -1;
	result = set_up ? set_up(&db, err) : 0;
	/* Else the writers of busy processes would leave it no gap, for seconds. */
	turn = turn_map(store_path(store), false);
	ticket = turn_begin(turn);
	if (result == 0)
		result = apart_run(&db, "BEGIN IMMEDIATE", err);
	if (result == 0)
		result = work(&db, ctx, err);
	if (result > 0)
		result = apart_run(&db, "COMMIT", err);
	roll_back(&db);
	turn_end(turn, ticket);
	turn_unmap(turn);
	connection_close(&db);
	return result;
}

int apart_run_named(struct connection *db, enum sql_name name, const char *parameter, int64_t value,
    struct error *err)
{
	struct statement *s = connection_statement(db, name, err);

	if (parameter)
		statement_bind_int(s, parameter, value);
	return statement_step(s, err);
}

static int set_triggers(struct connection *db, int on, struct error *err)
{
	int code = sqlite3_db_config(db->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, on, NULL);

	return code == SQLITE_OK ? 0 : connection_fail(db, code, DOING, err);
}

int apart_without_triggers(struct connection *db, struct error *err)
{
	return set_triggers(db, 0, err);
}

int apart_with_triggers(struct connection *db, struct error *err)
{
	return set_triggers(db, 1, err);
}
