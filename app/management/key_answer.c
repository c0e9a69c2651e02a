/*
 * Keys in LiteLLM's shape, both ways.  See the header.
 */
#include "management/key_answer.h"

#include <string.h>

#include "accounts/key_routes.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/json_scan.h"
#include "management/account_fields.h"
#include "management/wire.h"
#include "relay/fallback_check.h"
#include "views/view_keys.h"

#include "base/banned.h"

/* LiteLLM's key_type and our roles. */
static const struct {
	const char *type, *role;
} roles[] = {
	{ "llm_api", "client" },
	{ "default", "client" },
	{ "management", "admin" },
	{ "read_only", "viewer" },
};
#define ROLE_COUNT (sizeof roles / sizeof roles[0])

/* ---- out ---- */

static const char *type_of_role(const char *role)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (strcmp(roles[i].role, role) == 0)
			return roles[i].type;
	return role;
}

static void write_sideways(json_t *out, const json_t *view)
{
	json_t *sideways = json_object();

	wire_copy(sideways, view,
	    "id status team_alias team_blocked old_secret_until deleted_at spend_ever=spent$");
	json_set(out, "sideways", sideways);
}

json_t *key_answer(const json_t *view)
{
	json_t *out = json_object();

	wire_copy(out, view,
	    "token=hash token_id=hash key_name=hint key_alias=alias team_id expires created_by");
	json_set_text(out, "key_type", type_of_role(json_read_text(view, "role")));
	wire_copy(out, json_object_get(view, "extra"), "user_id project_id agent_id");
	account_fields_write(out, view);
	wire_copy(out, view, "budget_fallbacks");
	json_set_all(out, "aliases config allowed_cache_controls allowed_routes", json_object(),
	    json_object(), json_array(), account_kept(view, "allowed_routes"));
	if (!json_is_array(json_object_get(out, "allowed_routes")))
		json_set(out, "allowed_routes", json_array());
	write_sideways(out, view);
	return out;
}

json_t *key_answer_now(struct api_call *call, const char *id, struct error *err)
{
	AUTO_JSON json_t *view =
	    view_key(call->store, id, call->settings->timezone, call->now_ms, err);

	return view ? key_answer(view) : NULL;
}

/* ---- in ---- */

static const struct body_field fields[] = {
	/* clang-format off */
	ACCOUNT_FIELDS,
	{ "model_max_budget",     FIELD_MAP,   FIELD_USED, NULL },
	{ "budget_fallbacks",     FIELD_MAP,   FIELD_USED, NULL },
	{ "key",                  FIELD_TEXT,  FIELD_USED, NULL },
	{ "key_alias",            FIELD_TEXT,  FIELD_USED, NULL },
	{ "duration",             FIELD_TEXT,  FIELD_USED, NULL },
	{ "team_id",              FIELD_TEXT,  FIELD_USED, NULL },
	{ "key_type",             FIELD_TEXT,  FIELD_USED, NULL },
	{ "new_key",              FIELD_TEXT,  FIELD_USED, NULL },
	{ "grace_period",         FIELD_TEXT,  FIELD_USED, NULL },
	{ "new_master_key",       FIELD_TEXT,  FIELD_REFUSED, "the master key stands in the settings file" },
	{ "user_id",              FIELD_TEXT,  FIELD_NOTED, NULL },
	{ "project_id",           FIELD_TEXT,  FIELD_KEPT, NULL },
	{ "agent_id",             FIELD_TEXT,  FIELD_KEPT, NULL },
	{ "aliases",              FIELD_MAP,   FIELD_REFUSED, "aliases of models are set in the settings file (model_group_alias)" },
	{ "config",               FIELD_MAP,   FIELD_REFUSED, "settings are the same for all keys" },
	{ "spend",                FIELD_MONEY, FIELD_USED, NULL },
	{ "allowed_routes",       FIELD_NAMES, FIELD_NOTED, NULL },
	{ "allowed_passthrough_routes", FIELD_LIST, FIELD_REFUSED, "name the paths in models" },
	{ "allowed_cache_controls", FIELD_LIST, FIELD_REFUSED, "a key cannot be kept from the cache" },
	{ "enforced_params",      FIELD_LIST,  FIELD_REFUSED, NULL },
	{ "send_invite_email",    FIELD_BOOL,  FIELD_REFUSED, "no mail is sent to users" },
	{ "auto_rotate",          FIELD_BOOL,  FIELD_REFUSED, "call /key/regenerate with a grace_period" },
	{ "rotation_interval",    FIELD_TEXT,  FIELD_REFUSED, "call /key/regenerate with a grace_period" },
	{ "temp_budget_increase", FIELD_MONEY, FIELD_REFUSED, "change max_budget" },
	{ "temp_budget_expiry",   FIELD_TEXT,  FIELD_REFUSED, "change max_budget" },
	{ "enable_prompt_caching", FIELD_BOOL, FIELD_REFUSED, "clients mark what is to be cached" },
	{ "end_user_budget_id",   FIELD_TEXT,  FIELD_REFUSED, "budgets of end users are set in the settings file" },
	{ "throttle_on_budget_exceeded", FIELD_BOOL, FIELD_REFUSED, "a budget is hard; on_low_budget in the settings file shortens answers" },
	/* clang-format on */
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

int key_body_read(
    struct api_call *call, enum key_deed deed, struct api_body *out, struct error *err)
{
	struct slice json;

	return api_body_json(call, &json, err) != 0
		   ? -1
		   : key_body_read_part(call, deed, json, out, err);
}

int key_body_read_part(struct api_call *call, enum key_deed deed, struct slice json,
    struct api_body *out, struct error *err)
{
	if (api_body_read_part(call, json, fields, FIELD_COUNT, out, err) != 0)
		return -1;
	if (deed != KEY_GENERATE && body_money(out, "spend", 0) > 0)
		return api_wrong(call, "spend", err,
		    "spend is what was spent; /key/KEY/reset_spend begins a budget anew");
	if (deed != KEY_REGENERATE &&
	    (body_text(call, out, "grace_period") || body_text(call, out, "new_key")))
		return api_refuse(call, "grace_period", err,
		    "grace_period and new_key are fields of /key/regenerate");
	return 0;
}

static int read_role(
    struct api_call *call, const char *type, struct account_wish *out, struct error *err)
{
	if (!type)
		return 0;
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (strcmp(roles[i].type, type) == 0) {
			out->role = roles[i].role;
			return 0;
		}
	return api_refuse(
	    call, "key_type", err, "key_type: expected llm_api, default, management or read_only");
}

static int check_routes(struct api_call *call, const struct api_body *body, struct error *err)
{
	const char *routes = body_json(call, body, "allowed_routes");

	for (struct json_cursor item = json_cursor(slice_of(routes ? routes : "[]"));
	     json_next(&item);) {
		struct slice name = json_as_slice(item.value, call->arena);

		if (!key_routes_known(name))
			return api_wrong(call, "allowed_routes", err,
			    "allowed_routes: '%.*s' is no address that begins with /, and no group "
			    "as llm_api_routes, openai_routes, anthropic_routes or google_routes; "
			    "a key that manages the gateway has a key_type",
			    (int)(name.len < 100 ? name.len : 100), name.ptr);
	}
	return 0;
}

/* duration counts from now; null and "-1" are no end, as in LiteLLM. */
static int read_duration(struct api_call *call, const struct api_body *body, bool is_new,
    struct account_wish *out, struct error *err)
{
	const char *text = body_text(call, body, "duration");
	int64_t span_ms;

	if (body_state(body, "duration") == FIELD_ABSENT || (!text && is_new))
		return 0;
	if (!text || strcmp(text, "-1") == 0) {
		out->expires_ms = 0;
		return 0;
	}
	if (api_span(call, "duration", text, &span_ms, err) != 0)
		return -1;
	out->expires_ms = call->now_ms + span_ms;
	return 0;
}

/* A field of a new key that is null says nothing; of an update it takes the value away. */
static const char *text_or_none(
    const struct api_call *call, const struct api_body *body, const char *name, bool is_new)
{
	return body_state(body, name) == FIELD_NULL && !is_new ? "" : body_text(call, body, name);
}

/* The master key is recognised first, so a virtual key with the same secret would be unlimited. */
static int check_own_secret(struct api_call *call, const char *secret, struct error *err)
{
	const char *master_key = call->settings->master_key;

	if (master_key && digest_equal(secret, strlen(secret), master_key, strlen(master_key)))
		return error_set(err, ERROR_BAD_REQUEST,
		    "key: this is the gateway's master key; a virtual key needs a secret of its "
		    "own");
	api_notice(call, "a key of your own choice is as hard to guess as you made it");
	return 0;
}

int key_wish_read(struct api_call *call, enum key_deed deed, const struct api_body *body,
    const json_t *current, struct account_wish *out, struct error *err)
{
	bool is_new = deed == KEY_GENERATE;

	if (account_fields_read(call, body, current, out, err) != 0 ||
	    account_model_budgets_read(call, body, out, err) != 0 ||
	    fallback_check_budgets(call->catalog, out->budget_fallbacks, call->arena, err) != 0 ||
	    read_duration(call, body, is_new, out, err) != 0 ||
	    check_routes(call, body, err) != 0 ||
	    read_role(call, body_text(call, body, "key_type"), out, err) != 0)
		return -1;
	out->alias = text_or_none(call, body, "key_alias", is_new);
	out->team_id = text_or_none(call, body, "team_id", is_new);
	out->team_must_exist = true;
	if (deed == KEY_GENERATE)
		out->secret = body_text(call, body, "key");
	else if (deed == KEY_REGENERATE)
		out->secret = body_text(call, body, "new_key");
	return out->secret ? check_own_secret(call, out->secret, err) : 0;
}
