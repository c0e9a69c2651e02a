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
 *  fallback_permille, failure_permille (of requests), not_spent_nano/_usd, cost_nano/_usd.
 * The hour of to_ms is the last one.  At most 1000 points; the nearest are kept.
 */
json_t *view_traffic_hours(struct store *store, int64_t from_ms, int64_t to_ms, struct error *err);
/* One POINT without a start: all from the beginning of from_ms's hour to the end of to_ms's. */
json_t *view_traffic_total(struct store *store, int64_t from_ms, int64_t to_ms, struct error *err);

/* {"DEPLOYMENT ID": {attempts, failures, failure_permille, cost_nano/_usd, latency_ms (mean)}}
 * since the beginning of from_ms's hour. */
json_t *view_traffic_deployments(struct store *store, int64_t from_ms, struct error *err);

/* [{start, deployment_id, attempts, failures, cost_nano/_usd}] by day, for charts of spend. */
json_t *view_traffic_deployment_days(
    struct store *store, int64_t from_ms, int64_t to_ms, struct error *err);

#endif
