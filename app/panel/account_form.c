/*
 * Fields of keys and teams to wishes, and back.  See the header.
 */
#include "panel/account_form.h"

#include <stdio.h>
#include <string.h>

#include "accounts/new_key.h"
#include "accounts/window.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "panel/account_values.h"
#include "panel/form_shown.h"
#include "panel/known.h"
#include "panel/show.h"

#include "base/banned.h"

#define FIELDS                                                                                     \
	"id shown alias team models force expires metadata rpm tpm parallel leave_plan "           \
	"amount1 period1 amount2 period2 amount3 period3 amount4 period4 "                         \
	"amount5 period5 amount6 period6 model_budgets"
#define MODELS_MOST 200
#define NUMBER_MOST INT64_C(1000000000000)

/* ---- reading ---- */

/* Says which field err is about. */
static int wrong(struct page_call *call, const char *field)
{
	call->wrong_field = field;
	return -1;
}

/* What the account has already is not asked about again. */
static int check_are_there(struct page_call *call, const json_t *account, const json_t *models,
    const char *text, struct error *err)
{
	if (!call->catalog || page_form(call, "force") ||
	    json_equal(models, json_object_get(account, "models")))
		return 0;
	return new_key_check_models(catalog_settings(call->catalog), text, err);
}

/* The next of a list with commas or lines between its parts, without the spaces around it. */
static bool next_part(const char **text, struct slice *out)
{
	for (*out = (struct slice){ 0 }; *text && **text && !out->len;) {
		size_t len = strcspn(*text, ",\n"), from = strspn(*text, " \t\r"), to = len;

		while (to > from && strchr(" \t\r", (*text)[to - 1]))
			to--;
		if (to > from)
			*out = (struct slice){ *text + from, to - from };
		*text += len + ((*text)[len] ? 1 : 0);
	}
	return out->len > 0;
}

/* "gpt-4o, claude-*" as a JSON array; empty is "[]", which allows all. */
static int read_models(
    struct page_call *call, const json_t *account, const char **out, struct error *err)
{
	const char *text = page_form(call, "models");
	AUTO_JSON json_t *list = json_array();
	struct slice one;
	int result = 0;

	while (result == 0 && next_part(&text, &one)) {
		json_append(list, json_stringn(one.ptr, one.len));
		if (json_array_size(list) > MODELS_MOST)
			result = error_set(
			    err, ERROR_BAD_REQUEST, "there are more than %d models", MODELS_MOST);
	}
	*out = json_text(list, JSON_COMPACT, call->arena);
	if (result == 0)
		result = check_are_there(call, account, list, *out, err);
	return result == 0 ? 0 : wrong(call, "models");
}

static int account_form_read_limit(
    struct page_call *call, const char *name, int64_t *out, struct error *err)
{
	const char *text = page_form(call, name);

	*out = LIMIT_NONE;
	if (!text || number_whole(slice_of(text), 0, NUMBER_MOST, out, NULL) == 0)
		return 0;
	(void)error_set(err, ERROR_BAD_REQUEST, "'%.40s' is not a whole number", text);
	return wrong(call, name);
}

static int account_form_read_limits(
    struct page_call *call, struct account_form *out, struct error *err)
{
	if (account_form_read_limit(call, "rpm", &out->limits.rpm, err) < 0 ||
	    account_form_read_limit(call, "tpm", &out->limits.tpm, err) < 0 ||
	    account_form_read_limit(call, "parallel", &out->limits.parallel, err) < 0)
		return -1;
	out->wish.limits = &out->limits;
	return 0;
}

static int account_form_read_budgets(
    struct page_call *call, struct account_form *out, struct error *err)
{
	for (int i = 1; i <= ACCOUNT_BUDGET_ROWS; i++) {
		char amount_name[24], period_name[24];
		const char *amount, *period;

		snprintf(amount_name, sizeof amount_name, "amount%d", i);
		snprintf(period_name, sizeof period_name, "period%d", i);
		amount = page_form(call, amount_name);
		period = page_form(call, period_name);
		if (!amount)
			continue;
		if (budget_wish_parse(
			arena_printf(call->arena, "%s/%s", amount, period ? period : ""),
			call->arena, &out->budgets[out->wish.budget_count], err) < 0) {
			(void)error_set(err, ERROR_BAD_REQUEST,
			    "'%.40s' is not an amount of dollars; write it as 5 or 0.25", amount);
			return wrong(call, arena_copy(call->arena, amount_name));
		}
		for (size_t other = 0; other < out->wish.budget_count; other++)
			if (strcmp(out->budgets[other].period, period ? period : "") == 0) {
				(void)error_set(err, ERROR_BAD_REQUEST,
				    "there are two budgets for the same period");
				return wrong(call, arena_copy(call->arena, amount_name));
			}
		out->wish.budget_count++;
	}
	out->wish.budgets = out->budgets;
	out->wish.only_these_budgets = true;
	return 0;
}

/* "5/1d@gpt-4o, 1/1h@o3"; empty: none. */
static int read_model_budgets(
    struct page_call *call, const json_t *account, struct account_form *out, struct error *err)
{
	const char *text = page_form(call, "model_budgets");
	const char *now =
	    account_model_budgets_text(call, json_object_get(account, "model_budgets"));
	bool asked =
	    call->catalog && text && !page_form(call, "force") && !(now && strcmp(text, now) == 0);
	struct budget_wish *wish = out->model_budgets;
	struct slice one;

	out->wish.model_budgets = out->model_budgets;
	for (; next_part(&text, &one); wish++, out->wish.model_budget_count++) {

		if (out->wish.model_budget_count == ACCOUNT_MODEL_BUDGETS) {
			(void)error_set(err, ERROR_BAD_REQUEST,
			    "there are more than %d budgets at one model", ACCOUNT_MODEL_BUDGETS);
			return wrong(call, "model_budgets");
		}
		if (budget_wish_parse(arena_copy_slice(call->arena, one), call->arena, wish, err) <
		    0)
			return wrong(call, "model_budgets");
		if (!wish->model) {
			(void)error_set(err, ERROR_BAD_REQUEST,
			    "a budget here is at one model; write it as 5/1d@gpt-4o");
			return wrong(call, "model_budgets");
		}
	}
	if (asked && new_key_check_budgets(catalog_settings(call->catalog), &out->wish, err) < 0)
		return wrong(call, "model_budgets");
	return 0;
}

/* "2026-12-31": the end of that day in the settings' zone. */
static int read_expiry(struct page_call *call, int64_t *out, struct error *err)
{
	const char *text = page_form(call, "expires");

	*out = 0;
	if (!text)
		return 0;
	if (strlen(text) == 10)
		*out = show_iso_ms(arena_printf(call->arena, "%sT00:00:00Z", text));
	if (*out > 0) {
		*out = window_moment_of(call->timezone, *out + INT64_C(86400000));
		return 0;
	}
	(void)error_set(
	    err, ERROR_BAD_REQUEST, "expires: '%.40s' is not a date as 2026-12-31", text);
	return wrong(call, "expires");
}

int account_form_read(
    struct page_call *call, const json_t *account, struct account_form *out, struct error *err)
{
	const char *alias = page_form(call, "alias"), *team = page_form(call, "team");
	const char *metadata = page_form(call, "metadata");

	*out = (struct account_form){ .id = page_form(call, "id") };
	out->wish = (struct account_wish){
		.alias = alias ? alias : "",
		.metadata = metadata ? metadata : "{}",
		.team_id = team ? team : "",
	};
	if (page_fields(call, FIELDS, err) < 0 ||
	    read_models(call, account, &out->wish.models, err) < 0 ||
	    read_expiry(call, &out->wish.expires_ms, err) < 0)
		return -1;
	if (account_form_read_limits(call, out, err) < 0 ||
	    account_form_read_budgets(call, out, err) < 0 ||
	    read_model_budgets(call, account, out, err) < 0)
		return -1;
	return account ? account_keep_changed(call, account, out, err) : 0;
}

/* ---- showing ---- */

/* What was typed, or what is. */
static void set_field(struct page_call *call, json_t *data, const char *name, const char *now)
{
	json_set_text(data, name, call->form.count ? form_get(&call->form, name) : now);
}

static const char *text_of(const json_t *account, const char *name)
{
	return json_read_text(account, name);
}

static const char *number_of(struct page_call *call, const json_t *account, const char *name)
{
	const json_t *value = json_object_get(account, name);

	return json_is_integer(value)
		   ? arena_printf(call->arena, "%lld", (long long)json_integer_value(value))
		   : NULL;
}

static const char *models_text(struct page_call *call, const json_t *account)
{
	struct arena_bytes text = { 0 };
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(account, "models"), i, one)
	{
		if (i)
			arena_bytes_add(&text, slice_of(", "), call->arena);
		arena_bytes_add(&text, slice_of(json_string_value(one)), call->arena);
	}
	return arena_copy_slice(call->arena, arena_bytes_slice(&text));
}

static const char *metadata_text(struct page_call *call, const json_t *account)
{
	const json_t *metadata = json_object_get(account, "metadata");

	return json_object_size(metadata) ? json_text(metadata, JSON_INDENT(2), call->arena) : NULL;
}

static json_t *period_choices(const char *chosen)
{
	const struct page_choice choices[] = { { "1h", "an hour" }, { "1d", "a day" },
		{ "7d", "a week" }, { "1mo", "a month" }, { "", "for ever" }, { chosen, NULL } };
	size_t usual = sizeof choices / sizeof choices[0] - 1, i = 0;

	while (strcmp(choices[i].value, chosen) != 0)
		i++;
	return page_choices(choices, i < usual ? usual : usual + 1, chosen);
}

static json_t *budget_row(struct page_call *call, const json_t *budget, int number)
{
	char amount_name[24], period_name[24];
	const char *amount = NULL, *period = "1mo";
	json_t *row = json_object();

	snprintf(amount_name, sizeof amount_name, "amount%d", number);
	snprintf(period_name, sizeof period_name, "period%d", number);
	if (call->form.count) {
		amount = form_get(&call->form, amount_name);
		period = form_get(&call->form, period_name);
	} else if (budget) {
		amount = text_of(budget, "limit_usd");
		period = text_of(budget, "period");
	}
	json_set_all(row, "amount_name period_name amount", amount_name, period_name, amount);
	if (call->wrong_field && strcmp(call->wrong_field, amount_name) == 0)
		json_set_text(row, "wrong_words", call->problem);
	json_set_all(row, "is_wrong? choices", json_object_get(row, "wrong_words") != NULL,
	    period_choices(period ? period : "1mo"));
	return row;
}

static json_t *budget_rows(struct page_call *call, const json_t *account)
{
	const json_t *budgets = json_object_get(account, "budgets");
	size_t have = json_array_size(budgets), shown = have < 2 ? 2 : have + 1;
	json_t *list = json_array();

	for (int i = 1; call->form.count && i <= ACCOUNT_BUDGET_ROWS; i++)
		if (page_form(call, arena_printf(call->arena, "amount%d", i)) && (size_t)i >= shown)
			shown = (size_t)i + 1;
	for (size_t i = 0; i < shown && i < ACCOUNT_BUDGET_ROWS; i++)
		json_append(list, budget_row(call, json_array_get(budgets, i), (int)i + 1));
	return list;
}

/* Mistakes that only the change itself finds say their field first. */
static void find_wrong(struct page_call *call)
{
	static const char *const fields[] = { "alias", "team", "metadata" };

	for (size_t i = 0; call->problem && i < sizeof fields / sizeof fields[0]; i++)
		if (!call->wrong_field && !call->status && strstr(call->problem, fields[i]))
			call->wrong_field = fields[i];
}

static void set_wrong(struct page_call *call, json_t *data)
{
	json_t *list = json_object();

	find_wrong(call);
	if (call->wrong_field && call->problem)
		json_set_text(list, call->wrong_field, call->problem);
	json_set_all(data, "wrong may_force? forced?", list,
	    json_object_get(list, "models") || json_object_get(list, "model_budgets"),
	    form_is_set(&call->form, "force"));
}

json_t *account_form_json(struct page_call *call, bool is_key, const json_t *account)
{
	json_t *data = json_object(), *now;

	known_lists(call, data);
	set_wrong(call, data);

	json_set_all(data, "is_key? is_new_team?", is_key, !is_key && !account);
	set_field(call, data, "id", NULL);
	set_field(call, data, "alias", text_of(account, "alias"));
	set_field(
	    call, data, "team", account ? text_of(account, "team_id") : page_query(call, "team"));
	set_field(call, data, "models", models_text(call, account));
	set_field(call, data, "expires",
	    account_expiry_text(call, json_read_int(account, "expires_ms", 0)));
	set_field(call, data, "metadata", metadata_text(call, account));
	set_field(call, data, "model_budgets",
	    account_model_budgets_text(call, json_object_get(account, "model_budgets")));
	set_field(call, data, "rpm", number_of(call, account, "rpm_limit"));
	set_field(call, data, "tpm", number_of(call, account, "tpm_limit"));
	set_field(call, data, "parallel", number_of(call, account, "max_parallel_requests"));
	json_set_all(data, "plan leave_plan?", text_of(account, "plan_id"),
	    form_is_set(&call->form, "leave_plan"));
	if (account) {
		now = account_values(call, account, ACCOUNT_BUDGET_ROWS);
		json_set_text(data, "shown", form_shown_text(call, now));
		json_decref(now);
	}
	json_set(data, "budget_rows", budget_rows(call, account));
	if (call->wrong_field)
		call->problem = "Not saved: see the field that is marked.";
	return data;
}
