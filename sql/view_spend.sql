-- Who spent what, from the sums by day (sql/schema/sums.sql).  All but the first and the last give: id,
-- name for people, attempts, failures, input tokens, output tokens, cost.

-- name: view_spend_total
SELECT coalesce(sum(cost_nano), 0) FROM spend_day WHERE kind = 'provider' AND day >= :from AND day < :to;

-- By key, team, model or provider (:by).
-- name: view_spend_all
SELECT id, CASE :by WHEN 'key' THEN (SELECT coalesce(alias, json_extract(metadata, '$.alias')) FROM virtual_key k WHERE k.id = s.id)
	WHEN 'team' THEN (SELECT alias FROM team t WHERE t.id = s.id) END, attempts, failures, input_tokens, output_tokens, cost_nano
FROM (SELECT id, sum(attempts) AS attempts, sum(failures) AS failures, sum(input_tokens) AS input_tokens,
		sum(output_tokens) AS output_tokens, sum(cost_nano) AS cost_nano
	FROM spend_day WHERE kind = :by AND day >= :from AND day < :to GROUP BY id ORDER BY cost_nano DESC, id LIMIT :limit) s
ORDER BY cost_nano DESC, id;

-- By day: of all, or of a team.
-- name: view_spend_days
SELECT day, NULL, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
FROM spend_day WHERE kind = iif(:team_id IS NULL, 'provider', 'team') AND day >= :from AND day < :to AND (:team_id IS NULL OR id = :team_id)
GROUP BY day ORDER BY day LIMIT :limit;

-- Of a key, by anything (:by); :team_id narrows it further.
-- name: view_spend_of_key
SELECT id, CASE :by WHEN 'key' THEN (SELECT coalesce(alias, json_extract(metadata, '$.alias')) FROM virtual_key k WHERE k.id = s.id)
	WHEN 'team' THEN (SELECT alias FROM team t WHERE t.id = s.id) END, attempts, failures, input_tokens, output_tokens, cost_nano
FROM (SELECT CASE :by WHEN 'key' THEN key_id WHEN 'team' THEN team_id WHEN 'model' THEN model WHEN 'provider' THEN provider ELSE day END
		AS id, sum(attempts) AS attempts, sum(failures) AS failures, sum(input_tokens) AS input_tokens,
		sum(output_tokens) AS output_tokens, sum(cost_nano) AS cost_nano
	FROM usage_day INDEXED BY usage_day_of_key
	WHERE kind = '' AND key_id = :key_id AND day >= :from AND day < :to AND (:team_id IS NULL OR team_id = :team_id) GROUP BY 1) s
ORDER BY iif(:by = 'day', id, -cost_nano), id LIMIT :limit;

-- Of a team, by anything but days.
-- name: view_spend_of_team
SELECT id, CASE :by WHEN 'key' THEN (SELECT coalesce(alias, json_extract(metadata, '$.alias')) FROM virtual_key k WHERE k.id = s.id)
	WHEN 'team' THEN (SELECT alias FROM team t WHERE t.id = s.id) END, attempts, failures, input_tokens, output_tokens, cost_nano
FROM (SELECT CASE :by WHEN 'key' THEN key_id WHEN 'team' THEN team_id WHEN 'model' THEN model ELSE provider END AS id,
		sum(attempts) AS attempts, sum(failures) AS failures, sum(input_tokens) AS input_tokens,
		sum(output_tokens) AS output_tokens, sum(cost_nano) AS cost_nano
	FROM usage_day INDEXED BY usage_day_of_team
	WHERE kind = '' AND team_id = :team_id AND day >= :from AND day < :to GROUP BY 1) s
ORDER BY cost_nano DESC, id LIMIT :limit;

-- Day by day, by key, team, model and provider; of users or tags (:kind) by those, too.
-- name: view_activity
SELECT d.day, d.key_id, k.hash, coalesce(k.alias, json_extract(k.metadata, '$.alias')), json_extract(k.extra, '$.user_id'), d.team_id,
	(SELECT alias FROM team t WHERE t.id = d.team_id), d.model, d.provider, d.id, sum(d.attempts), sum(d.failures), sum(d.input_tokens),
	sum(d.output_tokens), sum(d.cost_nano)
FROM usage_day d LEFT JOIN virtual_key k ON k.id = d.key_id
WHERE d.kind = :kind AND d.day >= :from AND d.day < :to AND (:key_id IS NULL OR d.key_id = :key_id) AND (:model IS NULL OR d.model = :model)
	AND (:team_ids IS NULL OR instr(',' || :team_ids || ',', ',' || d.team_id || ',')) AND (:user_id IS NULL OR json_extract(k.extra, '$.user_id') = :user_id)
	AND (:label IS NULL OR d.id = :label)
GROUP BY d.day, d.id, d.team_id, d.key_id, d.model, d.provider ORDER BY 1, d.id, d.team_id, d.key_id, d.model, d.provider LIMIT :limit;

-- What a model's answers of the last 30 days had in all.
-- name: view_spend_usual_answer
WITH RECURSIVE d(day) AS (SELECT :day UNION ALL SELECT day - 1 FROM d WHERE day > :day - 30)
SELECT coalesce(sum(s.attempts - s.failures), 0), coalesce(sum(s.output_tokens), 0)
FROM d JOIN spend_day s ON s.kind = 'model' AND s.day = d.day AND s.id = :model;
