/*
 * REQUEST of views/view_requests.h to LiteLLM's row.  See the header.
 */
#include "management/log_answer.h"

#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "management/wire.h"
#include "views/view_machines.h"

#include "base/banned.h"

#define LIMIT_MOST 10000

/* ---- rows ---- */

/* The SHA-256 by which LiteLLM's clients know a key, and whose it is; the master key has its word.
 */
static void set_key(json_t *row, struct store_reader *reader, const char *key_id)
{
	bool is_master = strcmp(key_id, "master") == 0;
	struct error err;
	struct statement *s = is_master ? NULL : store_query(reader, SQL_API_KEY_HASH, &err);
	const char *user = NULL;

	json_set_text(row, "api_key", is_master ? "master" : NULL);
	statement_bind(s, ":id", key_id);
	if (s && statement_step(s, &err) == 1) {
		json_set_text(row, "api_key", statement_text(s, 0));
		user = statement_text(s, 1);
	}
	json_set_text(row, "user", user ? user : "");
}

static const char *provider_of(const struct settings *settings, const char *deployment_id)
{
	for (size_t i = 0; deployment_id && i < settings->deployment_count; i++)
		if (strcmp(settings->deployments[i].id, deployment_id) == 0)
			return settings->deployments[i].provider;
	return NULL;
}

static void set_times(json_t *row, const json_t *view)
{
	int64_t started_ms = json_read_int(view, "started_ms", 0);
	int64_t first_ms = json_read_int(view, "first_token_ms", -1);
	int64_t took_ms = json_read_int(view, "latency_ms", -1);

	json_set_all(row, "startTime@ endTime@ completionStartTime@ request_duration_ms",
	    started_ms, took_ms < 0 ? started_ms : started_ms + took_ms,
	    first_ms < 0 ? 0 : started_ms + first_ms, wire_same(view, "latency_ms"));
}

static json_t *error_json(const json_t *view)
{
	json_t *error = json_object();

	wire_copy(error, view, "error_class=outcome error_message=error error_code=status");
	return error;
}

/* fallback_model: the group that answered in place of the one asked for, fallback_from.  Both are
 * there only when it did. */
static json_t *metadata_json(const json_t *view)
{
	json_t *metadata = json_object();
	int64_t attempts = json_read_int(view, "attempts", 0);
	int64_t fallbacks = json_read_int(view, "fallbacks", 0);
	const char *answered = json_read_text(view, "answered_group");

	wire_copy(metadata, view,
	    "user_api_key_alias=key_alias user_api_key_team_id=team_id sideways_key_id=key_id");
	json_set_all(metadata, "attempted_retries attempted_fallbacks",
	    attempts > fallbacks + 1 ? attempts - fallbacks - 1 : 0, fallbacks);
	wire_copy(metadata, view,
	    "tier outcome streamed blocked_upward overhead_us answered_model not_spent$ "
	    "not_spent_most$ cache_saved$ machine");
	if (fallbacks > 0 && answered)
		wire_copy(
		    metadata, view, "fallback_model=answered_group fallback_from=asked_model");
	if (!json_read_true(view, "ok"))
		json_set(metadata, "error_information", error_json(view));
	return metadata;
}

static json_t *log_answer_row_json(
    const struct api_call *call, struct store_reader *reader, const json_t *view)
{
	json_t *row = json_object();

	wire_copy(row, view, "request_id=id");
	json_set_text(row, "call_type", "acompletion");
	set_key(row, reader, json_read_text(view, "key_id"));
	wire_copy(row, view,
	    "spend=cost$ total_tokens prompt_tokens=input_tokens completion_tokens=output_tokens");
	set_times(row, view);
	wire_copy(row, view, "model=asked_model model_id=deployment_id model_group");
	json_set_all(row, "custom_llm_provider metadata cache_hit cache_key status",
	    provider_of(call->settings, json_read_text(view, "deployment_id")), metadata_json(view),
	    json_read_true(view, "from_cache") ? "True" : "False", "",
	    json_read_true(view, "ok") ? "success" : "failure");
	wire_copy(row, view,
	    "end_user=user request_tags=tags requester_ip_address=address team_id session_id=id");
	json_set_all(row, "api_base organization_id messages response proxy_server_request",
	    json_null(), json_null(), json_object(), json_object(), json_object());
	return row;
}

static json_t *rows_json(const struct api_call *call, const json_t *views, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(call->store, err);
	json_t *rows, *view;
	size_t i;

	if (!reader)
		return NULL;
	rows = json_array();
	json_array_foreach(views, i, view)
	    json_append(rows, log_answer_row_json(call, reader, view));
	store_reader_return(call->store, reader);
	return rows;
}

static bool is_own_parameter(const char *name)
{
	return strcmp(name, "before") == 0;
}

/* The same URL with another `before`. */
static void link_older(struct api_call *call, const char *older)
{
	AUTO_TEXT struct text link = text_empty(8192);

	web_reply_header(call->reply, "x-sideways-older", older);
	text_printf(&link, "<%s%s?", call->request->base_path, call->request->path);
	for (size_t i = 0; i < call->query.count; i++)
		if (!is_own_parameter(call->query.fields[i].name))
			text_printf(&link, "%s=%s&", call->query.fields[i].name,
			    form_encode(call->query.fields[i].value, call->arena));
	text_printf(&link, "before=%s>; rel=\"next\"", older);
	if (!text_failed(&link))
		web_reply_header(call->reply, "Link", link.bytes);
}

json_t *log_answer(struct api_call *call, const struct request_filter *filter, struct error *err)
{
	AUTO_JSON json_t *page = view_requests(call->store, filter, err);

	if (!page)
		return NULL;
	if (json_read_text(page, "older"))
		link_older(call, json_read_text(page, "older"));
	return rows_json(call, json_object_get(page, "requests"), err);
}

json_t *log_answer_one(struct api_call *call, const char *id, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(call->store, err);
	json_t *view = reader ? view_request_row(reader, id, err) : NULL, *rows;

	store_reader_return(call->store, reader);
	if (!view && err->kind != ERROR_NOT_FOUND)
		return NULL;
	rows = json_array();
	if (view)
		json_append(rows, view);
	view = rows;
	rows = rows_json(call, view, err);
	json_decref(view);
	return rows;
}

/* ---- the query ---- */

static int log_answer_read_key(
    struct api_call *call, const char *parameter, struct request_filter *out, struct error *err)
{
	const char *which = api_query(call, parameter);
	struct virtual_key key;

	if (!which)
		return 0;
	if (strcmp(which, "master") == 0 || strncmp(which, "key-", 4) == 0) {
		out->key_id = which; /* also of one that is deleted */
		return 0;
	}
	if (api_find_key(call, which, &key, err) != 0)
		return -1;
	out->key_id = key.id;
	return 0;
}

/* One that is not known fits nothing. */
static const char *machine_asked(struct api_call *call)
{
	const char *which = api_query(call, "machine"),
		   *id = which ? view_machine_find(call->store, which, call->arena) : NULL;

	return id ? id : which;
}

static bool is_id(const char *text)
{
	return digest_id_time(text) > 0;
}

int log_filter_read(struct api_call *call, const char *key_parameter, int default_limit,
    struct request_filter *out, struct error *err)
{
	int64_t limit;

	*out = (struct request_filter){ .team_id = api_query(call, "team_id"),
		.model = api_query(call, "model"),
		.deployment_id = api_query(call, "model_id"),
		.outcome = api_query(call, "outcome"),
		.machine = machine_asked(call),
		.before = api_query(call, "before") };
	if (api_query_int(call, "limit", 1, LIMIT_MOST, default_limit, &limit, err) != 0 ||
	    api_query_bool(call, "failed", false, &out->failed, err) != 0 ||
	    api_query_bool(call, "fell_back", false, &out->moved, err) != 0 ||
	    api_query_bool(call, "blocked_upward", false, &out->blocked, err) != 0 ||
	    api_query_time(call, "start_date", false, &out->from_ms, err) != 0 ||
	    api_query_time(call, "end_date", true, &out->to_ms, err) != 0)
		return -1;
	out->limit = (int)limit;
	if (out->before && !is_id(out->before))
		return api_refuse(call, "before", err,
		    "before: expected the id of a request, as x-sideways-older gives it");
	return log_answer_read_key(call, key_parameter, out, err);
}
