/*
 * Binding and running one statement.  See the header.
 */
#include "store/change_statement.h"

#include "store/sql_parameter.h"

#include "base/banned.h"

static int bind_value(sqlite3_stmt *handle, const struct change_value *value)
{
	int number = sql_sign_number(value->head.sign);

	if (value->head.kind == VALUE_NULL)
		return sqlite3_bind_null(handle, number);
	if (value->head.kind == VALUE_TEXT)
		return sqlite3_bind_text(
		    handle, number, value->text, (int)value->head.low, SQLITE_STATIC);
	return sqlite3_bind_int64(handle, number, value->number);
}

static int bind_all(sqlite3_stmt *handle, const struct change_values *values, const int64_t *added)
{
	int code = SQLITE_OK;

	for (const char *at = values->keys; at < values->end && code == SQLITE_OK;) {
		bool adds = at >= values->addends;
		struct change_value value;

		at = change_value_take(at, &value);
		code = adds && added
			   ? sqlite3_bind_int64(handle, sql_sign_number(value.head.sign), *added++)
			   : bind_value(handle, &value);
	}
	return code;
}

int change_statement_run(struct connection *connection, const struct change_statement *statement,
    const struct change_values *values, const int64_t *added, int *out_code, struct error *err)
{
	const char *name = sql_texts[statement->name].name;
	struct statement *s = connection_statement(connection, (enum sql_name)statement->name, err);
	int rows;

	*out_code = SQLITE_ERROR;
	if (!s)
		return -1;
	*out_code = bind_all(s->handle, values, added);
	while (*out_code == SQLITE_OK || *out_code == SQLITE_ROW)
		*out_code = sqlite3_step(s->handle);
	if (*out_code != SQLITE_DONE)
		(void)connection_fail(connection, *out_code, name, err);
	rows = sqlite3_changes(connection->db);
	sqlite3_reset(s->handle);
	if (*out_code != SQLITE_DONE)
		return -1;
	if (rows == 0 && statement->must_touch)
		return error_set(err, ERROR_STORE, "%s: there is no such row", name);
	return rows;
}
