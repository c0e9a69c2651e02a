/*
 * Grouping what is wrong by its cause.  See the header.
 */
#include "panel/attention.h"

#include <string.h>

#include "accounts/window.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/show.h"
#include "views/view_alerts.h"
#include "views/view_budgets.h"

#include "base/banned.h"

#define ALERTS_MOST   200
#define OVERRUNS_MOST 100
#define RECENT_MS     (INT64_C(7) * 86400000)

enum level { LEVEL_NOW, LEVEL_SOON, LEVEL_LOOK, LEVEL_COUNT };

struct list {
	struct page_call *call;
	json_t *of[LEVEL_COUNT];
};

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_read_text(object, name);

	return value ? value : "";
}

static void add(struct list *list, enum level level, const char *path, const char *link,
    const char *words, const char *small)
{
	static const char *const states[] = { "Now", "Soon", "Look" };
	json_t *one = json_object();

	json_set_all(one, "bad? state path link words small", level == LEVEL_NOW, states[level],
	    path, link, words, small);
	json_append(list->of[level], one);
}

/* "17:51", and with the day when it is not today's. */
static const char *clock_words(struct page_call *call, int64_t at_ms)
{
	struct clock_text at = clock_iso(window_shown_at(call->timezone, at_ms));
	struct clock_text now = clock_iso(window_shown_at(call->timezone, call->now_ms));
	bool today = memcmp(at.text, now.text, 10) == 0;

	return arena_printf(
	    call->arena, "%.6s%s%.5s", today ? "" : at.text + 5, today ? "" : " ", at.text + 11);
}

/* ---- budgets: one line each, whatever rules found it ---- */

/* When all will be spent at the pace until now; 0: not within the window, or too early to say. */
static int64_t gone_ms(struct page_call *call, const json_t *budget)
{
	int64_t spent = json_read_int(budget, "spent_nano", 0),
		limit = json_read_int(budget, "limit_nano", 0);
	int64_t starts = json_read_int(budget, "starts_ms", 0),
		ends = json_read_int(budget, "ends_ms", 0), gone;
	int64_t passed = call->now_ms - starts;

	if (ends == 0 || spent <= 0 || passed * 10 < ends - starts)
		return 0;
	gone = starts + (int64_t)((__int128)passed * limit / spent);
	return gone < ends && gone > call->now_ms ? gone : 0;
}

static void attention_add_budget(struct list *list, const json_t *budget)
{
	struct page_call *call = list->call;
	bool full = json_read_true(budget, "full");
	int64_t gone = full ? 0 : gone_ms(call, budget), ends = json_read_int(budget, "ends_ms", 0);

	if (!full && !gone && !json_read_true(budget, "tight"))
		return;
	add(list, full ? LEVEL_NOW : LEVEL_SOON,
	    arena_printf(call->arena, "/budgets/%s", text(budget, "page_id")),
	    arena_printf(call->arena, "%s has used %s", text(budget, "name"),
		full ? "all of its budget"
		     : arena_printf(
			   call->arena, "%s %% of its budget", text(budget, "used_percent"))),
	    arena_printf(call->arena, "of %s a %s%s%s",
		show_money_exact(json_read_int(budget, "limit_nano", 0)).text,
		text(budget, "period_words"),
		full   ? ": its requests are refused"
		: gone ? ", gone about "
		       : "",
		gone ? clock_words(call, gone) : ""),
	    ends ? arena_printf(call->arena, "Resets %s", clock_words(call, ends)) : NULL);
}

/* A window says nothing of when within it; one without an end would be told for ever. */
static bool is_recent(const struct page_call *call, const json_t *window)
{
	return json_read_int(window, "ends_ms", 0) > call->now_ms ||
	       json_read_int(window, "starts_ms", 0) > call->now_ms - RECENT_MS;
}

/* Whoever's window it stands in, one overrun is one: the narrowest scope names it. */
static int add_overruns(struct list *list, struct error *err)
{
	static const char *const scopes[] = { "key_model", "key", "user", "tag", "team_model",
		"team", "deployment", "provider", "proxy" };
	struct page_call *call = list->call;
	json_t *overruns = view_budget_overruns(call->store, OVERRUNS_MOST, err), *one;
	const json_t *found = NULL;
	int64_t amount = 0;
	size_t i;

	if (!overruns)
		return -1;
	for (size_t s = 0; !found && s < sizeof scopes / sizeof scopes[0]; s++)
		json_array_foreach(overruns, i, one)
		{
			if (strcmp(text(one, "scope"), scopes[s]) != 0 || !is_recent(call, one))
				continue;
			found = found ? found : one;
			amount += json_read_int(one, "overrun_nano", 0);
		}
	if (found)
		add(list, LEVEL_LOOK, "/budgets#overruns",
		    arena_printf(call->arena, "Providers billed %s above what was held",
			show_money(amount).text),
		    arena_printf(
			call->arena, "in the last days, most recently for %s", text(found, "name")),
		    "Recorded in full; prices or limits of that model may be out of date");
	json_decref(overruns);
	return 0;
}

/* ---- alerts: one line a rule ---- */

/* Told by lines of their own. */
static bool is_told(const char *rule)
{
	return text_is_one_of(rule, "budget spend_rate overrun");
}

static const char *path_of(const char *rule)
{
	static const struct {
		const char *rule, *path;
	} paths[] = { { "fallback_rate", "/fallbacks" },
		{ "blocked_upward", "/fallbacks?show=blocked" },
		{ "error_rate", "/requests?show=failed" }, { "cooldown", "/models" },
		{ "key_refused", "/models" }, { "stale_prices", "/models" } };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (strcmp(paths[i].rule, rule) == 0)
			return paths[i].path;
	return "/alerts";
}

static int add_alerts(struct list *list, struct error *err)
{
	struct page_call *call = list->call;
	AUTO_JSON json_t *view = view_alerts(
	    call->store, &(struct alerts_filter){ .limit = ALERTS_MOST }, call->now_ms, err);
	const json_t *alerts = json_object_get(view, "alerts");
	size_t count = json_array_size(alerts);

	for (size_t i = 0; i < count; i++) {
		const json_t *alert = json_array_get(alerts, i);
		const char *rule = text(alert, "rule");
		size_t more = 0, before = 0;

		for (size_t n = 0; n < count; n++)
			if (strcmp(text(json_array_get(alerts, n), "rule"), rule) == 0)
				*(n < i ? &before : &more) += 1;
		if (before > 0 || is_told(rule))
			continue;
		add(list, json_read_true(alert, "critical") ? LEVEL_NOW : LEVEL_LOOK, path_of(rule),
		    text(alert, "title"),
		    arena_printf(call->arena, "%s%s", text(alert, "words"),
			more > 1 ? arena_printf(call->arena, ", and %zu more", more - 1) : ""),
		    arena_printf(call->arena, "Since %s",
			clock_words(call, json_read_int(alert, "began_ms", 0))));
	}
	return view ? 0 : -1;
}

/* ---- deployments: one line for all that cannot be called ---- */

static void add_deployments(struct list *list, const json_t *models)
{
	const json_t *deployments = json_object_get(models, "deployments"), *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(deployments); i++) {
		const json_t *one = json_array_get(deployments, i);
		const char *state = text(one, "state");

		if (json_read_true(one, "usable") || text_is_one_of(state, "cooling probing"))
			continue;
		first = first ? first : one;
		count++;
	}
	if (first)
		add(list, LEVEL_LOOK, "/models",
		    count == 1 ? arena_printf(list->call->arena, "%.80s cannot be called",
				     text(first, "deployment"))
			       : arena_printf(
				     list->call->arena, "%zu deployments cannot be called", count),
		    arena_printf(list->call->arena, "%s%.120s",
			count == 1 ? "" : "the first: ", text(first, "state_words")),
		    NULL);
}

json_t *attention_list(
    struct page_call *call, const json_t *budgets, const json_t *models, struct error *err)
{
	const char *trouble = gateway_settings_trouble(call->gateway, call->arena);
	struct list list = { .call = call };
	json_t *all = json_array();
	int result;

	for (int i = 0; i < LEVEL_COUNT; i++)
		list.of[i] = json_array();
	if (trouble)
		add(&list, LEVEL_NOW, "/configuration", "The settings file has errors",
		    arena_printf(
			call->arena, "and the previous settings stay in force. %.200s", trouble),
		    NULL);
	for (size_t i = 0; i < json_array_size(budgets); i++)
		attention_add_budget(&list, json_array_get(budgets, i));
	result = add_alerts(&list, err) == 0 && add_overruns(&list, err) == 0 ? 0 : -1;
	add_deployments(&list, models);
	for (int i = 0; i < LEVEL_COUNT; i++) {
		json_array_extend(all, list.of[i]);
		json_decref(list.of[i]);
	}
	return json_if(result == 0, all);
}

int64_t attention_alerts(struct page_call *call)
{
	struct error err;
	AUTO_JSON json_t *view = view_alerts(
	    call->store, &(struct alerts_filter){ .limit = ALERTS_MOST }, call->now_ms, &err);
	int64_t open = json_read_int(view, "open", 0);

	return open;
}
