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
	    ":fault", filter->fault, ":label", filter->label);
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

	if (!s)
		return NULL;
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

static void set_count(json_t *object, const char *name, const struct statement *s, int column)
{
	if (statement_is_null(s, column))
		json_set_null(object, name);
	else
		json_set_int(object, name, statement_int(s, column));
}

static void view_requests_set_tokens(json_t *object, const struct statement *s)
{
	set_count(object, "input_tokens", s, 18);
	set_count(object, "cached_tokens", s, 19);
	set_count(object, "output_tokens", s, 20);
	set_count(object, "reasoning_tokens", s, 21);
	if (statement_is_null(s, 18))
		json_set_null(object, "total_tokens");
	else
		json_set_int(object, "total_tokens", statement_int(s, 18) + statement_int(s, 20));
}

/* An answer that was sent again to a retry is one. */
static bool is_answer(const char *outcome)
{
	return text_is_one_of(outcome, "ok replayed");
}

static json_t *view_requests_row_json(const struct statement *s)
{
	static const struct {
		const char *name;
		int column;
	} texts[] = { { "id", 0 }, { "key_id", 2 }, { "key_alias", 3 }, { "team_id", 4 },
		{ "asked_model", 5 }, { "model_group", 6 }, { "answered_group", 7 },
		{ "answered_model", 8 }, { "deployment_id", 9 }, { "tier", 10 }, { "outcome", 11 },
		{ "error", 27 }, { "fault", 29 }, { "route", 30 }, { "user", 31 }, { "agent", 33 },
		{ "address", 34 }, { "team_name", 35 }, { "machine", 37 } };
	const char *tags = statement_text(s, 32);
	json_t *row = view_object(s);

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		json_set_text(row, texts[i].name, statement_text(s, texts[i].column));
	json_set_all(row, "started@ started_ms ok? status streamed? attempts fallbacks",
	    statement_int(s, 1), statement_int(s, 1), is_answer(statement_text(s, 11)),
	    statement_int(s, 12), statement_int(s, 13), statement_int(s, 14), statement_int(s, 15));
	json_set_all(row, "fell_back? blocked_upward not_spent$ not_spent_most$",
	    statement_int(s, 15) > 0, statement_int(s, 16), statement_int(s, 17),
	    statement_int(s, 36));
	view_requests_set_tokens(row, s);
	json_set_all(row, "cost$ bound$", statement_int(s, 22), statement_int(s, 23));
	set_count(row, "latency_ms", s, 24);
	set_count(row, "first_token_ms", s, 25);
	set_count(row, "overhead_us", s, 26);
	json_set_all(row, "tags from_cache? cache_saved$",
	    tags ? json_loads(tags, 0, NULL) : json_array(), !statement_is_null(s, 28),
	    statement_int(s, 28));
	return row;
}

json_t *view_request_row(struct store_reader *reader, const char *id, struct error *err)
{
	struct statement *s = store_query(reader, SQL_VIEW_REQUESTS_ROW, err);
	int result;

	if (!s)
		return NULL;
	statement_bind(s, ":id", id);
	result = statement_step(s, err);
	if (result == 0)
		(void)error_set(err, ERROR_NOT_FOUND, "there is no request '%.40s'", id);
	return result == 1 ? view_requests_row_json(s) : NULL;
}

static json_t *candidate_json(const struct statement *s)
{
	static const struct {
		const char *name;
		int column;
	} texts[] = { { "state", 1 }, { "model_group", 4 }, { "deployment_id", 5 },
		{ "provider", 6 }, { "model", 7 }, { "tier", 8 }, { "direction", 9 },
		{ "outcome", 10 }, { "price_version", 21 } },
	  counts[] = { { "status", 11 }, { "input_tokens", 12 }, { "cached_tokens", 13 },
		  { "cache_write_tokens", 14 }, { "output_tokens", 15 }, { "reasoning_tokens", 16 },
		  { "latency_ms", 22 }, { "first_token_ms", 23 } };
	json_t *row = view_object(s);

	json_set_int(row, "number", statement_int(s, 0));
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		json_set_text(row, texts[i].name, statement_text(s, texts[i].column));
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		set_count(row, counts[i].name, s, counts[i].column);
	json_set_all(row, "started@ started_ms estimated? bound$ cost$ not_spent$",
	    statement_int(s, 2), statement_int(s, 2), statement_int(s, 17), statement_int(s, 18),
	    statement_int(s, 19), statement_int(s, 20));
	json_set_money(row, "not_spent_most", statement_int(s, 24));
	story_tell(row);
	return row;
}

json_t *view_request_candidates(struct store_reader *reader, const char *id, struct error *err)
{
	struct statement *s = store_query(reader, SQL_VIEW_REQUESTS_ATTEMPTS, err);
	json_t *list;
	int result;

	if (!s)
		return NULL;
	statement_bind(s, ":id", id);
	list = json_array();
	while ((result = statement_step(s, err)) == 1)
		json_append(list, candidate_json(s));
	return json_if(result == 0, list);
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
	AUTO_ARENA struct arena arena;
	json_t *page;

	arena_init(&arena);
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
