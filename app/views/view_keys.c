/*
 * Keys as JSON.  See the header.
 */
#include "views/view_keys.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "views/view_budgets.h"
#include "views/view_rows.h"

#include "base/banned.h"

#define PAGE_ROWS 50
#define MOST_ROWS 1000
#define DAY_MS    INT64_C(86400000)

static void view_keys_bind_filter(
    struct statement *s, const struct key_filter *filter, const char *id, int64_t now_ms)
{
	statement_bind(s, ":id", id, ":status", filter->status ? filter->status : "", ":team_id",
	    filter->team_id, ":user_id", filter->user_id, ":organization_id",
	    filter->organization_id, ":alias", filter->alias, ":named", filter->named, ":hash",
	    filter->hash, ":plan_id", filter->plan_id, ":search", filter->search, ":now_ms",
	    now_ms);
}

static const char *view_keys_status_of(bool deleted, bool blocked, bool expired)
{
	return deleted ? "deleted" : blocked ? "blocked" : expired ? "expired" : "good";
}

static void set_state(json_t *key, const struct statement *s, int64_t now_ms)
{
	int64_t expires_ms = statement_int(s, 10);
	bool blocked = statement_int(s, 7) != 0, team_blocked = statement_int(s, 8) != 0;
	bool expired = expires_ms > 0 && expires_ms <= now_ms;
	bool deleted = !statement_is_null(s, 13);
	const char *status = view_keys_status_of(deleted, blocked || team_blocked, expired);

	json_set_all(key, "blocked? team_blocked? expired? deleted? status good? expires@", blocked,
	    team_blocked, expired, deleted, status, strcmp(status, "good") == 0, expires_ms);
	if (expires_ms > 0)
		json_set_int(key, "expires_ms", expires_ms);
	else
		json_set_null(key, "expires_ms");
	json_set_time(
	    key, "old_secret_until", statement_int(s, 21) > now_ms ? statement_int(s, 21) : 0);
}

static json_t *view_keys_row_json(const struct statement *s, int64_t now_ms)
{
	json_t *key = view_object(s);

	json_set_text(key, "name", statement_text(s, statement_is_null(s, 1) ? 2 : 1));
	set_state(key, s, now_ms);
	json_set_time(
	    key, "last_used_day", statement_is_null(s, 23) ? 0 : statement_int(s, 23) * DAY_MS);
	return key;
}

/* Adds "keys" and "next" to the page.  One row more than it has tells that there is a next one. */
static int read_rows(
    struct statement *s, int64_t now_ms, size_t size, json_t *page, struct error *err)
{
	json_t *list = json_array();
	AUTO_FREE char *last = NULL;
	int result;

	json_set_all(page, "keys next", list, json_null());
	while ((result = statement_step(s, err)) == 1) {
		if (json_array_size(list) == size) {
			json_set_text(page, "next", last);
			return 0;
		}
		json_append(list, view_keys_row_json(s, now_ms));
		if (json_array_size(list) == size)
			last = alloc_printf("%s:%s", statement_text(s, 0), statement_text(s, 24));
	}
	return result;
}

static int64_t size_of(const struct key_filter *filter)
{
	return filter->size >= 1 && filter->size <= MOST_ROWS ? filter->size : PAGE_ROWS;
}

/* {"keys", "next"}; NULL on failure. */
static json_t *read_keys(struct store_reader *reader, const struct key_filter *filter,
    const char *id, const char *timezone, int64_t now_ms, struct error *err)
{
	/* "KEY:PLACE", of the row that the page before ended with; else it is the beginning. */
	const char *colon = filter->after ? strchr(filter->after, ':') : NULL;
	AUTO_FREE char *last =
	    colon ? alloc_printf("%.*s", (int)(colon - filter->after), filter->after) : NULL;
	struct statement *s = store_query(reader, SQL_VIEW_KEYS_ROWS, err);
	int64_t size = size_of(filter);
	json_t *page;

	view_keys_bind_filter(s, filter, id, now_ms);
	statement_bind(s, ":after_id", last, ":after_place", colon ? colon + 1 : NULL, ":sort",
	    filter->sort ? filter->sort : "created", ":descending", filter->descending, ":limit",
	    size + 1, ":offset", filter->page > 1 ? (filter->page - 1) * size : 0);
	page = json_object();
	if (read_rows(s, now_ms, (size_t)size, page, err) == 0 &&
	    view_budgets_add(reader, "key", json_object_get(page, "keys"), timezone, now_ms, err) ==
		0)
		return page;
	json_decref(page);
	return NULL;
}

static int count_keys(struct store_reader *reader, const struct key_filter *filter, int64_t now_ms,
    int64_t *out, struct error *err)
{
	struct statement *s = store_query(reader, SQL_VIEW_KEYS_COUNT, err);

	view_keys_bind_filter(s, filter, NULL, now_ms);
	if (statement_step(s, err) != 1)
		return -1;
	*out = statement_int(s, 0);
	return 0;
}

json_t *view_keys(struct store *store, const struct key_filter *filter, const char *timezone,
    int64_t now_ms, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	int64_t size = size_of(filter), total = 0;
	json_t *page = NULL;

	if (reader && count_keys(reader, filter, now_ms, &total, err) == 0)
		page = read_keys(reader, filter, NULL, timezone, now_ms, err);
	store_reader_return(store, reader);
	if (!page)
		return NULL;
	json_set_all(page, "total page pages size", total, filter->page > 1 ? filter->page : 1,
	    (total + size - 1) / size, size);
	return page;
}

json_t *view_key(
    struct store *store, const char *id, const char *timezone, int64_t now_ms, struct error *err)
{
	static const struct key_filter any = { .status = "any" };
	struct store_reader *reader = store_reader_borrow(store, err);
	AUTO_JSON json_t *page = reader ? read_keys(reader, &any, id, timezone, now_ms, err) : NULL;
	json_t *list = json_object_get(page, "keys");

	store_reader_return(store, reader);
	if (page && json_array_size(list) == 0)
		(void)error_set(err, ERROR_NOT_FOUND, "no key '%.60s'", id);
	return page ? json_incref(json_array_get(list, 0)) : NULL;
}
