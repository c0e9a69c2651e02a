/*
 * The virtual table "sheaf" (https://www.sqlite.org/vtab.html): eponymous, and only ever read from
 * end to end.  See the header.
 */
#include "store/sheaf_table.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/change_statement.h"

#include "base/banned.h"

struct sheaf_cursor {
	sqlite3_vtab_cursor base;
	const struct sheaf_feed *feed;
	int at;                             /* the row */
	const char *columns[SHEAF_COLUMNS]; /* their values */
};

struct sheaf_table {
	sqlite3_vtab base;
	const struct sheaf_feed *feed;
};

static int table_connect(
    sqlite3 *db, void *feed, int argc, const char *const *argv, sqlite3_vtab **out, char **err)
{
	struct sheaf_table *table = alloc_zero(1, sizeof *table);

	table->feed = feed;
	*out = &table->base;
	return sqlite3_declare_vtab(db,
	    "CREATE TABLE sheaf (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, "
	    "p16, p17, p18, p19, p20, p21, p22, p23, p24, p25, p26, p27, p28, p29, p30, p31, p32, "
	    "p33, p34, p35, p36, p37, p38, p39, p40, p41, p42, p43, p44, p45, p46, p47, p48)");
}

static int table_disconnect(sqlite3_vtab *table)
{
	free(table);
	return SQLITE_OK;
}

static int table_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	return SQLITE_OK; /* from end to end */
}

static int cursor_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct sheaf_cursor *cursor = alloc_zero(1, sizeof *cursor);

	cursor->feed = ((struct sheaf_table *)base)->feed;
	*out = &cursor->base;
	return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *cursor)
{
	free(cursor);
	return SQLITE_OK;
}

static int cursor_go_to(struct sheaf_cursor *cursor, int row)
{
	cursor->at = row;
	if (row < cursor->feed->count)
		cursor->feed->spread(cursor->feed, row, cursor->columns);
	return SQLITE_OK;
}

static int cursor_first(
    sqlite3_vtab_cursor *cursor, int number, const char *plan, int argc, sqlite3_value **argv)
{
	return cursor_go_to((struct sheaf_cursor *)cursor, 0);
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	struct sheaf_cursor *cursor = (struct sheaf_cursor *)base;

	return cursor_go_to(cursor, cursor->at + 1);
}

static int cursor_is_at_end(sqlite3_vtab_cursor *base)
{
	const struct sheaf_cursor *cursor = (struct sheaf_cursor *)base;

	return cursor->at >= cursor->feed->count;
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
	const char *at = ((struct sheaf_cursor *)base)->columns[column];
	struct change_value value = { .head.kind = VALUE_NULL };

	if (at)
		(void)change_value_take(at, &value);
	if (value.head.kind == VALUE_TEXT)
		sqlite3_result_text(out, value.text, (int)value.head.low, SQLITE_STATIC);
	else if (value.head.kind != VALUE_NULL)
		sqlite3_result_int64(out, value.number);
	return SQLITE_OK;
}

static int cursor_number(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
	*out = ((struct sheaf_cursor *)base)->at;
	return SQLITE_OK;
}

int sheaf_table_introduce(sqlite3 *db, struct sheaf_feed *feed)
{
	static const sqlite3_module module = { .xConnect = table_connect,
		.xDisconnect = table_disconnect,
		.xBestIndex = table_best_index,
		.xOpen = cursor_open,
		.xClose = cursor_close,
		.xFilter = cursor_first,
		.xNext = cursor_next,
		.xEof = cursor_is_at_end,
		.xColumn = cursor_column,
		.xRowid = cursor_number };

	return sqlite3_create_module(db, "sheaf", &module, feed);
}
