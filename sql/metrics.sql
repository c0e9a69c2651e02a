-- What /metrics shows.  Each row: the labels as texts, then the values; app/views/metric_list.c names them.

-- name: metrics_requests
SELECT r.key_id, coalesce(k.alias, json_extract(k.metadata, '$.alias'), CASE WHEN r.key_id IN ('master', 'other') THEN r.key_id END, ''),
	r.model_group, r.team_id, coalesce(t.alias, r.team_id), CAST(r.status AS TEXT), sum(r.requests)
FROM metric_request r LEFT JOIN virtual_key k ON k.id = r.key_id LEFT JOIN team t ON t.id = r.team_id
GROUP BY r.key_id, r.team_id, r.model_group, r.status;

-- name: metrics_failures
SELECT r.key_id, coalesce(k.alias, json_extract(k.metadata, '$.alias'), CASE WHEN r.key_id IN ('master', 'other') THEN r.key_id END, ''),
	r.model_group, r.team_id, coalesce(t.alias, r.team_id), CAST(r.status AS TEXT), r.outcome, sum(r.requests)
FROM metric_request r LEFT JOIN virtual_key k ON k.id = r.key_id LEFT JOIN team t ON t.id = r.team_id
WHERE r.outcome NOT IN ('ok', 'replayed') GROUP BY r.key_id, r.team_id, r.model_group, r.status, r.outcome;

-- Every group of the settings has its row from the beginning: a rate over a series that was born with its first
-- event misses that event.
-- name: metrics_groups
SELECT g.name, sum(g.requests), sum(g.fell_back), sum(g.blocked_upward), sum(g.not_spent_nano), sum(g.refused), sum(g.not_spent_most_nano)
FROM (SELECT model_group AS name, requests, fell_back, blocked_upward, not_spent_nano,
		CASE WHEN outcome = 'budget' THEN requests ELSE 0 END AS refused, not_spent_most_nano FROM metric_request
	UNION ALL SELECT value, 0, 0, 0, 0, 0, 0 FROM json_each(:groups)) g
GROUP BY g.name;

-- name: metrics_cache
SELECT model, hits, misses, saved_nano FROM metric_cache;

-- name: metrics_cache_size
SELECT bytes, answers FROM cache_size;

-- name: metrics_cache_away
SELECT times FROM metric_cache_away;

-- name: metrics_fallbacks_answered
SELECT model_group, answered_group, sum(fell_back) FROM metric_request
WHERE fell_back > 0 AND answered_group <> '' GROUP BY model_group, answered_group;

-- name: metrics_fallbacks_failed
SELECT model_group, sum(fell_back) FROM metric_request WHERE fell_back > 0 AND outcome <> 'ok' GROUP BY model_group;

-- name: metrics_spend
SELECT s.key_id, coalesce(k.alias, json_extract(k.metadata, '$.alias'), CASE WHEN s.key_id IN ('master', 'other') THEN s.key_id END, ''),
	s.model, s.team_id, coalesce(t.alias, s.team_id), s.deployment_id, s.model_group, sum(s.attempts), sum(s.cost_nano),
	sum(s.input_tokens), sum(s.output_tokens), sum(s.input_tokens) + sum(s.output_tokens), sum(s.cached_tokens)
FROM metric_spend s LEFT JOIN virtual_key k ON k.id = s.key_id LEFT JOIN team t ON t.id = s.team_id
GROUP BY s.key_id, s.team_id, s.model, s.deployment_id, s.model_group;

-- name: metrics_total_spend
SELECT coalesce(sum(cost_nano), 0) FROM metric_spend;

-- name: metrics_deployments
SELECT model, deployment_id, provider, sum(attempts), sum(CASE WHEN outcome = 'ok' THEN attempts ELSE 0 END), sum(overrun_nano)
FROM metric_attempt WHERE state NOT IN ('skipped', 'blocked') GROUP BY model, deployment_id, provider;

-- name: metrics_deployment_failures
SELECT model, deployment_id, provider, CAST(status AS TEXT), outcome, sum(attempts)
FROM metric_attempt WHERE state NOT IN ('skipped', 'blocked') AND outcome <> 'ok' GROUP BY model, deployment_id, provider, status, outcome;

-- name: metrics_not_called
SELECT model, deployment_id, provider, state, outcome, sum(attempts)
FROM metric_attempt WHERE state IN ('skipped', 'blocked') GROUP BY model, deployment_id, provider, state, outcome;

-- name: metrics_ended
SELECT s.state, coalesce(sum(a.attempts), 0)
FROM (SELECT 'settled' AS state UNION SELECT 'released' UNION SELECT 'unknown') s LEFT JOIN metric_attempt a ON a.state = s.state
GROUP BY s.state;

-- name: metrics_deployment_state
SELECT d.value, CASE WHEN b.state = 'open' AND b.open_until_ms > :now_ms AND b.counted_from_ms <= :now_ms + 5000 THEN 2
	WHEN b.state = 'open' THEN 1
	WHEN b.failures > 0 AND b.counted_from_ms BETWEEN :now_ms - 59999 AND :now_ms + 5000 THEN 1 ELSE 0 END,
	CASE WHEN b.state = 'open' AND b.counted_from_ms <= :now_ms + 5000 THEN max(0, b.open_until_ms - :now_ms) ELSE 0 END
FROM json_each(:deployments) d LEFT JOIN breaker b ON b.deployment_id = d.value;

-- name: metrics_cooldowns
SELECT d.name, sum(d.times) FROM (SELECT deployment_id AS name, times FROM metric_cooldown
	UNION ALL SELECT value, 0 FROM json_each(:deployments)) d GROUP BY d.name;

-- name: metrics_open_holds
SELECT count(*), coalesce(sum(bound_nano), 0) FROM hold;

-- name: metrics_file
SELECT page_count * page_size FROM pragma_page_count, pragma_page_size;

-- name: metrics_times
SELECT m.model, b.le, sum(coalesce(t.observations, 0)) OVER (PARTITION BY m.model ORDER BY b.le_us),
	sum(coalesce(t.sum_us, 0)) OVER (PARTITION BY m.model), b.le = '+Inf'
FROM (SELECT DISTINCT model FROM metric_time WHERE what = :what) m CROSS JOIN metric_bucket b
	LEFT JOIN metric_time t ON t.what = :what AND t.model = m.model AND t.le_us = b.le_us
ORDER BY m.model, b.le_us;

-- name: metrics_alias
SELECT coalesce((SELECT coalesce(alias, json_extract(metadata, '$.alias')) FROM virtual_key WHERE :scope IN ('key', 'key_model') AND id = :id),
	(SELECT alias FROM team WHERE :scope IN ('team', 'team_model') AND id = :id), '');

-- name: metrics_alerts
SELECT rule, count(*) FROM alert WHERE ended_ms IS NULL GROUP BY rule;

-- name: metrics_traces
SELECT name, 'sent', sent FROM trace_destination UNION ALL SELECT name, 'dropped', dropped FROM trace_destination;

-- name: metrics_traces_waiting
SELECT d.name, (SELECT count(*) FROM trace t WHERE t.number > d.upto) FROM trace_destination d;
