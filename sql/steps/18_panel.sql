-- From 17: what was spent by hour, by key, team, user, tag, provider, model and tier; whose fault a failure was; who asked and by which way.
ALTER TABLE request ADD COLUMN fault TEXT;
ALTER TABLE request ADD COLUMN route TEXT;
ALTER TABLE request ADD COLUMN end_user TEXT;
ALTER TABLE request ADD COLUMN tags TEXT;
ALTER TABLE request ADD COLUMN agent TEXT;
ALTER TABLE request ADD COLUMN address TEXT;
UPDATE request SET fault = CASE
	WHEN outcome IN ('budget', 'budget_busy') OR (outcome = 'rate' AND attempts = 0) THEN 'limit'
	WHEN outcome IN ('bad_request', 'kept_state', 'unsupported', 'too_large', 'slow_body', 'encoding', 'unauthenticated', 'forbidden', 'not_found',
		'model_not_found', 'method', 'context', 'policy', 'in_progress', 'key_reused', 'not_repeated', 'usage', 'client_gone') THEN 'client'
	ELSE 'provider' END
WHERE outcome NOT IN ('ok', 'replayed');

ALTER TABLE request_hour ADD COLUMN mistakes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request_hour ADD COLUMN limited INTEGER NOT NULL DEFAULT 0;
UPDATE request_hour SET mistakes = f.mistakes, limited = f.limited
FROM (SELECT started_ms / 3600000 AS hour, sum(fault = 'client') AS mistakes, sum(fault = 'limit') AS limited FROM request
	WHERE fault IS NOT NULL GROUP BY 1) f WHERE f.hour = request_hour.hour;

DROP TRIGGER attempt_sum_spend;
DROP TRIGGER request_sum_count;
DROP VIEW request_sum;
DROP TABLE deployment_hour;
CREATE TABLE deployment_hour (
	hour INTEGER NOT NULL,             -- since 1970
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL, model TEXT NOT NULL, tier TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,       -- sum
	PRIMARY KEY (hour, deployment_id, provider, model, tier)
) WITHOUT ROWID;
CREATE TABLE spend_hour (
	kind TEXT NOT NULL,                -- 'key', 'team', 'user' or 'tag'; models and providers are in deployment_hour
	id TEXT NOT NULL,
	hour INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, id, hour)
) WITHOUT ROWID;

-- From the log, and of days that it does not reach back to from the sums by day, as if all were at noon.
INSERT INTO deployment_hour (hour, deployment_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano, latency_ms)
SELECT started_ms / 3600000, deployment_id, provider, model, tier, count(*), sum(outcome IS NOT 'ok'), sum(coalesce(input_tokens, 0)),
	sum(coalesce(output_tokens, 0)), sum(cost_nano), sum(coalesce(latency_ms, 0))
FROM attempt WHERE state NOT IN ('skipped', 'blocked') GROUP BY 1, 2, 3, 4, 5;
INSERT INTO deployment_hour (hour, deployment_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano, latency_ms)
SELECT day * 24 + 12, deployment_id, provider, model, tier, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano),
	sum(latency_ms)
FROM attempt_day WHERE day < coalesce((SELECT min(hour) / 24 FROM deployment_hour), 9223372036854775807) GROUP BY 1, 2, 3, 4, 5;
INSERT INTO spend_hour (kind, id, hour, attempts, failures, input_tokens, output_tokens, cost_nano)
SELECT kind.name, CASE kind.name WHEN 'key' THEN key_id ELSE coalesce(team_id, '') END, started_ms / 3600000, count(*), sum(outcome IS NOT 'ok'),
	sum(coalesce(input_tokens, 0)), sum(coalesce(output_tokens, 0)), sum(cost_nano)
FROM attempt CROSS JOIN (SELECT 'key' AS name UNION ALL SELECT 'team') kind WHERE state NOT IN ('skipped', 'blocked') GROUP BY 1, 2, 3;
INSERT INTO spend_hour (kind, id, hour, attempts, failures, input_tokens, output_tokens, cost_nano)
SELECT kind, id, day * 24 + 12, attempts, failures, input_tokens, output_tokens, cost_nano
FROM spend_day WHERE kind IN ('key', 'team') AND day < coalesce((SELECT min(hour) / 24 FROM spend_hour), 9223372036854775807);

CREATE TRIGGER attempt_sum_spend INSTEAD OF INSERT ON attempt_sum WHEN NEW.made
BEGIN
	INSERT INTO attempt_day (day, key_id, deployment_id, model, team_id, provider, tier, attempts, failures, input_tokens,
		cached_tokens, output_tokens, cost_nano, latency_ms)
	VALUES (NEW.hour / 24, NEW.key_id, NEW.deployment_id, NEW.model, NEW.team_id, NEW.provider, NEW.tier, NEW.attempts, NEW.failures,
		NEW.input_tokens, NEW.cached_tokens, NEW.output_tokens, NEW.cost_nano, NEW.latency_ms)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens, cost_nano = cost_nano + excluded.cost_nano,
		latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO deployment_hour (hour, deployment_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano,
		latency_ms)
	VALUES (NEW.hour, NEW.deployment_id, NEW.provider, NEW.model, NEW.tier, NEW.attempts, NEW.failures, NEW.input_tokens,
		NEW.output_tokens, NEW.cost_nano, NEW.latency_ms)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO spend_hour (kind, id, hour, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES ('key', NEW.key_id, NEW.hour, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('team', NEW.team_id, NEW.hour, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO spend_day (kind, day, id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES ('key', NEW.hour / 24, NEW.key_id, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('team', NEW.hour / 24, NEW.team_id, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('model', NEW.hour / 24, NEW.model, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('provider', NEW.hour / 24, NEW.provider, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO spend_total (kind, id, cost_nano) VALUES ('key', NEW.key_id, NEW.cost_nano), ('team', NEW.team_id, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano;

	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_spend (key_id, team_id, deployment_id, provider, model, model_group, attempts, cost_nano, input_tokens,
		cached_tokens, output_tokens)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN NEW.team_id ELSE 'other' END,
		NEW.deployment_id, NEW.provider,
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'),
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = NEW.model_group), 'other'),
		NEW.attempts, NEW.cost_nano, NEW.input_tokens, NEW.cached_tokens, NEW.output_tokens)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, cost_nano = cost_nano + excluded.cost_nano,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens;
END;

CREATE VIEW request_sum AS SELECT 0 AS hour, '' AS key_id, '' AS team_id,
	NULL AS model_group,               -- that was asked for; NULL when there is no such group
	NULL AS answered_group, '' AS outcome, 0 AS status, 0 AS requests, 0 AS fell_back, 0 AS blocked_upward, 0 AS not_spent_nano,
	0 AS input_tokens, 0 AS output_tokens, 0 AS cost_nano, 0 AS latency_ms, 0 AS cache_hits, 0 AS cache_saved_nano,
	0 AS mistakes, 0 AS limited WHERE 0;

CREATE TRIGGER request_sum_count INSTEAD OF INSERT ON request_sum
BEGIN
	INSERT INTO request_day (day, key_id, model_group, team_id, requests, failures, fell_back, blocked_upward, refused,
		not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms, cache_hits, cache_saved_nano)
	VALUES (NEW.hour / 24, NEW.key_id, coalesce(NEW.model_group, ''), NEW.team_id, NEW.requests,
		CASE WHEN NEW.outcome = 'ok' OR NEW.outcome = 'replayed' THEN 0 ELSE NEW.requests END, NEW.fell_back, NEW.blocked_upward,
		CASE WHEN NEW.outcome = 'budget' THEN NEW.requests ELSE 0 END, NEW.not_spent_nano, NEW.input_tokens, NEW.output_tokens,
		NEW.cost_nano, NEW.latency_ms, NEW.cache_hits, NEW.cache_saved_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano,
		cache_hits, cache_saved_nano, mistakes, limited)
	VALUES (NEW.hour, NEW.requests, CASE WHEN NEW.outcome = 'ok' OR NEW.outcome = 'replayed' THEN 0 ELSE NEW.requests END,
		NEW.fell_back, NEW.blocked_upward, CASE WHEN NEW.outcome = 'budget' THEN NEW.requests ELSE 0 END, NEW.not_spent_nano,
		NEW.cost_nano, NEW.cache_hits, NEW.cache_saved_nano, NEW.mistakes, NEW.limited)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano,
		mistakes = mistakes + excluded.mistakes, limited = limited + excluded.limited;

	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_name (kind, value) VALUES ('model', coalesce(NEW.model_group, 'unknown'));
	INSERT INTO metric_request (key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
		not_spent_nano)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN NEW.team_id ELSE 'other' END,
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(NEW.model_group, 'unknown')), 'other'),
		CASE WHEN NEW.answered_group IS NULL THEN '' ELSE coalesce((SELECT value FROM metric_label WHERE kind = 'model'
			AND value = NEW.answered_group), 'other') END,
		NEW.outcome, NEW.status, NEW.requests, NEW.fell_back, NEW.blocked_upward, NEW.not_spent_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, fell_back = fell_back + excluded.fell_back,
		blocked_upward = blocked_upward + excluded.blocked_upward, not_spent_nano = not_spent_nano + excluded.not_spent_nano;
END;

CREATE VIEW label_sum AS SELECT '' AS kind, '' AS id, 0 AS hour, 0 AS attempts, 0 AS failures, 0 AS input_tokens, 0 AS output_tokens,
	0 AS cost_nano WHERE 0;

CREATE TRIGGER label_sum_spend INSTEAD OF INSERT ON label_sum
BEGIN
	INSERT INTO spend_day (kind, day, id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES (NEW.kind, NEW.hour / 24, CASE WHEN EXISTS (SELECT 1 FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24 AND id = NEW.id)
		OR (SELECT count(*) FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24) < 1000 THEN NEW.id ELSE 'other' END,
		NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO spend_hour (kind, id, hour, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES (NEW.kind, CASE WHEN EXISTS (SELECT 1 FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24 AND id = NEW.id)
		THEN NEW.id ELSE 'other' END, NEW.hour, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
END;
