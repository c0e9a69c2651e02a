/*
 * Reading and writing what keys and teams share.  See the header.
 */
#include "management/account_fields.h"

#include <string.h>

#include "accounts/window.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/json_scan.h"
#include "base/number.h"
#include "management/wire.h"

#include "base/banned.h"

#define BUDGETS_MOST       16
#define MODEL_BUDGETS_MOST 100
#define MODEL_BUDGET_MAX   (INT64_C(1000000000) * NANO_PER_DOLLAR) /* as of all amounts */

/* ---- in ---- */

static int check_period(
    struct api_call *call, const char *field, const char *period, struct error *err)
{
	struct error why = { 0 };

	if (window_check(period, &why) == 0)
		return 0;
	return api_refuse(call, field, err, "%s: %.200s", field, why.text);
}

/* One entry of budget_limits. */
static int account_fields_read_limit(
    struct api_call *call, struct slice entry, struct budget_wish *out, struct error *err)
{
	struct api_body body = { .json = entry };

	if (json_scan_type(entry) != JSON_MAP || body_money(&body, "max_budget", -1) < 0 ||
	    !body_text(call, &body, "budget_duration"))
		return api_refuse(call, "budget_limits", err,
		    "budget_limits: expected objects with budget_duration, a text, and max_budget, "
		    "a number of dollars");
	out->period = body_text(call, &body, "budget_duration");
	out->limit_nano = body_money(&body, "max_budget", -1);
	return check_period(call, "budget_limits", out->period, err);
}

static int account_fields_read_limits(
    struct api_call *call, const struct api_body *body, struct account_wish *out, struct error *err)
{
	struct budget_wish *budgets = arena_alloc(call->arena, BUDGETS_MOST * sizeof *budgets);
	size_t count = 0;

	for (struct json_cursor item = json_cursor(json_member(body->json, "budget_limits"));
	     json_next(&item); count++) {
		if (count == BUDGETS_MOST)
			return api_refuse(
			    call, "budget_limits", err, "budget_limits: at most %d", BUDGETS_MOST);
		if (account_fields_read_limit(call, item.value, &budgets[count], err) != 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			if (strcmp(budgets[i].period, budgets[count].period) == 0)
				return api_refuse(call, "budget_limits", err,
				    "budget_limits: two are for the same period");
	}
	out->budgets = budgets;
	out->budget_count = count;
	out->only_these_budgets = true;
	return 0;
}

static const char *named_either(
    struct api_call *call, const struct api_body *body, const char *one, const char *two)
{
	const char *text = body_text(call, body, one);

	return text ? text : body_text(call, body, two);
}

/* {"gpt-4o": {"budget_limit": 5, "time_period": "1d"}}; an amount may be a text, as in LiteLLM's
 * own examples. */
static int read_model_budget(struct api_call *call, const char *model, struct slice entry,
    struct budget_wish *out, struct error *err)
{
	struct api_body body = { .json = entry };
	struct slice amount = json_member(entry, "budget_limit");

	if (!amount.len)
		amount = json_member(entry, "max_budget");
	*out = (struct budget_wish){ .limit_nano = -1, .model = model };
	if (json_scan_type(entry) == JSON_MAP) {
		out->period = named_either(call, &body, "time_period", "budget_duration");
		if (json_scan_type(amount) == JSON_TEXT)
			amount = json_as_slice(amount, call->arena);
		if (number_scaled(amount, 9, &out->limit_nano, NULL) != 0 ||
		    out->limit_nano > MODEL_BUDGET_MAX)
			out->limit_nano = -1;
	}
	if (out->limit_nano < 0 || !out->period)
		return api_refuse(call, "model_max_budget", err,
		    "model_max_budget: %.80s: expected an object with budget_limit, dollars, and "
		    "time_period, a text",
		    model);
	if (json_member(entry, "rpm_limit").len || json_member(entry, "tpm_limit").len)
		return api_wrong(call, "model_max_budget", err,
		    "model_max_budget: limits a minute count all models together: rpm_limit, "
		    "tpm_limit");
	return check_period(call, "model_max_budget", out->period, err);
}

int account_model_budgets_read(
    struct api_call *call, const struct api_body *body, struct account_wish *out, struct error *err)
{
	enum field_state state = body_state(body, "model_max_budget");
	struct budget_wish *budgets;

	out->budget_fallbacks = body_json(call, body, "budget_fallbacks");
	if (body_state(body, "budget_fallbacks") == FIELD_NULL)
		out->budget_fallbacks = "{}";
	if (state == FIELD_ABSENT)
		return 0;
	budgets = arena_alloc(call->arena, MODEL_BUDGETS_MOST * sizeof *budgets);
	for (struct json_cursor item = json_cursor(json_member(body->json, "model_max_budget"));
	     state == FIELD_GIVEN && json_next(&item); out->model_budget_count++) {
		const char *model = json_key_as_text(&item, call->arena);

		if (out->model_budget_count == MODEL_BUDGETS_MOST || !model || !*model)
			return api_refuse(call, "model_max_budget", err,
			    "model_max_budget: at most %d, each for a model", MODEL_BUDGETS_MOST);
		if (read_model_budget(
			call, model, item.value, &budgets[out->model_budget_count], err) != 0)
			return -1;
	}
	out->model_budgets = budgets;
	return 0;
}

/* max_budget and budget_duration, each of which may be left as it is. */
static int read_budget(struct api_call *call, const struct api_body *body, const json_t *current,
    struct account_wish *out, struct error *err)
{
	const json_t *budgets = json_object_get(current, "budgets");
	const json_t *first = json_array_get(budgets, 0);
	struct budget_wish *budget = arena_alloc(call->arena, sizeof *budget);
	enum field_state amount = body_state(body, "max_budget");
	enum field_state period = body_state(body, "budget_duration");

	budget->limit_nano = body_money(body, "max_budget", -1);
	if (amount == FIELD_ABSENT)
		budget->limit_nano = json_read_int(first, "limit_nano", -1);
	budget->period = body_text(call, body, "budget_duration");
	if (period == FIELD_ABSENT)
		budget->period = json_read_text(first, "period");
	budget->period = budget->period ? arena_copy(call->arena, budget->period) : "";
	if (json_array_size(budgets) > 1 && (amount == FIELD_ABSENT || period == FIELD_ABSENT))
		return api_wrong(call, "budget_limits", err,
		    "there are budgets of several periods: give budget_limits, or max_budget and "
		    "budget_duration together");
	if (budget->limit_nano < 0 && period == FIELD_GIVEN)
		return api_wrong(
		    call, "max_budget", err, "budget_duration: there is no max_budget for it");
	if (check_period(call, "budget_duration", budget->period, err) != 0)
		return -1;
	out->budgets = budget;
	out->budget_count = budget->limit_nano >= 0;
	out->only_these_budgets = true;
	return 0;
}

static int account_fields_read_budgets(struct api_call *call, const struct api_body *body,
    const json_t *current, struct account_wish *out, struct error *err)
{
	bool one = body_state(body, "max_budget") != FIELD_ABSENT ||
		   body_state(body, "budget_duration") != FIELD_ABSENT;
	bool nothing = body_state(body, "max_budget") != FIELD_GIVEN &&
		       body_state(body, "budget_duration") != FIELD_GIVEN;

	if (body_state(body, "budget_limits") == FIELD_GIVEN && !nothing)
		return api_wrong(call, "budget_limits", err,
		    "give either budget_limits or max_budget with budget_duration");
	if (body_state(body, "budget_limits") == FIELD_GIVEN)
		return account_fields_read_limits(call, body, out, err);
	/* Clients send null for what they do not use: beside a plan, or for a new key, it says
	 * nothing. */
	if (!one || (nothing && (!current || body_text(call, body, "budget_id"))))
		return 0;
	return read_budget(call, body, current, out, err);
}

static int64_t account_limit(const struct api_body *body, const char *name)
{
	switch (body_state(body, name)) {
	case FIELD_ABSENT:
		return KEY_KEEP;
	case FIELD_NULL:
		return LIMIT_NONE;
	default:
		return body_whole(body, name, LIMIT_NONE);
	}
}

struct limits account_limits_read(const struct api_body *body)
{
	return (struct limits){ account_limit(body, "rpm_limit"), account_limit(body, "tpm_limit"),
		account_limit(body, "max_parallel_requests") };
}

static void read_rates(
    struct api_call *call, const struct api_body *body, bool is_new, struct account_wish *out)
{
	struct limits limits = account_limits_read(body);
	struct limits *kept;

	if (limits.rpm == KEY_KEEP && limits.tpm == KEY_KEEP && limits.parallel == KEY_KEEP)
		return;
	if (!limits_any(&limits) && (is_new || body_text(call, body, "budget_id")))
		return;
	kept = arena_alloc(call->arena, sizeof *kept);
	*kept = limits;
	out->limits = kept;
}

int account_fields_read(struct api_call *call, const struct api_body *body, const json_t *current,
    struct account_wish *out, struct error *err)
{
	*out = (struct account_wish){ .expires_ms = KEY_KEEP, .extra = body->extra };
	if (account_fields_read_budgets(call, body, current, out, err) != 0)
		return -1;
	read_rates(call, body, !current, out);
	out->models = body_json(call, body, "models");
	if (body_state(body, "models") == FIELD_NULL && current)
		out->models = "[]";
	out->metadata = body_json(call, body, "metadata");
	if (body_state(body, "metadata") == FIELD_NULL && current)
		out->metadata = "{}";
	if (body_state(body, "budget_id") == FIELD_GIVEN)
		out->plan_id = body_text(call, body, "budget_id");
	else if (body_state(body, "budget_id") == FIELD_NULL && current)
		out->plan_id = "";
	if (body_state(body, "blocked") == FIELD_GIVEN)
		out->blocked = body_bool(body, "blocked", false) ? WISH_YES : WISH_NO;
	return 0;
}

/* ---- out ---- */

json_t *account_kept(const json_t *view, const char *name)
{
	return wire_same(json_object_get(view, "extra"), name);
}

/* Without a budget, spend is that of its whole life; with one, that of the present window, as
 * LiteLLM's, which is reset with it. */
static void write_budget(json_t *out, const json_t *view)
{
	const json_t *budgets = json_object_get(view, "budgets");
	const json_t *first = json_array_get(budgets, 0);
	json_t *limits = json_array();

	wire_copy(out, first ? first : view, "spend=spent$");
	wire_copy(out, first, "max_budget=limit$ budget_duration=period budget_reset_at=ends");
	if (json_read_text(first, "period") && !*json_read_text(first, "period"))
		json_set_null(out, "budget_duration");
	for (size_t i = 0; i < json_array_size(budgets); i++) {
		const json_t *budget = json_array_get(budgets, i);
		json_t *limit = json_object();

		wire_copy(limit, budget,
		    "budget_duration=period max_budget=limit$ spend=spent$ held$ reset_at=ends");
		json_append(limits, limit);
	}
	json_set(out, "budget_limits", limits);
}

static void write_plan(json_t *out, const json_t *view)
{
	json_t *table;

	json_set_all(
	    out, "budget_id litellm_budget_table", wire_same(view, "plan_id"), json_null());
	if (!json_read_text(view, "plan_id"))
		return;
	table = json_object();
	wire_copy(table, out, "budget_id max_budget budget_duration");
	wire_copy(table, view, "tpm_limit rpm_limit max_parallel_requests");
	json_set(out, "litellm_budget_table", table);
}

/* {"gpt-4o": {"budget_limit": 5, "time_period": "1d"}} and what is spent of each. */
static void write_model_budgets(json_t *out, const json_t *budgets)
{
	json_t *limits = json_object(), *spend = json_object();

	for (size_t i = 0; i < json_array_size(budgets); i++) {
		const json_t *budget = json_array_get(budgets, i);
		const char *model = json_read_text(budget, "model");
		json_t *limit = json_object();

		wire_copy(limit, budget, "budget_limit=limit$ time_period=period");
		json_set(limits, model, limit);
		json_set(spend, model, wire_money(budget, "spent"));
	}
	json_set_all(out, "model_max_budget model_spend", limits, spend);
}

void account_fields_write(json_t *out, const json_t *view)
{
	write_budget(out, view);
	write_plan(out, view);
	wire_copy(out, view, "models metadata tpm_limit rpm_limit max_parallel_requests blocked");
	wire_copy(out, json_object_get(view, "extra"), "organization_id soft_budget");
	json_set(out, "permissions", json_object());
	write_model_budgets(out, json_object_get(view, "model_budgets"));
	json_set(out, "tags", account_kept(view, "tags"));
	if (json_is_null(json_object_get(out, "tags")))
		json_set(out, "tags", json_array());
	wire_copy(out, view, "created_at=created updated_at=updated");
	if (json_is_null(json_object_get(out, "updated_at")))
		json_set(out, "updated_at", wire_same(view, "created"));
}
