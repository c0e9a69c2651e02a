-- Who spent what, from the sums by day (sql/schema_5_rollups.sql).

-- name: view_spend_total
SELECT coalesce(sum(cost_nano), 0) FROM attempt_day WHERE day >= :from AND day < :to;

-- name: view_spend_by_key
SELECT d.key_id, coalesce(k.alias, json_extract(k.metadata, '$.alias')), sum(d.attempts), sum(d.failures), sum(d.input_tokens),
	sum(d.output_tokens), sum(d.cost_nano)
FROM attempt_day d LEFT JOIN virtual_key k ON k.id = d.key_id
WHERE d.day >= :from AND d.day < :to AND (:key_id IS NULL OR d.key_id = :key_id) AND (:team_id IS NULL OR d.team_id = :team_id)
GROUP BY d.key_id ORDER BY sum(d.cost_nano) DESC LIMIT :limit;

-- name: view_spend_by_team
SELECT d.team_id, t.alias, sum(d.attempts), sum(d.failures), sum(d.input_tokens), sum(d.output_tokens), sum(d.cost_nano)
FROM attempt_day d LEFT JOIN team t ON t.id = d.team_id
WHERE d.day >= :from AND d.day < :to AND (:key_id IS NULL OR d.key_id = :key_id) AND (:team_id IS NULL OR d.team_id = :team_id)
GROUP BY d.team_id ORDER BY sum(d.cost_nano) DESC LIMIT :limit;

-- name: view_spend_by_model
SELECT d.model, NULL, sum(d.attempts), sum(d.failures), sum(d.input_tokens), sum(d.output_tokens), sum(d.cost_nano)
FROM attempt_day d
WHERE d.day >= :from AND d.day < :to AND (:key_id IS NULL OR d.key_id = :key_id) AND (:team_id IS NULL OR d.team_id = :team_id)
GROUP BY d.model ORDER BY sum(d.cost_nano) DESC LIMIT :limit;

-- name: view_spend_by_provider
SELECT d.provider, NULL, sum(d.attempts), sum(d.failures), sum(d.input_tokens), sum(d.output_tokens), sum(d.cost_nano)
FROM attempt_day d
WHERE d.day >= :from AND d.day < :to AND (:key_id IS NULL OR d.key_id = :key_id) AND (:team_id IS NULL OR d.team_id = :team_id)
GROUP BY d.provider ORDER BY sum(d.cost_nano) DESC LIMIT :limit;

-- name: view_spend_by_day
SELECT d.day, NULL, sum(d.attempts), sum(d.failures), sum(d.input_tokens), sum(d.output_tokens), sum(d.cost_nano)
FROM attempt_day d
WHERE d.day >= :from AND d.day < :to AND (:key_id IS NULL OR d.key_id = :key_id) AND (:team_id IS NULL OR d.team_id = :team_id)
GROUP BY d.day ORDER BY d.day LIMIT :limit;

-- name: view_spend_of_key_by_model
SELECT d.model, NULL, sum(d.attempts), sum(d.failures), sum(d.input_tokens), sum(d.output_tokens), sum(d.cost_nano)
FROM attempt_day d INDEXED BY attempt_day_key
WHERE d.key_id = :key_id AND d.day >= :from AND d.day < :to AND (:team_id IS NULL OR d.team_id = :team_id)
GROUP BY d.model ORDER BY sum(d.cost_nano) DESC LIMIT :limit;

-- name: view_spend_of_key_by_day
SELECT d.day, NULL, sum(d.attempts), sum(d.failures), sum(d.input_tokens), sum(d.output_tokens), sum(d.cost_nano)
FROM attempt_day d INDEXED BY attempt_day_key
WHERE d.key_id = :key_id AND d.day >= :from AND d.day < :to AND (:team_id IS NULL OR d.team_id = :team_id)
GROUP BY d.day ORDER BY d.day LIMIT :limit;
