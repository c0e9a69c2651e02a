/*
 * Sums of several machines.  See the header.
 *
 * SQL that is alike for all tables of sums is written by statements of sql/sum_rows.sql, from the
 * columns of a table.
 */
#include "store/sum_rows.h"

#include <stdio.h>
#include <string.h>

#include "store/apart.h"

#include "base/banned.h"

static const char *const tables[] = { "usage_day", "deployment_hour", "spend_day", "spend_hour",
	"spend_total", "request_hour" };
#define TABLES (sizeof tables / sizeof tables[0])

#define NO_VARIANT (-1)

/* What `name` writes for a table; variant: of the two that it can write, or NO_VARIANT. */
static int write_for(struct connection *db, enum sql_name name, const char *table, int variant,
    char *out, struct error *err)
{
	struct statement *s = connection_statement(db, name, err);
	int result;

	if (!s)
		return -1;
	statement_bind_text(s, ":table", table);
	if (variant != NO_VARIANT)
		statement_bind_int(s, ":variant", variant);
	result = statement_step(s, err);
	if (result == 1)
		snprintf(out, APART_SQL_MOST, "%s", statement_text(s, 0));
	connection_end_reads(db);
	return result == 1 ? 0 : -1;
}

static int each_table(struct connection *db, enum sql_name name, int variant, struct error *err)
{
	char sql[APART_SQL_MOST];

	for (size_t i = 0; i < TABLES; i++)
		if (write_for(db, name, tables[i], variant, sql, err) != 0 ||
		    apart_run(db, sql, err) != 0)
			return -1;
	return 0;
}

static int both_variants(struct connection *db, enum sql_name name, struct error *err)
{
	return each_table(db, name, 0, err) == 0 ? each_table(db, name, 1, err) : -1;
}

static int join_sums(struct connection *db, void *ctx, struct error *err)
{
	int joined = apart_run_named(db, SQL_SUM_ROWS_PLACE, NULL, 0, err);

	connection_end_reads(db);
	if (joined != 0)
		return joined < 0 ? -1 : 0;
	if (apart_run_named(db, SQL_SUM_ROWS_JOIN, NULL, 0, err) < 0 ||
	    both_variants(db, SQL_SUM_ROWS_WRITE_TRIGGER, err) != 0 ||
	    each_table(db, SQL_SUM_ROWS_WRITE_FILL, NO_VARIANT, err) != 0)
		return -1;
	return 1;
}

int sum_rows_join(struct store *store, struct error *err)
{
	return apart_work(store, NULL, join_sums, NULL, err) < 0 ? -1 : 0;
}

int sum_rows_leave(struct connection *db, struct error *err)
{
	static const enum sql_name steps[] = { SQL_SUM_ROWS_LEAVE, SQL_SUM_ROWS_FORGET_NEWS,
		SQL_SUM_ROWS_FORGET_MACHINES };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (apart_run_named(db, steps[i], NULL, 0, err) < 0)
			return -1;
	return both_variants(db, SQL_SUM_ROWS_WRITE_DROP, err);
}

/* ---- taking over ---- */

static int put_sum_row(
    struct connection *db, sqlite3_stmt *s, const struct sum_row *row, struct error *err)
{
	int code = sqlite3_bind_text(s, 1, row->id, -1, SQLITE_STATIC);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(s, 2, row->numbers, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	sqlite3_reset(s);
	return code == SQLITE_DONE ? 0 : connection_fail(db, code, "the sums", err);
}

static int put_rows(
    struct connection *db, const char *table, const struct sum_page *page, struct error *err)
{
	char sql[APART_SQL_MOST];
	sqlite3_stmt *s = NULL;
	int result = write_for(db, SQL_SUM_ROWS_WRITE_PUT, table, NO_VARIANT, sql, err);

	if (result == 0)
		s = apart_prepare(db, sql, err);
	if (!s)
		return -1;
	for (size_t i = 0; i < page->count && result == 0; i++)
		if (strcmp(page->rows[i].table, table) == 0)
			result = put_sum_row(db, s, &page->rows[i], err);
	sqlite3_finalize(s);
	return result;
}

static int take_page(struct connection *db, void *ctx, struct error *err)
{
	const struct sum_page *page = ctx;
	struct statement *s = connection_statement(db, SQL_SUM_ROWS_ADVANCE, err);

	if (!s)
		return -1;
	statement_bind(s, ":from", page->from, ":to", page->to);
	if (statement_step(s, err) < 0)
		return -1;
	if (sqlite3_changes(db->db) == 0) /* another process was faster */
		return 0;
	for (size_t i = 0; i < TABLES; i++)
		if (put_rows(db, tables[i], page, err) != 0)
			return -1;
	return 1;
}

int sum_rows_take(struct store *store, const struct sum_page *page, struct error *err)
{
	struct sum_page it = *page;

	return apart_work(store, apart_without_triggers, take_page, &it, err) < 0 ? -1 : 0;
}
