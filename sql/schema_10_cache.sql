-- The response cache: answers kept for requests that are asked again word for word.  Of the request there is only a hash; the
-- answer stands here in the clear until until_ms.

CREATE TABLE cached_answer (
	hash TEXT PRIMARY KEY,             -- SHA-256 of the normalised request, and of whose it is
	request_id TEXT NOT NULL,          -- that was answered
	stored_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	content_type TEXT NOT NULL,
	streamed INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,        -- of that request: what a hit does not spend
	answered_group TEXT, answered_model TEXT, deployment_id TEXT, tier TEXT,
	bytes INTEGER NOT NULL,
	answer TEXT NOT NULL
);
CREATE INDEX cached_answer_until ON cached_answer(until_ms);
CREATE INDEX cached_answer_stored ON cached_answer(stored_ms);

-- What all answers weigh, so that no insert has to add them up.
CREATE TABLE cache_size (one INTEGER PRIMARY KEY CHECK (one = 1), answers INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO cache_size VALUES (1, 0, 0);
CREATE TRIGGER cached_answer_in AFTER INSERT ON cached_answer
BEGIN
	UPDATE cache_size SET answers = answers + 1, bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER cached_answer_out AFTER DELETE ON cached_answer
BEGIN
	UPDATE cache_size SET answers = answers - 1, bytes = bytes - OLD.bytes;
END;

-- Counters for /metrics, by the group that was asked for; the name is bounded as those of the other counters are.
CREATE TABLE metric_cache (
	model TEXT PRIMARY KEY,
	hits INTEGER NOT NULL,
	misses INTEGER NOT NULL,
	saved_nano INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE metric_cache_away (one INTEGER PRIMARY KEY CHECK (one = 1), times INTEGER NOT NULL);
INSERT INTO metric_cache_away VALUES (1, 0);

-- A request that was answered from the cache: what it would have cost; NULL for all others.
ALTER TABLE request ADD COLUMN cache_saved_nano INTEGER;

ALTER TABLE request_day ADD COLUMN cache_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request_day ADD COLUMN cache_saved_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request_hour ADD COLUMN cache_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request_hour ADD COLUMN cache_saved_nano INTEGER NOT NULL DEFAULT 0;

-- As before, with the cache; and an answer that was replayed to a retry is no failure.
DROP TRIGGER request_sums;
CREATE TRIGGER request_sums AFTER INSERT ON request
BEGIN
	INSERT INTO request_day (day, key_id, model_group, team_id, requests, failures, fell_back, blocked_upward, refused,
		not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms, cache_hits, cache_saved_nano)
	VALUES (NEW.started_ms / 86400000, NEW.key_id, coalesce(NEW.model_group, ''), coalesce(NEW.team_id, ''), 1,
		NEW.outcome NOT IN ('ok', 'replayed'), NEW.fallbacks > 0, NEW.blocked_upward > 0, NEW.outcome = 'budget', NEW.not_spent_nano,
		coalesce(NEW.input_tokens, 0), coalesce(NEW.output_tokens, 0), NEW.cost_nano, coalesce(NEW.latency_ms, 0),
		NEW.cache_saved_nano IS NOT NULL, coalesce(NEW.cache_saved_nano, 0))
	ON CONFLICT DO UPDATE SET requests = requests + 1, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano,
		cache_hits, cache_saved_nano)
	VALUES (NEW.started_ms / 3600000, 1, NEW.outcome NOT IN ('ok', 'replayed'), NEW.fallbacks > 0, NEW.blocked_upward > 0,
		NEW.outcome = 'budget', NEW.not_spent_nano, NEW.cost_nano, NEW.cache_saved_nano IS NOT NULL,
		coalesce(NEW.cache_saved_nano, 0))
	ON CONFLICT DO UPDATE SET requests = requests + 1, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;
END;

-- The alerts' counters, with the cache's.
DROP VIEW alert_growth;
DROP VIEW alert_counter;
CREATE VIEW alert_counter AS
SELECT 'requests' AS name, coalesce(sum(requests), 0) AS value FROM metric_request
UNION ALL SELECT 'fell_back', coalesce(sum(fell_back), 0) FROM metric_request
UNION ALL SELECT 'blocked_upward', coalesce(sum(blocked_upward), 0) FROM metric_request
UNION ALL SELECT 'not_spent_nano', coalesce(sum(not_spent_nano), 0) FROM metric_request
UNION ALL SELECT 'failed', coalesce(sum(requests), 0) FROM metric_request WHERE status >= 500 OR outcome = 'rate'
UNION ALL SELECT 'overrun_nano', coalesce(sum(overrun_nano), 0) FROM metric_attempt
UNION ALL SELECT 'unknown', coalesce(sum(attempts), 0) FROM metric_attempt WHERE state = 'unknown' AND outcome = 'worker died'
UNION ALL SELECT 'cache_away', times FROM metric_cache_away
UNION ALL SELECT 'refused ' || deployment_id, sum(attempts) FROM metric_attempt WHERE outcome IN ('auth', 'quota')
	AND state NOT IN ('skipped', 'blocked') GROUP BY deployment_id;
CREATE VIEW alert_growth AS
SELECT c.name AS name, c.value - coalesce(s.value, 0) AS grown
FROM alert_counter c LEFT JOIN alert_sample s ON s.name = c.name AND s.at_ms = (SELECT min(at_ms) FROM alert_sample)
WHERE EXISTS (SELECT 1 FROM alert_sample);
