/*
 * Rows that wait, one list for each kind.  See the header; the table is sheaf_table.c's.
 */
#include "store/sheaf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/sql_parameter.h"

#include "base/banned.h"

#define ROWS_FIRST 64

static const struct {
	enum sql_name one, all;
} kinds[SHEAF_KINDS] = {
	{ SQL_LEDGER_END, SQL_LEDGER_END_ALL },
	{ SQL_REQUEST_LOG_ADD, SQL_REQUEST_LOG_ADD_ALL },
};

static int sheaf_kind(enum sql_name name)
{
	for (int i = 0; i < SHEAF_KINDS; i++)
		if (kinds[i].one == name)
			return i;
	return -1;
}

bool sheaf_takes(enum sql_name name)
{
	return sheaf_kind(name) >= 0;
}

void sheaf_add(struct sheaf *sheaf, const struct change_statement *statement,
    const struct change_values *values)
{
	int kind = sheaf_kind((enum sql_name)statement->name), count = sheaf->kinds[kind].count++;

	if (count == sheaf->kinds[kind].room) {
		sheaf->kinds[kind].room = count ? 2 * count : ROWS_FIRST;
		sheaf->kinds[kind].rows = alloc_grow(sheaf->kinds[kind].rows,
		    (size_t)sheaf->kinds[kind].room, sizeof *sheaf->kinds[kind].rows);
	}
	sheaf->kinds[kind].rows[count] = (struct sheaf_row){ statement, *values };
}

/* What is not bound is NULL, as it is in a statement. */
static void spread_row(const struct sheaf_feed *feed, int at, const char **columns)
{
	const struct change_values *values = &feed->rows[at].values;

	memset(columns, 0, SHEAF_COLUMNS * sizeof *columns);
	for (const char *value = values->keys, *next; value < values->end; value = next) {
		struct change_value taken;
		int number;

		next = change_value_take(value, &taken);
		number = sql_sign_number(taken.head.sign);
		assert(number <= SHEAF_COLUMNS);
		columns[number - 1] = value;
	}
}

static int run_one(
    struct connection *connection, const struct sheaf_row *row, int *out_code, struct error *err)
{
	return change_statement_run(connection, row->statement, &row->values, NULL, out_code, err) <
		       0
		   ? -1
		   : 0;
}

static int run_all(struct connection *connection, const struct sheaf_row *rows, int count, int kind,
    int *out_code, struct error *err)
{
	struct statement *all = connection_statement(connection, kinds[kind].all, err);

	*out_code = SQLITE_ERROR;
	if (!all)
		return -1;
	connection->sheaf = (struct sheaf_feed){ rows, count, spread_row };
	*out_code = sqlite3_step(all->handle);
	sqlite3_reset(all->handle);
	connection->sheaf.count = 0;
	if (*out_code != SQLITE_DONE)
		return connection_fail(connection, *out_code, sql_texts[kinds[kind].all].name, err);
	assert(sqlite3_changes(connection->db) == count);
	return 0;
}

int sheaf_run(struct sheaf *sheaf, struct connection *connection, int *out_code, struct error *err)
{
	int result = 0;

	for (int i = 0; i < SHEAF_KINDS && result == 0; i++) {
		const struct sheaf_row *rows = sheaf->kinds[i].rows;
		int count = sheaf->kinds[i].count;

		sheaf->kinds[i].count = 0;
		if (count == 1) /* spares preparing the other one in a process of one request */
			result = run_one(connection, rows, out_code, err);
		else if (count > 1)
			result = run_all(connection, rows, count, i, out_code, err);
	}
	return result;
}

void sheaf_clear(struct sheaf *sheaf)
{
	for (int i = 0; i < SHEAF_KINDS; i++)
		sheaf->kinds[i].count = 0;
}

void sheaf_release(struct sheaf *sheaf)
{
	for (int i = 0; i < SHEAF_KINDS; i++)
		free(sheaf->kinds[i].rows);
	*sheaf = (struct sheaf){ 0 };
}
