/*
 * Reading names.  See the header.
 */
#include "views/view_names.h"

#include "views/view_rows.h"

#include "base/banned.h"

static json_t *name_json(const struct statement *s)
{
	return json_string(statement_text(s, 0));
}

json_t *view_names(struct store *store, enum sql_name name)
{
	struct error err;
	struct store_reader *reader = store_reader_borrow(store, &err);
	struct statement *s = reader ? store_query(reader, name, &err) : NULL;
	json_t *list = view_rows(store, reader, s, name_json, &err);

	return list ? list : json_array();
}
