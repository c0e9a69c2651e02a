/*
 * /budget/...: LiteLLM's budgets, which are limits with a name that keys and teams follow
 * (accounts/budget_plans.h); and /provider/budgets, which are those of the settings file.
 */
#include <string.h>

#include "accounts/account_wish.h"
#include "accounts/budget_plans.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/json_scan.h"
#include "management/account_fields.h"
#include "management/api_body.h"
#include "management/api_operations.h"
#include "management/wire.h"
#include "views/view_budgets.h"

#include "base/banned.h"

static const struct body_field fields[] = {
	/* clang-format off */
	{ "budget_id",             FIELD_TEXT,  FIELD_USED, NULL },
	{ "max_budget",            FIELD_MONEY, FIELD_USED, NULL },
	{ "budget_duration",       FIELD_TEXT,  FIELD_USED, NULL },
	{ "tpm_limit",             FIELD_WHOLE, FIELD_USED, NULL },
	{ "rpm_limit",             FIELD_WHOLE, FIELD_USED, NULL },
	{ "max_parallel_requests", FIELD_WHOLE, FIELD_USED, NULL },
	{ "soft_budget",           FIELD_MONEY, FIELD_KEPT, "alerts are set in the settings file" },
	{ "model_max_budget",      FIELD_MAP,   FIELD_REFUSED, "budgets are for a key, team, provider, deployment or the gateway" },
	{ "budget_reset_at",       FIELD_TEXT,  FIELD_REFUSED, "windows follow the calendar" },
	{ "tpd_limit",             FIELD_WHOLE, FIELD_REFUSED, "tokens a day are not counted; see tpm_limit and max_budget" },
	{ "allowed_models",        FIELD_LIST,  FIELD_REFUSED, "name the models of the key or team" },
	/* clang-format on */
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static json_t *plan_answer(const json_t *plan)
{
	json_t *out = json_object(), *sideways = json_object();

	wire_copy(out, plan, "budget_id=id max_budget=limit$");
	wire_copy(out, json_object_get(plan, "extra"), "soft_budget");
	json_set_all(out, "budget_duration model_max_budget",
	    *json_read_text(plan, "period") ? wire_same(plan, "period") : json_null(),
	    json_object());
	wire_copy(out, plan,
	    "tpm_limit rpm_limit max_parallel_requests created_at=created updated_at=updated");
	wire_copy(sideways, plan, "followers");
	json_set(out, "sideways", sideways);
	return out;
}

/* NULL with ERROR_NOT_FOUND when there is none. */
static json_t *plan_now(struct api_call *call, const char *id, struct error *err)
{
	AUTO_JSON json_t *plans = view_plans(call->store, id, err);

	if (plans && json_array_size(plans) == 0) {
		call->param = "budget_id";
		(void)error_set(err, ERROR_NOT_FOUND, "no budget '%.60s'", id);
	}
	return plans && json_array_size(plans) ? plan_answer(json_array_get(plans, 0)) : NULL;
}

static int read_wish(struct api_call *call, struct api_body *body, struct limits *limits,
    struct plan_wish *out, struct error *err)
{
	if (api_body_read(call, fields, FIELD_COUNT, body, err) != 0)
		return -1;
	*limits = account_limits_read(body);
	*out = (struct plan_wish){ .id = body_text(call, body, "budget_id"),
		.period = body_state(body, "budget_duration") == FIELD_NULL
			      ? ""
			      : body_text(call, body, "budget_duration"),
		.limit_nano = body_state(body, "max_budget") == FIELD_ABSENT
				  ? KEY_KEEP
				  : body_money(body, "max_budget", -1),
		.limits = limits,
		.extra = body->extra };
	return 0;
}

json_t *api_budget_new(struct api_call *call, struct error *err)
{
	struct plan_wish wish;
	struct limits limits;
	struct api_body body;
	const char *id;

	if (read_wish(call, &body, &limits, &wish, err) != 0 ||
	    budget_plan_create(
		call->store, &call->by, &wish, call->now_ms, call->arena, &id, err) != 0)
		return NULL;
	return plan_now(call, id, err);
}

json_t *api_budget_update(struct api_call *call, struct error *err)
{
	struct plan_wish wish;
	struct limits limits;
	struct api_body body;

	if (read_wish(call, &body, &limits, &wish, err) != 0)
		return NULL;
	if (!wish.id)
		return json_none(
		    api_refuse(call, "budget_id", err, "budget_id: expected the id of a budget"));
	if (budget_plan_update(call->store, &call->by, wish.id, &wish, call->now_ms, err) != 0)
		return NULL;
	return plan_now(call, wish.id, err);
}

json_t *api_budget_list(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *plans = NULL;
	json_t *answer, *plan;
	size_t i;

	plans = view_plans(call->store, NULL, err);
	if (!plans)
		return NULL;
	answer = json_array();
	json_array_foreach(plans, i, plan) json_append(answer, plan_answer(plan));
	return answer;
}

json_t *api_budget_info(struct api_call *call, struct error *err)
{
	static const struct body_field only[] = { { "budgets", FIELD_NAMES, FIELD_USED, NULL } };
	struct api_body body;
	json_t *answer;

	if (api_body_read(call, only, 1, &body, err) != 0)
		return NULL;
	if (body_state(&body, "budgets") != FIELD_GIVEN)
		return json_none(
		    api_refuse(call, "budgets", err, "budgets: expected an array of ids"));
	answer = json_array();
	for (struct json_cursor item = json_cursor(json_member(body.json, "budgets"));
	     json_next(&item);) {
		const char *id = json_as_text(item.value, call->arena);
		json_t *plan = plan_now(call, id ? id : "", err);

		if (!plan) {
			json_decref(answer);
			return NULL;
		}
		json_append(answer, plan);
	}
	return answer;
}

json_t *api_budget_delete(struct api_call *call, struct error *err)
{
	static const struct body_field only[] = { { "id", FIELD_TEXT, FIELD_USED, NULL },
		{ "budget_id", FIELD_TEXT, FIELD_USED, NULL } };
	struct api_body body;
	const char *id;
	json_t *plan;

	if (api_body_read(call, only, 2, &body, err) != 0)
		return NULL;
	id = body_text(call, &body, "id");
	id = id ? id : body_text(call, &body, "budget_id");
	if (!id)
		return json_none(api_refuse(call, "id", err, "id: expected the id of a budget"));
	plan = plan_now(call, id, err);
	if (plan && budget_plan_delete(call->store, &call->by, id, call->now_ms, err) != 0) {
		json_decref(plan);
		return NULL;
	}
	return plan;
}

json_t *api_provider_budgets(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *budgets = NULL;
	json_t *answer, *providers, *budget;
	size_t i;

	budgets =
	    view_budgets(call->store, "provider", call->settings->timezone, call->now_ms, err);
	if (!budgets)
		return NULL;
	providers = json_object();
	json_array_foreach(budgets, i, budget)
	{
		json_t *row = json_object();

		wire_copy(row, budget,
		    "budget_limit=limit$ time_period=period spend=spent$ held$ "
		    "budget_reset_at=ends");
		json_set(providers, json_read_text(budget, "scope_id"), row);
	}
	answer = json_object();
	json_set(answer, "providers", providers);
	return answer;
}
