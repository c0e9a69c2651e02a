/*
 * Keys and teams as wishes.  See the header.
 */
#include "import/account.h"

#include <string.h>

#include "accounts/budget_plans.h"
#include "accounts/window.h"
#include "base/json_scan.h"
#include "base/text.h"

#include "base/banned.h"

#define BUDGETS_MOST 16
#define EXTRA_MAX    65536

/* ---- budgets ---- */

struct money {
	struct budget_wish budgets[BUDGETS_MOST];
	struct budget_carry carries[BUDGETS_MOST];
	size_t budget_count, carry_count;
	size_t lost; /* budgets that found no room */
};

/* A period that is not known here would be no budget at all: then the money has to last. */
static const char *known_period(
    struct import *import, enum import_table table, const char *name, const char *period)
{
	struct error why = { 0 };

	if (!period || window_check(period, &why) == 0)
		return period ? period : "";
	import_note(import, table, name,
	    "budget_duration '%.20s' is not a period here, so its budget is for its lifetime",
	    period);
	return "";
}

/* What is spent of the window that runs; one that has ended is history. */
static int add_carry(struct import *import, struct money *money, const char *period, int64_t nano,
    int64_t reset_ms, struct error *err)
{
	if (nano <= 0 || (*period && reset_ms && reset_ms <= import->now_ms) ||
	    money->carry_count == BUDGETS_MOST)
		return 0;
	if (budget_carry_make(period, import->timezone, nano, *period ? reset_ms : 0,
		import->now_ms, &money->carries[money->carry_count], err) != 0)
		return -1;
	money->carry_count++;
	import->report.carried_nano += nano;
	return 0;
}

static void add_import_budget(struct money *money, const char *period, int64_t limit_nano)
{
	for (size_t i = 0; i < money->budget_count; i++)
		if (strcmp(money->budgets[i].period, period) == 0) {
			if (limit_nano < money->budgets[i].limit_nano)
				money->budgets[i].limit_nano = limit_nano;
			return;
		}
	if (money->budget_count == BUDGETS_MOST)
		money->lost++;
	else
		money->budgets[money->budget_count++] =
		    (struct budget_wish){ .limit_nano = limit_nano, .period = period };
}

/* budget_limits: [{"budget_duration": "1d", "max_budget": 5, "reset_at": ...}].  What is spent of
 * each is not in the tables. */
static int add_limits(struct import *import, enum import_table table, const char *name,
    struct slice row, struct money *money, struct error *err)
{
	const char *json = row_json(row, "budget_limits", import->rows->arena);

	for (struct json_cursor item = json_cursor(slice_of(json ? json : "[]"));
	     json_next(&item);) {
		const char *period = row_text(item.value, "budget_duration", import->rows->arena);
		int64_t limit_nano = 0;
		bool given = false;

		if (row_money(item.value, "max_budget", &given, &limit_nano, err) != 0)
			return -1;
		if (given)
			add_import_budget(
			    money, known_period(import, table, name, period), limit_nano);
	}
	return 0;
}

/* The first limit of a budget that is not done here, or NULL. */
static const char *lost_limit(struct slice budget, struct arena *arena)
{
	static const char *const columns[] = { "model_max_budget", "tpd_limit", "allowed_models" };

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		if (row_is_filled(budget, columns[i], arena))
			return columns[i];
	return NULL;
}

/* The budget that is followed: its period, when its window ends, and what is not done of it. */
static int followed(struct import *import, const char *budget_id, const char **out_period,
    int64_t *out_reset_ms, const char **out_lost, struct error *err)
{
	const struct import_table_rows *budgets = &import->rows->tables[IMPORT_BUDGETS];

	*out_period = NULL;
	for (size_t i = 0; i < budgets->count; i++) {
		struct slice row = budgets->rows[i];

		if (!json_text_is(json_member(row, "budget_id"), budget_id))
			continue;
		*out_period = row_text(row, "budget_duration", import->rows->arena);
		*out_period = *out_period ? *out_period : "";
		*out_lost = lost_limit(row, import->rows->arena);
		return row_time(row, "budget_reset_at", out_reset_ms, err);
	}
	return 0;
}

static int read_plan(struct import *import, enum import_table table, const char *name,
    struct slice row, int64_t spent_nano, struct account_wish *out, struct money *money,
    struct error *err)
{
	const char *budget_id = row_text(row, "budget_id", import->rows->arena), *period = NULL,
		   *lost = NULL;
	struct error why = { 0 };
	int64_t reset_ms = 0;

	if (!budget_id)
		return 0;
	if (out->limits || money->budget_count) {
		import_note(import, table, name,
		    "it follows the budget '%.60s' and has limits of its own; here one or the "
		    "other holds: its own",
		    budget_id);
		return 0;
	}
	if (followed(import, budget_id, &period, &reset_ms, &lost, err) != 0)
		return -1;
	if (lost) {
		import_note(import, table, name,
		    "%s of its budget '%.60s' is not done here, so it comes blocked", lost,
		    budget_id);
		out->blocked = WISH_YES;
	}
	if (!period) {
		import_note(import, table, name,
		    "its budget '%.60s' is not among the rows, so it comes blocked", budget_id);
		out->blocked = WISH_YES;
		return 0;
	}
	if (budget_plan_check(&(struct plan_wish){ .id = budget_id, .period = period }, &why) !=
	    0) {
		import_note(import, table, name,
		    "its budget '%.60s' is left out, so it comes blocked: %.200s", budget_id,
		    why.text);
		out->blocked = WISH_YES;
		return 0;
	}
	out->plan_id = budget_id;
	return add_carry(import, money, period, spent_nano, reset_ms, err);
}

static int read_money(struct import *import, enum import_table table, const char *name,
    struct slice row, struct account_wish *out, struct error *err)
{
	struct money *money = arena_alloc(import->rows->arena, sizeof *money);
	const char *period = known_period(
	    import, table, name, row_text(row, "budget_duration", import->rows->arena));
	int64_t limit_nano = 0, spent_nano = 0, reset_ms = 0;
	bool given, spent;

	if (row_money(row, "max_budget", &given, &limit_nano, err) != 0 ||
	    row_money(row, "spend", &spent, &spent_nano, err) != 0 ||
	    row_time(row, "budget_reset_at", &reset_ms, err) != 0)
		return -1;
	if (given) {
		add_import_budget(money, period, limit_nano);
		if (add_carry(import, money, period, spent_nano, reset_ms, err) != 0)
			return -1;
	}
	if (add_limits(import, table, name, row, money, err) != 0 ||
	    read_plan(import, table, name, row, spent_nano, out, money, err) != 0)
		return -1;
	if (money->lost) {
		import_note(import, table, name,
		    "it has %zu budgets of different periods, and %d can be had here, so it comes "
		    "blocked",
		    money->budget_count + money->lost, BUDGETS_MOST);
		out->blocked = WISH_YES;
	}
	out->budgets = money->budgets;
	out->budget_count = money->budget_count;
	out->only_these_budgets = true;
	out->carries = money->carries;
	out->carry_count = money->carry_count;
	return 0;
}

/* ---- budgets for models ---- */

/* LiteLLM's BudgetConfig: each of the two has two names, and budget_limit and time_period win. */
static int read_model_budget(struct import *import, enum import_table table, const char *name,
    const char *model, struct slice entry, struct account_wish *out, struct budget_wish *budget,
    struct error *err)
{
	struct arena *arena = import->rows->arena;
	const char *period = row_text(entry, "time_period", arena);
	bool given = false;

	if (row_money(entry, "budget_limit", &given, &budget->limit_nano, err) != 0 ||
	    (!given && row_money(entry, "max_budget", &given, &budget->limit_nano, err) != 0))
		return -1;
	period = period ? period : row_text(entry, "budget_duration", arena);
	budget->model = model;
	budget->period = known_period(import, table, name, period);
	if (!given || row_is_filled(entry, "rpm_limit", arena) ||
	    row_is_filled(entry, "tpm_limit", arena)) {
		import_note(import, table, name,
		    "model_max_budget of '%.60s': for one model there is a budget here, and no "
		    "limit a minute, so it comes blocked",
		    model);
		out->blocked = WISH_YES;
	}
	out->model_budget_count += given;
	return 0;
}

int import_model_budgets(struct import *import, enum import_table table, const char *name,
    struct slice row, struct account_wish *out, struct error *err)
{
	struct arena *arena = import->rows->arena;
	const char *json = row_json(row, "model_max_budget", arena),
		   *fallbacks = row_json(row, "budget_fallbacks", arena);
	struct slice budgets = slice_of(json ? json : "{}");
	struct budget_wish *wishes;
	size_t count = 0;

	if (row_check_json(row, "model_max_budget", JSON_MAP, err) != 0 ||
	    row_check_json(row, "budget_fallbacks", JSON_MAP, err) != 0)
		return -1;
	for (struct json_cursor item = json_cursor(budgets); json_next(&item);)
		count++;
	wishes = arena_alloc(arena, (count + 1) * sizeof *wishes);
	for (struct json_cursor item = json_cursor(budgets); json_next(&item);)
		if (json_scan_type(item.value) != JSON_NIL &&
		    read_model_budget(import, table, name, json_key_as_text(&item, arena),
			item.value, out, &wishes[out->model_budget_count], err) != 0)
			return -1;
	out->model_budgets = wishes;
	out->budget_fallbacks = fallbacks ? fallbacks : "{}";
	return 0;
}

/* ---- the rest ---- */

static int import_limits(
    struct import *import, struct slice row, struct account_wish *out, struct error *err)
{
	struct limits *limits = arena_alloc(import->rows->arena, sizeof *limits);

	if (row_whole(row, "rpm_limit", LIMIT_NONE, &limits->rpm, err) != 0 ||
	    row_whole(row, "tpm_limit", LIMIT_NONE, &limits->tpm, err) != 0 ||
	    row_whole(row, "max_parallel_requests", LIMIT_NONE, &limits->parallel, err) != 0)
		return -1;
	if (limits->rpm != LIMIT_NONE || limits->tpm != LIMIT_NONE ||
	    limits->parallel != LIMIT_NONE)
		out->limits = limits;
	return 0;
}

/* What only describes: kept beside the account, as the management API keeps it. */
const char *import_extra(struct import *import, struct slice row)
{
	static const char *const texts[] = { "user_id", "organization_id", "project_id", "agent_id",
		"user_email", "user_alias", "user_role", "sso_user_id" };
	static const char *const lists[] = { "members_with_roles", "admins", "members",
		"allowed_routes" };
	struct arena *arena = import->rows->arena;
	AUTO_TEXT struct text extra = text_empty(EXTRA_MAX);

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *text = row_text(row, texts[i], arena);
		if (!text)
			continue;
		text_printf(&extra, "%s\"%s\":", extra.len ? "," : "{", texts[i]);
		text_json_string(&extra, text, strlen(text));
	}
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		const char *json =
		    i ? row_names(row, lists[i], arena) : row_json(row, lists[i], arena);
		if (json && strcmp(json, "[]") != 0)
			text_printf(&extra, "%s\"%s\":%s", extra.len ? "," : "{", lists[i], json);
	}
	text_puts(&extra, extra.len ? "}" : "{}");
	return text_failed(&extra) ? "{}" : arena_copy(arena, extra.bytes);
}

int import_account(struct import *import, enum import_table table, const char *name,
    struct slice row, struct account_wish *out, struct error *err)
{
	const char *metadata = row_json(row, "metadata", import->rows->arena);

	/* What cannot be read may be a limit. */
	if (row_check_json(row, "metadata", JSON_MAP, err) != 0 ||
	    row_check_json(row, "budget_limits", JSON_LIST, err) != 0)
		return -1;
	out->models = row_names(row, "models", import->rows->arena);
	out->metadata = metadata ? metadata : "{}";
	out->extra = import_extra(import, row);
	out->blocked = row_bool(row, "blocked") ? WISH_YES : WISH_NO;
	if (import_limits(import, row, out, err) != 0)
		return -1;
	return read_money(import, table, name, row, out, err);
}

/* ---- doing it ---- */

/* A name that is taken, or that is none here, is left out. */
static bool is_about_alias(const struct account_wish *wish, const struct error *why)
{
	return wish->alias && strncmp(why->text, "alias", 5) == 0;
}

static int try_once(struct import *import, const char *id, bool is_new, struct account_wish *wish,
    import_deed *deed, struct error *err)
{
	if (account_wish_check(wish, err) != 0)
		return -1;
	return import->dry_run ? 0 : deed(import, id, wish, is_new, err);
}

int import_apply(struct import *import, enum import_table table, const char *name, const char *id,
    enum import_known known, struct account_wish *wish, import_deed *deed, struct error *err)
{
	struct import_count *count = &import->report.counts[table];
	bool is_new = known == IMPORT_NEW;
	struct error why = { 0 };

	if (!is_new && !wish->plan_id && !wish->budget_count && !wish->limits)
		wish->plan_id = ""; /* it may have followed one */
	int result = try_once(import, id, is_new, wish, deed, &why);
	if (result != 0 && is_about_alias(wish, &why)) {
		import_note(import, table, name, "it comes without its alias: %.150s", why.text);
		wish->alias = NULL;
		result = try_once(import, id, is_new, wish, deed, &why);
	}
	if (result != 0 && why.kind == ERROR_STORE)
		return error_set(err, why.kind, "%s", why.text);
	if (result != 0)
		import_note(import, table, name, "it is left out: %.300s", why.text);
	*(result != 0 ? &count->left : is_new ? &count->made : &count->there) += 1;
	return 0;
}
