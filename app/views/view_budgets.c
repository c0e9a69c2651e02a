/*
 * Budgets as JSON.  See the header.
 */
#include "views/view_budgets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts/window.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "views/view_rows.h"

#include "base/banned.h"

const char *view_period_words(const char *period, char room[40])
{
	static const struct {
		const char *unit, *word;
	} units[] = { { "s", "second" }, { "m", "minute" }, { "h", "hour" }, { "d", "day" },
		{ "w", "week" }, { "mo", "month" } };
	char *unit;
	long count = strtol(period, &unit, 10);

	if (!*period)
		return "lifetime";
	if (strcmp(period, "30d") == 0) /* it is aligned to the month (accounts/window.h) */
		return "month";
	if (strcmp(period, "7d") == 0)
		return "week";
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		if (count == 1)
			return units[i].word;
		snprintf(room, 40, "%ld %ss", count, units[i].word);
		return room;
	}
	return period;
}

static int64_t permille(int64_t part, int64_t whole)
{
	if (part <= 0)
		return 0;
	return whole <= 0 || part >= whole ? 1000 : part / (whole / 1000 + 1);
}

static void set_ends(json_t *object, int64_t ends_ms)
{
	json_set_time(object, "ends", ends_ms);
	if (ends_ms == INT64_MAX)
		json_set_null(object, "ends_ms");
	else
		json_set_int(object, "ends_ms", ends_ms);
}

struct sums {
	int64_t limit, spent, held, overrun;
};

static void set_sums(json_t *object, const struct sums *sums)
{
	int64_t used = sums->spent + sums->held, left = sums->limit - used;
	int64_t spent_permille = permille(sums->spent, sums->limit),
		used_permille = permille(used, sums->limit);

	json_set_all(object, "limit$ spent$ held$ left$ overrun$ used_permille spent_permille",
	    sums->limit, sums->spent, sums->held, left > 0 ? left : 0, sums->overrun, used_permille,
	    spent_permille);
	json_set_int(object, "held_permille", used_permille - spent_permille);
}

static json_t *budget_json(
    const struct statement *s, const char *timezone, int64_t now_ms, struct error *err)
{
	static const struct {
		const char *name;
		int column;
	} texts[] = { { "scope", 1 }, { "scope_id", 2 }, { "name", 3 }, { "period", 4 },
		{ "source", 5 }, { "model", 15 } };
	bool opened = !statement_is_null(s, 7);
	int64_t leased = statement_int(s, 13); /* and idle: free for whoever needs it */
	struct sums sums = { statement_int(s, 6), statement_int(s, 8), statement_int(s, 9) - leased,
		statement_int(s, 10) };
	struct window window = { statement_int(s, 11), statement_int(s, 12) };
	char room[40];
	json_t *object;

	if (!opened && window_at(statement_text(s, 4), timezone, now_ms, &window, err) != 0)
		return NULL;
	object = json_object();
	json_set_int(object, "id", statement_int(s, 0));
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		json_set_text(object, texts[i].name, statement_text(s, texts[i].column));
	json_set_text(object, "period_words", view_period_words(statement_text(s, 4), room));
	set_sums(object, &sums);
	json_set_all(object, "leased$ lost$ starts@ starts_ms", leased, statement_int(s, 14),
	    window.starts_ms, window.starts_ms);
	set_ends(object, window.ends_ms);
	if (window.ends_ms == INT64_MAX)
		json_set_null(object, "resets_in_ms");
	else
		json_set_int(object, "resets_in_ms", window.ends_ms - now_ms);
	json_set_bool(object, "opened", opened);
	return object;
}

/* Takes what a statement gives into a list; a row that cannot be told ends it. */
static json_t *view_budgets_read_budgets(
    struct statement *s, const char *timezone, int64_t now_ms, struct error *err)
{
	json_t *list = json_array();
	int result;

	while ((result = statement_step(s, err)) == 1) {
		json_t *budget = budget_json(s, timezone, now_ms, err);

		if (!budget) {
			result = -1;
			break;
		}
		json_append(list, budget);
	}
	return json_if(result == 0, list);
}

static json_t *budgets_by_id(struct store *store, const char *scope, int64_t id,
    const char *timezone, int64_t now_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_BUDGETS, err);

	statement_bind(s, ":scope", scope, ":now_ms", now_ms);
	if (id)
		statement_bind_int(s, ":id", id);
	else
		statement_bind_null(s, ":id");
	return view_budgets_read_budgets(s, timezone, now_ms, err);
}

json_t *view_budgets(
    struct store *store, const char *scope, const char *timezone, int64_t now_ms, struct error *err)
{
	return budgets_by_id(store, scope, 0, timezone, now_ms, err);
}

int view_budgets_add(struct store_reader *reader, const char *scope, json_t *list,
    const char *timezone, int64_t now_ms, struct error *err)
{
	static const char *const names[] = { "budgets", "model_budgets" };
	char scopes[2][24];

	snprintf(scopes[0], sizeof scopes[0], "%s", scope);
	snprintf(scopes[1], sizeof scopes[1], "%s_model", scope);
	for (size_t i = 0; i < json_array_size(list) * 2; i++) {
		json_t *one = json_array_get(list, i / 2), *budgets;
		struct statement *s = store_query(reader, SQL_VIEW_BUDGETS_OF, err);

		statement_bind(s, ":scope", scopes[i % 2], ":scope_id", json_read_text(one, "id"),
		    ":now_ms", now_ms);
		budgets = view_budgets_read_budgets(s, timezone, now_ms, err);
		if (!budgets)
			return -1;
		json_set(one, names[i % 2], budgets);
	}
	return 0;
}

/* ---- windows ---- */

/* Columns from `first` on: id, starts, ends, limit, spent, held, overrun. */
static json_t *window_json(const struct statement *s, int first)
{
	struct sums sums = { statement_int(s, first + 3), statement_int(s, first + 4),
		statement_int(s, first + 5), statement_int(s, first + 6) };
	json_t *object = view_object(s);

	json_set_all(object, "id starts@ starts_ms", statement_int(s, first),
	    statement_int(s, first + 1), statement_int(s, first + 1));
	set_ends(object, statement_int(s, first + 2));
	set_sums(object, &sums);
	return object;
}

static json_t *budget_window_json(const struct statement *s)
{
	return window_json(s, 0);
}

static json_t *view_budgets_read_windows(
    struct store *store, int64_t budget_id, int limit, int64_t now_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_BUDGET_WINDOWS, err);

	statement_bind(s, ":id", budget_id, ":limit", limit, ":now_ms", now_ms);
	return view_rows(s, budget_window_json, err);
}

json_t *view_budget(struct store *store, int64_t budget_id, int limit, const char *timezone,
    int64_t now_ms, struct error *err)
{
	AUTO_JSON json_t *list = budgets_by_id(store, NULL, budget_id, timezone, now_ms, err);
	json_t *budget = list ? json_array_get(list, 0) : NULL, *windows;

	if (list && !budget)
		(void)error_set(err, ERROR_NOT_FOUND, "no budget %lld", (long long)budget_id);
	windows = budget ? view_budgets_read_windows(store, budget_id, limit, now_ms, err) : NULL;
	if (!windows)
		return NULL;
	json_set(budget, "windows", windows);
	return json_incref(budget);
}

static json_t *overrun_json(const struct statement *s)
{
	json_t *row = window_json(s, 4);

	json_set_all(row, "budget_id scope scope_id period name", statement_int(s, 0),
	    statement_text(s, 1), statement_text(s, 2), statement_text(s, 3),
	    statement_text(s, 11));
	return row;
}

json_t *view_budget_overruns(struct store *store, int limit, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_BUDGET_OVERRUNS, err);

	statement_bind(s, ":limit", limit);
	return view_rows(s, overrun_json, err);
}

/* ---- plans ---- */

static json_t *plan_json(const struct statement *s)
{
	json_t *object = view_object(s);
	char room[40];

	json_set_text(object, "period_words", view_period_words(statement_text(s, 1), room));
	if (statement_is_null(s, 2))
		json_set_all(object, "limit_nano limit_usd", json_null(), json_null());
	else
		json_set_money(object, "limit", statement_int(s, 2));
	return object;
}

json_t *view_plans(struct store *store, const char *id, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_PLANS, err);

	statement_bind(s, ":id", id);
	return view_rows(s, plan_json, err);
}
