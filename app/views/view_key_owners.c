/*
 * Owners of keys as JSON.  See the header.
 */
#include "views/view_key_owners.h"

#include "base/json_build.h"
#include "base/json_read.h"
#include "views/view_rows.h"

#include "base/banned.h"

static json_t *rows_of(struct store *store, const struct owner_filter *filter, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_KEY_OWNERS, err);

	statement_bind(s, ":id", filter->id, ":ids", filter->ids, ":is_email", filter->is_email,
	    ":email", filter->email, ":search", filter->search, ":role", filter->role, ":team_id",
	    filter->team_id, ":sort", filter->sort ? filter->sort : "");
	statement_bind(s, ":descending", filter->descending, ":limit", filter->size, ":offset",
	    filter->page > 1 ? (filter->page - 1) * filter->size : 0);
	return view_rows(s, view_object, err);
}

json_t *view_key_owners(struct store *store, const struct owner_filter *filter, struct error *err)
{
	json_t *rows = rows_of(store, filter, err), *answer;

	if (!rows)
		return NULL;
	if (json_array_size(rows) == 0 && filter->page > 1) { /* behind the last page */
		struct owner_filter first = *filter;

		json_decref(rows);
		first.page = first.size = 1;
		answer = view_key_owners(store, &first, err);
		if (answer)
			json_array_clear(json_object_get(answer, "owners"));
		return answer;
	}
	answer = json_object();
	json_set_all(
	    answer, "total owners", json_read_int(json_array_get(rows, 0), "total", 0), rows);
	return answer;
}
