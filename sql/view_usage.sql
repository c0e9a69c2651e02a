-- What was spent between two hours, by one thing at a time (:by).

-- By model, provider or tier, hour by hour: id, name, note, attempts, failures, tokens in and out, cost.
-- name: view_usage_deployments
SELECT hour, CASE :by WHEN 'model' THEN provider || '/' || model WHEN 'provider' THEN provider ELSE tier END,
	CASE :by WHEN 'model' THEN model WHEN 'provider' THEN provider ELSE tier END,
	CASE :by WHEN 'model' THEN provider || ', ' || tier END,
	sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
FROM deployment_hour WHERE hour >= :from AND hour < :to GROUP BY hour, 2 ORDER BY hour;

-- By key, team, user or tag: whole days from the sums by day, the hours before and behind them from those by hour.
-- name: view_usage_things
SELECT 0, id, CASE :by WHEN 'key' THEN (SELECT coalesce(alias, json_extract(metadata, '$.alias')) FROM virtual_key k WHERE k.id = s.id)
	WHEN 'team' THEN (SELECT alias FROM team t WHERE t.id = s.id) END,
	CASE :by WHEN 'key' THEN (SELECT coalesce(t.alias, k.team_id) FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id WHERE k.id = s.id) END,
	sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
FROM (SELECT id, attempts, failures, input_tokens, output_tokens, cost_nano FROM spend_day
		WHERE kind = :by AND day >= :first_day AND day < :end_day
	UNION ALL SELECT h.id, h.attempts, h.failures, h.input_tokens, h.output_tokens, h.cost_nano
		FROM (SELECT DISTINCT id FROM spend_day WHERE kind = :by AND day BETWEEN :from / 24 AND :first_day) d CROSS JOIN spend_hour h
		WHERE h.kind = :by AND h.id = d.id AND h.hour >= :from AND h.hour < :inner_from
	UNION ALL SELECT h.id, h.attempts, h.failures, h.input_tokens, h.output_tokens, h.cost_nano
		FROM (SELECT DISTINCT id FROM spend_day WHERE kind = :by AND day BETWEEN :end_day AND :to / 24) d CROSS JOIN spend_hour h
		WHERE h.kind = :by AND h.id = d.id AND h.hour >= :inner_to AND h.hour < :to) s
GROUP BY id;

-- One of those, hour by hour.
-- name: view_usage_thing_hours
SELECT hour, id, NULL, NULL, attempts, failures, input_tokens, output_tokens, cost_nano
FROM spend_hour WHERE kind = :by AND id = :id AND hour >= :from AND hour < :to ORDER BY hour;
