-- The record of requests, and what is counted from it.

-- All columns from the first one on, in the table's order: else SQLite copies each value.
-- name: request_log_add
-- rows: request_log_add_all
INSERT INTO request (id, started_ms, key_id, team_id, asked_model, model_group, answered_group, answered_model, deployment_id, tier,
	outcome, status, streamed, attempts, fallbacks, blocked_upward, not_spent_nano, input_tokens, cached_tokens, output_tokens,
	reasoning_tokens, cost_nano, bound_nano, latency_ms, first_token_ms, overhead_us, error, cache_saved_nano,
	fault, route, end_user, tags, agent, address, not_spent_most_nano)
VALUES (:id, :started_ms, :key_id, :team_id, :asked_model, :model_group, :answered_group, :answered_model, :deployment_id, :tier,
	:outcome, :status, :streamed, :attempts, :fallbacks, :blocked_upward, :not_spent_nano, :input_tokens, :cached_tokens,
	:output_tokens, :reasoning_tokens, :cost_nano, :bound_nano, :latency_ms, :first_token_ms, :overhead_us, :error, :cache_saved_nano,
	:fault, :route, :end_user, :tags, :agent, :address, :not_spent_most_nano);

-- name: request_log_add_cost
UPDATE request SET cost_nano = cost_nano + :cost_nano WHERE id = :id;

-- The hour's row may come later in the same transaction: sums are run at its end.
-- name: request_log_add_cost_to_hour
INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano)
SELECT started_ms / 3600000, 0, 0, 0, 0, 0, 0, :cost_nano FROM request WHERE id = :id
ON CONFLICT DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano;

-- name: request_log_add_cost_to_labels
INSERT INTO label_sum (kind, id, hour, key_id, team_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano)
SELECT l.kind, l.id, r.started_ms / 3600000, r.key_id, coalesce(r.team_id, ''), coalesce(a.provider, ''), coalesce(a.model, ''), coalesce(a.tier, ''),
	0, 0, 0, 0, :cost_nano
FROM request r JOIN (SELECT 'user' AS kind, end_user AS id FROM request WHERE id = :id AND end_user IS NOT NULL
		UNION ALL SELECT 'tag', value FROM request, json_each(tags) WHERE request.id = :id) l
	LEFT JOIN attempt a ON a.request_id = r.id AND a.state = 'settled' AND a.outcome = 'ok'
WHERE r.id = :id;

-- name: request_log_count
INSERT INTO traffic (second, requests) VALUES (:second, :requests) ON CONFLICT (second) DO UPDATE SET requests = requests + excluded.requests;

-- name: request_log_take_retry
INSERT INTO traffic (second, extra)
SELECT :second, 1 WHERE
	(SELECT coalesce(sum(extra), 0) FROM traffic WHERE second BETWEEN :second - 9 AND :second + 5) <
	:floor + :percent * (SELECT coalesce(sum(requests), 0) FROM traffic WHERE second BETWEEN :second - 9 AND :second + 5) / 100
ON CONFLICT (second) DO UPDATE SET extra = extra + 1;

-- The clock is more than a day further than at the last look (the first look asks the newest request): it has jumped, or nobody
-- was there.  Set back, it has that much less ahead.
-- name: request_log_look_at_clock
INSERT INTO clock (one, seen_ms, jumped_ms, ahead_ms)
SELECT 1, :now_ms, CASE WHEN :now_ms - seen_ms > 86400000 THEN :now_ms ELSE 0 END, CASE WHEN :now_ms - seen_ms > 86400000 THEN :now_ms - seen_ms ELSE 0 END
FROM (SELECT coalesce((SELECT started_ms FROM request ORDER BY id DESC LIMIT 1), :now_ms) AS seen_ms) WHERE true
ON CONFLICT (one) DO UPDATE SET seen_ms = :now_ms,
	jumped_ms = CASE WHEN :now_ms - seen_ms > 86400000 THEN :now_ms ELSE jumped_ms END,
	ahead_ms = CASE
		WHEN :now_ms - seen_ms > 86400000 THEN :now_ms - seen_ms
		WHEN :now_ms < seen_ms THEN max(0, ahead_ms - (seen_ms - :now_ms))
		ELSE ahead_ms END;

-- name: request_log_steady_time
SELECT CASE WHEN :now_ms - jumped_ms < 86400000 THEN :now_ms - ahead_ms ELSE :now_ms END FROM clock;

-- name: request_log_trim_traffic
DELETE FROM traffic WHERE second < :second - 3600;

-- name: request_log_trim_requests
DELETE FROM request WHERE id IN (SELECT id FROM request WHERE id < :before_id ORDER BY id LIMIT :most);

-- name: request_log_trim_attempts
DELETE FROM attempt WHERE (request_id, number) IN
	(SELECT request_id, number FROM attempt WHERE request_id < :before_id ORDER BY request_id LIMIT :most);

-- Windows of end users that ended so long ago that no row names them.
-- name: request_log_trim_windows
DELETE FROM budget_window WHERE id IN (SELECT id FROM budget_window WHERE for_user <> '' AND ends_ms < :before_ms
	AND held_nano = 0 AND spent_nano = archived_nano LIMIT :most);

-- name: request_log_spend_key
SELECT coalesce(k.alias, json_extract(k.metadata, '$.alias'), a.key_id), count(DISTINCT a.request_id), count(*), sum(a.outcome <> 'ok'),
	coalesce(sum(a.input_tokens), 0), coalesce(sum(a.output_tokens), 0), sum(a.cost_nano) AS cost
FROM attempt a LEFT JOIN virtual_key k ON k.id = a.key_id
WHERE a.request_id >= :from_id AND a.request_id < :to_id AND a.state NOT IN ('skipped', 'blocked')
GROUP BY a.key_id ORDER BY cost DESC;

-- name: request_log_spend_team
SELECT coalesce(a.team_id, '-'), count(DISTINCT a.request_id), count(*), sum(a.outcome <> 'ok'), coalesce(sum(a.input_tokens), 0),
	coalesce(sum(a.output_tokens), 0), sum(a.cost_nano) AS cost
FROM attempt a WHERE a.request_id >= :from_id AND a.request_id < :to_id AND a.state NOT IN ('skipped', 'blocked')
GROUP BY 1 ORDER BY cost DESC;

-- name: request_log_spend_model
SELECT a.provider || '/' || a.model, count(DISTINCT a.request_id), count(*), sum(a.outcome <> 'ok'), coalesce(sum(a.input_tokens), 0),
	coalesce(sum(a.output_tokens), 0), sum(a.cost_nano) AS cost
FROM attempt a WHERE a.request_id >= :from_id AND a.request_id < :to_id AND a.state NOT IN ('skipped', 'blocked')
GROUP BY 1 ORDER BY cost DESC;

-- name: request_log_spend_provider
SELECT a.provider, count(DISTINCT a.request_id), count(*), sum(a.outcome <> 'ok'), coalesce(sum(a.input_tokens), 0),
	coalesce(sum(a.output_tokens), 0), sum(a.cost_nano) AS cost
FROM attempt a WHERE a.request_id >= :from_id AND a.request_id < :to_id AND a.state NOT IN ('skipped', 'blocked')
GROUP BY 1 ORDER BY cost DESC;

-- name: request_log_spend_deployment
SELECT a.deployment_id, count(DISTINCT a.request_id), count(*), sum(a.outcome <> 'ok'), coalesce(sum(a.input_tokens), 0),
	coalesce(sum(a.output_tokens), 0), sum(a.cost_nano) AS cost
FROM attempt a WHERE a.request_id >= :from_id AND a.request_id < :to_id AND a.state NOT IN ('skipped', 'blocked')
GROUP BY 1 ORDER BY cost DESC;

-- name: request_log_spend_day
SELECT strftime('%Y-%m-%d', a.started_ms / 1000, 'unixepoch'), count(DISTINCT a.request_id), count(*), sum(a.outcome <> 'ok'),
	coalesce(sum(a.input_tokens), 0), coalesce(sum(a.output_tokens), 0), sum(a.cost_nano) AS cost
FROM attempt a WHERE a.request_id >= :from_id AND a.request_id < :to_id AND a.state NOT IN ('skipped', 'blocked')
GROUP BY 1 ORDER BY 1 DESC;

-- name: request_log_spend_user
SELECT coalesce(r.end_user, '-'), count(*), sum(r.attempts), sum(r.outcome NOT IN ('ok', 'replayed')), coalesce(sum(r.input_tokens), 0),
	coalesce(sum(r.output_tokens), 0), sum(r.cost_nano) AS cost
FROM request r WHERE r.id >= :from_id AND r.id < :to_id
GROUP BY 1 ORDER BY cost DESC;

-- A request counts for each of its tags.
-- name: request_log_spend_tag
SELECT coalesce(t.value, '-'), count(*), sum(r.attempts), sum(r.outcome NOT IN ('ok', 'replayed')), coalesce(sum(r.input_tokens), 0),
	coalesce(sum(r.output_tokens), 0), sum(r.cost_nano) AS cost
FROM request r LEFT JOIN json_each(coalesce(r.tags, '[]')) t WHERE r.id >= :from_id AND r.id < :to_id
GROUP BY 1 ORDER BY cost DESC;
