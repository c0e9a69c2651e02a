/*
 * Overview: is money safe, what failed over, who spends what, what needs attention.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts/window.h"
#include "base/json_build.h"
#include "panel/budget_bars.h"
#include "panel/chart.h"
#include "panel/pages.h"
#include "panel/show.h"
#include "panel/spend_chart.h"
#include "telemetry/alert_rules.h"
#include "views/view_alerts.h"
#include "views/view_budgets.h"
#include "views/view_models.h"
#include "views/view_spend.h"
#include "views/view_traffic.h"

#include "base/banned.h"

#define DAY_MS         INT64_C(86400000)
#define HOUR_MS        INT64_C(3600000)
#define CHART_HOURS    48
#define CHART_DAYS     30
#define BUDGETS_SHOWN  6
#define OVERRUNS_SHOWN 5
#define ALERTS_SHOWN   5
#define RECENT_MS      (7 * DAY_MS)

static int64_t integer(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void add_attention(json_t *list, bool bad, const char *path, const char *words)
{
	json_t *one = json_object();

	json_set_bool(one, "bad", bad);
	json_set_text(one, "path", path);
	json_set_text(one, "words", words);
	json_append(list, one);
}

/* Alerts that last.  Budgets and blocked fallbacks are told below, with their figures. */
static int add_alerts(struct page_call *call, json_t *attention, struct error *err)
{
	json_t *view = view_alerts(
	    call->store, &(struct alerts_filter){ .limit = ALERTS_SHOWN }, call->now_ms, err);
	json_t *alert;
	size_t i;

	if (!view)
		return -1;
	json_array_foreach(json_object_get(view, "alerts"), i, alert) add_attention(attention,
	    json_is_true(json_object_get(alert, "critical")), "/alerts",
	    arena_printf(call->arena, "%s: %s.", json_string_value(json_object_get(alert, "title")),
		json_string_value(json_object_get(alert, "words"))));
	json_decref(view);
	return 0;
}

/* ---- traffic ---- */

/* "today" and "month": the windows that budgets of a day and a month have, in the time zone of the
 * settings.  The sums are by the hour: in a zone whose midnight is within one, that hour counts. */
static int add_traffic(struct page_call *call, json_t *data, struct error *err)
{
	static const struct {
		const char *name, *period;
	} parts[] = { { "today", "1d" }, { "month", "1mo" } };

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct window window;
		json_t *total;

		if (window_at(parts[i].period, call->timezone, call->now_ms, &window, err) != 0)
			return -1;
		total = view_traffic_total(call->store, window.starts_ms, call->now_ms, err);
		if (!total)
			return -1;
		json_set(data, parts[i].name, total);
	}
	return 0;
}

/* Where many requests leave their group: the settings' line for alerts. */
struct alert_line {
	bool drawn; /* the rule is not off, and there are settings */
	int64_t percent, minimum_requests;
};

static struct alert_line alert_line(const struct page_call *call)
{
	const struct settings *settings = call->catalog ? catalog_settings(call->catalog) : NULL;

	if (!settings || alert_rule_is_off(settings, "fallback_rate"))
		return (struct alert_line){ .drawn = false };
	return (struct alert_line){ true, settings->alerts.fallback_rate_percent,
		settings->alerts.minimum_requests };
}

/* As the rule says it (sql/alerts.sql), of a day instead of five minutes. */
static bool is_over(const struct alert_line *line, const json_t *total)
{
	int64_t requests = integer(total, "requests");

	return line->drawn && requests >= line->minimum_requests &&
	       integer(total, "fell_back") * 100 > requests * line->percent;
}

static void fallback_chart(
    struct page_call *call, json_t *data, json_t *points, const struct alert_line *line)
{
	size_t count = json_array_size(points);
	int64_t *fell = arena_alloc(call->arena, count * sizeof *fell);
	int64_t *failed = arena_alloc(call->arena, count * sizeof *failed);
	const char **labels = arena_alloc(call->arena, count * sizeof *labels);
	struct chart_series series[] = { { "left their group", fell }, { "failed", failed } };
	const char *alert_name =
	    line->drawn ? arena_printf(call->arena, "alert at %lld %%", (long long)line->percent)
			: NULL;

	for (size_t i = 0; i < count; i++) {
		const json_t *point = json_array_get(points, i);
		const char *start = json_string_value(json_object_get(point, "start"));

		fell[i] = integer(point, "fallback_permille");
		failed[i] = integer(point, "failure_permille");
		labels[i] = arena_printf(call->arena, "%.5s", start + 11);
	}
	json_set(data, "fallback_chart",
	    chart_json(&(struct chart){ .title = "Fallback rate by hour",
		.column = "Hour (UTC)",
		.unit = CHART_PERCENT,
		.series = series,
		.series_count = 2,
		.labels = labels,
		.point_count = count,
		.alert = line->drawn ? line->percent * 10 : 0,
		.alert_name = alert_name }));
	json_set_text(data, "alert_name", alert_name);
}

static int add_rates(struct page_call *call, json_t *data, json_t *attention, struct error *err)
{
	json_t *hours = view_traffic_hours(
	    call->store, call->now_ms - (CHART_HOURS - 1) * HOUR_MS, call->now_ms, err);
	json_t *day =
	    hours ? view_traffic_hours(call->store, call->now_ms - 23 * HOUR_MS, call->now_ms, err)
		  : NULL;
	const json_t *total = day ? json_object_get(day, "total") : NULL;

	if (total) {
		int64_t rate = integer(total, "fallback_permille");
		const struct alert_line line = alert_line(call);
		bool over = is_over(&line, total);

		fallback_chart(call, data, json_object_get(hours, "points"), &line);
		json_set_text(data, "fallback_rate",
		    arena_printf(call->arena, "%lld.%lld %%", (long long)(rate / 10),
			(long long)(rate % 10)));
		json_set_bool(data, "fallback_rate_over", over);
		json_object_set(data, "day", json_object_get(day, "total"));
		if (over)
			add_attention(attention, false, "/fallbacks",
			    arena_printf(call->arena,
				"More than %lld %% of the requests of the last 24 hours left the "
				"model group they asked for.",
				(long long)line.percent));
		if (integer(total, "blocked_upward") > 0)
			add_attention(attention, true, "/fallbacks",
			    arena_printf(call->arena,
				"%lld request%s of the last 24 hours would have gone to a "
				"dearer model, and did not: %s not spent.",
				(long long)integer(total, "blocked_upward"),
				integer(total, "blocked_upward") == 1 ? "" : "s",
				show_money(integer(total, "not_spent_nano")).text));
	}
	json_decref(hours);
	json_decref(day);
	return total ? 0 : -1;
}

/* ---- budgets ---- */

static int by_use(const void *a, const void *b)
{
	int64_t left = integer(*(json_t *const *)a, "used_permille");
	int64_t right = integer(*(json_t *const *)b, "used_permille");

	return left < right ? 1 : left > right ? -1 : 0;
}

/* The proxy's budgets first, then the most used. */
static json_t *most_used(struct page_call *call, json_t *budgets)
{
	size_t count = json_array_size(budgets), kept = 0;
	json_t **rows = arena_alloc(call->arena, (count + 1) * sizeof *rows), *out = json_array(),
	       *one;
	size_t i;

	json_array_foreach(budgets, i, one)
	{
		if (json_is_true(json_object_get(one, "is_proxy")))
			json_array_append(out, one);
		else
			rows[kept++] = one;
	}
	qsort(rows, kept, sizeof *rows, by_use);
	for (i = 0; i < kept && json_array_size(out) < BUDGETS_SHOWN; i++)
		json_array_append(out, rows[i]);
	return out;
}

static void note_full(struct page_call *call, json_t *budgets, json_t *attention)
{
	json_t *one;
	size_t i, full = 0;

	json_array_foreach(budgets, i, one) full += json_is_true(json_object_get(one, "full"));
	if (full > 0)
		add_attention(attention, true, "/budgets",
		    arena_printf(call->arena,
			"%zu budget%s used up: requests are refused until %s.", full,
			full == 1 ? " is" : "s are", full == 1 ? "it resets" : "they reset"));
}

static int page_overview_add_budgets(
    struct page_call *call, json_t *data, json_t *attention, struct error *err)
{
	json_t *budgets = view_budgets(call->store, NULL, call->timezone, call->now_ms, err);
	json_t *overruns = budgets ? view_budget_overruns(call->store, OVERRUNS_SHOWN, err) : NULL;
	json_t *one;
	size_t i;

	if (overruns) {
		budget_bars(budgets, call->arena);
		note_full(call, budgets, attention);
		json_array_foreach(
		    overruns, i, one) if (integer(one, "starts_ms") > call->now_ms - RECENT_MS)
		    add_attention(attention, true, "/budgets",
			arena_printf(call->arena, "A provider billed %s above its bound (%s).",
			    show_money(integer(one, "overrun_nano")).text,
			    json_string_value(json_object_get(one, "scope"))));
		json_set(data, "budgets", most_used(call, budgets));
		json_set_bool(data, "more_budgets", json_array_size(budgets) > BUDGETS_SHOWN);
		json_set_bool(data, "no_budgets", json_array_size(budgets) == 0);
	}
	json_decref(budgets);
	json_decref(overruns);
	return overruns ? 0 : -1;
}

/* ---- deployments ---- */

static int add_deployments(
    struct page_call *call, json_t *data, json_t *attention, struct error *err)
{
	const char *trouble = gateway_settings_trouble(call->gateway, call->arena);
	json_t *models, *cooling = json_array(), *one;
	size_t i;

	if (trouble)
		add_attention(attention, true, "/configuration",
		    arena_printf(call->arena,
			"The settings file has errors; the previous settings stay in force. %.200s",
			trouble));
	json_set(data, "cooling", cooling);
	if (!call->catalog)
		return 0;
	models = view_models(call->store, call->catalog, call->now_ms, err);
	if (!models)
		return -1;
	json_array_foreach(json_object_get(models, "deployments"), i, one)
	{
		const char *state = json_string_value(json_object_get(one, "state"));

		if (strcmp(state, "cooling") == 0)
			json_array_append(cooling, one);
		else if (!json_is_true(json_object_get(one, "usable")) &&
			 strcmp(state, "probing") != 0)
			add_attention(attention, false, "/models",
			    arena_printf(call->arena, "%.80s cannot be called: %.120s.",
				json_string_value(json_object_get(one, "deployment")),
				json_string_value(json_object_get(one, "state_words"))));
	}
	json_decref(models);
	return 0;
}

/* What keys spend is summed by days of UTC: the month begins with the one whose midnight is
 * nearest. */
static int month_in_days(struct page_call *call, struct spend_filter *out, struct error *err)
{
	struct window month;

	if (window_at("1mo", call->timezone, call->now_ms, &month, err) != 0)
		return -1;
	*out = (struct spend_filter){
		.from_ms = month.starts_ms + DAY_MS / 2 - 1, .to_ms = call->now_ms, .limit = 6
	};
	if (out->from_ms > call->now_ms)
		out->from_ms = call->now_ms;
	return 0;
}

static int add_spend(struct page_call *call, json_t *data, struct error *err)
{
	struct spend_filter filter;
	json_t *chart = spend_chart_by_model(call, call->now_ms - (CHART_DAYS - 1) * DAY_MS, err);
	json_t *keys = chart && month_in_days(call, &filter, err) == 0
			   ? view_spend(call->store, SPEND_BY_KEY, &filter, err)
			   : NULL;
	json_t *one;
	size_t i;

	if (!keys) {
		json_decref(chart);
		return -1;
	}
	json_array_foreach(keys, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));

		if (id && strncmp(id, "key-", 4) == 0)
			json_set_text(one, "place",
			    arena_printf(call->arena, "/keys/%s", form_encode(id, call->arena)));
	}
	json_set(data, "spend_chart", chart);
	json_set_bool(data, "is_utc", strcmp(call->timezone, "UTC") == 0);
	json_set_bool(data, "has_spenders", json_array_size(keys) > 0);
	json_set(data, "spenders", keys);
	return 0;
}

json_t *page_overview(struct page_call *call, struct error *err)
{
	json_t *data = json_object(), *attention = json_array();

	json_set(data, "attention", attention);
	if (add_alerts(call, attention, err) == 0 && add_traffic(call, data, err) == 0 &&
	    add_rates(call, data, attention, err) == 0 &&
	    page_overview_add_budgets(call, data, attention, err) == 0 &&
	    add_deployments(call, data, attention, err) == 0 && add_spend(call, data, err) == 0)
		return data;
	json_decref(data);
	return NULL;
}
