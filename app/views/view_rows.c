/*
 * Reading rows.  See the header.
 */
#include "views/view_rows.h"

#include "base/json_build.h"

#include "base/banned.h"

json_t *view_rows(struct store *store, struct store_reader *reader, struct statement *s,
    view_row *row, struct error *err)
{
	json_t *list = json_array();
	int result = -1;

	while (s && (result = statement_step(s, err)) == 1)
		json_append(list, row(s));
	store_reader_return(store, reader);
	if (result == 0)
		return list;
	json_decref(list);
	return NULL;
}
