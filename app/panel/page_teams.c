/*
 * Teams: the list, one of them, and changes.  An id of a team is free text, so it stands in the
 * query of a page's URL and not in its path.
 */
#include <string.h>

#include "accounts/teams.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/account_form.h"
#include "panel/budget_bars.h"
#include "panel/page_key.h"
#include "panel/pages.h"
#include "panel/range.h"
#include "views/view_keys.h"
#include "views/view_teams.h"

#include "base/banned.h"

#define KEYS_SHOWN 100

static void page_teams_add_row(struct page_call *call, json_t *team)
{
	json_t *budgets = json_object_get(team, "budgets"), *tightest;

	budget_bars(budgets, call->arena);
	tightest = budget_bars_tightest(budgets);
	if (tightest)
		json_object_set(team, "budget", tightest);
	json_set_text(team, "id_link", form_encode(json_read_text(team, "id"), call->arena));
}

json_t *page_teams(struct page_call *call, struct error *err)
{
	const char *search = page_query(call, "search");
	json_t *teams = view_teams(call->store, search, false, call->timezone, call->now_ms, err),
	       *data, *one;
	size_t i;

	if (!teams)
		return NULL;
	json_array_foreach(teams, i, one) page_teams_add_row(call, one);
	data = json_object();
	json_set_all(data, "teams search", teams, search);
	return data;
}

static json_t *page_teams_find(struct page_call *call, struct error *err)
{
	const char *id = page_query(call, "id");
	json_t *team = view_team(call->store, id ? id : "", call->timezone, call->now_ms, err);

	if (team)
		page_teams_add_row(call, team);
	return team;
}

/* ---- one team ---- */

static int add_keys(struct page_call *call, json_t *data, const char *id, struct error *err)
{
	struct key_filter of_team = {
		.team_id = id, .sort = "spend", .descending = true, .size = KEYS_SHOWN
	};
	AUTO_JSON json_t *keys =
	    view_keys(call->store, &of_team, call->timezone, call->now_ms, err);
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(keys, "keys"), i, one) page_key_row(call, one);
	json_object_set(data, "keys", json_object_get(keys, "keys"));
	json_object_set(data, "keys_in_all", json_object_get(keys, "total"));
	json_set_all(
	    data, "keys_here more_keys?", KEYS_SHOWN, json_read_int(keys, "total", 0) > KEYS_SHOWN);
	return keys ? 0 : -1;
}

json_t *page_team(struct page_call *call, struct error *err)
{
	json_t *team = page_teams_find(call, err), *data;
	const char *id;

	if (!team)
		return NULL;
	id = json_read_text(team, "id");
	call->title = arena_copy(call->arena, json_read_text(team, "name"));
	data = json_object();
	json_set_all(data, "team id_link", team, json_read_text(team, "id_link"));
	range_keep(call, data, &(const char *){ "id" }, 1);
	json_set_bool(data, "may_change",
	    call->session->role == ADMIN_FULL && !json_read_true(team, "deleted"));
	return json_if(page_account_history(call, data, USAGE_BY_TEAM, id, err) == 0 &&
			   add_keys(call, data, id, err) == 0,
	    data);
}

/* ---- changes ---- */

static json_t *page_teams_form_json(struct page_call *call, const json_t *team)
{
	json_t *data = account_form_json(call, false, team);

	if (team) {
		json_set_all(data, "name id_link", json_read_text(team, "name"),
		    json_read_text(team, "id_link"));
	}
	return data;
}

static json_t *form_again(
    struct page_call *call, const json_t *team, const struct error *why, struct error *err)
{
	return page_asks_again(call, why->kind == ERROR_BAD_REQUEST, why, err)
		   ? page_teams_form_json(call, team)
		   : NULL;
}

static json_t *back(struct page_call *call, const char *id, const char *done)
{
	return page_redirect(call, "/team?id=%s&done=%s", form_encode(id, call->arena), done);
}

json_t *page_team_new(struct page_call *call, struct error *err)
{
	return page_teams_form_json(call, NULL);
}

json_t *page_team_new_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	struct account_form form;
	struct error why = { 0 };
	const char *id;

	if (account_form_read(call, NULL, &form, &why) < 0)
		return form_again(call, NULL, &why, err);
	if (!*form.wish.alias)
		form.wish.alias = NULL;
	form.wish.team_id = NULL;
	form.wish.expires_ms = KEY_KEEP;
	if (team_create(
		call->store, &by, form.id, &form.wish, call->now_ms, call->arena, &id, &why) < 0)
		return form_again(call, NULL, &why, err);
	return back(call, id, "created");
}

json_t *page_team_edit(struct page_call *call, struct error *err)
{
	AUTO_JSON json_t *team = page_teams_find(call, err);

	return team ? page_teams_form_json(call, team) : NULL;
}

json_t *page_team_edit_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	AUTO_JSON json_t *team = page_teams_find(call, err);
	struct account_form form;
	struct error why = { 0 };
	const char *id;

	if (!team)
		return NULL;
	id = arena_copy(call->arena, json_read_text(team, "id"));
	form = (struct account_form){ .id = NULL };
	if (account_form_read(call, team, &form, &why) == 0) {
		form.wish.team_id = NULL;
		form.wish.expires_ms = KEY_KEEP;
		if (team_update(call->store, &by, id, &form.wish, call->now_ms, &why) == 0)
			return back(call, id, "saved");
	}
	return form_again(call, team, &why, err);
}

static const char *sent_id(struct page_call *call, struct error *err)
{
	const char *id = form_get(&call->form, "id");

	return page_fields(call, "id", err) < 0 ? NULL : id ? id : "";
}

static json_t *page_teams_set_blocked(struct page_call *call, bool blocked, struct error *err)
{
	const struct actor by = page_actor(call);
	const char *id = sent_id(call, err);

	if (!id || team_set_blocked(call->store, &by, id, blocked, call->now_ms, err) < 0)
		return NULL;
	return back(call, id, blocked ? "blocked" : "unblocked");
}

json_t *page_team_block_post(struct page_call *call, struct error *err)
{
	return page_teams_set_blocked(call, true, err);
}

json_t *page_team_unblock_post(struct page_call *call, struct error *err)
{
	return page_teams_set_blocked(call, false, err);
}

json_t *page_team_delete(struct page_call *call, struct error *err)
{
	return page_teams_find(call, err);
}

json_t *page_team_delete_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	const char *id = sent_id(call, err);

	if (!id || team_delete(call->store, &by, id, call->now_ms, err) < 0)
		return NULL;
	return page_redirect(call, "/teams?done=deleted");
}
