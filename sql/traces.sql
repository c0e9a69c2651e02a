-- Traces: what is sent, and how far each destination is.
--
-- A span's columns: its name, kind, begin and end (ms), status (2: failed) and the status' words, then its attributes, each under
-- its own name.  What follows a colon there says how the value is kept: "nano" is money (told in dollars), "ms" and "us" are times
-- (told in seconds), "yes" is a truth, "list" a JSON array of texts.  NULL is left out.  Names that begin with "langfuse." or
-- "llm." and "openinference." are for those who read them.
--
-- Names are those of the GenAI semantic conventions (opentelemetry-semantic-conventions 0.66b2, 2026-11-29; the conventions have
-- since moved to a repository of their own) and of OpenInference (openinference-semantic-conventions 0.1.42).  A call's tokens and
-- cost stand on its own span alone, or they would be counted twice; the request's span has the sums as sideways.*.
-- A provider's own words may quote what was asked, so they stay in the record.

-- name: trace_add
INSERT INTO trace (request_id, attempt, facts) VALUES (:request_id, :attempt, :facts);

-- name: trace_due
SELECT t.number, t.request_id, t.attempt, t.facts, r.outcome = 'ok' FROM trace t LEFT JOIN request r ON r.id = t.request_id
WHERE t.number > coalesce((SELECT upto FROM trace_destination WHERE name = :destination), 0) ORDER BY t.number LIMIT :most;

-- name: trace_may_send
SELECT coalesce((SELECT failures FROM trace_destination WHERE name = :destination), 0)
WHERE NOT EXISTS (SELECT 1 FROM trace_destination WHERE name = :destination AND next_ms > :now_ms AND next_ms <= :now_ms + :most_ms);

-- name: trace_done
INSERT INTO trace_destination (name, upto, sent, dropped) VALUES (:destination, :upto, :sent, :dropped)
ON CONFLICT (name) DO UPDATE SET upto = max(upto, excluded.upto), sent = sent + excluded.sent, dropped = dropped + excluded.dropped,
	failures = 0, next_ms = 0;

-- name: trace_failed
INSERT INTO trace_destination (name, failures, next_ms) VALUES (:destination, 1, :next_ms)
ON CONFLICT (name) DO UPDATE SET failures = failures + 1, next_ms = excluded.next_ms;

-- Of those that wait too long.
-- name: trace_overflow
UPDATE trace_destination SET dropped = dropped + (SELECT count(*) FROM trace WHERE number > upto AND number <= last - :most),
	upto = last - :most
FROM (SELECT coalesce(max(number), 0) AS last FROM trace) WHERE name = :destination AND upto < last - :most;

-- name: trace_trim
DELETE FROM trace WHERE number <= (SELECT min(coalesce(d.upto, 0)) FROM json_each(:destinations) j
		LEFT JOIN trace_destination d ON d.name = j.value)
	OR number <= (SELECT max(number) FROM trace) - :most;

-- name: trace_request
SELECT coalesce(r.route, 'request'), 2, r.started_ms, r.started_ms + coalesce(r.latency_ms, 0),
	CASE WHEN r.fault = 'provider' THEN 2 ELSE 0 END, CASE WHEN r.fault = 'provider' THEN r.words END,
	substr(r.route, 1, instr(r.route, ' ') - 1) AS "http.request.method",
	substr(r.route, instr(r.route, ' ') + 1) AS "url.path",
	r.status AS "http.response.status_code",
	CASE WHEN r.outcome <> 'ok' THEN r.outcome END AS "error.type",
	r.agent AS "user_agent.original",
	r.end_user AS "user.id",
	r.id AS "sideways.request.id",
	r.key_id AS "sideways.key.id",
	coalesce(k.alias, json_extract(k.metadata, '$.alias')) AS "sideways.key.alias",
	r.team_id AS "sideways.team.id",
	t.alias AS "sideways.team.alias",
	r.tags AS "sideways.tags:list",
	r.asked_model AS "sideways.model.asked",
	r.answered_model AS "sideways.model.answered",
	r.answered_group AS "sideways.model.group",
	r.deployment_id AS "sideways.deployment.id",
	r.tier AS "sideways.tier",
	r.outcome AS "sideways.outcome",
	r.fault AS "sideways.fault",
	r.words AS "sideways.error",
	r.streamed AS "sideways.streamed:yes",
	r.attempts AS "sideways.attempts",
	r.fallbacks AS "sideways.fallbacks",
	r.blocked_upward AS "sideways.blocked_upward",
	r.cost_nano AS "sideways.cost_usd:nano",
	r.bound_nano AS "sideways.bound_usd:nano",
	r.not_spent_nano AS "sideways.not_spent_usd:nano",
	r.not_spent_most_nano AS "sideways.not_spent_most_usd:nano",
	r.cache_saved_nano IS NOT NULL AS "sideways.from_cache:yes",
	r.cache_saved_nano AS "sideways.cache_not_spent_usd:nano",
	r.first_token_ms AS "sideways.time_to_first_chunk:ms",
	r.overhead_us AS "sideways.overhead:us",
	coalesce(r.route, 'request') AS "langfuse.trace.name",
	r.tags AS "langfuse.trace.tags:list",
	'CHAIN' AS "openinference.span.kind"
FROM (SELECT *, CASE WHEN fault = 'client' AND attempts > 0 THEN NULL
		WHEN instr(error, '; the provider says: ') THEN substr(error, 1, instr(error, '; the provider says: ') - 1)
		ELSE error END AS words FROM request WHERE id = :id) r
	LEFT JOIN virtual_key k ON k.id = r.key_id LEFT JOIN team t ON t.id = r.team_id;

-- :attempt: NULL, or this one alone.  A candidate that was not called has a span without length.
-- name: trace_attempts
SELECT s.operation || ' ' || s.model, CASE WHEN s.called THEN 3 ELSE 1 END, s.started_ms, s.ended_ms,
	CASE WHEN s.called AND s.outcome <> 'ok' THEN 2 ELSE 0 END, CASE WHEN s.called AND s.outcome <> 'ok' THEN s.outcome END,
	s.number AS "sideways.attempt.number",
	s.state AS "sideways.attempt.state",
	s.outcome AS "sideways.outcome",
	CASE WHEN s.called AND s.outcome <> 'ok' THEN s.outcome END AS "error.type",
	CASE WHEN s.called THEN s.status END AS "http.response.status_code",
	s.model_group AS "sideways.model.group",
	s.deployment_id AS "sideways.deployment.id",
	s.provider AS "sideways.provider",
	s.tier AS "sideways.tier",
	s.direction AS "sideways.direction",
	CASE WHEN s.called THEN s.bound_nano END AS "sideways.bound_usd:nano",
	CASE WHEN s.called THEN s.cost_nano END AS "sideways.cost_usd:nano",
	CASE WHEN s.called THEN s.estimated END AS "sideways.estimated:yes",
	CASE WHEN s.state = 'blocked' THEN s.not_spent_nano END AS "sideways.not_spent_usd:nano",
	CASE WHEN s.state = 'blocked' THEN s.not_spent_most_nano END AS "sideways.not_spent_most_usd:nano",
	s.price_version AS "sideways.price_version",
	CASE WHEN s.called THEN s.operation END AS "gen_ai.operation.name",
	CASE WHEN s.called THEN s.vendor END AS "gen_ai.provider.name",
	CASE WHEN s.called THEN s.model END AS "gen_ai.request.model",
	CASE WHEN s.called THEN s.streamed END AS "gen_ai.request.stream:yes",
	s.input_tokens AS "gen_ai.usage.input_tokens",
	s.output_tokens AS "gen_ai.usage.output_tokens",
	s.cached_tokens AS "gen_ai.usage.cache_read.input_tokens",
	s.cache_write_tokens AS "gen_ai.usage.cache_creation.input_tokens",
	s.reasoning_tokens AS "gen_ai.usage.reasoning.output_tokens",
	s.first_token_ms AS "gen_ai.response.time_to_first_chunk:ms",
	CASE WHEN s.called THEN s.cost_nano END AS "gen_ai.usage.cost:nano",
	CASE WHEN s.called THEN 'LLM' ELSE 'CHAIN' END AS "openinference.span.kind",
	CASE WHEN s.called THEN s.model END AS "llm.model_name",
	CASE WHEN s.called THEN s.provider END AS "llm.provider",
	s.input_tokens AS "llm.token_count.prompt",
	s.output_tokens AS "llm.token_count.completion",
	s.input_tokens + s.output_tokens AS "llm.token_count.total",
	s.cached_tokens AS "llm.token_count.prompt_details.cache_read",
	s.cache_write_tokens AS "llm.token_count.prompt_details.cache_write",
	s.reasoning_tokens AS "llm.token_count.completion_details.reasoning",
	CASE WHEN s.called THEN s.cost_nano END AS "llm.cost.total:nano"
FROM (SELECT a.*, a.state NOT IN ('skipped', 'blocked') AS called, r.streamed AS streamed,
		CASE WHEN a.state IN ('skipped', 'blocked') THEN a.state
			WHEN r.route LIKE '%embed%' THEN 'embeddings'
			WHEN r.route LIKE '%enerateContent' THEN 'generate_content'
			WHEN r.route LIKE '%/moderations' THEN 'moderations'
			WHEN r.route LIKE '%/completions' AND r.route NOT LIKE '%/chat/%' THEN 'text_completion'
			ELSE 'chat' END AS operation,
		CASE a.provider WHEN 'azure' THEN 'azure.ai.openai' WHEN 'azure_ai' THEN 'azure.ai.inference' WHEN 'gemini' THEN 'gcp.gemini'
			WHEN 'vertex_ai' THEN 'gcp.vertex_ai' WHEN 'bedrock' THEN 'aws.bedrock' WHEN 'xai' THEN 'x_ai'
			WHEN 'mistral' THEN 'mistral_ai' WHEN 'codestral' THEN 'mistral_ai' ELSE a.provider END AS vendor
	FROM attempt a LEFT JOIN request r ON r.id = a.request_id
	WHERE a.request_id = :id AND (:attempt IS NULL OR a.number = :attempt)) s
ORDER BY s.number;
