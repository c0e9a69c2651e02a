-- Requests over time, from the sums.

-- name: view_traffic_hours
SELECT hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano, cache_hits, cache_saved_nano, mistakes, limited,
	not_spent_most_nano
FROM request_hour WHERE hour >= :from AND hour < :to ORDER BY hour;

-- name: view_traffic_total
SELECT coalesce(sum(requests), 0), coalesce(sum(failures), 0), coalesce(sum(fell_back), 0), coalesce(sum(blocked_upward), 0),
	coalesce(sum(refused), 0), coalesce(sum(not_spent_nano), 0), coalesce(sum(cost_nano), 0), coalesce(sum(cache_hits), 0),
	coalesce(sum(cache_saved_nano), 0), coalesce(sum(mistakes), 0), coalesce(sum(limited), 0), coalesce(sum(not_spent_most_nano), 0)
FROM request_hour WHERE hour >= :from AND hour < :to;

-- name: view_traffic_deployments
SELECT deployment_id, sum(attempts), sum(failures), sum(cost_nano), sum(latency_ms)
FROM deployment_hour WHERE hour >= :from GROUP BY deployment_id;

-- The first hour of which anything is known.
-- name: view_traffic_first
SELECT min(hour) FROM request_hour;
