#ifndef VIEWS_VIEW_TRAFFIC_H
#define VIEWS_VIEW_TRAFFIC_H

/*
 * Requests over time, for charts: from sums that the store keeps (sql/schema/sums.sql), so
 * that their cost depends on the number of hours or days and not on the length of the log.  Hours
 * are UTC; those without requests are there too, with zeros.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

/*
 * {"points": [POINT, ...] oldest first, "total": POINT}
 * POINT: start, requests, failures, fell_back, blocked_upward, refused (by a budget),
 *  fallback_permille, failure_permille (of requests), not_spent_nano/_usd,
 *  not_spent_most_nano/_usd, cost_nano/_usd,
 *  cache_hits, cache_saved_nano/_usd; the failures apart: client_mistakes, limited (a budget or
 * rate of the gateway's), provider_failures. The hour of to_ms is the last one.  At most 10000
 * points; the nearest are kept.
 */
json_t *view_traffic_hours(struct store *store, int64_t from_ms, int64_t to_ms, struct error *err);
/* One POINT without a start: all from the beginning of from_ms's hour to the end of to_ms's. */
json_t *view_traffic_total(struct store *store, int64_t from_ms, int64_t to_ms, struct error *err);

/* {"DEPLOYMENT ID": {attempts, failures, failure_permille, cost_nano/_usd, latency_ms (mean)}}
 * since the beginning of from_ms's hour. */
json_t *view_traffic_deployments(struct store *store, int64_t from_ms, struct error *err);

/* When the first hour began of which anything is known; INT64_MAX when nothing is. */
int view_traffic_first(struct store *store, int64_t *out_ms, struct error *err);

#endif
