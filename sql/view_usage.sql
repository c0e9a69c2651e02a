-- What was spent between two hours, by one thing at a time (:by): hour, id, attempts, failures, tokens in and out, cost, tier.
-- Rows are added up by whoever reads them: sorting them here would take longer than reading them.

-- By model, provider or tier, hour by hour.
-- name: view_usage_deployments
SELECT hour, CASE :by WHEN 'model' THEN provider || '/' || model WHEN 'provider' THEN provider ELSE tier END,
	sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano), tier
FROM deployment_hour WHERE hour >= :from AND hour < :to AND (:provider IS NULL OR provider = :provider)
	AND (:tier IS NULL OR tier = :tier) AND (:model IS NULL OR provider || '/' || model = :model) GROUP BY hour, 2 ORDER BY hour;

-- By key, team, user or tag: whole days from the sums by day, the hours before and behind them from those by hour.
-- name: view_usage_things
SELECT day * 24, id, attempts, failures, input_tokens, output_tokens, cost_nano, NULL FROM spend_day
WHERE kind = :by AND day >= :first_day AND day < :end_day
UNION ALL SELECT h.hour, h.id, h.attempts, h.failures, h.input_tokens, h.output_tokens, h.cost_nano, NULL
FROM (SELECT DISTINCT id FROM spend_day WHERE kind = :by AND day BETWEEN :from / 24 AND :first_day) d CROSS JOIN spend_hour h
WHERE h.kind = :by AND h.id = d.id AND h.hour >= :from AND h.hour < :inner_from
UNION ALL SELECT h.hour, h.id, h.attempts, h.failures, h.input_tokens, h.output_tokens, h.cost_nano, NULL
FROM (SELECT DISTINCT id FROM spend_day WHERE kind = :by AND day BETWEEN :end_day AND :to / 24) d CROSS JOIN spend_hour h
WHERE h.kind = :by AND h.id = d.id AND h.hour >= :inner_to AND h.hour < :to;

-- One of those, hour by hour.
-- name: view_usage_thing_hours
SELECT hour, id, attempts, failures, input_tokens, output_tokens, cost_nano, NULL
FROM spend_hour WHERE kind = :by AND id = :id AND hour >= :from AND hour < :to ORDER BY hour;

-- With filters, by whole days.  The four differ in the index that they walk: of a user or tag, of a key, of a team, or of the models.
-- name: view_usage_days_label
SELECT day * 24, CASE :by WHEN 'model' THEN provider || '/' || model WHEN 'provider' THEN provider WHEN 'tier' THEN tier
	WHEN 'key' THEN key_id WHEN 'team' THEN team_id ELSE id END, attempts, failures, input_tokens, output_tokens, cost_nano, tier
FROM usage_day INDEXED BY usage_day_of_label
WHERE kind = :kind AND id = :label AND day >= :first_day AND day < :end_day AND (:key IS NULL OR key_id = :key)
	AND (:team IS NULL OR team_id = :team) AND (:provider IS NULL OR provider = :provider) AND (:tier IS NULL OR tier = :tier)
	AND (:model IS NULL OR provider || '/' || model = :model);

-- name: view_usage_days_key
SELECT day * 24, CASE :by WHEN 'model' THEN provider || '/' || model WHEN 'provider' THEN provider WHEN 'tier' THEN tier
	WHEN 'key' THEN key_id WHEN 'team' THEN team_id ELSE id END, attempts, failures, input_tokens, output_tokens, cost_nano, tier
FROM usage_day INDEXED BY usage_day_of_key
WHERE kind = :kind AND key_id = :key AND day >= :first_day AND day < :end_day
	AND (:team IS NULL OR team_id = :team) AND (:provider IS NULL OR provider = :provider) AND (:tier IS NULL OR tier = :tier)
	AND (:model IS NULL OR provider || '/' || model = :model);

-- name: view_usage_days_team
SELECT day * 24, CASE :by WHEN 'model' THEN provider || '/' || model WHEN 'provider' THEN provider WHEN 'tier' THEN tier
	WHEN 'key' THEN key_id WHEN 'team' THEN team_id ELSE id END, attempts, failures, input_tokens, output_tokens, cost_nano, tier
FROM usage_day INDEXED BY usage_day_of_team
WHERE kind = :kind AND team_id = :team AND day >= :first_day AND day < :end_day
	AND (:provider IS NULL OR provider = :provider) AND (:tier IS NULL OR tier = :tier) AND (:model IS NULL OR provider || '/' || model = :model);

-- name: view_usage_days_models
SELECT u.day * 24, CASE :by WHEN 'key' THEN key_id WHEN 'team' THEN team_id ELSE id END, attempts, failures, input_tokens, output_tokens,
	cost_nano, NULL
FROM (SELECT DISTINCT tier, provider, model FROM deployment_hour WHERE hour >= :first_day * 24 AND hour < :end_day * 24
		AND (:provider IS NULL OR provider = :provider) AND (:tier IS NULL OR tier = :tier)
		AND (:model IS NULL OR provider || '/' || model = :model)) d CROSS JOIN usage_day u
WHERE u.kind = :kind AND u.tier = d.tier AND u.provider = d.provider AND u.model = d.model AND u.day >= :first_day AND u.day < :end_day;

-- What people call a key or a team, and what stands beside: a key's team.
-- name: view_usage_name
SELECT CASE :by WHEN 'key' THEN (SELECT coalesce(alias, json_extract(metadata, '$.alias')) FROM virtual_key WHERE id = :id)
	WHEN 'team' THEN (SELECT alias FROM team WHERE id = :id) END,
	CASE :by WHEN 'key' THEN (SELECT coalesce(t.alias, k.team_id) FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id WHERE k.id = :id) END;
