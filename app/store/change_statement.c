/*
 * Binding and running one statement.  See the header.
 */
#include "store/change_statement.h"

#include "base/banned.h"

static int bind(struct statement *s, const struct change_value *value, int64_t number)
{
	int index = statement_parameter(s, value->parameter);

	if (value->is_null)
		return sqlite3_bind_null(s->handle, index);
	if (value->text)
		return sqlite3_bind_text(
		    s->handle, index, value->text, (int)value->text_len, SQLITE_STATIC);
	return sqlite3_bind_int64(s->handle, index, number);
}

static int bind_all(
    struct statement *s, const struct change_value *values, int value_count, const int64_t *added)
{
	int code = SQLITE_OK;

	for (int i = 0; i < value_count && code == SQLITE_OK; i++)
		code = bind(s, &values[i], added && values[i].adds ? *added++ : values[i].number);
	return code;
}

int change_statement_run(struct connection *connection, const struct change_statement *statement,
    const struct change_value *values, int value_count, const int64_t *added, int *out_code,
    struct error *err)
{
	struct statement *s = connection_statement(connection, statement->name, err);
	int rows;

	*out_code = SQLITE_ERROR;
	if (!s)
		return -1;
	*out_code = bind_all(s, values, value_count, added);
	while (*out_code == SQLITE_OK || *out_code == SQLITE_ROW)
		*out_code = sqlite3_step(s->handle);
	if (*out_code != SQLITE_DONE)
		(void)connection_fail(connection, *out_code, sql_texts[statement->name].name, err);
	rows = sqlite3_changes(connection->db);
	sqlite3_reset(s->handle);
	if (*out_code != SQLITE_DONE)
		return -1;
	if (rows == 0 && statement->must_touch)
		return error_set(
		    err, ERROR_STORE, "%s: there is no such row", sql_texts[statement->name].name);
	return rows;
}
