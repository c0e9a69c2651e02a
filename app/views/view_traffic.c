/*
 * Sums by hour and day.  See the header.
 */
#include "views/view_traffic.h"

#include <string.h>

#include "base/json_build.h"
#include "base/number.h"
#include "views/view_rows.h"

#include "base/banned.h"

#define HOUR_MS     INT64_C(3600000)
#define POINTS_MOST 10000 /* more than a year */

enum sum {
	REQUESTS,
	FAILURES,
	FELL_BACK,
	BLOCKED,
	REFUSED,
	NOT_SPENT,
	COST,
	CACHE_HITS,
	CACHE_SAVED,
	MISTAKES,
	LIMITED,
	NOT_SPENT_MOST,
	SUM_COUNT
};

struct series {
	int64_t first, end; /* in hours since 1970; end is exclusive */
	json_t *points;
	int64_t next; /* the first hour that has no point yet */
	int64_t total[SUM_COUNT];
};

static json_t *point_json(const int64_t sums[SUM_COUNT])
{
	json_t *point = json_object();

	json_set_all(point, "requests failures fell_back blocked_upward refused", sums[REQUESTS],
	    sums[FAILURES], sums[FELL_BACK], sums[BLOCKED], sums[REFUSED]);
	json_set_all(point, "fallback_permille failure_permille not_spent$ not_spent_most$ cost$",
	    number_permille(sums[FELL_BACK], sums[REQUESTS]),
	    number_permille(sums[FAILURES], sums[REQUESTS]), sums[NOT_SPENT], sums[NOT_SPENT_MOST],
	    sums[COST]);
	json_set_all(point, "cache_hits cache_saved$ client_mistakes limited provider_failures",
	    sums[CACHE_HITS], sums[CACHE_SAVED], sums[MISTAKES], sums[LIMITED],
	    sums[FAILURES] - sums[MISTAKES] - sums[LIMITED]);
	return point;
}

static void add_point(struct series *series, const int64_t sums[SUM_COUNT])
{
	json_t *point = point_json(sums);

	json_set_time(point, "start", series->next * HOUR_MS);
	json_append(series->points, point);
	series->next++;
}

static void fill_until(struct series *series, int64_t hour)
{
	static const int64_t nothing[SUM_COUNT];

	while (series->next < hour && series->next < series->end)
		add_point(series, nothing);
}

static int read_points(struct series *series, struct statement *s, struct error *err)
{
	int result;

	while ((result = statement_step(s, err)) == 1) {
		int64_t sums[SUM_COUNT];

		fill_until(series, statement_int(s, 0));
		for (int i = 0; i < SUM_COUNT; i++) {
			sums[i] = statement_int(s, i + 1);
			series->total[i] += sums[i];
		}
		add_point(series, sums);
	}
	fill_until(series, series->end);
	return result;
}

json_t *view_traffic_hours(struct store *store, int64_t from_ms, int64_t to_ms, struct error *err)
{
	struct series series = { .first = from_ms / HOUR_MS, .end = to_ms / HOUR_MS + 1 };
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_TRAFFIC_HOURS, err);
	json_t *root;
	int result = -1;

	if (series.end - series.first > POINTS_MOST)
		series.first = series.end - POINTS_MOST;
	series.next = series.first;
	series.points = json_array();
	statement_bind(s, ":from", series.first, ":to", series.end);
	result = read_points(&series, s, err);
	if (result != 0) {
		json_decref(series.points);
		return NULL;
	}
	root = json_object();
	json_set_all(root, "points total", series.points, point_json(series.total));
	return root;
}

json_t *view_traffic_total(struct store *store, int64_t from_ms, int64_t to_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_TRAFFIC_TOTAL, err);
	int64_t sums[SUM_COUNT];
	int result;

	statement_bind(s, ":from", from_ms / HOUR_MS, ":to", to_ms / HOUR_MS + 1);
	result = statement_step(s, err);
	for (int i = 0; result == 1 && i < SUM_COUNT; i++)
		sums[i] = statement_int(s, i);
	return result == 1 ? point_json(sums) : NULL;
}

int view_traffic_first(struct store *store, int64_t *out_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_TRAFFIC_FIRST, err);
	int result = statement_step(s, err);

	if (result == 1)
		*out_ms = statement_is_null(s, 0) ? INT64_MAX : statement_int(s, 0) * HOUR_MS;
	return result == 1 ? 0 : -1;
}

/* ---- by deployment ---- */

static json_t *deployment_json(const struct statement *s)
{
	int64_t attempts = statement_int(s, 1), failures = statement_int(s, 2);
	json_t *object = view_object(s);

	json_set_all(object, "attempts failures failure_permille cost$ latency_ms", attempts,
	    failures, number_permille(failures, attempts), statement_int(s, 3),
	    attempts ? statement_int(s, 4) / attempts : 0);
	return object;
}

json_t *view_traffic_deployments(struct store *store, int64_t from_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_TRAFFIC_DEPLOYMENTS, err);
	json_t *root = json_object();
	int result;

	statement_bind(s, ":from", from_ms / HOUR_MS);
	while ((result = statement_step(s, err)) == 1)
		json_set(root, statement_text(s, 0), deployment_json(s));
	return json_if(result == 0, root);
}
