/*
 * LiteLLM's lists over HTTP.  See the header.
 */
#include "import/litellm_api.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/text.h"
#include "fetch/fetch.h"

#include "base/banned.h"

#define ANSWER_MAX ((size_t)256 << 20) /* /team/list has all teams at once */
#define TIMEOUT_MS 60000
#define PAGE_SIZE  100 /* the most that LiteLLM gives */

struct api {
	const char *url, *authorization;
	struct fetch_pool *pool;
	struct import_rows *rows;
	struct text body;
};

static int keep_answer(void *ctx, const char *bytes, size_t len)
{
	struct text *body = ctx;

	text_add(body, bytes, len);
	return text_failed(body) ? -1 : 0;
}

/* The answer stays in api->body until the next call. */
static int get(struct api *api, const char *path, struct error *err)
{
	size_t len = strlen(api->url);
	struct fetch_call call = { .method = "GET",
		.url = arena_printf(api->rows->arena, "%.*s%s",
		    (int)(len && api->url[len - 1] == '/' ? len - 1 : len), api->url, path),
		.headers = { { "Authorization", api->authorization } },
		.header_count = 1,
		.allow_http = true,
		.connect_timeout_ms = TIMEOUT_MS,
		.first_byte_timeout_ms = TIMEOUT_MS,
		.idle_timeout_ms = TIMEOUT_MS,
		.total_timeout_ms = 10 * TIMEOUT_MS,
		.max_body_bytes = ANSWER_MAX,
		.client_fd = -1,
		.on_body = keep_answer,
		.ctx = &api->body };
	struct fetch_result result;

	text_clear(&api->body);
	fetch_http(api->pool, &call, &result);
	if (result.end != FETCH_DONE)
		return error_set(err, ERROR_UPSTREAM, "%.200s: %.150s", call.url, result.detail);
	if (result.status == 401 || result.status == 403)
		return error_set(err, ERROR_UPSTREAM_AUTH,
		    "%.200s answers %d: LITELLM_MASTER_KEY must be that LiteLLM's master key",
		    call.url, result.status);
	if (result.status != 200)
		return error_set(err, ERROR_UPSTREAM, "%.200s answers %d", call.url, result.status);
	if (json_scan_check(text_slice(&api->body), err) != 0)
		return error_prefix(err, "%.200s", call.url);
	return 0;
}

/* Whatever else answers there, as a page of JSON, must not pass for a LiteLLM without keys. */
static int add_rows(struct api *api, enum import_table table, struct slice list, size_t *out_count,
    struct error *err)
{
	*out_count = 0;
	if (json_scan_type(list) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM,
		    "%.200s does not answer with lists as LiteLLM does", api->url);
	for (struct json_cursor item = json_cursor(list); json_next(&item); ++*out_count) {
		char *row = arena_copy_slice(api->rows->arena, item.value);

		if (import_rows_add(api->rows, table, slice_of(row), err) != 0)
			return -1;
	}
	return 0;
}

static int read_list(struct api *api, const char *path, enum import_table table, struct error *err)
{
	size_t count;

	if (get(api, path, err) != 0)
		return -1;
	api->rows->tables[table].found = true;
	return add_rows(api, table, text_slice(&api->body), &count, err);
}

/* Oldest first, so that what is made meanwhile moves none to a page that was read. */
static int read_pages_of(
    struct api *api, enum import_table table, const char *path, const char *list, struct error *err)
{
	size_t count = PAGE_SIZE;

	api->rows->tables[table].found = true;
	for (int page = 1; count == PAGE_SIZE; page++) {
		if (get(api, arena_printf(api->rows->arena, "%s%d&page=%d", path, PAGE_SIZE, page),
			err) != 0 ||
		    add_rows(api, table, json_member(text_slice(&api->body), list), &count, err) !=
			0)
			return -1;
	}
	return 0;
}

int litellm_api_read(
    const char *url, const char *master_key, struct import_rows *rows, struct error *err)
{
	struct api api = { .url = url,
		.authorization = arena_printf(rows->arena, "Bearer %s", master_key),
		.pool = fetch_pool_new(),
		.rows = rows };
	int result;

	text_init(&api.body, ANSWER_MAX);
	result = read_list(&api, "/budget/list", IMPORT_BUDGETS, err) != 0 ||
			 read_list(&api, "/team/list", IMPORT_TEAMS, err) != 0 ||
			 read_pages_of(&api, IMPORT_USERS,
			     "/user/list?sort_by=created_at&sort_order=asc&page_size=", "users",
			     err) != 0 ||
			 read_pages_of(&api, IMPORT_KEYS,
			     "/key/"
			     "list?return_full_object=true&include_team_keys=true&sort_by=created_"
			     "at&sort_order=asc&size=",
			     "keys", err) != 0
		     ? -1
		     : 0;
	text_release(&api.body);
	fetch_pool_free(api.pool);
	return result;
}
