/*
 * Finding ids along one index, then reading the rows.  See the header and sql/view_requests.sql.
 */
#include "views/view_requests.h"

#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/number.h"
#include "views/story.h"
#include "views/view_rows.h"

#include "base/banned.h"

#define PAGE_ROWS 50
#define MOST_ROWS 10000

/* ---- finding ---- */

/* The index that is likely to hold the fewest entries for the filter. */
static enum sql_name path_of(const struct request_filter *filter)
{
	if (filter->blocked)
		return SQL_VIEW_REQUESTS_FIND_BLOCKED;
	if (filter->moved)
		return SQL_VIEW_REQUESTS_FIND_MOVED;
	if (filter->failed || filter->fault)
		return SQL_VIEW_REQUESTS_FIND_FAILED;
	if (filter->key_id)
		return SQL_VIEW_REQUESTS_FIND_KEY;
	if (filter->model)
		return SQL_VIEW_REQUESTS_FIND_MODEL;
	return filter->team_id ? SQL_VIEW_REQUESTS_FIND_TEAM : SQL_VIEW_REQUESTS_FIND;
}

static const char *before_of(const struct request_filter *filter, struct arena *arena)
{
	const char *before = "~"; /* above every id */

	if (filter->to_ms > 0)
		before = arena_copy(arena, digest_first_id(filter->to_ms).text);
	return filter->before && strcmp(filter->before, before) < 0 ? filter->before : before;
}

static void view_requests_bind_filter(struct statement *s, enum sql_name path,
    const struct request_filter *filter, struct arena *arena)
{
	statement_bind(s, ":key_id", filter->key_id, ":team_id", filter->team_id, ":model",
	    filter->model, ":deployment_id", filter->deployment_id, ":outcome", filter->outcome,
	    ":fault", filter->fault, ":label", filter->label, ":machine", filter->machine);
	if (path != SQL_VIEW_REQUESTS_FIND_FAILED)
		statement_bind(s, ":failed", filter->failed);
	if (path != SQL_VIEW_REQUESTS_FIND_MOVED && path != SQL_VIEW_REQUESTS_FIND_BLOCKED)
		statement_bind(s, ":moved", filter->moved);
	if (path != SQL_VIEW_REQUESTS_FIND_BLOCKED)
		statement_bind(s, ":blocked", filter->blocked);
	statement_bind(s, ":before", before_of(filter, arena), ":from",
	    arena_copy(arena, digest_first_id(filter->from_ms).text));
}

static int view_requests_limit_of(const struct request_filter *filter)
{
	return filter->limit >= 1 && filter->limit <= MOST_ROWS ? filter->limit : PAGE_ROWS;
}

json_t *view_request_ids(struct store_reader *reader, const struct request_filter *filter,
    struct arena *arena, const char **out_older, struct error *err)
{
	enum sql_name path = path_of(filter);
	struct statement *s = store_query(reader, path, err);
	int limit = view_requests_limit_of(filter),
	    most = limit > REQUESTS_WALK ? limit : REQUESTS_WALK;
	int looked_at = 0, result;
	json_t *ids;

	view_requests_bind_filter(s, path, filter, arena);
	statement_bind(s, ":most", most);
	*out_older = NULL;
	ids = json_array();
	while ((result = statement_step(s, err)) == 1) {
		looked_at++;
		if (statement_int(s, 1))
			json_append(ids, json_string(statement_text(s, 0)));
		if (looked_at < most && (int)json_array_size(ids) < limit)
			continue;
		*out_older = arena_copy(arena, statement_text(s, 0));
		break;
	}
	return json_if(result >= 0, ids);
}

/* ---- showing ---- */

json_t *view_request_row(struct store_reader *reader, const char *id, struct error *err)
{
	struct statement *s = store_query(reader, SQL_VIEW_REQUESTS_ROW, err);
	int result;

	statement_bind(s, ":id", id);
	result = statement_step(s, err);
	if (result == 0)
		(void)error_set(err, ERROR_NOT_FOUND, "there is no request '%.40s'", id);
	return result == 1 ? view_object(s) : NULL;
}

static json_t *candidate_json(const struct statement *s)
{
	json_t *row = view_object(s);

	story_tell(row);
	return row;
}

json_t *view_request_candidates(struct store_reader *reader, const char *id, struct error *err)
{
	struct statement *s = store_query(reader, SQL_VIEW_REQUESTS_ATTEMPTS, err);

	statement_bind(s, ":id", id);
	return view_rows(s, candidate_json, err);
}

json_t *view_request(struct store *store, const char *id, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	json_t *row = reader ? view_request_row(reader, id, err) : NULL;
	json_t *candidates = row ? view_request_candidates(reader, id, err) : NULL;

	store_reader_return(store, reader);
	if (row && candidates) {
		json_set(row, "candidates", candidates);
		return row;
	}
	json_decref(row);
	return NULL;
}

static json_t *read_page(struct store_reader *reader, const struct request_filter *filter,
    struct arena *arena, struct error *err)
{
	const char *older = NULL;
	json_t *ids = view_request_ids(reader, filter, arena, &older, err), *page, *rows;
	json_t *row = NULL;

	if (!ids)
		return NULL;
	page = json_object();
	rows = json_array();
	for (size_t i = 0; i < json_array_size(ids); i++) {
		row = view_request_row(reader, json_string_value(json_array_get(ids, i)), err);
		if (!row && err->kind != ERROR_NOT_FOUND)
			break;
		if (row) /* retention may have been faster */
			json_append(rows, row);
	}
	json_decref(ids);
	json_set_all(
	    page, "requests older looked_back_to@", rows, older, older ? digest_id_time(older) : 0);
	return page;
}

json_t *view_requests(struct store *store, const struct request_filter *filter, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	AUTO_ARENA struct arena arena = { 0 };
	json_t *page;

	page = reader ? read_page(reader, filter, &arena, err) : NULL;
	store_reader_return(store, reader);
	return page;
}

json_t *view_request_beside(
    struct store *store, const char *id, const char *key_id, struct error *err)
{
	static const char *const names[] = { "older", "newer", "older_of_key", "newer_of_key" };
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_REQUESTS_BESIDE, err);
	json_t *beside = json_object();
	int result;

	statement_bind(s, ":id", id, ":key_id", key_id);
	result = statement_step(s, err);
	for (int i = 0; result == 1 && i < 4; i++)
		json_set_text(beside, names[i], statement_text(s, i));
	return json_if(result == 1, beside);
}
