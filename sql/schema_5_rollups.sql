-- What pages and reports add up, kept added up: nobody scans the log to draw a page.
--
-- The sums change in the transaction that writes the row they count, by trigger, so a crash or a repeated record cannot make
-- them differ from the log.  They outlive the log: retention deletes rows, not sums.  Days and hours are UTC, of the time when a
-- request or an attempt began.

-- Attempts that were made and have ended, by day.
CREATE TABLE attempt_day (
	day INTEGER NOT NULL,              -- since 1970
	key_id TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	model TEXT NOT NULL,
	team_id TEXT NOT NULL,             -- '' for none: a key may change its team within a day
	provider TEXT NOT NULL,
	tier TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,         -- outcome is not "ok"
	input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,       -- sum
	PRIMARY KEY (day, key_id, deployment_id, model, team_id, provider, tier)
) WITHOUT ROWID;
CREATE INDEX attempt_day_key ON attempt_day(key_id, day);

-- The same by hour and deployment, without the rest: how a deployment does today.
CREATE TABLE deployment_hour (
	hour INTEGER NOT NULL,             -- since 1970
	deployment_id TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,       -- sum
	PRIMARY KEY (hour, deployment_id)
) WITHOUT ROWID;

-- Requests by day.
CREATE TABLE request_day (
	day INTEGER NOT NULL,
	key_id TEXT NOT NULL,
	model_group TEXT NOT NULL,         -- that was asked for; '' when there is no such group
	team_id TEXT NOT NULL,
	requests INTEGER NOT NULL,
	failures INTEGER NOT NULL,         -- outcome is not "ok"
	fell_back INTEGER NOT NULL,        -- requests that left their group
	blocked_upward INTEGER NOT NULL,   -- requests for which a dearer fallback was not taken
	refused INTEGER NOT NULL,          -- requests that a budget refused
	not_spent_nano INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,       -- sum
	PRIMARY KEY (day, key_id, model_group, team_id)
) WITHOUT ROWID;
CREATE INDEX request_day_key ON request_day(key_id, day);

-- Requests of the whole gateway by hour, for charts.
CREATE TABLE request_hour (
	hour INTEGER PRIMARY KEY,
	requests INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	fell_back INTEGER NOT NULL,
	blocked_upward INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	not_spent_nano INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL
);

CREATE TRIGGER attempt_sums AFTER UPDATE OF state ON attempt WHEN OLD.state = 'held' AND NEW.state <> 'held'
BEGIN
	INSERT INTO attempt_day (day, key_id, deployment_id, model, team_id, provider, tier, attempts, failures, input_tokens,
		cached_tokens, output_tokens, cost_nano, latency_ms)
	VALUES (NEW.started_ms / 86400000, NEW.key_id, NEW.deployment_id, NEW.model, coalesce(NEW.team_id, ''), NEW.provider, NEW.tier,
		1, NEW.outcome IS NOT 'ok', coalesce(NEW.input_tokens, 0), coalesce(NEW.cached_tokens, 0),
		coalesce(NEW.output_tokens, 0), NEW.cost_nano, coalesce(NEW.latency_ms, 0))
	ON CONFLICT DO UPDATE SET attempts = attempts + 1, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens, cost_nano = cost_nano + excluded.cost_nano,
		latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO deployment_hour (hour, deployment_id, attempts, failures, cost_nano, latency_ms)
	VALUES (NEW.started_ms / 3600000, NEW.deployment_id, 1, NEW.outcome IS NOT 'ok', NEW.cost_nano, coalesce(NEW.latency_ms, 0))
	ON CONFLICT DO UPDATE SET attempts = attempts + 1, failures = failures + excluded.failures,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;
END;

CREATE TRIGGER request_sums AFTER INSERT ON request
BEGIN
	INSERT INTO request_day (day, key_id, model_group, team_id, requests, failures, fell_back, blocked_upward, refused,
		not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms)
	VALUES (NEW.started_ms / 86400000, NEW.key_id, coalesce(NEW.model_group, ''), coalesce(NEW.team_id, ''), 1,
		NEW.outcome <> 'ok', NEW.fallbacks > 0, NEW.blocked_upward > 0, NEW.outcome = 'budget', NEW.not_spent_nano,
		coalesce(NEW.input_tokens, 0), coalesce(NEW.output_tokens, 0), NEW.cost_nano, coalesce(NEW.latency_ms, 0))
	ON CONFLICT DO UPDATE SET requests = requests + 1, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano)
	VALUES (NEW.started_ms / 3600000, 1, NEW.outcome <> 'ok', NEW.fallbacks > 0, NEW.blocked_upward > 0, NEW.outcome = 'budget',
		NEW.not_spent_nano, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET requests = requests + 1, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		cost_nano = cost_nano + excluded.cost_nano;
END;

-- What is in the log already.
INSERT INTO attempt_day SELECT started_ms / 86400000, key_id, deployment_id, model, coalesce(team_id, ''), provider, tier, count(*),
	sum(outcome IS NOT 'ok'), sum(coalesce(input_tokens, 0)), sum(coalesce(cached_tokens, 0)), sum(coalesce(output_tokens, 0)),
	sum(cost_nano), sum(coalesce(latency_ms, 0))
FROM attempt WHERE state IN ('settled', 'released', 'unknown') GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO deployment_hour SELECT started_ms / 3600000, deployment_id, count(*), sum(outcome IS NOT 'ok'), sum(cost_nano),
	sum(coalesce(latency_ms, 0))
FROM attempt WHERE state IN ('settled', 'released', 'unknown') GROUP BY 1, 2;
INSERT INTO request_day SELECT started_ms / 86400000, key_id, coalesce(model_group, ''), coalesce(team_id, ''), count(*),
	sum(outcome <> 'ok'), sum(fallbacks > 0), sum(blocked_upward > 0), sum(outcome = 'budget'), sum(not_spent_nano),
	sum(coalesce(input_tokens, 0)), sum(coalesce(output_tokens, 0)), sum(cost_nano), sum(coalesce(latency_ms, 0))
FROM request GROUP BY 1, 2, 3, 4;
INSERT INTO request_hour SELECT started_ms / 3600000, count(*), sum(outcome <> 'ok'), sum(fallbacks > 0), sum(blocked_upward > 0),
	sum(outcome = 'budget'), sum(not_spent_nano), sum(cost_nano)
FROM request GROUP BY 1;

-- The log by what it is filtered by.  Ids are time-ordered, so each of these gives newest first.
CREATE INDEX request_of_key ON request(key_id, id);
CREATE INDEX request_of_team ON request(team_id, id) WHERE team_id IS NOT NULL;
CREATE INDEX request_of_model ON request(asked_model, id);
CREATE INDEX request_failed ON request(id) WHERE outcome <> 'ok';
CREATE INDEX request_moved ON request(id) WHERE fallbacks > 0 OR blocked_upward > 0;
CREATE INDEX request_blocked ON request(id) WHERE blocked_upward > 0;
