-- Money that upward fallbacks would have cost: an estimate beside the bound.  What was recorded of requests that nobody answered was
-- the bound: it is no estimate, and becomes one of 0.  The counters keep what they have counted, since they only ever grow.
ALTER TABLE request ADD COLUMN not_spent_most_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN not_spent_most_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request_hour ADD COLUMN not_spent_most_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE metric_request ADD COLUMN not_spent_most_nano INTEGER NOT NULL DEFAULT 0;

UPDATE request_hour SET not_spent_most_nano = not_spent_nano;
UPDATE request_hour SET not_spent_nano = max(0, not_spent_nano - bounds.nano)
FROM (SELECT started_ms / 3600000 AS hour, sum(not_spent_nano) AS nano FROM request INDEXED BY request_blocked
	WHERE blocked_upward > 0 AND answered_group IS NULL GROUP BY 1) bounds WHERE bounds.hour = request_hour.hour;
UPDATE metric_request SET not_spent_most_nano = not_spent_nano;
INSERT INTO alert_sample (at_ms, name, value) SELECT at_ms, 'not_spent_most_nano', value FROM alert_sample WHERE name = 'not_spent_nano';

DROP TRIGGER attempt_final;
UPDATE attempt SET not_spent_most_nano = not_spent_nano,
	not_spent_nano = CASE WHEN EXISTS (SELECT 1 FROM request r WHERE r.id = attempt.request_id AND r.answered_group IS NOT NULL)
		THEN not_spent_nano ELSE 0 END
WHERE state = 'blocked' AND request_id IN (SELECT id FROM request INDEXED BY request_blocked WHERE blocked_upward > 0);
CREATE TRIGGER attempt_final BEFORE UPDATE ON attempt
BEGIN
	SELECT RAISE(ABORT, 'attempt has ended');
END;
UPDATE request SET not_spent_most_nano = not_spent_nano, not_spent_nano = CASE WHEN answered_group IS NULL THEN 0 ELSE not_spent_nano END
WHERE blocked_upward > 0;

DROP VIEW request_sum;
CREATE VIEW request_sum AS SELECT 0 AS hour, '' AS key_id, '' AS team_id,
	NULL AS model_group,               -- that was asked for; NULL when there is no such group
	NULL AS answered_group, '' AS outcome, 0 AS status, 0 AS requests, 0 AS fell_back, 0 AS blocked_upward, 0 AS not_spent_nano,
	0 AS not_spent_most_nano, 0 AS cost_nano, 0 AS cache_hits, 0 AS cache_saved_nano, 0 AS mistakes, 0 AS limited WHERE 0;

CREATE TRIGGER request_sum_count INSTEAD OF INSERT ON request_sum
BEGIN
	INSERT INTO key_used (key_id, day) VALUES (NEW.key_id, NEW.hour / 24)
	ON CONFLICT DO UPDATE SET day = excluded.day WHERE day < excluded.day;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano,
		cache_hits, cache_saved_nano, mistakes, limited, not_spent_most_nano)
	VALUES (NEW.hour, NEW.requests, CASE WHEN NEW.outcome = 'ok' OR NEW.outcome = 'replayed' THEN 0 ELSE NEW.requests END,
		NEW.fell_back, NEW.blocked_upward, CASE WHEN NEW.outcome = 'budget' THEN NEW.requests ELSE 0 END, NEW.not_spent_nano,
		NEW.cost_nano, NEW.cache_hits, NEW.cache_saved_nano, NEW.mistakes, NEW.limited, NEW.not_spent_most_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		not_spent_most_nano = not_spent_most_nano + excluded.not_spent_most_nano, cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano,
		mistakes = mistakes + excluded.mistakes, limited = limited + excluded.limited;

	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_name (kind, value) VALUES ('model', coalesce(NEW.model_group, 'unknown'));
	INSERT INTO metric_request (key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
		not_spent_nano, not_spent_most_nano)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN NEW.team_id ELSE 'other' END,
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(NEW.model_group, 'unknown')), 'other'),
		CASE WHEN NEW.answered_group IS NULL THEN '' ELSE coalesce((SELECT value FROM metric_label WHERE kind = 'model'
			AND value = NEW.answered_group), 'other') END,
		NEW.outcome, NEW.status, NEW.requests, NEW.fell_back, NEW.blocked_upward, NEW.not_spent_nano,
		NEW.not_spent_most_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, fell_back = fell_back + excluded.fell_back,
		blocked_upward = blocked_upward + excluded.blocked_upward, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		not_spent_most_nano = not_spent_most_nano + excluded.not_spent_most_nano;
END;

DROP VIEW alert_counter;
CREATE VIEW alert_counter AS
SELECT 'requests' AS name, coalesce(sum(requests), 0) AS value FROM metric_request
UNION ALL SELECT 'fell_back', coalesce(sum(fell_back), 0) FROM metric_request
UNION ALL SELECT 'blocked_upward', coalesce(sum(blocked_upward), 0) FROM metric_request
UNION ALL SELECT 'not_spent_nano', coalesce(sum(not_spent_nano), 0) FROM metric_request
UNION ALL SELECT 'not_spent_most_nano', coalesce(sum(not_spent_most_nano), 0) FROM metric_request
UNION ALL SELECT 'failed', coalesce(sum(requests), 0) FROM metric_request WHERE status >= 500 OR outcome = 'rate'
UNION ALL SELECT 'overrun_nano', coalesce(sum(overrun_nano), 0) FROM metric_attempt
UNION ALL SELECT 'unknown', coalesce(sum(attempts), 0) FROM metric_attempt WHERE state = 'unknown' AND outcome = 'worker died'
UNION ALL SELECT 'cache_away', times FROM metric_cache_away
UNION ALL SELECT 'refused ' || deployment_id, sum(attempts) FROM metric_attempt WHERE outcome IN ('auth', 'quota')
	AND state NOT IN ('skipped', 'blocked') GROUP BY deployment_id;
