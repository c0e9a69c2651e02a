/*
 * The calls, who may make them, and how they are answered.  One row a call; the column "need" is
 * the only place that decides who may, before the handler runs.
 */
#include "management/management.h"

#include <stdlib.h>
#include <string.h>

#include "accounts/shared_books.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "base/log.h"
#include "management/api_operations.h"
#include "management/elsewhere.h"
#include "management/openapi.h"
#include "management/wire.h"
#include "web/router.h"

#include "base/banned.h"

#define ANSWER_MAX ((size_t)64 << 20) /* 10,000 rows of a log with long errors */

/* clang-format off */
#define OPERATIONS(X) \
	X("POST", "/key/generate",          API_CHANGE, api_key_generate, "") \
	X("POST", "/key/service-account/generate", API_CHANGE, api_key_service_account, "") \
	X("POST", "/key/bulk_update",       API_CHANGE, api_key_bulk_update, "") \
	X("GET",  "/key/info",              API_OWN,    api_key_info, "key") \
	X("GET",  "/key/aliases",           API_LOOK,   api_key_aliases, "page size search team_id") \
	X("POST", "/v2/key/info",           API_LOOK,   api_key_info_many, NULL) \
	X("GET",  "/key/list",              API_LOOK,   api_key_list, "page size user_id team_id organization_id key_hash key_alias return_full_object include_team_keys include_created_by_keys sort_by sort_order expand status search") \
	X("POST", "/key/update",            API_CHANGE, api_key_update, "") \
	X("POST", "/key/delete",            API_CHANGE, api_key_delete, "") \
	X("POST", "/key/block",             API_CHANGE, api_key_block, "") \
	X("POST", "/key/unblock",           API_CHANGE, api_key_unblock, "") \
	X("POST", "/key/regenerate",        API_CHANGE, api_key_regenerate, "") \
	X("POST", "/key/{}/regenerate",     API_CHANGE, api_key_regenerate, "") \
	X("POST", "/key/{}/reset_spend",    API_CHANGE, api_key_reset_spend, "") \
	X("POST", "/team/new",              API_CHANGE, api_team_new, "") \
	X("GET",  "/team/info",             API_LOOK,   api_team_info, "team_id") \
	X("GET",  "/team/list",             API_LOOK,   api_team_list, "search user_id organization_id") \
	X("GET",  "/v2/team/list",          API_LOOK,   api_team_list_v2, "page page_size user_id organization_id team_id team_alias sort_by sort_order") \
	X("GET",  "/team/available",        API_OWN,    api_team_available, "response_model") \
	X("GET",  "/team/permissions_list", API_LOOK,   api_team_permissions, "team_id") \
	X("GET",  "/team/daily/activity",   API_LOOK,   api_team_daily, "start_date end_date model api_key page page_size timezone include_current_utc_day team_ids") \
	X("POST", "/team/update",           API_CHANGE, api_team_update, "") \
	X("POST", "/team/delete",           API_CHANGE, api_team_delete, "") \
	X("POST", "/team/block",            API_CHANGE, api_team_block, "") \
	X("POST", "/team/unblock",          API_CHANGE, api_team_unblock, "") \
	X("POST", "/user/new",              API_CHANGE, api_user_new, "") \
	X("GET",  "/user/info",             API_OWN,    api_user_info, "user_id") \
	X("GET",  "/spend/users",           API_OWN,    api_spend_users, "user_id") \
	X("GET",  "/v2/user/info",          API_OWN,    api_user_info_v2, "user_id") \
	X("GET",  "/user/list",             API_LOOK,   api_user_list, "page page_size user_ids user_email search role team sort_by sort_order") \
	X("POST", "/user/update",           API_CHANGE, api_user_update, "") \
	X("POST", "/user/delete",           API_CHANGE, api_user_delete, "") \
	X("GET",  "/user/daily/activity",   API_LOOK,   api_user_daily, "start_date end_date model api_key page page_size timezone include_current_utc_day user_id") \
	X("POST", "/budget/new",            API_CHANGE, api_budget_new, "") \
	X("POST", "/budget/info",           API_LOOK,   api_budget_info, "") \
	X("GET",  "/budget/list",           API_LOOK,   api_budget_list, "") \
	X("POST", "/budget/update",         API_CHANGE, api_budget_update, "") \
	X("POST", "/budget/delete",         API_CHANGE, api_budget_delete, "") \
	X("GET",  "/model/info",            API_OWN,    api_model_info, "litellm_model_id") \
	X("GET",  "/v1/model/info",         API_OWN,    api_model_info, "litellm_model_id") \
	X("GET",  "/v2/model/info",         API_OWN,    api_model_info_v2, "model modelId search page size include_team_models debug") \
	X("GET",  "/utils/supported_openai_params", API_OWN, api_supported_params, "model") \
	X("GET",  "/model_group/info",      API_OWN,    api_model_group_info, "model_group") \
	X("GET",  "/spend/keys",            API_LOOK,   api_spend_keys, "") \
	X("GET",  "/spend/logs",            API_LOOK,   api_spend_logs, "api_key user_id request_id start_date end_date summarize team_id model before limit") \
	X("GET",  "/spend/logs/v2",         API_LOOK,   api_spend_logs_v2, "api_key user_id request_id team_id model model_id start_date end_date status_filter end_user page page_size sort_by sort_order") \
	X("GET",  "/spend/tags",            API_LOOK,   api_sums, NULL) \
	X("GET",  "/global/spend/keys",     API_LOOK,   api_sums, NULL) \
	X("GET",  "/global/spend/models",   API_LOOK,   api_sums, NULL) \
	X("GET",  "/global/spend/provider", API_LOOK,   api_sums, NULL) \
	X("GET",  "/global/spend/logs",     API_LOOK,   api_sums, NULL) \
	X("GET",  "/global/spend",          API_LOOK,   api_global_spend, "") \
	X("GET",  "/global/spend/report",   API_LOOK,   api_spend_report, "start_date end_date group_by api_key internal_user_id team_id customer_id") \
	X("GET",  "/provider/budgets",      API_LOOK,   api_provider_budgets, "") \
	X("GET",  "/logs",                  API_LOOK,   api_logs, "key team_id model model_id outcome machine failed fell_back blocked_upward start_date end_date before limit") \
	X("GET",  "/health",                API_LOOK,   api_health, "live") \
	X("GET",  "/cache/ping",            API_LOOK,   api_cache_ping, "") \
	X("GET",  "/settings",              API_LOOK,   api_callbacks, "") \
	X("GET",  "/active/callbacks",      API_LOOK,   api_callbacks, "") \
	X("GET",  "/get/config/callbacks",  API_LOOK,   api_config_callbacks, "") \
	X("GET",  "/openapi.json",          API_OPEN,   NULL, NULL)
/* clang-format on */

#define ROUTE(method, path, need, answer, query)     { method, path, NEED_KEY, NULL },
#define OPERATION(method, path, need, answer, query) { need, answer, query },

static const struct route routes[] = { OPERATIONS(ROUTE) };
static const struct api_operation operations[] = { OPERATIONS(OPERATION) };
#define ROUTE_COUNT (sizeof routes / sizeof routes[0])

bool management_wanted(const struct web_request *request)
{
	const struct route *route;
	struct slice parameter;
	char allow[64];

	return router_find(routes, ROUTE_COUNT, request, &route, &parameter, allow) !=
	       ROUTE_UNKNOWN;
}

bool management_explains(const struct web_request *request)
{
	return elsewhere_words(request->path);
}

/* ---- errors ---- */

/* LiteLLM's error.type. */
static const char *type_of(enum error_kind kind, int status)
{
	switch (kind) {
	case ERROR_UNAUTHENTICATED:
		return "auth_error";
	case ERROR_FORBIDDEN:
		return "auth_error";
	case ERROR_NOT_FOUND:
	case ERROR_MODEL_NOT_FOUND:
		return "not_found_error";
	case ERROR_STORE:
		return "no_db_connection";
	default:
		return status == 422  ? "validation_error"
		       : status < 500 ? "bad_request_error"
				      : "internal_server_error";
	}
}

static const char *message_of(const struct web_request *request, const struct error *err)
{
	if (err->kind != ERROR_STORE && err->kind != ERROR_SETTINGS && err->kind != ERROR_INTERNAL)
		return err->text;
	log_event(LOG_ERROR, error_info(err->kind)->name, "%s: %s", request->id, err->text);
	return arena_printf(request->arena, "%s; the reason is in the log under %s",
	    err->kind == ERROR_STORE      ? "the gateway's database is not available"
	    : err->kind == ERROR_SETTINGS ? "the gateway has no valid settings"
					  : "the gateway failed",
	    request->id);
}

static void send_json(struct web_reply *reply, const json_t *value)
{
	AUTO_TEXT struct text body = text_empty(ANSWER_MAX);

	wire_write(&body, value);
	web_reply_send(reply, "application/json", text_slice(&body));
}

/* {"error":{"message","type","param","code"}}, the code being the status as a text, and "detail",
 * which LiteLLM's command line shows. */
static void send_error(const struct web_request *request, struct web_reply *reply, int status,
    const char *param, const struct error *err)
{
	json_t *root = json_object(), *error = json_object();

	status = status ? status : error_info(err->kind)->status;
	json_set_all(error, "message type param code", message_of(request, err),
	    type_of(err->kind, status), param, arena_printf(request->arena, "%d", status));
	json_set_all(root, "error detail", error, wire_same(error, "message"));
	web_reply_status(reply, status);
	send_json(reply, root);
	json_decref(root);
}

/* ---- a call ---- */

static int management_begin(struct api_call *call, struct error *err)
{
	const char *credential;

	call->catalog = gateway_catalog(call->gateway, err);
	call->store = call->catalog ? gateway_store_caught_up(call->gateway, err) : NULL;
	credential = call->store ? web_request_key(call->request, err) : NULL;
	if (!credential)
		return -1;
	call->settings = catalog_settings(call->catalog);
	if (keys_admit(call->store, credential, call->settings->master_key, call->now_ms,
		call->arena, &call->key, err) != 0)
		return -1;
	(void)shared_books_catch_up(call->store, 0); /* away: what is known here will do */
	call->by.name =
	    call->key.is_master ? "master key" : arena_printf(call->arena, "key %s", call->key.id);
	return form_parse(slice_of(call->request->query), call->arena, &call->query, err);
}

static int check_need(const struct api_call *call, enum api_need need, struct error *err)
{
	if (need == API_OWN || api_may_change(call) || (need == API_LOOK && api_may_look(call)))
		return 0;
	return error_set(err, ERROR_FORBIDDEN,
	    need == API_LOOK ? "this key may not look at the gateway's administration; that needs "
			       "the master key, or a key of key_type management or read_only"
			     : "this key may not change anything; that needs the master key or a "
			       "key of key_type management");
}

/* Notices go where the object's other particulars of ours are. */
static void add_notices(struct api_call *call, json_t *answer)
{
	json_t *sideways;

	if (!call->notices || !json_is_object(answer))
		return;
	sideways = json_object_get(answer, "sideways");
	if (!sideways) {
		sideways = json_object();
		json_set(answer, "sideways", sideways);
	}
	json_set(sideways, "notices", json_incref(call->notices));
}

static json_t *refuse_elsewhere(struct api_call *call, struct error *err)
{
	return json_none(error_set(err, ERROR_BAD_REQUEST, "%s is not offered: %s",
	    call->request->path, elsewhere_words(call->request->path)));
}

static void answer_call(struct api_call *call, const struct api_operation *operation)
{
	struct error err = { 0 };
	json_t *answer = NULL;

	if (operation->need == API_OPEN ||
	    (management_begin(call, &err) == 0 && check_need(call, operation->need, &err) == 0 &&
		(!operation->query || api_query_only(call, operation->query, &err) == 0)))
		answer = operation->answer(call, &err);
	if (answer) {
		add_notices(call, answer);
		send_json(call->reply, answer);
		json_decref(answer);
	} else {
		send_error(call->request, call->reply, call->status, call->param, &err);
	}
}

void management_handle(struct gateway *gateway, const struct web_request *request,
    const struct error *refused, struct web_reply *reply)
{
	struct api_call call = { .gateway = gateway,
		.request = request,
		.reply = reply,
		.arena = request->arena,
		.by = { "", "api" },
		.now_ms = clock_wall_ms() };
	static const struct api_operation elsewhere[] = { { API_OWN, refuse_elsewhere, NULL },
		{ API_OPEN, refuse_elsewhere, NULL } };
	const struct route *route;
	enum route_found found;
	struct error err;
	char allow[64];

	web_reply_header(reply, "Cache-Control", "no-store");
	found = router_find(routes, ROUTE_COUNT, request, &route, &call.parameter, allow);
	if (refused) {
		send_error(request, reply, 0, NULL, refused);
	} else if (found == ROUTE_UNKNOWN) {
		answer_call(&call, &elsewhere[elsewhere_is_open(request->path)]);
	} else if (found == ROUTE_FOUND) {
		if (operations[route - routes].need == API_OPEN) /* the one thing that is */
			web_reply_send(reply, "application/json", slice_of(openapi_json));
		else
			answer_call(&call, &operations[route - routes]);
	} else {
		web_reply_header(reply, "Allow", allow);
		(void)error_set(&err, ERROR_METHOD, "%.20s is not offered at %.200s; use %s",
		    request->method, request->path, allow);
		send_error(request, reply, 0, NULL, &err);
	}
	json_decref(call.notices);
	catalog_release(call.catalog);
}
