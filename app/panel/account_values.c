/*
 * What a form of a key or team changes.  See the header.
 */
#include "panel/account_values.h"

#include <string.h>

#include "accounts/window.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "panel/form_shown.h"

#include "base/banned.h"

/* The names of the values: what a person reads when somebody else changed one. */
#define ALIAS         "alias"
#define TEAM          "team"
#define MODELS        "models"
#define EXPIRY        "last good day"
#define METADATA      "metadata"
#define PLAN          "plan"
#define RPM           "requests a minute"
#define TPM           "tokens a minute"
#define PARALLEL      "calls at a time"
#define MODEL_BUDGETS "budgets at one model"
#define BUDGET_OF     "budget of " /* and the period */
#define BUDGET_OF_LEN (sizeof BUDGET_OF - 1)
#define FOR_EVER      "for ever" /* the period "" */

/* ---- in the form's words ---- */

/* Without spaces: a name that holds a comma reads as the two that the form makes of it. */
static const char *models_text(struct page_call *call, const json_t *models)
{
	struct arena_bytes text = { 0 };
	json_t *one;
	size_t i;

	json_array_foreach(models, i, one)
	{
		if (i)
			arena_bytes_add(&text, slice_of(","), call->arena);
		arena_bytes_add(&text, slice_of(json_string_value(one)), call->arena);
	}
	return arena_copy_slice(call->arena, arena_bytes_slice(&text));
}

/* What is stored is the moment after the last good day. */
const char *account_expiry_text(struct page_call *call, int64_t expires_ms)
{
	return expires_ms > 0 ? arena_printf(call->arena, "%.10s",
				    clock_iso(window_shown_at(call->timezone, expires_ms - 1)).text)
			      : NULL;
}

static const char *with_model_budget(struct page_call *call, const char *before,
    const char *dollars, const char *period, const char *model)
{
	return arena_printf(call->arena, "%s%s%s%s%s@%s", before ? before : "", before ? ", " : "",
	    dollars, *period ? "/" : "", period, model);
}

const char *account_model_budgets_text(struct page_call *call, const json_t *budgets)
{
	const char *text = NULL;
	json_t *one;
	size_t i;

	json_array_foreach(budgets, i, one) text =
	    with_model_budget(call, text, json_read_text(one, "limit_usd"),
		json_read_text(one, "period"), json_read_text(one, "model"));
	return text;
}

static const char *metadata_text(struct page_call *call, const json_t *metadata)
{
	return json_object_size(metadata) ? json_text(metadata, JSON_COMPACT, call->arena) : NULL;
}

static void set_limits(json_t *values, const struct limits *limits)
{
	const struct {
		const char *name;
		int64_t limit;
	} rows[] = { { RPM, limits->rpm }, { TPM, limits->tpm }, { PARALLEL, limits->parallel } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		json_set_text(values, rows[i].name,
		    rows[i].limit >= 0 ? number_text(rows[i].limit).text : NULL);
}

static void set_budget(
    struct page_call *call, json_t *values, const char *period, const char *dollars)
{
	json_set_text(values,
	    arena_printf(call->arena, BUDGET_OF "%s", *period ? period : FOR_EVER), dollars);
}

json_t *account_values(struct page_call *call, const json_t *account, size_t budgets_most)
{
	const struct limits limits = { json_read_int(account, "rpm_limit", LIMIT_NONE),
		json_read_int(account, "tpm_limit", LIMIT_NONE),
		json_read_int(account, "max_parallel_requests", LIMIT_NONE) };
	json_t *values = json_object(), *budget;
	size_t i;

	json_set_text(values, ALIAS, json_read_text(account, "alias"));
	json_set_text(values, TEAM, json_read_text(account, "team_id"));
	json_set_text(values, MODELS, models_text(call, json_object_get(account, "models")));
	json_set_text(
	    values, EXPIRY, account_expiry_text(call, json_read_int(account, "expires_ms", 0)));
	json_set_text(values, METADATA, metadata_text(call, json_object_get(account, "metadata")));
	json_set_text(values, PLAN, json_read_text(account, "plan_id"));
	json_set_text(values, MODEL_BUDGETS,
	    account_model_budgets_text(call, json_object_get(account, "model_budgets")));
	set_limits(values, &limits);
	json_array_foreach(json_object_get(account, "budgets"), i, budget) if (i < budgets_most)
	    set_budget(call, values, json_read_text(budget, "period"),
		json_read_text(budget, "limit_usd"));
	return values;
}

/* ---- what was typed ---- */

static json_t *typed_values(struct page_call *call, const struct account_wish *wish)
{
	AUTO_JSON json_t *models = json_read(slice_of(wish->models), NULL);
	AUTO_JSON json_t *metadata = json_read(slice_of(wish->metadata), NULL);
	json_t *typed = json_object();
	const char *at_models = NULL;

	for (size_t i = 0; i < wish->model_budget_count; i++)
		at_models = with_model_budget(call, at_models,
		    number_dollars_bare(wish->model_budgets[i].limit_nano).text,
		    wish->model_budgets[i].period, wish->model_budgets[i].model);
	json_set_text(typed, MODEL_BUDGETS, at_models);
	json_set_text(typed, ALIAS, wish->alias);
	json_set_text(typed, TEAM, wish->team_id);
	json_set_text(typed, MODELS, models_text(call, models));
	json_set_text(typed, EXPIRY, account_expiry_text(call, wish->expires_ms));
	json_set_text(typed, METADATA,
	    json_is_object(metadata) ? metadata_text(call, metadata) : wish->metadata);
	set_limits(typed, wish->limits);
	for (size_t i = 0; i < wish->budget_count; i++)
		set_budget(call, typed, wish->budgets[i].period,
		    number_dollars_bare(wish->budgets[i].limit_nano).text);
	return typed;
}

/* Budgets that the form showed and that are not in it any more: to be removed. */
static void add_removed(
    struct page_call *call, const json_t *shown, json_t *typed, struct account_form *form)
{
	const size_t room = sizeof form->budgets / sizeof form->budgets[0];
	const char *name, *period;
	json_t *value;

	json_object_foreach((json_t *)shown, name, value)
	{
		if (strncmp(name, BUDGET_OF, BUDGET_OF_LEN) != 0 || json_object_get(typed, name) ||
		    form->wish.budget_count == room)
			continue;
		period = name + BUDGET_OF_LEN;
		form->budgets[form->wish.budget_count++] = (struct budget_wish){ .limit_nano = -1,
			.period =
			    strcmp(period, FOR_EVER) == 0 ? "" : arena_copy(call->arena, period) };
		json_set_text(typed, name, "");
	}
}

/* ---- what is left of the wish ---- */

static bool keep_limits(
    struct page_call *call, const json_t *shown, const json_t *typed, struct limits *limits)
{
	const struct {
		const char *name;
		int64_t *limit;
	} rows[] = { { RPM, &limits->rpm }, { TPM, &limits->tpm },
		{ PARALLEL, &limits->parallel } };
	bool any = false;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (form_shown_changed(call, shown, typed, rows[i].name))
			any = true;
		else
			*rows[i].limit = KEY_KEEP;
	}
	return any;
}

static void keep_budgets(
    struct page_call *call, const json_t *shown, const json_t *typed, struct account_form *form)
{
	size_t kept = 0;

	for (size_t i = 0; i < form->wish.budget_count; i++) {
		const char *period = form->budgets[i].period;

		if (form_shown_changed(call, shown, typed,
			arena_printf(call->arena, BUDGET_OF "%s", *period ? period : FOR_EVER)))
			form->budgets[kept++] = form->budgets[i];
	}
	form->wish.budget_count = kept;
	form->wish.only_these_budgets = false;
}

static void keep_texts(
    struct page_call *call, const json_t *shown, const json_t *typed, struct account_wish *wish)
{
	const struct {
		const char *name, **text;
	} rows[] = { { ALIAS, &wish->alias }, { TEAM, &wish->team_id }, { MODELS, &wish->models },
		{ METADATA, &wish->metadata } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!form_shown_changed(call, shown, typed, rows[i].name))
			*rows[i].text = NULL;
	if (!form_shown_changed(call, shown, typed, EXPIRY))
		wish->expires_ms = KEY_KEEP;
	if (!form_shown_changed(call, shown, typed, MODEL_BUDGETS)) {
		wish->model_budgets = NULL;
		wish->model_budget_count = 0;
	}
}

/* Limits of one's own end a plan: typing them changes it, also when the form showed none. */
static int check_plan(struct page_call *call, const json_t *shown, json_t *typed,
    struct account_wish *wish, struct error *err)
{
	bool left = form_is_set(&call->form, "leave_plan"), own;
	const char *plan = json_read_text(shown, PLAN);

	own = wish->limits || wish->budget_count;
	if (plan && *plan && own && !left)
		return error_set(err, ERROR_BAD_REQUEST,
		    "budgets and limits follow the plan %.60s; tick \"Leave the plan\" to have "
		    "others",
		    plan);
	if (left)
		wish->plan_id = "";
	if (left || own)
		json_set_text(typed, PLAN, "left");
	return 0;
}

int account_keep_changed(
    struct page_call *call, const json_t *account, struct account_form *form, struct error *err)
{
	AUTO_JSON json_t *drawn = account_values(call, account, ACCOUNT_BUDGET_ROWS);
	AUTO_JSON json_t *shown = form_shown_read(call, drawn, err);
	AUTO_JSON json_t *typed = NULL, *now = NULL;

	if (!shown)
		return -1;
	now = account_values(call, account, SIZE_MAX);
	typed = typed_values(call, &form->wish);
	add_removed(call, shown, typed, form);
	keep_budgets(call, shown, typed, form);
	if (!keep_limits(call, shown, typed, &form->limits))
		form->wish.limits = NULL;
	keep_texts(call, shown, typed, &form->wish);
	if (check_plan(call, shown, typed, &form->wish, err) < 0)
		return -1;
	return form_shown_check(call, shown, typed, now, err);
}
