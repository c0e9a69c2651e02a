/*
 * Sums by day, arranged for a chart.  See the header.
 */
#include "panel/spend_chart.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "panel/chart.h"
#include "views/view_spend.h"
#include "views/view_traffic.h"

#include "base/banned.h"

#define DAY_MS      INT64_C(86400000)
#define MODELS_MOST 500 /* of a settings file; what is beyond counts as "other" */

struct model_days {
	const char *name;
	int64_t *values;
	int64_t total;
};

struct days {
	struct page_call *call;
	int64_t first; /* day since 1970 */
	size_t count;
	const char **labels;
	struct model_days *models;
	size_t model_count;
};

static int64_t spent_of(const json_t *row)
{
	return json_integer_value(json_object_get(row, "cost_nano"));
}

static void spend_chart_begin(struct days *days, struct page_call *call, int64_t from_ms)
{
	*days = (struct days){ .call = call, .first = from_ms / DAY_MS };
	days->count = (size_t)(call->now_ms / DAY_MS - days->first + 1);
	days->labels = arena_alloc(call->arena, days->count * sizeof *days->labels);
	for (size_t i = 0; i < days->count; i++)
		days->labels[i] = arena_printf(
		    call->arena, "%.5s", clock_iso((days->first + (int64_t)i) * DAY_MS).text + 5);
	days->models = arena_alloc(call->arena, MODELS_MOST * sizeof *days->models);
}

/* Which of the days a text "2026-11-23..." is; count when none. */
static size_t day_index(const struct days *days, const char *date)
{
	size_t i = 0;

	while (i < days->count &&
	       (!date || strlen(date) < 10 || memcmp(days->labels[i], date + 5, 5) != 0))
		i++;
	return i;
}

/* The last one takes what there is no room for. */
static struct model_days *model_named(struct days *days, const char *name)
{
	for (size_t i = 0; i < days->model_count; i++)
		if (strcmp(days->models[i].name, name) == 0)
			return &days->models[i];
	if (days->model_count == MODELS_MOST)
		return &days->models[MODELS_MOST - 1];
	struct model_days *model = &days->models[days->model_count++];
	model->name = arena_copy(days->call->arena, name);
	model->values = arena_alloc(days->call->arena, days->count * sizeof *model->values);
	return model;
}

/* "provider/model" of a deployment that is in the settings, else its id. */
static const char *chart_model_of(const struct page_call *call, const char *deployment_id)
{
	const struct settings *settings = call->catalog ? catalog_settings(call->catalog) : NULL;

	for (size_t i = 0; settings && i < settings->deployment_count; i++) {
		const struct deployment *deployment = &settings->deployments[i];

		if (strcmp(deployment->id, deployment_id) == 0 && !strchr(deployment->model, '*'))
			return arena_printf(
			    call->arena, "%s/%s", deployment->provider, deployment->model);
	}
	return deployment_id;
}

static int by_total(const void *a, const void *b)
{
	const struct model_days *left = a, *right = b;

	return left->total < right->total ? 1 : left->total > right->total ? -1 : 0;
}

static json_t *spend_chart_draw(struct days *days, const char *title)
{
	struct chart_series series[CHART_SERIES_MAX];
	size_t shown = days->model_count;

	qsort(days->models, days->model_count, sizeof *days->models, by_total);
	if (shown > CHART_SERIES_MAX) {
		struct model_days *rest = &days->models[CHART_SERIES_MAX - 1];

		shown = CHART_SERIES_MAX;
		rest->name = "other";
		for (size_t i = shown; i < days->model_count; i++)
			for (size_t day = 0; day < days->count; day++)
				rest->values[day] += days->models[i].values[day];
	}
	for (size_t i = 0; i < shown; i++)
		series[i] = (struct chart_series){ days->models[i].name, days->models[i].values };
	return chart_json(&(struct chart){ .title = title,
	    .column = "Day (UTC)",
	    .unit = CHART_MONEY,
	    .bars = true,
	    .series = series,
	    .series_count = shown,
	    .labels = days->labels,
	    .point_count = days->count });
}

json_t *spend_chart_by_model(struct page_call *call, int64_t from_ms, struct error *err)
{
	json_t *rows = view_traffic_deployment_days(call->store, from_ms, call->now_ms, err), *row,
	       *chart;
	struct days days;
	size_t i;

	if (!rows)
		return NULL;
	spend_chart_begin(&days, call, from_ms);
	json_array_foreach(rows, i, row)
	{
		size_t day = day_index(&days, json_string_value(json_object_get(row, "start")));
		const char *id = json_string_value(json_object_get(row, "deployment_id"));
		struct model_days *model;

		if (day == days.count || !id || spent_of(row) == 0)
			continue;
		model = model_named(&days, chart_model_of(call, id));
		model->values[day] += spent_of(row);
		model->total += spent_of(row);
	}
	chart = spend_chart_draw(&days, "Spend by model, day by day");
	json_decref(rows);
	return chart;
}

json_t *spend_chart_of(struct page_call *call, const char *key_id, const char *team_id,
    int64_t from_ms, struct error *err)
{
	struct spend_filter filter = {
		.key_id = key_id, .team_id = team_id, .from_ms = from_ms, .to_ms = call->now_ms
	};
	json_t *rows = view_spend(call->store, SPEND_BY_DAY, &filter, err), *row, *chart;
	struct model_days *spend;
	struct days days;
	size_t i;

	if (!rows)
		return NULL;
	spend_chart_begin(&days, call, from_ms);
	spend = model_named(&days, "spend");
	json_array_foreach(rows, i, row)
	{
		size_t day = day_index(&days, json_string_value(json_object_get(row, "id")));

		if (day < days.count)
			spend->values[day] += spent_of(row);
	}
	chart = spend_chart_draw(&days, "Spend, day by day");
	json_decref(rows);
	return chart;
}
