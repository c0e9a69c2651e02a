/*
 * Overview: what was spent, what fell back, what failed, who spent it, in a range beside the time
 * before; and what needs somebody now.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts/window.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "panel/attention.h"
#include "panel/budget_bars.h"
#include "panel/machines.h"
#include "panel/pages.h"
#include "panel/show.h"
#include "panel/usage.h"
#include "telemetry/alert_rules.h"
#include "views/view_budgets.h"
#include "views/view_models.h"
#include "views/view_traffic.h"

#include "base/banned.h"

#define HOUR_MS         INT64_C(3600000)
#define RENEW_S         60
#define BUDGETS_SHOWN   6
#define ATTENTION_SHOWN 3
#define MODELS_SHOWN    6
#define KEYS_SHOWN      8
#define STATES_SHOWN    10

static const char *permille_text(struct page_call *call, int64_t permille)
{
	return arena_printf(
	    call->arena, "%lld.%lld %%", (long long)(permille / 10), (long long)(permille % 10));
}

/* ---- figures: each beside the time before ---- */

static int set_figures(struct page_call *call, const struct range *range, json_t *data,
    const json_t *total, struct error *err)
{
	static const char *const counts[] = { "requests", "failures", "fell_back",
		"provider_failures", "limited", "client_mistakes" };
	json_t *before = view_traffic_total(
	    call->store, range->before.from_ms, range->before.to_ms - HOUR_MS, err);
	json_t *changes = json_object();

	if (!before) {
		json_decref(changes);
		return -1;
	}
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		json_set_text(changes, counts[i],
		    usage_change(call, range, json_read_int(total, counts[i], 0),
			json_read_int(before, counts[i], 0)));
	json_set_all(data, "change before", changes, before);
	json_object_set(data, "total", (json_t *)total);
	json_set_all(data, "fallback_rate failure_rate kept$",
	    permille_text(call, json_read_int(total, "fallback_permille", 0)),
	    permille_text(call, json_read_int(total, "failure_permille", 0)),
	    json_read_int(total, "not_spent_nano", 0) +
		json_read_int(total, "cache_saved_nano", 0));
	return 0;
}

/* "Today" is the day that budgets of a day have. */
static int set_today(
    struct page_call *call, const struct range *range, json_t *data, struct error *err)
{
	struct window day;
	json_t *today;

	if (strcmp(range->name, "24h") == 0)
		return 0;
	if (window_at("1d", call->timezone, call->now_ms, &day, err) != 0)
		return -1;
	today = view_traffic_total(call->store, day.starts_ms, call->now_ms, err);
	if (!today)
		return -1;
	json_set(data, "today", today);
	return 0;
}

/* ---- the rate of fallbacks ---- */

struct rate {
	struct page_call *call;
	const struct range *range;
	size_t first, count; /* columns */
	size_t *points;
	int64_t *fell, *failed;
	size_t point_count;
	struct {
		int64_t requests, fell, failed, highest;
	} * columns;
};

static void rate_begin(struct rate *rate, size_t points)
{
	struct arena *arena = rate->call->arena;

	rate->first = range_part(&rate->range->now, rate->range->first_ms) % rate->range->now.count;
	rate->count = rate->range->now.count - rate->first;
	rate->points = arena_alloc(arena, (rate->count + 1) * sizeof *rate->points);
	rate->columns = arena_alloc(arena, (rate->count + 1) * sizeof *rate->columns);
	rate->fell = arena_alloc(arena, (points + 1) * sizeof *rate->fell);
	rate->failed = arena_alloc(arena, (points + 1) * sizeof *rate->failed);
}

static void rate_add(struct rate *rate, const json_t *point)
{
	int64_t at_ms = show_iso_ms(json_read_text(point, "start"));
	size_t part = range_part(&rate->range->now, at_ms);

	if (part < rate->first || part >= rate->range->now.count)
		return;
	part -= rate->first;
	rate->points[part]++;
	rate->fell[rate->point_count] = json_read_int(point, "fallback_permille", 0);
	rate->failed[rate->point_count] = json_read_int(point, "failure_permille", 0);
	if (rate->fell[rate->point_count] > rate->columns[part].highest)
		rate->columns[part].highest = rate->fell[rate->point_count];
	rate->columns[part].requests += json_read_int(point, "requests", 0);
	rate->columns[part].fell += json_read_int(point, "fell_back", 0);
	rate->columns[part].failed += json_read_int(point, "failures", 0);
	rate->point_count++;
}

static struct chart_column *rate_columns(const struct rate *rate)
{
	struct page_call *call = rate->call;
	struct chart_column *columns =
	    arena_alloc(call->arena, (rate->count + 1) * sizeof *columns);

	for (size_t i = 0; i < rate->count; i++) {
		int64_t from_ms = rate->range->now.starts[rate->first + i];
		int64_t requests = rate->columns[i].requests;
		const char *highest = rate->points[i] > 1 && rate->columns[i].highest > 0
					  ? arena_printf(call->arena, ", %s in its worst hour",
						permille_text(call, rate->columns[i].highest))
					  : "";

		columns[i] = (struct chart_column){ .name =
							range_part_name(call, rate->range, from_ms),
			.words = arena_printf(call->arena,
			    "%s: %lld of %lld fell back%s; %lld not answered",
			    permille_text(call, number_permille(rate->columns[i].fell, requests)),
			    (long long)rate->columns[i].fell, (long long)requests, highest,
			    (long long)rate->columns[i].failed),
			.link = arena_printf(call->arena, "/fallbacks?from=%s&to=%s",
			    range_value(call, from_ms),
			    range_value(call, rate->range->now.starts[rate->first + i + 1])) };
		columns[i].label = range_label(call, rate->range, from_ms, &columns[i].under);
	}
	return columns;
}

/* Where many requests leave their group: the settings' line for alerts; 0: the rule is off. */
static int64_t alert_permille(const struct page_call *call)
{
	const struct settings *settings = call->catalog ? catalog_settings(call->catalog) : NULL;

	return settings && !alert_rule_is_off(settings, "fallback_rate")
		   ? settings->alerts.fallback_rate_percent * 10
		   : 0;
}

static void set_rate_chart(
    struct page_call *call, const struct range *range, json_t *data, const json_t *points)
{
	struct rate rate = { .call = call, .range = range };
	int64_t alert = alert_permille(call);
	const char *alert_name =
	    alert ? arena_printf(call->arena, "alert at %lld %%", (long long)alert / 10) : NULL;

	rate_begin(&rate, json_array_size(points));
	for (size_t i = 0; i < json_array_size(points); i++)
		rate_add(&rate, json_array_get(points, i));
	json_set(data, "fallback_chart",
	    chart_json(call, &(struct chart){ .title = "Fallback rate by hour",
				 .unit = CHART_PERCENT,
				 .series = (struct chart_series[]){ { "fell back", rate.fell },
				     { "not answered", rate.failed } },
				 .series_count = 2,
				 .columns = rate_columns(&rate),
				 .column_count = rate.count,
				 .points = rate.points,
				 .alert = alert,
				 .alert_name = alert_name }));
}

static int set_traffic(
    struct page_call *call, const struct range *range, json_t *data, struct error *err)
{
	AUTO_JSON json_t *hours =
	    view_traffic_hours(call->store, range->now.from_ms, range->now.to_ms - HOUR_MS, err);
	int result;

	if (!hours)
		return -1;
	set_rate_chart(call, range, data, json_object_get(hours, "points"));
	result = set_figures(call, range, data, json_object_get(hours, "total"), err);
	return result == 0 ? set_today(call, range, data, err) : -1;
}

/* ---- spend ---- */

static int set_spend(
    struct page_call *call, const struct range *range, json_t *data, struct error *err)
{
	struct usage_table models, keys;
	json_t *chart;

	if (usage_read(call, range, &(struct usage_wish){ .by = USAGE_BY_MODEL }, &models, err) !=
		0 ||
	    usage_read(call, range, &(struct usage_wish){ .by = USAGE_BY_KEY }, &keys, err) != 0)
		return -1;
	chart = usage_chart(call, range, &models, "Spend by model", err);
	if (!chart)
		return -1;
	json_set_all(data, "spend_chart models keys", chart,
	    usage_rows(call, range, &models, MODELS_SHOWN, USAGE_DOTS),
	    usage_rows(call, range, &keys, KEYS_SHOWN, USAGE_BARS));
	return 0;
}

/* ---- now ---- */

static int by_use(const void *a, const void *b)
{
	int64_t left = json_read_int(*(json_t *const *)a, "used_permille", 0);
	int64_t right = json_read_int(*(json_t *const *)b, "used_permille", 0);

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
		if (json_read_true(one, "is_proxy"))
			json_array_append(out, one);
		else
			rows[kept++] = one;
	}
	qsort(rows, kept, sizeof *rows, by_use);
	for (i = 0; i < kept && json_array_size(out) < BUDGETS_SHOWN; i++)
		json_array_append(out, rows[i]);
	return out;
}

/* The list is short: those that are not ready first. */
static json_t *states_of(const json_t *models)
{
	const json_t *all = json_object_get(models, "deployments");
	json_t *out = json_array();

	for (int ready = 0; ready < 2; ready++)
		for (size_t i = 0; i < json_array_size(all); i++) {
			json_t *one = json_array_get(all, i);
			const char *state = json_read_text(one, "state");

			if ((state && strcmp(state, "ready") == 0) == ready &&
			    json_array_size(out) < STATES_SHOWN)
				json_array_append(out, one);
		}
	return out;
}

static int set_attention(struct page_call *call, json_t *data, const json_t *budgets,
    const json_t *models, struct error *err)
{
	json_t *all = attention_list(call, budgets, models, err), *first = json_array(),
	       *rest = json_array(), *one;
	size_t i;

	json_array_foreach(all, i, one) json_array_append(i < ATTENTION_SHOWN ? first : rest, one);
	json_set_all(data, "attention_more attention attention_rest",
	    (int64_t)json_array_size(rest), first, rest);
	json_decref(all);
	return all ? 0 : -1;
}

static int set_now(struct page_call *call, json_t *data, struct error *err)
{
	json_t *budgets = view_budgets(call->store, NULL, call->timezone, call->now_ms, err);
	AUTO_JSON json_t *models = budgets && call->catalog
				       ? view_models(call->store, call->catalog, call->now_ms, err)
				       : NULL;
	int result = -1;

	if (budgets && (models || !call->catalog)) {
		budget_bars(budgets, call->arena);
		result = set_attention(call, data, budgets, models, err);
		json_set_all(data, "budgets states", most_used(call, budgets), states_of(models));
	}
	json_decref(budgets);
	return result;
}

/* What a first request needs, while there is none. */
static void set_first_steps(struct page_call *call, const struct range *range, json_t *data)
{
	const struct settings *settings = call->catalog ? catalog_settings(call->catalog) : NULL;

	json_set_all(data, "is_new? first_model url", range->first_ms == INT64_MAX,
	    settings && settings->deployment_count > 0 ? settings->deployments[0].group : "MODEL",
	    arena_printf(call->arena, "%s/v1", page_client_url(call)));
}

json_t *page_overview(struct page_call *call, struct error *err)
{
	json_t *data = json_object();
	struct range range;

	if (range_read(call, "7d", &range, err) == 0 && set_traffic(call, &range, data, err) == 0 &&
	    set_spend(call, &range, data, err) == 0 && set_now(call, data, err) == 0 &&
	    machines_into(call, data, NULL, err) == 0) {
		set_first_steps(call, &range, data);
		json_set_all(data, "range renew_s renew_stopped?", range_json(call, &range),
		    page_query(call, "renew") ? 0 : RENEW_S, page_query(call, "renew") != NULL);
		return data;
	}
	json_decref(data);
	return NULL;
}
