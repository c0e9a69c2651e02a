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
	AUTO_READ struct statement *s = store_read(store, name, &err);
	json_t *list = view_rows(s, name_json, &err);

	return list ? list : json_array();
}
