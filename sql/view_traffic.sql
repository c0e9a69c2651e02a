-- Requests over time, from the sums.

-- name: view_traffic_hours
SELECT hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano, cache_hits, cache_saved_nano
FROM request_hour WHERE hour >= :from AND hour < :to ORDER BY hour;

-- name: view_traffic_days
SELECT hour / 24, sum(requests), sum(failures), sum(fell_back), sum(blocked_upward), sum(refused), sum(not_spent_nano), sum(cost_nano),
	sum(cache_hits), sum(cache_saved_nano)
FROM request_hour WHERE hour >= :from * 24 AND hour < :to * 24 GROUP BY 1 ORDER BY 1;

-- name: view_traffic_days_key
SELECT day, sum(requests), sum(failures), sum(fell_back), sum(blocked_upward), sum(refused), sum(not_spent_nano), sum(cost_nano),
	sum(cache_hits), sum(cache_saved_nano)
FROM request_day INDEXED BY request_day_key WHERE key_id = :key_id AND day >= :from AND day < :to GROUP BY day ORDER BY day;

-- name: view_traffic_deployments
SELECT deployment_id, sum(attempts), sum(failures), sum(cost_nano), sum(latency_ms)
FROM deployment_hour WHERE hour >= :from GROUP BY deployment_id;

-- name: view_traffic_deployment_days
SELECT hour / 24, deployment_id, sum(attempts), sum(failures), sum(cost_nano)
FROM deployment_hour WHERE hour >= :from * 24 AND hour < :to * 24 GROUP BY 1, 2 ORDER BY 1, 2;
