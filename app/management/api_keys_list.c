/*
 * GET /key/list and /key/aliases.
 */
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "management/api_operations.h"
#include "management/key_answer.h"
#include "management/wire.h"
#include "views/view_keys.h"

#include "base/banned.h"

static int read_sort(struct api_call *call, struct key_filter *out, struct error *err)
{
	static const struct {
		const char *theirs, *ours;
	} sorts[] = { { "created_at", "created" }, { "spend", "spend" }, { "key_alias", "alias" },
		{ "expires", "expires" }, { "last_active", "used" } };
	const char *by = api_query(call, "sort_by"), *order = api_query(call, "sort_order");

	if (order && strcmp(order, "asc") != 0 && strcmp(order, "desc") != 0)
		return api_refuse(call, "sort_order", err, "sort_order: expected asc or desc");
	out->descending = !order || strcmp(order, "desc") == 0;
	if (!by)
		return 0;
	for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++)
		if (strcmp(sorts[i].theirs, by) == 0) {
			out->sort = sorts[i].ours;
			return 0;
		}
	return api_refuse(call, "sort_by", err,
	    "sort_by: expected created_at, spend, key_alias, expires or last_active");
}

static int read_status(struct api_call *call, struct key_filter *out, struct error *err)
{
	out->status = api_query(call, "status");
	if (!out->status || text_is_one_of(out->status, "good blocked expired deleted any"))
		return 0;
	return api_refuse(
	    call, "status", err, "status: expected deleted, good, blocked, expired or any");
}

static int read_filter(
    struct api_call *call, struct key_filter *out, bool *out_full, struct error *err)
{
	int64_t page, size;
	bool ignored; /* there is nothing that they could leave out */

	if (api_query_int(call, "page", 1, 1000000, 1, &page, err) != 0 ||
	    api_query_int(call, "size", 1, 100, 10, &size, err) != 0 ||
	    api_query_bool(call, "return_full_object", false, out_full, err) != 0 ||
	    api_query_bool(call, "include_team_keys", false, &ignored, err) != 0 ||
	    api_query_bool(call, "include_created_by_keys", false, &ignored, err) != 0)
		return -1;
	*out = (struct key_filter){ .page = (int)page,
		.size = (int)size,
		.search = api_query(call, "search"),
		.team_id = api_query(call, "team_id"),
		.user_id = api_query(call, "user_id"),
		.organization_id = api_query(call, "organization_id"),
		.hash = api_query(call, "key_hash"),
		.alias = api_query(call, "key_alias") };
	return read_sort(call, out, err) != 0 ? -1 : read_status(call, out, err);
}

json_t *api_key_list(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *page = NULL;
	json_t *answer, *keys, *key;
	struct key_filter filter;
	bool full;
	size_t i;

	if (read_filter(call, &filter, &full, err) != 0)
		return NULL;
	page = view_keys(call->store, &filter, call->settings->timezone, call->now_ms, err);
	if (!page)
		return NULL;
	keys = json_array();
	json_array_foreach(json_object_get(page, "keys"), i, key)
	    json_append(keys, full ? key_answer(key) : wire_same(key, "hash"));
	answer = json_object();
	json_set(answer, "keys", keys);
	wire_copy(answer, page, "total_count=total current_page=page total_pages=pages");
	return answer;
}

/* Of keys that have one, by name. */
json_t *api_key_aliases(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *page = NULL;
	struct key_filter filter = { .sort = "alias",
		.search = api_query(call, "search"),
		.team_id = api_query(call, "team_id"),
		.named = true };
	json_t *answer, *aliases, *key;
	struct api_page at;
	size_t i;

	if (api_page_read(call, "size", 50, 100, &at, err) != 0)
		return NULL;
	filter.page = (int)at.page;
	filter.size = (int)at.size;
	page = view_keys(call->store, &filter, call->settings->timezone, call->now_ms, err);
	if (!page)
		return NULL;
	aliases = json_array();
	json_array_foreach(json_object_get(page, "keys"), i, key)
	    json_append(aliases, wire_same(key, "alias"));
	answer = json_object();
	json_set(answer, "aliases", aliases);
	wire_copy(answer, page, "total_count=total current_page=page total_pages=pages");
	json_set_int(answer, "size", at.size);
	return answer;
}
