-- The request log as pages and the API show it.
--
-- Finding and showing are two steps.  Finding walks one index, newest first, at most :most entries, and says of each whether
-- it fits the other filters; so a filter that nothing fits costs no more than one that everything fits, and the walk goes on
-- from the last entry.  Showing reads whole rows, as many as a page has.  Without INDEXED BY the planner would walk the
-- primary key.

-- name: view_requests_find
SELECT id, (:key_id IS NULL OR key_id = :key_id) AND (:team_id IS NULL OR team_id = :team_id)
	AND (:model IS NULL OR asked_model = :model) AND (:deployment_id IS NULL OR deployment_id = :deployment_id)
	AND (:outcome IS NULL OR outcome = :outcome) AND (:fault IS NULL OR fault = :fault)
	AND (:machine IS NULL OR coalesce(machine, '') = :machine) AND (:label IS NULL OR end_user = :label OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :label)) AND (NOT :failed OR outcome NOT IN ('ok', 'replayed'))
	AND (NOT :moved OR fallbacks > 0 OR blocked_upward > 0) AND (NOT :blocked OR blocked_upward > 0)
FROM request WHERE id < :before AND id >= :from ORDER BY id DESC LIMIT :most;

-- name: view_requests_find_key
SELECT id, (:team_id IS NULL OR team_id = :team_id)
	AND (:model IS NULL OR asked_model = :model) AND (:deployment_id IS NULL OR deployment_id = :deployment_id)
	AND (:outcome IS NULL OR outcome = :outcome) AND (:fault IS NULL OR fault = :fault)
	AND (:machine IS NULL OR coalesce(machine, '') = :machine) AND (:label IS NULL OR end_user = :label OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :label)) AND (NOT :failed OR outcome NOT IN ('ok', 'replayed'))
	AND (NOT :moved OR fallbacks > 0 OR blocked_upward > 0) AND (NOT :blocked OR blocked_upward > 0)
FROM request INDEXED BY request_of_key
WHERE key_id = :key_id AND id < :before AND id >= :from ORDER BY id DESC LIMIT :most;

-- name: view_requests_find_team
SELECT id, (:key_id IS NULL OR key_id = :key_id)
	AND (:model IS NULL OR asked_model = :model) AND (:deployment_id IS NULL OR deployment_id = :deployment_id)
	AND (:outcome IS NULL OR outcome = :outcome) AND (:fault IS NULL OR fault = :fault)
	AND (:machine IS NULL OR coalesce(machine, '') = :machine) AND (:label IS NULL OR end_user = :label OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :label)) AND (NOT :failed OR outcome NOT IN ('ok', 'replayed'))
	AND (NOT :moved OR fallbacks > 0 OR blocked_upward > 0) AND (NOT :blocked OR blocked_upward > 0)
FROM request INDEXED BY request_of_team
WHERE team_id = :team_id AND id < :before AND id >= :from ORDER BY id DESC LIMIT :most;

-- name: view_requests_find_model
SELECT id, (:key_id IS NULL OR key_id = :key_id) AND (:team_id IS NULL OR team_id = :team_id)
	AND (:deployment_id IS NULL OR deployment_id = :deployment_id)
	AND (:outcome IS NULL OR outcome = :outcome) AND (:fault IS NULL OR fault = :fault)
	AND (:machine IS NULL OR coalesce(machine, '') = :machine) AND (:label IS NULL OR end_user = :label OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :label)) AND (NOT :failed OR outcome NOT IN ('ok', 'replayed'))
	AND (NOT :moved OR fallbacks > 0 OR blocked_upward > 0) AND (NOT :blocked OR blocked_upward > 0)
FROM request INDEXED BY request_of_model
WHERE asked_model = :model AND id < :before AND id >= :from ORDER BY id DESC LIMIT :most;

-- name: view_requests_find_failed
SELECT id, outcome <> 'replayed' AND (:key_id IS NULL OR key_id = :key_id) AND (:team_id IS NULL OR team_id = :team_id)
	AND (:model IS NULL OR asked_model = :model) AND (:deployment_id IS NULL OR deployment_id = :deployment_id)
	AND (:outcome IS NULL OR outcome = :outcome) AND (:fault IS NULL OR fault = :fault)
	AND (:machine IS NULL OR coalesce(machine, '') = :machine) AND (:label IS NULL OR end_user = :label OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :label))
	AND (NOT :moved OR fallbacks > 0 OR blocked_upward > 0) AND (NOT :blocked OR blocked_upward > 0)
FROM request INDEXED BY request_failed
WHERE outcome <> 'ok' AND id < :before AND id >= :from ORDER BY id DESC LIMIT :most;

-- name: view_requests_find_moved
SELECT id, (:key_id IS NULL OR key_id = :key_id) AND (:team_id IS NULL OR team_id = :team_id)
	AND (:model IS NULL OR asked_model = :model) AND (:deployment_id IS NULL OR deployment_id = :deployment_id)
	AND (:outcome IS NULL OR outcome = :outcome) AND (:fault IS NULL OR fault = :fault)
	AND (:machine IS NULL OR coalesce(machine, '') = :machine) AND (:label IS NULL OR end_user = :label OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :label)) AND (NOT :failed OR outcome NOT IN ('ok', 'replayed'))
	AND (NOT :blocked OR blocked_upward > 0)
FROM request INDEXED BY request_moved
WHERE (fallbacks > 0 OR blocked_upward > 0) AND id < :before AND id >= :from ORDER BY id DESC LIMIT :most;

-- name: view_requests_find_blocked
SELECT id, (:key_id IS NULL OR key_id = :key_id) AND (:team_id IS NULL OR team_id = :team_id)
	AND (:model IS NULL OR asked_model = :model) AND (:deployment_id IS NULL OR deployment_id = :deployment_id)
	AND (:outcome IS NULL OR outcome = :outcome) AND (:fault IS NULL OR fault = :fault)
	AND (:machine IS NULL OR coalesce(machine, '') = :machine) AND (:label IS NULL OR end_user = :label OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :label)) AND (NOT :failed OR outcome NOT IN ('ok', 'replayed'))
FROM request INDEXED BY request_blocked
WHERE blocked_upward > 0 AND id < :before AND id >= :from ORDER BY id DESC LIMIT :most;

-- name: view_requests_row
SELECT r.id AS "+id", r.started_ms AS "+started@", r.started_ms AS "+started_ms", r.key_id AS "+key_id",
	coalesce(k.alias, json_extract(k.metadata, '$.alias')) AS "+key_alias", r.team_id AS "+team_id", coalesce(t.alias, r.team_id) AS "+team_name",
	r.asked_model AS "+asked_model", r.model_group AS "+model_group", r.answered_group AS "+answered_group", r.answered_model AS "+answered_model",
	r.deployment_id AS "+deployment_id", r.tier AS "+tier", r.outcome AS "+outcome", r.outcome IN ('ok', 'replayed') AS "+ok?",
	r.status AS "+status", r.streamed AS "+streamed?", r.attempts AS "+attempts", r.fallbacks AS "+fallbacks", r.fallbacks > 0 AS "+fell_back?",
	r.blocked_upward AS "+blocked_upward", r.not_spent_nano AS "+not_spent_nano", r.not_spent_most_nano AS "+not_spent_most_nano",
	r.input_tokens AS "+input_tokens", r.cached_tokens AS "+cached_tokens", r.output_tokens AS "+output_tokens",
	r.reasoning_tokens AS "+reasoning_tokens", r.input_tokens + coalesce(r.output_tokens, 0) AS "+total_tokens", r.cost_nano AS "+cost_nano",
	r.bound_nano AS "+bound_nano", r.latency_ms AS "+latency_ms", r.first_token_ms AS "+first_token_ms", r.overhead_us AS "+overhead_us",
	r.error AS "+error", r.cache_saved_nano IS NOT NULL AS "+from_cache?", coalesce(r.cache_saved_nano, 0) AS "+cache_saved_nano",
	r.fault AS "+fault", r.route AS "+route", r.end_user AS "+user", coalesce(r.tags, '[]') AS "+tags[]", r.agent AS "+agent", r.address AS "+address",
	CASE WHEN r.machine IS NOT NULL OR (SELECT count(*) FROM sum_machine) > 1
		THEN coalesce((SELECT name FROM sum_machine WHERE id = coalesce(r.machine, (SELECT id FROM machine))), r.machine) END AS "+machine"
FROM request r LEFT JOIN virtual_key k ON k.id = r.key_id LEFT JOIN team t ON t.id = r.team_id WHERE r.id = :id;

-- The requests beside one: of all, and of its key.
-- name: view_requests_beside
SELECT (SELECT id FROM request WHERE id < :id ORDER BY id DESC LIMIT 1), (SELECT id FROM request WHERE id > :id ORDER BY id LIMIT 1),
	(SELECT id FROM request INDEXED BY request_of_key WHERE key_id = :key_id AND id < :id ORDER BY id DESC LIMIT 1),
	(SELECT id FROM request INDEXED BY request_of_key WHERE key_id = :key_id AND id > :id ORDER BY id LIMIT 1);

-- name: view_requests_attempts
SELECT number AS "+number", state AS "+state", started_ms AS "+started@", started_ms AS "+started_ms", model_group AS "+model_group",
	deployment_id AS "+deployment_id", provider AS "+provider", model AS "+model", tier AS "+tier", direction AS "+direction",
	outcome AS "+outcome", status AS "+status", input_tokens AS "+input_tokens", cached_tokens AS "+cached_tokens",
	cache_write_tokens AS "+cache_write_tokens", output_tokens AS "+output_tokens", reasoning_tokens AS "+reasoning_tokens",
	estimated AS "+estimated?", bound_nano AS "+bound_nano", cost_nano AS "+cost_nano", not_spent_nano AS "+not_spent_nano",
	not_spent_most_nano AS "+not_spent_most_nano", price_version AS "+price_version", latency_ms AS "+latency_ms", first_token_ms AS "+first_token_ms"
FROM attempt WHERE request_id = :id ORDER BY number;

-- Where a request went; NULL: nobody answered.
-- name: view_fallbacks_direction
SELECT direction FROM attempt WHERE request_id = :id AND outcome = 'ok' ORDER BY number DESC LIMIT 1;

-- What failed first, where it went, how often, from when to when: of the newest :most requests that left their group.
-- name: view_fallbacks_sums
SELECT first.deployment_id AS "+deployment_id", first.provider AS "+provider", first.model AS "+model", first.outcome AS "+outcome",
	went.deployment_id AS "+went_to", went.tier AS "+tier", went.direction AS "+direction", count(*) AS "+requests",
	min(r.started_ms) AS "+first@", max(r.started_ms) AS "+last@", coalesce(sum(went.cost_nano), 0) AS "+cost_nano", coalesce(sum(went.input_tokens), 0),
	coalesce(sum(went.cached_tokens), 0), coalesce(sum(went.cache_write_tokens), 0), coalesce(sum(went.output_tokens), 0),
	coalesce(sum(went.reasoning_tokens), 0), sum(r.blocked_upward > 0) AS "+blocked_upward", coalesce(sum(r.not_spent_nano), 0) AS "+not_spent_nano",
	coalesce(sum(r.not_spent_most_nano), 0) AS "+not_spent_most_nano"
FROM (SELECT id, started_ms, blocked_upward, not_spent_nano, not_spent_most_nano FROM request INDEXED BY request_moved
		WHERE (fallbacks > 0 OR blocked_upward > 0) AND id < :before AND id >= :from ORDER BY id DESC LIMIT :most) r
	CROSS JOIN attempt first ON first.request_id = r.id AND first.number = 1
	LEFT JOIN attempt went ON went.request_id = r.id AND went.outcome = 'ok' AND went.state = 'settled'
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY count(*) DESC, 1, 5;
