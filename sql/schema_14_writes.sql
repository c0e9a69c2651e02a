-- The same rules and sums as before with less work for each request: the thread that writes is what a busy gateway waits for.

-- ---- holds

-- The first two windows are found by their numbers in the array's text ("[3,17]": 3 after the bracket, 17 after the comma; where
-- there is none, the cast gives 0, which is no window).  A subquery over the array makes a table in memory each time, so only an
-- attempt with more windows pays for it.  (json_extract may not be used in a schema that is not trusted.)
DROP TRIGGER attempt_hold;
CREATE TRIGGER attempt_hold AFTER INSERT ON attempt WHEN NEW.state = 'held'
BEGIN
	UPDATE budget_window SET held_nano = held_nano + NEW.bound_nano WHERE id = CAST(substr(NEW.windows, 2) AS INTEGER);
	SELECT RAISE(ABORT, 'unknown window') WHERE changes() = 0 AND NEW.windows <> '[]';
	UPDATE budget_window SET held_nano = held_nano + NEW.bound_nano
	WHERE id = CAST(substr(NEW.windows, instr(NEW.windows, ',') + 1) AS INTEGER);
	SELECT RAISE(ABORT, 'unknown window') WHERE changes() <> (instr(NEW.windows, ',') > 0);
	SELECT RAISE(ABORT, 'a window is named twice')
	WHERE CAST(substr(NEW.windows, 2) AS INTEGER) = CAST(substr(NEW.windows, instr(NEW.windows, ',') + 1) AS INTEGER) AND NEW.windows <> '[]';
END;
CREATE TRIGGER attempt_hold_more AFTER INSERT ON attempt WHEN NEW.state = 'held' AND NEW.windows GLOB '*,*,*'
BEGIN
	UPDATE budget_window SET held_nano = held_nano + NEW.bound_nano
	WHERE id IN (SELECT value FROM json_each(NEW.windows) WHERE key >= 2);
	SELECT RAISE(ABORT, 'unknown window') WHERE changes() + 2 <> (SELECT count(DISTINCT value) FROM json_each(NEW.windows))
		OR changes() + 2 <> (SELECT count(*) FROM json_each(NEW.windows));
END;

DROP TRIGGER attempt_end;
CREATE TRIGGER attempt_end AFTER UPDATE OF state ON attempt WHEN OLD.state = 'held' AND NEW.state <> 'held'
BEGIN
	UPDATE budget_window SET held_nano = held_nano - OLD.bound_nano, spent_nano = spent_nano + NEW.cost_nano,
		overrun_nano = overrun_nano + max(0, NEW.cost_nano - OLD.bound_nano)
	WHERE id = CAST(substr(OLD.windows, 2) AS INTEGER);
	UPDATE budget_window SET held_nano = held_nano - OLD.bound_nano, spent_nano = spent_nano + NEW.cost_nano,
		overrun_nano = overrun_nano + max(0, NEW.cost_nano - OLD.bound_nano)
	WHERE id = CAST(substr(OLD.windows, instr(OLD.windows, ',') + 1) AS INTEGER);
END;
CREATE TRIGGER attempt_end_more AFTER UPDATE OF state ON attempt
WHEN OLD.state = 'held' AND NEW.state <> 'held' AND OLD.windows GLOB '*,*,*'
BEGIN
	UPDATE budget_window SET held_nano = held_nano - OLD.bound_nano, spent_nano = spent_nano + NEW.cost_nano,
		overrun_nano = overrun_nano + max(0, NEW.cost_nano - OLD.bound_nano)
	WHERE id IN (SELECT value FROM json_each(OLD.windows) WHERE key >= 2);
END;

-- Most attempts have taken nothing of a rate limit.
DROP TRIGGER attempt_end_rate;
CREATE TRIGGER attempt_end_rate AFTER UPDATE OF state ON attempt
WHEN OLD.state = 'held' AND NEW.state <> 'held'
	AND EXISTS (SELECT 1 FROM rate_taken WHERE request_id = NEW.request_id AND number = NEW.number)
BEGIN
	UPDATE rate_taken SET real_tokens = CASE NEW.state
		WHEN 'released' THEN 0
		WHEN 'unknown' THEN tokens
		ELSE coalesce(NEW.input_tokens + NEW.output_tokens, tokens) END
	WHERE request_id = NEW.request_id AND number = NEW.number;
	DELETE FROM rate_taken WHERE request_id = NEW.request_id AND number = NEW.number;
END;

-- ---- sums

-- The notes of sql/schema_11_counting.sql, grouped by all that any sum asks for.  256 notes make a few rows, from which the dozen
-- sums are added up.  Filled and emptied within one trigger.
CREATE TABLE attempt_group (
	made INTEGER NOT NULL, hour INTEGER NOT NULL,
	key_id TEXT NOT NULL, team_id TEXT NOT NULL, model_group TEXT NOT NULL, deployment_id TEXT NOT NULL, provider TEXT NOT NULL,
	model TEXT NOT NULL, tier TEXT NOT NULL, direction TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER NOT NULL,
	attempts INTEGER NOT NULL, failures INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL, overrun_nano INTEGER NOT NULL, latency_ms INTEGER NOT NULL
);

DROP VIEW attempt_adding;              -- and its trigger
DROP VIEW attempt_counting;
CREATE VIEW attempt_adding AS SELECT 0 AS now WHERE 0;
CREATE TRIGGER attempt_add INSTEAD OF INSERT ON attempt_adding
BEGIN
	INSERT INTO attempt_group
	SELECT made, started_ms / 3600000, key_id, team_id, model_group, deployment_id, provider, model, tier, direction, state, outcome, status,
		count(*), sum(outcome <> 'ok'), sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(cost_nano), sum(overrun_nano),
		sum(coalesce(latency_ms, 0))
	FROM uncounted_attempt GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13;

	INSERT INTO attempt_day (day, key_id, deployment_id, model, team_id, provider, tier, attempts, failures, input_tokens,
		cached_tokens, output_tokens, cost_nano, latency_ms)
	SELECT hour / 24 AS day, key_id, deployment_id, model, team_id, provider, tier, sum(attempts), sum(failures), sum(input_tokens),
		sum(cached_tokens), sum(output_tokens), sum(cost_nano), sum(latency_ms)
	FROM attempt_group WHERE made GROUP BY 1, 2, 3, 4, 5, 6, 7
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens, cost_nano = cost_nano + excluded.cost_nano,
		latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO deployment_hour (hour, deployment_id, attempts, failures, cost_nano, latency_ms)
	SELECT hour, deployment_id, sum(attempts), sum(failures), sum(cost_nano), sum(latency_ms)
	FROM attempt_group WHERE made GROUP BY 1, 2
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;

	INSERT INTO spend_day (kind, day, id, attempts, failures, input_tokens, output_tokens, cost_nano)
	SELECT 'key', hour / 24 AS day, key_id AS id, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
		FROM attempt_group WHERE made GROUP BY day, id
	UNION ALL SELECT 'team', hour / 24 AS day, team_id AS id, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens),
		sum(cost_nano) FROM attempt_group WHERE made GROUP BY day, id
	UNION ALL SELECT 'model', hour / 24 AS day, model AS id, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens),
		sum(cost_nano) FROM attempt_group WHERE made GROUP BY day, id
	UNION ALL SELECT 'provider', hour / 24 AS day, provider AS id, sum(attempts), sum(failures), sum(input_tokens),
		sum(output_tokens), sum(cost_nano) FROM attempt_group WHERE made GROUP BY day, id
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO spend_total (kind, id, cost_nano)
	SELECT 'key', key_id AS id, sum(cost_nano) FROM attempt_group WHERE made GROUP BY id
	UNION ALL SELECT 'team', team_id AS id, sum(cost_nano) FROM attempt_group WHERE made GROUP BY id
	ON CONFLICT DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano;

	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'key', key_id FROM attempt_group WHERE made;
	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'model', model_group FROM attempt_group;
	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'upstream', model FROM attempt_group;
	INSERT INTO metric_attempt (deployment_id, provider, model, model_group, direction, state, outcome, status, attempts, overrun_nano)
	SELECT a.deployment_id, a.provider, coalesce(u.value, 'other'), coalesce(m.value, 'other'), a.direction, a.state, a.outcome,
		a.status, a.attempts, a.overrun_nano
	FROM attempt_group a
		LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = a.model
		LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = a.model_group
	WHERE true
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, overrun_nano = overrun_nano + excluded.overrun_nano;
	INSERT INTO metric_spend (key_id, team_id, deployment_id, provider, model, model_group, attempts, cost_nano, input_tokens,
		cached_tokens, output_tokens)
	SELECT coalesce(k.value, 'other'), CASE WHEN k.value IS NULL THEN 'other' ELSE a.team_id END, a.deployment_id, a.provider,
		coalesce(u.value, 'other'), coalesce(m.value, 'other'), a.attempts, a.cost_nano, a.input_tokens, a.cached_tokens, a.output_tokens
	FROM attempt_group a
		LEFT JOIN metric_label k ON k.kind = 'key' AND k.value = a.key_id
		LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = a.model
		LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = a.model_group
	WHERE a.made
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, cost_nano = cost_nano + excluded.cost_nano,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens;
	INSERT INTO metric_time (what, model, le_us, observations, sum_us)
	SELECT t.what, coalesce(u.value, 'other'), t.le_us, t.observations, t.sum_us
	FROM (SELECT what, model, (SELECT le_us FROM metric_bucket WHERE le_us >= us ORDER BY le_us LIMIT 1) AS le_us,
			sum(observations) AS observations, sum(us * observations) AS sum_us
			FROM (SELECT 'upstream' AS what, model, latency_ms * 1000 AS us, count(*) AS observations
					FROM uncounted_attempt WHERE made AND latency_ms IS NOT NULL GROUP BY latency_ms, model
				UNION ALL SELECT 'first_token', model, first_token_ms * 1000, count(*)
					FROM uncounted_attempt WHERE made AND first_token_ms IS NOT NULL GROUP BY first_token_ms, model)
			GROUP BY 1, 2, 3) t
		LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = t.model
	WHERE true
	ON CONFLICT DO UPDATE SET observations = observations + excluded.observations, sum_us = sum_us + excluded.sum_us;

	DELETE FROM attempt_group;
	DELETE FROM uncounted_attempt;
END;

CREATE TABLE request_group (
	hour INTEGER NOT NULL,
	key_id TEXT NOT NULL, team_id TEXT NOT NULL, model_group TEXT, answered_group TEXT, outcome TEXT NOT NULL, status INTEGER NOT NULL,
	requests INTEGER NOT NULL, failures INTEGER NOT NULL, fell_back INTEGER NOT NULL, blocked_upward INTEGER NOT NULL,
	refused INTEGER NOT NULL, not_spent_nano INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL, latency_ms INTEGER NOT NULL, cache_hits INTEGER NOT NULL, cache_saved_nano INTEGER NOT NULL
);

DROP TRIGGER request_count;
CREATE TRIGGER request_count INSTEAD OF INSERT ON request_counting
BEGIN
	INSERT INTO request_group
	SELECT started_ms / 3600000, key_id, team_id, model_group, answered_group, outcome, status, count(*),
		sum(outcome NOT IN ('ok', 'replayed')), sum(fell_back), sum(blocked_upward), sum(outcome = 'budget'), sum(not_spent_nano),
		sum(input_tokens), sum(output_tokens), sum(cost_nano), sum(coalesce(latency_ms, 0)), count(cache_saved_nano),
		sum(coalesce(cache_saved_nano, 0))
	FROM uncounted_request GROUP BY 1, 2, 3, 4, 5, 6, 7;

	INSERT INTO request_day (day, key_id, model_group, team_id, requests, failures, fell_back, blocked_upward, refused,
		not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms, cache_hits, cache_saved_nano)
	SELECT hour / 24 AS day, key_id, coalesce(model_group, ''), team_id, sum(requests), sum(failures), sum(fell_back),
		sum(blocked_upward), sum(refused), sum(not_spent_nano), sum(input_tokens), sum(output_tokens), sum(cost_nano),
		sum(latency_ms), sum(cache_hits), sum(cache_saved_nano)
	FROM request_group WHERE true GROUP BY 1, 2, 3, 4
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano,
		cache_hits, cache_saved_nano)
	SELECT hour, sum(requests), sum(failures), sum(fell_back), sum(blocked_upward), sum(refused), sum(not_spent_nano),
		sum(cost_nano), sum(cache_hits), sum(cache_saved_nano)
	FROM request_group WHERE true GROUP BY 1
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;

	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'key', key_id FROM request_group;
	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'model', coalesce(model_group, 'unknown') FROM request_group;
	INSERT INTO metric_request (key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
		not_spent_nano)
	SELECT coalesce(k.value, 'other'), CASE WHEN k.value IS NULL THEN 'other' ELSE r.team_id END, coalesce(m.value, 'other'),
		CASE WHEN r.answered_group IS NULL THEN '' ELSE coalesce(g.value, 'other') END, r.outcome, r.status, r.requests, r.fell_back,
		r.blocked_upward, r.not_spent_nano
	FROM request_group r
		LEFT JOIN metric_label k ON k.kind = 'key' AND k.value = r.key_id
		LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = coalesce(r.model_group, 'unknown')
		LEFT JOIN metric_label g ON g.kind = 'model' AND g.value = r.answered_group
	WHERE true
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, fell_back = fell_back + excluded.fell_back,
		blocked_upward = blocked_upward + excluded.blocked_upward, not_spent_nano = not_spent_nano + excluded.not_spent_nano;
	INSERT INTO metric_time (what, model, le_us, observations, sum_us)
	SELECT t.what, coalesce(m.value, 'other'), t.le_us, t.observations, t.sum_us
	FROM (SELECT what, model, (SELECT le_us FROM metric_bucket WHERE le_us >= us ORDER BY le_us LIMIT 1) AS le_us,
			count(*) AS observations, sum(us) AS sum_us
			FROM (SELECT 'request' AS what, coalesce(model_group, 'unknown') AS model, latency_ms * 1000 AS us
				FROM uncounted_request UNION ALL SELECT 'overhead', coalesce(model_group, 'unknown'), overhead_us
				FROM uncounted_request)
			WHERE us IS NOT NULL GROUP BY 1, 2, 3) t
		LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = t.model
	WHERE true
	ON CONFLICT DO UPDATE SET observations = observations + excluded.observations, sum_us = sum_us + excluded.sum_us;

	DELETE FROM request_group;
	DELETE FROM uncounted_request;
END;
