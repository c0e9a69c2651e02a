-- Sums and counters are added up for many rows at once.
--
-- A row that ends is noted here in its own transaction, and the 256th note adds all of them to the sums and is deleted with them,
-- also in one transaction: so nothing is counted twice or lost, whatever crashes, and a request does not pay for a dozen small
-- sums.  Who reads sums has the rest added first (telemetry/sums.h).

DROP TRIGGER attempt_sums;
DROP TRIGGER request_sums;
DROP TRIGGER metric_request_add;
DROP TRIGGER metric_attempt_end;
DROP TRIGGER metric_attempt_not_made;

-- ---- attempts

CREATE TABLE uncounted_attempt (
	id INTEGER PRIMARY KEY,            -- from 1 again when all are counted: it is their number, too
	made INTEGER NOT NULL,             -- 0: skipped or blocked
	started_ms INTEGER NOT NULL,
	key_id TEXT NOT NULL, team_id TEXT NOT NULL, model_group TEXT NOT NULL, deployment_id TEXT NOT NULL, provider TEXT NOT NULL,
	model TEXT NOT NULL, tier TEXT NOT NULL, direction TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL,
	status INTEGER NOT NULL,           -- upstream's; 0 for none
	input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL, overrun_nano INTEGER NOT NULL,
	latency_ms INTEGER, first_token_ms INTEGER
);

CREATE TRIGGER attempt_ended AFTER UPDATE OF state ON attempt WHEN OLD.state = 'held' AND NEW.state <> 'held'
BEGIN
	INSERT INTO uncounted_attempt (made, started_ms, key_id, team_id, model_group, deployment_id, provider, model, tier, direction, state,
		outcome, status, input_tokens, cached_tokens, output_tokens, cost_nano, overrun_nano, latency_ms, first_token_ms)
	VALUES (1, NEW.started_ms, NEW.key_id, coalesce(NEW.team_id, ''), NEW.model_group, NEW.deployment_id, NEW.provider, NEW.model,
		NEW.tier, NEW.direction, NEW.state, coalesce(NEW.outcome, ''), coalesce(NEW.status, 0), coalesce(NEW.input_tokens, 0),
		coalesce(NEW.cached_tokens, 0), coalesce(NEW.output_tokens, 0), NEW.cost_nano, max(0, NEW.cost_nano - NEW.bound_nano),
		NEW.latency_ms, NEW.first_token_ms);
END;

CREATE TRIGGER attempt_not_made AFTER INSERT ON attempt WHEN NEW.state IN ('skipped', 'blocked')
BEGIN
	INSERT INTO uncounted_attempt (made, started_ms, key_id, team_id, model_group, deployment_id, provider, model, tier, direction, state,
		outcome, status, input_tokens, cached_tokens, output_tokens, cost_nano, overrun_nano)
	VALUES (0, NEW.started_ms, NEW.key_id, coalesce(NEW.team_id, ''), NEW.model_group, NEW.deployment_id, NEW.provider, NEW.model,
		NEW.tier, NEW.direction, NEW.state, coalesce(NEW.outcome, ''), 0, 0, 0, 0, 0, 0);
END;

CREATE VIEW attempt_counting AS SELECT 0 AS now WHERE 0;
CREATE TRIGGER attempt_count INSTEAD OF INSERT ON attempt_counting
BEGIN
	INSERT INTO attempt_day (day, key_id, deployment_id, model, team_id, provider, tier, attempts, failures, input_tokens,
		cached_tokens, output_tokens, cost_nano, latency_ms)
	SELECT started_ms / 86400000, key_id, deployment_id, model, team_id, provider, tier, count(*), sum(outcome <> 'ok'),
		sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(cost_nano), sum(coalesce(latency_ms, 0))
	FROM uncounted_attempt WHERE made GROUP BY 1, 2, 3, 4, 5, 6, 7
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens, cost_nano = cost_nano + excluded.cost_nano,
		latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO deployment_hour (hour, deployment_id, attempts, failures, cost_nano, latency_ms)
	SELECT started_ms / 3600000, deployment_id, count(*), sum(outcome <> 'ok'), sum(cost_nano), sum(coalesce(latency_ms, 0))
	FROM uncounted_attempt WHERE made GROUP BY 1, 2
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;

	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'key', key_id FROM uncounted_attempt WHERE made;
	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'model', model_group FROM uncounted_attempt;
	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'upstream', model FROM uncounted_attempt;
	INSERT INTO metric_attempt (deployment_id, provider, model, model_group, direction, state, outcome, status, attempts, overrun_nano)
	SELECT a.deployment_id, a.provider, coalesce(u.value, 'other'), coalesce(m.value, 'other'), a.direction, a.state, a.outcome,
		a.status, a.attempts, a.overrun_nano
	FROM (SELECT deployment_id, provider, model, model_group, direction, state, outcome, status, count(*) AS attempts,
			sum(overrun_nano) AS overrun_nano FROM uncounted_attempt GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) a
		LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = a.model
		LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = a.model_group
	WHERE true
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, overrun_nano = overrun_nano + excluded.overrun_nano;
	INSERT INTO metric_spend (key_id, team_id, deployment_id, provider, model, model_group, attempts, cost_nano, input_tokens,
		cached_tokens, output_tokens)
	SELECT coalesce(k.value, 'other'), CASE WHEN k.value IS NULL THEN 'other' ELSE a.team_id END, a.deployment_id, a.provider,
		coalesce(u.value, 'other'), coalesce(m.value, 'other'), a.attempts, a.cost_nano, a.input_tokens, a.cached_tokens, a.output_tokens
	FROM (SELECT key_id, team_id, deployment_id, provider, model, model_group, count(*) AS attempts, sum(cost_nano) AS cost_nano,
			sum(input_tokens) AS input_tokens, sum(cached_tokens) AS cached_tokens, sum(output_tokens) AS output_tokens
			FROM uncounted_attempt WHERE made GROUP BY 1, 2, 3, 4, 5, 6) a
		LEFT JOIN metric_label k ON k.kind = 'key' AND k.value = a.key_id
		LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = a.model
		LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = a.model_group
	WHERE true
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, cost_nano = cost_nano + excluded.cost_nano,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens;
	INSERT INTO metric_time (what, model, le_us, observations, sum_us)
	SELECT t.what, coalesce(u.value, 'other'), t.le_us, t.observations, t.sum_us
	FROM (SELECT what, model, (SELECT le_us FROM metric_bucket WHERE le_us >= us ORDER BY le_us LIMIT 1) AS le_us,
			count(*) AS observations, sum(us) AS sum_us
			FROM (SELECT 'upstream' AS what, model, latency_ms * 1000 AS us FROM uncounted_attempt WHERE made
				UNION ALL SELECT 'first_token', model, first_token_ms * 1000 FROM uncounted_attempt WHERE made)
			WHERE us IS NOT NULL GROUP BY 1, 2, 3) t
		LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = t.model
	WHERE true
	ON CONFLICT DO UPDATE SET observations = observations + excluded.observations, sum_us = sum_us + excluded.sum_us;

	DELETE FROM uncounted_attempt;
END;
CREATE TRIGGER uncounted_attempt_full AFTER INSERT ON uncounted_attempt WHEN NEW.id >= 256
BEGIN
	INSERT INTO attempt_counting (now) VALUES (1);
END;

-- ---- requests

CREATE TABLE uncounted_request (
	id INTEGER PRIMARY KEY,            -- from 1 again when all are counted
	started_ms INTEGER NOT NULL,
	key_id TEXT NOT NULL, team_id TEXT NOT NULL,
	model_group TEXT,                  -- that was asked for; NULL when there is no such group
	answered_group TEXT,
	outcome TEXT NOT NULL, status INTEGER NOT NULL,
	fell_back INTEGER NOT NULL, blocked_upward INTEGER NOT NULL, not_spent_nano INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost_nano INTEGER NOT NULL,
	latency_ms INTEGER, overhead_us INTEGER,
	cache_saved_nano INTEGER           -- NULL: not from the cache
);

CREATE TRIGGER request_ended AFTER INSERT ON request
BEGIN
	INSERT INTO uncounted_request (started_ms, key_id, team_id, model_group, answered_group, outcome, status, fell_back, blocked_upward,
		not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms, overhead_us, cache_saved_nano)
	VALUES (NEW.started_ms, NEW.key_id, coalesce(NEW.team_id, ''), NEW.model_group, NEW.answered_group, NEW.outcome, NEW.status,
		NEW.fallbacks > 0, NEW.blocked_upward > 0, NEW.not_spent_nano, coalesce(NEW.input_tokens, 0),
		coalesce(NEW.output_tokens, 0), NEW.cost_nano, NEW.latency_ms, NEW.overhead_us, NEW.cache_saved_nano);
END;

CREATE VIEW request_counting AS SELECT 0 AS now WHERE 0;
CREATE TRIGGER request_count INSTEAD OF INSERT ON request_counting
BEGIN
	INSERT INTO request_day (day, key_id, model_group, team_id, requests, failures, fell_back, blocked_upward, refused,
		not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms, cache_hits, cache_saved_nano)
	SELECT started_ms / 86400000, key_id, coalesce(model_group, ''), team_id, count(*), sum(outcome NOT IN ('ok', 'replayed')),
		sum(fell_back), sum(blocked_upward), sum(outcome = 'budget'), sum(not_spent_nano), sum(input_tokens), sum(output_tokens),
		sum(cost_nano), sum(coalesce(latency_ms, 0)), count(cache_saved_nano), sum(coalesce(cache_saved_nano, 0))
	FROM uncounted_request WHERE true GROUP BY 1, 2, 3, 4
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano,
		cache_hits, cache_saved_nano)
	SELECT started_ms / 3600000, count(*), sum(outcome NOT IN ('ok', 'replayed')), sum(fell_back), sum(blocked_upward),
		sum(outcome = 'budget'), sum(not_spent_nano), sum(cost_nano), count(cache_saved_nano), sum(coalesce(cache_saved_nano, 0))
	FROM uncounted_request WHERE true GROUP BY 1
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;

	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'key', key_id FROM uncounted_request;
	INSERT INTO metric_name (kind, value) SELECT DISTINCT 'model', coalesce(model_group, 'unknown') FROM uncounted_request;
	INSERT INTO metric_request (key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
		not_spent_nano)
	SELECT coalesce(k.value, 'other'), CASE WHEN k.value IS NULL THEN 'other' ELSE r.team_id END, coalesce(m.value, 'other'),
		CASE WHEN r.answered_group IS NULL THEN '' ELSE coalesce(g.value, 'other') END, r.outcome, r.status, r.requests, r.fell_back,
		r.blocked_upward, r.not_spent_nano
	FROM (SELECT key_id, team_id, coalesce(model_group, 'unknown') AS model_group, answered_group, outcome, status, count(*) AS requests,
			sum(fell_back) AS fell_back, sum(blocked_upward) AS blocked_upward, sum(not_spent_nano) AS not_spent_nano
			FROM uncounted_request GROUP BY 1, 2, 3, 4, 5, 6) r
		LEFT JOIN metric_label k ON k.kind = 'key' AND k.value = r.key_id
		LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = r.model_group
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

	DELETE FROM uncounted_request;
END;
CREATE TRIGGER uncounted_request_full AFTER INSERT ON uncounted_request WHEN NEW.id >= 256
BEGIN
	INSERT INTO request_counting (now) VALUES (1);
END;

-- Observations came one by one through this.
DROP VIEW metric_observation;
