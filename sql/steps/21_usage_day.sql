-- From 20: spend by all that it is filtered by, for attempt_day and request_day.  Of users and tags it begins here.
CREATE TABLE usage_day (
	kind TEXT NOT NULL,                -- '', 'user' or 'tag'
	tier TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, -- of a user or tag those that answered; '' where none did
	day INTEGER NOT NULL,              -- since 1970
	id TEXT NOT NULL,                  -- of the user or tag
	key_id TEXT NOT NULL,
	team_id TEXT NOT NULL,             -- '' for none: a key may change its team within a day
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,         -- outcome is not "ok"; of a user or tag: requests that failed
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, tier, provider, model, day, id, key_id, team_id)
) WITHOUT ROWID;
INSERT INTO usage_day (kind, tier, provider, model, day, id, key_id, team_id, attempts, failures, input_tokens, output_tokens, cost_nano)
SELECT '', tier, provider, model, day, '', key_id, team_id, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
FROM attempt_day GROUP BY tier, provider, model, day, key_id, team_id;
CREATE INDEX usage_day_of_key ON usage_day(kind, key_id, day);
CREATE INDEX usage_day_of_team ON usage_day(kind, team_id, day);
CREATE INDEX usage_day_of_label ON usage_day(kind, id, day);
CREATE TABLE key_used (
	key_id TEXT PRIMARY KEY,
	day INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO key_used (key_id, day) SELECT key_id, max(day) FROM request_day GROUP BY key_id;

DROP TRIGGER attempt_sum_spend;
DROP TRIGGER request_sum_count;
DROP TRIGGER label_sum_spend;
DROP VIEW request_sum;
DROP VIEW label_sum;
DROP TABLE attempt_day;
DROP TABLE request_day;
CREATE TRIGGER attempt_sum_spend INSTEAD OF INSERT ON attempt_sum WHEN NEW.made
BEGIN
	INSERT INTO usage_day (kind, tier, provider, model, day, id, key_id, team_id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES ('', NEW.tier, NEW.provider, NEW.model, NEW.hour / 24, '', NEW.key_id, NEW.team_id, NEW.attempts, NEW.failures,
		NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
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
	0 AS cost_nano, 0 AS cache_hits, 0 AS cache_saved_nano, 0 AS mistakes, 0 AS limited WHERE 0;

CREATE TRIGGER request_sum_count INSTEAD OF INSERT ON request_sum
BEGIN
	INSERT INTO key_used (key_id, day) VALUES (NEW.key_id, NEW.hour / 24)
	ON CONFLICT DO UPDATE SET day = excluded.day WHERE day < excluded.day;
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

CREATE VIEW label_sum AS SELECT '' AS kind, '' AS id, 0 AS hour, '' AS key_id, '' AS team_id, '' AS provider, '' AS model, '' AS tier,
	0 AS attempts, 0 AS failures, 0 AS input_tokens, 0 AS output_tokens, 0 AS cost_nano WHERE 0;

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
	INSERT INTO usage_day (kind, tier, provider, model, day, id, key_id, team_id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES (NEW.kind, NEW.tier, NEW.provider, NEW.model, NEW.hour / 24,
		CASE WHEN EXISTS (SELECT 1 FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24 AND id = NEW.id) THEN NEW.id ELSE 'other' END,
		NEW.key_id, NEW.team_id, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
END;
