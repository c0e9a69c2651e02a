/*
 * /user/...: LiteLLM's internal users, which here are the owners of keys (accounts/key_owner.h).
 * What they spend is what their keys spend.  A limit is a key's or a team's: of /user/new it is
 * that of the key which is made with the user, and everywhere else it is refused with that word.
 */
#include <string.h>

#include "accounts/key_owner.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/json_scan.h"
#include "management/account_fields.h"
#include "management/api_operations.h"
#include "management/key_answer.h"
#include "management/team_answer.h"
#include "management/wire.h"
#include "views/view_key_owners.h"
#include "views/view_keys.h"
#include "views/view_teams.h"

#include "base/banned.h"

#define KEYS_SHOWN  1000
#define USERS_SHOWN 1000
#define USERS_MOST  500 /* in one body, as LiteLLM's MAX_BULK_DELETE_USERS */

/* Of LiteLLM 1.108.7, NewUserRequest and UpdateUserRequest. */
/* clang-format off */
#define ABOUT_FIELDS \
	{ "user_email",        FIELD_TEXT,  FIELD_NOTED, NULL }, \
	{ "user_alias",        FIELD_TEXT,  FIELD_NOTED, NULL }, \
	{ "user_role",         FIELD_TEXT,  FIELD_KEPT,  "what a key may do is its key_type" }, \
	{ "sso_user_id",       FIELD_TEXT,  FIELD_KEPT,  "nobody signs in as a user" }, \
	{ "organizations",     FIELD_LIST,  FIELD_KEPT,  NULL }, \
	{ "metadata",          FIELD_MAP,   FIELD_NOTED, NULL }, \
	{ "user_id",           FIELD_TEXT,  FIELD_USED,  NULL }, \
	{ "password",          FIELD_TEXT,  FIELD_REFUSED, "nobody signs in as a user; the panel has admins: sideways passwd" }, \
	{ "send_invite_email", FIELD_BOOL,  FIELD_REFUSED, "no mail is sent to users" }, \
	{ "aliases",           FIELD_MAP,   FIELD_REFUSED, "aliases of models are set in the settings file (model_group_alias)" }, \
	{ "config",            FIELD_MAP,   FIELD_REFUSED, "settings are the same for all keys" }, \
	{ "allowed_cache_controls", FIELD_LIST, FIELD_REFUSED, "a key cannot be kept from the cache" }

static const struct body_field new_fields[] = {
	ABOUT_FIELDS,
	{ "teams",             FIELD_LIST,  FIELD_USED,  NULL },
	{ "auto_create_key",   FIELD_BOOL,  FIELD_USED,  NULL },
	{ "key_alias",         FIELD_TEXT,  FIELD_USED,  NULL },
	{ "team_id",           FIELD_TEXT,  FIELD_USED,  NULL },
	{ "duration",          FIELD_TEXT,  FIELD_USED,  NULL },
	{ "spend",             FIELD_MONEY, FIELD_USED,  NULL },
	{ "model_max_budget",  FIELD_MAP,   FIELD_USED,  NULL },
	{ "budget_fallbacks",  FIELD_MAP,   FIELD_USED,  NULL },
	{ "agent_id",          FIELD_TEXT,  FIELD_KEPT,  NULL },
	ACCOUNT_FIELDS,
};

#define OF_KEYS "it is a key's or a team's here: change the user's keys with /key/update"
static const struct body_field update_fields[] = {
	ABOUT_FIELDS,
	{ "max_budget",            FIELD_MONEY, FIELD_REFUSED, OF_KEYS },
	{ "budget_duration",       FIELD_TEXT,  FIELD_REFUSED, OF_KEYS },
	{ "budget_limits",         FIELD_LIST,  FIELD_REFUSED, OF_KEYS },
	{ "models",                FIELD_NAMES, FIELD_REFUSED, OF_KEYS },
	{ "budget_id",             FIELD_TEXT,  FIELD_REFUSED, OF_KEYS },
	{ "model_max_budget",      FIELD_MAP,   FIELD_REFUSED, OF_KEYS },
	{ "budget_fallbacks",      FIELD_MAP,   FIELD_REFUSED, OF_KEYS },
	{ "tpm_limit",             FIELD_WHOLE, FIELD_REFUSED, OF_KEYS },
	{ "rpm_limit",             FIELD_WHOLE, FIELD_REFUSED, OF_KEYS },
	{ "max_parallel_requests", FIELD_WHOLE, FIELD_REFUSED, OF_KEYS },
	{ "blocked",               FIELD_BOOL,  FIELD_REFUSED, OF_KEYS },
	{ "spend",                 FIELD_MONEY, FIELD_REFUSED, "spend is what was spent; see /key/KEY/reset_spend" },
	{ "team_id",               FIELD_TEXT,  FIELD_REFUSED, OF_KEYS },
	{ "duration",              FIELD_TEXT,  FIELD_REFUSED, OF_KEYS },
	{ "key_alias",             FIELD_TEXT,  FIELD_REFUSED, OF_KEYS },
	ACCOUNT_FIELDS,
};
/* clang-format on */

/* ---- out ---- */

/* All of a user's keys that are there; views. */
static json_t *user_keys(struct api_call *call, const char *user_id, struct error *err)
{
	struct key_filter filter = { .user_id = user_id, .size = KEYS_SHOWN };
	AUTO_JSON json_t *page =
	    view_keys(call->store, &filter, call->settings->timezone, call->now_ms, err);

	return page ? json_incref(json_object_get(page, "keys")) : NULL;
}

/* Limits are those of the only key; with several nobody's. */
static json_t *user_answer(struct api_call *call, const json_t *owner, struct error *err)
{
	bool has_one = json_read_int(owner, "key_count", 0) == 1;
	AUTO_JSON json_t *key = has_one ? view_key(call->store, json_read_text(owner, "key_id"),
					      call->settings->timezone, call->now_ms, err)
					: json_object();
	json_t *out;

	if (!key)
		return NULL;
	out = json_object();
	account_fields_write(out, key);
	if (!json_is_array(json_object_get(out, "models")))
		json_set(out, "models", json_array());
	wire_copy(out, owner, "user_id=id");
	wire_copy(out, json_object_get(owner, "about"),
	    "user_email user_alias user_role sso_user_id metadata");
	wire_copy(out, owner, "teams spend=spent$ key_count created_at=created updated_at=updated");
	return out;
}

/* One who gives a key by mistake does not find it in an error again. */
static int no_user(struct api_call *call, const char *asked, struct error *err)
{
	bool is_key = asked && strncmp(asked, "sk-", 3) == 0;

	call->param = "user_id";
	return error_set(err, ERROR_NOT_FOUND,
	    is_key ? "User not found: user_id is the id of a user, not a key%.0s"
		   : "User %.60s not found",
	    asked ? asked : "");
}

/* The one that fits, or NULL with ERROR_NOT_FOUND. */
static json_t *find_user(
    struct api_call *call, const struct owner_filter *wanted, struct error *err)
{
	struct owner_filter filter = *wanted;

	filter.size = 1;
	AUTO_JSON json_t *page = view_key_owners(call->store, &filter, err);
	json_t *owner = json_array_get(json_object_get(page, "owners"), 0);
	if (page && !owner)
		(void)no_user(call, wanted->id ? wanted->id : wanted->is_email, err);
	return owner ? json_incref(owner) : NULL;
}

/* user_id of the query, else the caller's; a client sees its own alone.  NULL and no error: the
 * caller has none. */
static int who(struct api_call *call, const char **out, struct error *err)
{
	AUTO_JSON json_t *key = NULL;
	const char *own = NULL;

	*out = api_query(call, "user_id");
	if (!call->key.is_master) {
		key = view_key(
		    call->store, call->key.id, call->settings->timezone, call->now_ms, err);
		if (!key)
			return -1;
		own = json_read_text(json_object_get(key, "extra"), "user_id");
		own = own ? arena_copy(call->arena, own) : NULL;
	}
	*out = *out ? *out : own;
	if (api_may_look(call) || (*out && own && strcmp(*out, own) == 0))
		return 0;
	return no_user(call, *out, err);
}

json_t *api_user_info_v2(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *owner = NULL;
	struct owner_filter filter = { 0 };

	if (who(call, &filter.id, err) != 0)
		return NULL;
	if (!filter.id)
		return json_none(
		    api_refuse(call, "user_id", err, "user_id: expected the id of a user"));
	owner = find_user(call, &filter, err);
	return owner ? user_answer(call, owner, err) : NULL;
}

/* Teams that are among the ids, or all when ids is NULL. */
static json_t *teams_among(struct api_call *call, const json_t *ids, struct error *err)
{
	AUTO_JSON json_t *views =
	    view_teams(call->store, NULL, false, call->settings->timezone, call->now_ms, err);
	json_t *out, *view;
	size_t i;

	if (!views)
		return NULL;
	out = json_array();
	json_array_foreach(views, i, view)
	{
		if (!ids || team_is_among(view, ids))
			json_append(out, team_answer(view));
	}
	return out;
}

/* With no id, which the master key has none of: all keys and teams. */
json_t *api_user_info(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *owner = NULL;
	struct owner_filter filter = { 0 };
	json_t *answer, *list, *key, *keys, *teams;
	size_t i;

	if (who(call, &filter.id, err) != 0)
		return NULL;
	owner = filter.id ? find_user(call, &filter, err) : NULL;
	keys = !filter.id || owner ? user_keys(call, filter.id, err) : NULL;
	if (!keys)
		return NULL;
	list = json_array();
	json_array_foreach(keys, i, key) json_append(list, key_answer(key));
	json_decref(keys);
	answer = json_object();
	json_set_all(answer, "user_id user_info keys", filter.id,
	    owner ? user_answer(call, owner, err) : json_null(), list);
	teams = teams_among(call, owner ? json_object_get(owner, "teams") : NULL, err);
	json_set(answer, "teams", teams);
	return json_if(teams && json_object_get(answer, "user_info"), answer);
}

/* A page of users; NULL and err. */
static json_t *users_of(
    struct api_call *call, const struct owner_filter *filter, int64_t *out_total, struct error *err)
{
	AUTO_JSON json_t *page = view_key_owners(call->store, filter, err);
	json_t *users = page ? json_array() : NULL, *owner;
	size_t i;

	json_array_foreach(json_object_get(page, "owners"), i, owner)
	{
		json_t *user = user_answer(call, owner, err);

		if (!user) {
			json_decref(users);
			return NULL;
		}
		json_append(users, user);
	}
	*out_total = json_read_int(page, "total", 0);
	return users;
}

json_t *api_user_list(struct api_call *call, struct error *err)
{
	struct owner_filter filter = { .email = api_query(call, "user_email"),
		.search = api_query(call, "search"),
		.role = api_query(call, "role"),
		.team_id = api_query(call, "team"),
		.ids = api_query(call, "user_ids") };
	const char *order;
	struct api_page at;
	int64_t total;
	json_t *answer, *users;

	if (api_page_read(call, "page_size", 25, 100, &at, err) != 0 ||
	    api_query_word(
		call, "sort_by", "created_at user_id user_email spend", &filter.sort, err) != 0 ||
	    api_query_word(call, "sort_order", "asc desc", &order, err) != 0)
		return NULL;
	filter.descending = order ? strcmp(order, "desc") == 0 : !filter.sort;
	filter.page = (int)at.page;
	filter.size = (int)at.size;
	users = users_of(call, &filter, &total, err);
	if (!users)
		return NULL;
	answer = json_object();
	json_set(answer, "users", users);
	api_page_write(&at, total, answer);
	return answer;
}

/* LiteLLM's has no pages: the USERS_SHOWN that spent most.  A client sees itself, or nobody. */
json_t *api_spend_users(struct api_call *call, struct error *err)
{
	struct owner_filter filter = {
		.sort = "spend", .descending = true, .page = 1, .size = USERS_SHOWN
	};
	bool all = api_may_look(call) && !api_query(call, "user_id");
	struct error nobody;
	int64_t total;

	if (!all && who(call, &filter.id, api_query(call, "user_id") ? err : &nobody) != 0)
		return api_query(call, "user_id") ? NULL : json_array();
	return users_of(call, &filter, &total, err);
}

/* ---- in ---- */

static int check_user_role(struct api_call *call, const struct api_body *body, struct error *err)
{
	const char *role = body_text(call, body, "user_role");

	if (!role || text_is_one_of(
			 role, "proxy_admin proxy_admin_viewer internal_user internal_user_viewer"))
		return 0;
	return api_refuse(call, "user_role", err,
	    "user_role: expected proxy_admin, proxy_admin_viewer, internal_user or "
	    "internal_user_viewer");
}

/* 409, as LiteLLM's. */
static int check_new(struct api_call *call, const char *id, const char *email, struct error *err)
{
	const struct owner_filter filters[] = { { .id = id }, { .is_email = email } };

	for (size_t i = 0; i < 2; i++) {
		struct error none = { 0 };

		if (!filters[i].id && !filters[i].is_email)
			continue;
		AUTO_JSON json_t *there = find_user(call, &filters[i], &none);
		if (!there && none.kind != ERROR_NOT_FOUND)
			return error_set(err, none.kind, "%s", none.text);
		call->param = NULL;
		if (!there)
			continue;
		(void)api_wrong(call, i ? "user_email" : "user_id", err,
		    "User with %s %.60s already exists; /key/generate with user_id makes another "
		    "key",
		    i ? "user_email" : "user_id", i ? email : id);
		call->status = 409;
		return -1;
	}
	return 0;
}

/* teams: ids, or objects with team_id.  A key is in one team. */
static int user_team(struct api_call *call, const struct api_body *body, struct account_wish *wish,
    struct error *err)
{
	size_t count = 0;

	for (struct json_cursor item = json_cursor(json_member(body->json, "teams"));
	     json_next(&item); count++) {
		struct slice id = json_scan_type(item.value) == JSON_MAP
				      ? json_member(item.value, "team_id")
				      : item.value;

		wish->team_id = json_as_text(id, call->arena);
		if (!wish->team_id || count > 0)
			return api_wrong(call, "teams", err,
			    "teams: expected the id of one team, since a key is in one; make a key "
			    "for each other with /key/generate, user_id and team_id");
	}
	return 0;
}

/* Limits without a key would be nobody's. */
static int check_no_limits(struct api_call *call, const struct api_body *body, struct error *err)
{
	static const char *const fields[] = { "max_budget", "budget_duration", "budget_limits",
		"model_max_budget", "budget_id", "tpm_limit", "rpm_limit", "max_parallel_requests",
		"duration" };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (body_state(body, fields[i]) == FIELD_GIVEN)
			return api_wrong(call, fields[i], err,
			    "%s is not offered without a key: it is a key's or a team's here, so "
			    "give it to /key/generate beside user_id, or leave auto_create_key",
			    fields[i]);
	return 0;
}

static json_t *user_with_key(struct api_call *call, const char *id, const struct api_body *body,
    struct account_wish *wish, struct error *err)
{
	json_t *about = json_object(), *answer;
	struct error ignored;

	json_set_text(about, "user_id", id);
	wish->extra = api_json_text(call, about);
	answer = key_made(call, body, wish, err);
	if (!answer) /* neither, or both */
		(void)key_owner_delete(call->store, &call->by, id, call->now_ms, &ignored);
	else if (wish->budget_count || wish->limits || wish->plan_id || wish->models)
		api_notice(call, "models and limits are those of the key that was made; another "
				 "key of the user has its own");
	return answer;
}

/* The key's row, with what a user's has beside it. */
static json_t *with_user(struct api_call *call, json_t *key, const char *id, struct error *err)
{
	struct owner_filter filter = { .id = id };
	AUTO_JSON json_t *owner = key ? find_user(call, &filter, err) : NULL;
	AUTO_JSON json_t *user = owner ? user_answer(call, owner, err) : NULL;

	if (!user) {
		json_decref(key);
		return NULL;
	}
	(void)json_object_update_missing(key, user); /* cannot fail */
	return key;
}

static int read_new(struct api_call *call, struct api_body *body, const char **out_id,
    struct account_wish *wish, struct error *err)
{
	const char *id;

	if (api_body_read(call, new_fields, sizeof new_fields / sizeof new_fields[0], body, err) !=
		0 ||
	    check_user_role(call, body, err) != 0)
		return -1;
	id = body_text(call, body, "user_id");
	if (check_new(call, id, body_text(call, body, "user_email"), err) != 0 ||
	    (!body_bool(body, "auto_create_key", true) && check_no_limits(call, body, err) != 0) ||
	    key_wish_read(call, KEY_GENERATE, body, NULL, wish, err) != 0 ||
	    user_team(call, body, wish, err) != 0)
		return -1;
	*out_id = id ? id : arena_printf(call->arena, "user-%s", digest_new_id().text);
	return 0;
}

json_t *api_user_new(struct api_call *call, struct error *err)
{
	struct account_wish wish;
	struct api_body body;
	json_t *answer;
	const char *id;

	if (read_new(call, &body, &id, &wish, err) != 0 ||
	    key_owner_put(
		call->store, &call->by, id, body.extra ? body.extra : "{}", call->now_ms, err) != 0)
		return NULL;
	if (body_bool(&body, "auto_create_key", true))
		return with_user(call, user_with_key(call, id, &body, &wish, err), id, err);
	answer = json_object();
	json_set_text(answer, "key", ""); /* as LiteLLM */
	return with_user(call, answer, id, err);
}

json_t *api_user_update(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *owner = NULL;
	AUTO_JSON json_t *now = NULL;
	struct owner_filter filter = { 0 };
	struct api_body body;
	json_t *answer, *data;

	if (api_body_read(call, update_fields, sizeof update_fields / sizeof update_fields[0],
		&body, err) != 0 ||
	    check_user_role(call, &body, err) != 0)
		return NULL;
	filter.id = body_text(call, &body, "user_id");
	filter.is_email = filter.id ? NULL : body_text(call, &body, "user_email");
	if (!filter.id && !filter.is_email)
		return json_none(
		    api_refuse(call, "user_id", err, "either user_id or user_email is needed"));
	owner = find_user(call, &filter, err);
	filter = (struct owner_filter){ .id = json_read_text(owner, "id") };
	if (!owner ||
	    key_owner_put(call->store, &call->by, filter.id, body.extra ? body.extra : "{}",
		call->now_ms, err) != 0 ||
	    !(now = find_user(call, &filter, err)) || !(data = user_answer(call, now, err)))
		return NULL;
	answer = json_object();
	json_set_all(answer, "user_id data", filter.id, data);
	return answer;
}

/* With their keys.  Every one is found before one is deleted.  The answer is their number. */
json_t *api_user_delete(struct api_call *call, struct error *err)
{
	static const struct body_field only[] = { { "user_ids", FIELD_NAMES, FIELD_USED, NULL } };
	const char **ids = arena_alloc(call->arena, USERS_MOST * sizeof *ids);
	struct api_body body;
	size_t count = 0;

	if (api_body_read(call, only, 1, &body, err) != 0)
		return NULL;
	for (struct json_cursor item = json_cursor(json_member(body.json, "user_ids"));
	     json_next(&item) && count < USERS_MOST; count++) {
		struct owner_filter filter = { .id = json_as_text(item.value, call->arena) };
		AUTO_JSON json_t *owner = filter.id ? find_user(call, &filter, err) : NULL;

		if (!owner)
			return NULL;
		ids[count] = filter.id;
	}
	if (count == 0 || count == USERS_MOST)
		return json_none(api_refuse(call, "user_ids", err,
		    "user_ids: expected an array of fewer than %d ids", USERS_MOST));
	for (size_t i = 0; i < count; i++)
		if (key_owner_delete(call->store, &call->by, ids[i], call->now_ms, err) != 0)
			return NULL;
	return json_integer((json_int_t)count);
}
