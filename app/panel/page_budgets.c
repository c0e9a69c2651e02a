/*
 * Budgets: all of them with their bars, one with its history, and a new limit for those of keys and
 * teams.  Budgets of the settings are changed in the settings.
 */
#include <string.h>

#include "accounts/key_change.h"
#include "accounts/teams.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "panel/budget_bars.h"
#include "panel/form_shown.h"
#include "panel/pages.h"
#include "views/view_budgets.h"

#include "base/banned.h"

#define WINDOWS_SHOWN  60
#define OVERRUNS_SHOWN 20

static json_t *scope_links(const char *chosen)
{
	static const char *const scopes[] = { "proxy", "provider", "deployment", "team",
		"team_model", "key", "key_model", "user", "tag" };
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
		json_t *one = json_object();

		json_set_all(one, "scope words here?", scopes[i], budget_scope_shown(scopes[i]),
		    chosen && strcmp(chosen, scopes[i]) == 0);
		json_append(list, one);
	}
	return list;
}

json_t *page_budgets(struct page_call *call, struct error *err)
{
	const char *scope = page_query(call, "scope");
	json_t *budgets = view_budgets(call->store, scope, call->timezone, call->now_ms, err);
	json_t *overruns = budgets ? view_budget_overruns(call->store, OVERRUNS_SHOWN, err) : NULL,
	       *data;

	if (!overruns) {
		json_decref(budgets);
		return NULL;
	}
	budget_bars(budgets, call->arena);
	data = json_object();
	json_set_all(data, "has_budgets? has_overruns? all? budgets overruns scopes",
	    json_array_size(budgets) > 0, json_array_size(overruns) > 0, scope == NULL, budgets,
	    overruns, scope_links(scope));
	return data;
}

/* ---- one budget ---- */

static json_t *page_budgets_find(struct page_call *call, struct error *err)
{
	int64_t id;
	json_t *budget, *alone;

	if (number_whole(call->parameter, 1, INT64_MAX, &id, NULL) < 0)
		return json_none(error_set(err, ERROR_NOT_FOUND, "there is no such budget"));
	budget = view_budget(call->store, id, WINDOWS_SHOWN, call->timezone, call->now_ms, err);
	if (!budget)
		return NULL;
	alone = json_pack("[O]", budget);
	budget_bars(alone, call->arena);
	json_decref(alone);
	return budget;
}

/* For form_shown.h. */
static json_t *values(const char *dollars)
{
	json_t *values = json_object();

	json_set_text(values, "limit", dollars);
	return values;
}

static json_t *page_of(struct page_call *call, json_t *budget)
{
	const char *limit = json_read_text(budget, "limit_usd");
	json_t *data = json_object(), *now = values(limit);

	json_set_text(data, "shown", form_shown_text(call, now));
	json_decref(now);
	json_set_all(data, "may_change? amount budget",
	    call->session->role == ADMIN_FULL && json_read_true(budget, "of_admins"),
	    call->form.count ? form_get(&call->form, "amount") : limit, budget);
	return data;
}

json_t *page_budget(struct page_call *call, struct error *err)
{
	json_t *budget = page_budgets_find(call, err);

	return budget ? page_of(call, budget) : NULL;
}

/* 1: the person changed it, and nobody else did; 0: left as it was shown; -1: refused. */
static int wants_limit(
    struct page_call *call, const json_t *budget, int64_t limit_nano, struct error *err)
{
	AUTO_JSON json_t *now = values(json_read_text(budget, "limit_usd"));
	AUTO_JSON json_t *typed =
	    values(limit_nano < 0 ? NULL : number_dollars_bare(limit_nano).text);
	AUTO_JSON json_t *shown = form_shown_read(call, now, err);

	if (!shown || form_shown_check(call, shown, typed, now, err) < 0)
		return -1;
	return form_shown_changed(call, shown, typed, "limit");
}

static int change_limit(struct page_call *call, const json_t *budget, struct error *err)
{
	const struct actor by = page_actor(call);
	const char *scope = json_read_text(budget, "scope");
	const char *id = json_read_text(budget, "scope_id");
	const char *amount = page_form(call, "amount");
	struct budget_wish limit = { .limit_nano = -1, .period = json_read_text(budget, "period") };
	struct account_wish wish = { .expires_ms = KEY_KEEP, .budgets = &limit, .budget_count = 1 };
	int wants;

	if (!json_read_true(budget, "of_admins"))
		return error_set(err, ERROR_FORBIDDEN,
		    "this budget stands in the settings file; change it there");
	if (amount && (number_scaled(slice_of(amount), 9, &limit.limit_nano, NULL) < 0 ||
			  limit.limit_nano < 0))
		return error_set(
		    err, ERROR_BAD_REQUEST, "'%.40s' is not an amount in dollars", amount);
	wants = wants_limit(call, budget, limit.limit_nano, err);
	if (wants <= 0)
		return wants;
	if (strcmp(scope, "team") == 0)
		return team_update(call->store, &by, id, &wish, call->now_ms, err);
	return key_update(call->store, &by, id, &wish, call->now_ms, err);
}

json_t *page_budget_post(struct page_call *call, struct error *err)
{
	AUTO_JSON json_t *budget = page_budgets_find(call, err);
	struct error why = { 0 };

	if (!budget || page_fields(call, "amount shown", err) < 0)
		return NULL;
	if (change_limit(call, budget, &why) < 0)
		return page_asks_again(call, why.kind == ERROR_BAD_REQUEST, &why, err)
			   ? page_of(call, json_incref(budget))
			   : NULL;
	if (!page_form(call, "amount"))
		return page_redirect(call, "/budgets?done=removed");
	return page_redirect(
	    call, "/budgets/%.*s?done=saved", (int)call->parameter.len, call->parameter.ptr);
}
