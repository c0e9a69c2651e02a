/*
 * /team/...: teams in LiteLLM's words.  The changes are accounts/teams.h's.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts/teams.h"
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

#define TEAMS_MOST     1000 /* in one body */
#define KEYS_OF_A_TEAM 1000 /* told with it; /key/list?team_id= pages through more */

static const struct body_field fields[] = {
	/* clang-format off */
	ACCOUNT_FIELDS,
	{ "model_max_budget",     FIELD_MAP,   FIELD_USED, NULL },
	{ "budget_fallbacks",     FIELD_MAP,   FIELD_REFUSED, "give them to each key" },
	{ "team_id",              FIELD_TEXT,  FIELD_USED, NULL },
	{ "team_alias",           FIELD_TEXT,  FIELD_USED, NULL },
	{ "members_with_roles",   FIELD_LIST,  FIELD_KEPT, "a team is its keys" },
	{ "members",              FIELD_LIST,  FIELD_KEPT, "a team is its keys" },
	{ "admins",               FIELD_LIST,  FIELD_KEPT, "a team is its keys" },
	{ "model_aliases",        FIELD_MAP,   FIELD_REFUSED, "aliases of models are set in the settings file (model_group_alias)" },
	{ "team_member_budget",   FIELD_MONEY, FIELD_REFUSED, "give each key a budget, or a budget_id" },
	{ "team_member_budget_duration", FIELD_TEXT, FIELD_REFUSED, "give each key a budget, or a budget_id" },
	{ "team_member_rpm_limit", FIELD_WHOLE, FIELD_REFUSED, "give each key a limit, or a budget_id" },
	{ "team_member_tpm_limit", FIELD_WHOLE, FIELD_REFUSED, "give each key a limit, or a budget_id" },
	{ "team_member_key_duration", FIELD_TEXT, FIELD_REFUSED, "give each key a duration" },
	{ "team_member_model_max_budget", FIELD_MAP, FIELD_REFUSED, "give each key a budget, or a budget_id" },
	{ "default_team_member_models", FIELD_LIST, FIELD_REFUSED, "name the models of the key" },
	{ "enforced_batch_output_expires_after", FIELD_MAP, FIELD_REFUSED, "files are kept by their provider" },
	{ "enforced_file_expires_after", FIELD_MAP, FIELD_REFUSED, "files are kept by their provider" },
	{ "require_trace_id",     FIELD_BOOL,  FIELD_REFUSED, NULL },
	{ "team_member_permissions", FIELD_LIST, FIELD_REFUSED, "a team is its keys, and what a key may do is its key_type" },
	{ "allowed_passthrough_routes", FIELD_LIST, FIELD_REFUSED, "name the paths in models" },
	/* clang-format on */
};

/* ---- out ---- */

json_t *team_answer(const json_t *view)
{
	static const char *const people[] = { "members_with_roles", "members", "admins" };
	json_t *out = json_object(), *sideways = json_object();

	wire_copy(out, view, "team_id=id team_alias=alias");
	account_fields_write(out, view);
	for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
		json_t *kept = account_kept(view, people[i]);

		json_set(out, people[i], json_is_array(kept) ? kept : json_array());
		if (!json_is_array(kept))
			json_decref(kept);
	}
	wire_copy(out, view, "key_count keys_count=key_count");
	json_set_int(out, "members_count",
	    (int64_t)json_array_size(json_object_get(out, "members_with_roles")));
	wire_copy(sideways, view, "spend_ever=spent$");
	json_set(out, "sideways", sideways);
	return out;
}

static json_t *team_now(struct api_call *call, const char *id, struct error *err)
{
	AUTO_JSON json_t *view =
	    view_team(call->store, id, call->settings->timezone, call->now_ms, err);

	return view ? team_answer(view) : NULL;
}

static json_t *keys_of(struct api_call *call, const char *team_id, struct error *err)
{
	struct key_filter filter = { .team_id = team_id, .size = KEYS_OF_A_TEAM };
	AUTO_JSON json_t *page =
	    view_keys(call->store, &filter, call->settings->timezone, call->now_ms, err);
	json_t *list, *key;
	size_t i;

	if (!page)
		return NULL;
	list = json_array();
	json_array_foreach(json_object_get(page, "keys"), i, key)
	    json_append(list, key_answer(key));
	return list;
}

static int find_team(struct api_call *call, const char *which, struct team *out, struct error *err)
{
	*out = (struct team){ .id = NULL };
	if (!which)
		return api_refuse(call, "team_id", err, "team_id: expected a team's id");
	call->param = "team_id";
	return teams_find(call->store, which, call->arena, out, err);
}

json_t *api_team_info(struct api_call *call, struct error *err)
{
	const char *which = api_query(call, "team_id");
	json_t *answer, *keys, *info;
	struct team team;

	if (find_team(call, which, &team, err) != 0)
		return NULL;
	info = team_now(call, team.id, err);
	keys = info ? keys_of(call, team.id, err) : NULL;
	if (!keys) {
		json_decref(info);
		return NULL;
	}
	answer = json_object();
	json_set_all(
	    answer, "team_id team_info keys team_memberships", team.id, info, keys, json_array());
	return answer;
}

static bool is_of(const json_t *view, const char *organization_id)
{
	const char *kept = json_read_text(json_object_get(view, "extra"), "organization_id");

	return !organization_id || (kept && strcmp(kept, organization_id) == 0);
}

bool team_is_among(const json_t *view, const json_t *ids)
{
	const char *id = json_read_text(view, "id");

	for (size_t i = 0; i < json_array_size(ids); i++)
		if (strcmp(json_string_value(json_array_get(ids, i)), id) == 0)
			return true;
	return false;
}

/* Those that the filters of /team/list leave: a user's are the teams of its keys. */
static json_t *filtered(struct api_call *call, const char *search, struct error *err)
{
	struct owner_filter filter = { .id = api_query(call, "user_id"), .size = 1 };
	const char *organization_id = api_query(call, "organization_id");
	AUTO_JSON json_t *owners =
	    filter.id ? view_key_owners(call->store, &filter, err) : json_object();
	AUTO_JSON json_t *views = owners ? view_teams(call->store, search, false,
					       call->settings->timezone, call->now_ms, err)
					 : NULL;
	const json_t *owner = json_array_get(json_object_get(owners, "owners"), 0);
	json_t *answer, *view;
	size_t i;

	if (!views)
		return NULL;
	answer = json_array();
	json_array_foreach(views, i, view)
	{
		if (is_of(view, organization_id) &&
		    (!filter.id || team_is_among(view, json_object_get(owner, "teams"))))
			json_append(answer, team_answer(view));
	}
	return answer;
}

json_t *api_team_list(struct api_call *call, struct error *err)
{
	json_t *answer, *team;
	size_t i;

	if (!(answer = filtered(call, api_query(call, "search"), err)))
		return NULL;
	json_array_foreach(answer, i, team)
	{
		json_t *keys = keys_of(call, json_read_text(team, "team_id"), err);

		if (!keys) {
			json_decref(answer);
			return NULL;
		}
		json_set_all(team, "keys team_memberships", keys, json_array());
	}
	return answer;
}

/* ---- LiteLLM's second list, in pages ---- */

struct team_order {
	const char *by;
	int sign;
};

static int compare_teams(const void *a, const void *b, void *ctx)
{
	const json_t *const *left = a, *const *right = b;
	const struct team_order *order = ctx;
	const json_t *x = json_object_get(*left, order->by),
		     *y = json_object_get(*right, order->by);
	const char *xs = json_string_value(x), *ys = json_string_value(y);
	int order_of_names;

	if (json_is_number(x) && json_is_number(y))
		return order->sign * ((json_number_value(x) > json_number_value(y)) -
					 (json_number_value(x) < json_number_value(y)));
	order_of_names = strcmp(xs ? xs : "", ys ? ys : "");
	return order->sign > 0 ? order_of_names : -order_of_names;
}

/* Those of the id, or all, in order. */
static json_t *in_order(
    struct api_call *call, const json_t *all, const char *id, struct team_order *order)
{
	json_t **sorted = arena_alloc(call->arena, (json_array_size(all) + 1) * sizeof *sorted);
	json_t *out = json_array(), *team;
	size_t i, count = 0;

	json_array_foreach(all, i, team)
	{
		if (!id || strcmp(json_read_text(team, "team_id"), id) == 0)
			sorted[count++] = team;
	}
	qsort_r(sorted, count, sizeof *sorted, compare_teams, order);
	for (i = 0; i < count; i++)
		json_append(out, json_incref(sorted[i]));
	return out;
}

json_t *api_team_list_v2(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *all = NULL;
	AUTO_JSON json_t *sorted = NULL;
	struct team_order order = { .sign = 1 };
	struct api_page at;
	const char *way;

	if (api_page_read(call, "page_size", 10, 100, &at, err) != 0 ||
	    api_query_word(call, "sort_by", "team_id team_alias created_at spend max_budget",
		&order.by, err) != 0 ||
	    api_query_word(call, "sort_order", "asc desc", &way, err) != 0 ||
	    !(all = filtered(call, api_query(call, "team_alias"), err)))
		return NULL;
	order.by = order.by ? order.by : "created_at";
	order.sign = way && strcmp(way, "desc") == 0 ? -1 : 1;
	sorted = in_order(call, all, api_query(call, "team_id"), &order);
	return api_page_of(&at, "teams", sorted);
}

/* Nobody joins a team by himself: a key's team is the key's. */
json_t *api_team_available(struct api_call *call, struct error *err)
{
	return json_array();
}

/* Members have no rights of their own, since a team is its keys. */
json_t *api_team_permissions(struct api_call *call, struct error *err)
{
	struct team team;
	json_t *answer;

	if (find_team(call, api_query(call, "team_id"), &team, err) != 0)
		return NULL;
	answer = json_object();
	json_set_all(answer, "team_id team_member_permissions all_available_permissions", team.id,
	    json_array(), json_array());
	return answer;
}

/* ---- in ---- */

static int read_team(struct api_call *call, struct api_body *body, struct error *err)
{
	return api_body_read(call, fields, sizeof fields / sizeof fields[0], body, err);
}

json_t *api_team_new(struct api_call *call, struct error *err)
{
	struct account_wish wish;
	struct api_body body;
	const char *id;

	if (read_team(call, &body, err) != 0 ||
	    account_fields_read(call, &body, NULL, &wish, err) != 0 ||
	    account_model_budgets_read(call, &body, &wish, err) != 0)
		return NULL;
	wish.alias = body_text(call, &body, "team_alias");
	if (team_create(call->store, &call->by, body_text(call, &body, "team_id"), &wish,
		call->now_ms, call->arena, &id, err) != 0)
		return NULL;
	return team_now(call, id, err);
}

json_t *api_team_update(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *current = NULL;
	struct account_wish wish;
	struct api_body body;
	struct team team;
	json_t *answer;

	if (read_team(call, &body, err) != 0 ||
	    find_team(call, body_text(call, &body, "team_id"), &team, err) != 0)
		return NULL;
	call->param = NULL;
	current = view_team(call->store, team.id, call->settings->timezone, call->now_ms, err);
	if (!current || account_fields_read(call, &body, current, &wish, err) != 0 ||
	    account_model_budgets_read(call, &body, &wish, err) != 0)
		return NULL;
	wish.alias = body_state(&body, "team_alias") == FIELD_NULL
			 ? ""
			 : body_text(call, &body, "team_alias");
	if (team_update(call->store, &call->by, team.id, &wish, call->now_ms, err) != 0)
		return NULL;
	answer = json_object();
	json_set_all(answer, "team_id data", team.id, team_now(call, team.id, err));
	return json_if(json_object_get(answer, "data"), answer);
}

static json_t *api_teams_set_blocked(struct api_call *call, bool blocked, struct error *err)
{
	static const struct body_field only[] = { { "team_id", FIELD_TEXT, FIELD_USED, NULL } };
	struct api_body body;
	struct team team;

	if (api_body_read(call, only, 1, &body, err) != 0 ||
	    find_team(call, body_text(call, &body, "team_id"), &team, err) != 0 ||
	    team_set_blocked(call->store, &call->by, team.id, blocked, call->now_ms, err) != 0)
		return NULL;
	return team_now(call, team.id, err);
}

json_t *api_team_block(struct api_call *call, struct error *err)
{
	return api_teams_set_blocked(call, true, err);
}

json_t *api_team_unblock(struct api_call *call, struct error *err)
{
	return api_teams_set_blocked(call, false, err);
}

/* Every team is found before one is deleted. */
static int find_teams(
    struct api_call *call, struct slice list, const char **out, size_t *count, struct error *err)
{
	for (struct json_cursor item = json_cursor(list); json_next(&item); ++*count) {
		struct team team;

		if (*count == TEAMS_MOST)
			return api_refuse(
			    call, "team_ids", err, "team_ids: at most %d", TEAMS_MOST);
		if (find_team(call, json_as_text(item.value, call->arena), &team, err) != 0)
			return -1;
		out[*count] = team.id;
	}
	return 0;
}

json_t *api_team_delete(struct api_call *call, struct error *err)
{
	static const struct body_field only[] = { { "team_ids", FIELD_NAMES, FIELD_USED, NULL } };
	const char **ids = arena_alloc(call->arena, TEAMS_MOST * sizeof *ids);
	json_t *answer, *deleted;
	struct api_body body;
	size_t count = 0;

	if (api_body_read(call, only, 1, &body, err) != 0)
		return NULL;
	if (body_state(&body, "team_ids") != FIELD_GIVEN)
		return json_none(
		    api_refuse(call, "team_ids", err, "team_ids: expected an array of ids"));
	if (find_teams(call, json_member(body.json, "team_ids"), ids, &count, err) != 0)
		return NULL;
	deleted = json_array();
	for (size_t i = 0; i < count; i++) {
		if (team_delete(call->store, &call->by, ids[i], call->now_ms, err) != 0 &&
		    err->kind != ERROR_NOT_FOUND) { /* named twice, or deleted meanwhile */
			json_decref(deleted);
			return NULL;
		}
		json_append(deleted, json_string(ids[i]));
	}
	answer = json_object();
	json_set(answer, "deleted_teams", deleted);
	return answer;
}
