-- Counters for /metrics.  They only ever grow, in the transaction that writes the row they count, so they are right across
-- workers, processes, restarts and retention.
--
-- The number of series is bounded here: a name that clients can make up (a model under a wildcard, a key) is counted under its
-- own name while there is room in metric_label, and under 'other' afterwards.  What once has a label keeps it, so no series goes
-- back.

CREATE TABLE metric_label (
	kind TEXT NOT NULL,                -- 'model' or 'key'
	value TEXT NOT NULL,
	PRIMARY KEY (kind, value)
) WITHOUT ROWID;

CREATE TABLE metric_request (
	key_id TEXT NOT NULL,
	team_id TEXT NOT NULL,             -- '' for none
	model_group TEXT NOT NULL,         -- that was asked for; 'unknown' when there is none
	answered_group TEXT NOT NULL,      -- '' when nobody answered
	outcome TEXT NOT NULL,
	status INTEGER NOT NULL,
	requests INTEGER NOT NULL,
	fell_back INTEGER NOT NULL,        -- requests that left their group
	blocked_upward INTEGER NOT NULL,   -- requests for which a dearer fallback was not taken
	not_spent_nano INTEGER NOT NULL,
	PRIMARY KEY (key_id, team_id, model_group, answered_group, outcome, status)
) WITHOUT ROWID;

-- Attempts that were made and have ended; also candidates that were skipped or blocked, with the reason as outcome.
CREATE TABLE metric_attempt (
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	model_group TEXT NOT NULL,         -- the candidate's
	direction TEXT NOT NULL,
	state TEXT NOT NULL,
	outcome TEXT NOT NULL,
	status INTEGER NOT NULL,           -- upstream's; 0 for none
	attempts INTEGER NOT NULL,
	overrun_nano INTEGER NOT NULL,
	PRIMARY KEY (deployment_id, model, model_group, direction, state, outcome, status, provider)
) WITHOUT ROWID;

CREATE TABLE metric_spend (
	key_id TEXT NOT NULL,
	team_id TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	model_group TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	PRIMARY KEY (key_id, team_id, deployment_id, model, model_group, provider)
) WITHOUT ROWID;

CREATE TABLE metric_cooldown (
	deployment_id TEXT PRIMARY KEY,
	times INTEGER NOT NULL
) WITHOUT ROWID;

-- Upper bounds of the histograms: those of LiteLLM's that people draw, so that its dashboards work.
CREATE TABLE metric_bucket (le_us INTEGER PRIMARY KEY, le TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO metric_bucket VALUES (5000, '0.005'), (12500, '0.0125'), (25000, '0.025'), (50000, '0.05'), (100000, '0.1'), (500000, '0.5'),
	(1000000, '1.0'), (2000000, '2.0'), (3000000, '3.0'), (5000000, '5.0'), (7500000, '7.5'), (10000000, '10.0'), (20000000, '20.0'),
	(30000000, '30.0'), (60000000, '60.0'), (120000000, '120.0'), (300000000, '300.0'), (9223372036854775807, '+Inf');

CREATE TABLE metric_time (
	what TEXT NOT NULL,                -- 'request', 'overhead', 'upstream', 'first_token'
	model TEXT NOT NULL,               -- group that was asked for; of 'upstream' and 'first_token' the upstream's model
	le_us INTEGER NOT NULL,
	observations INTEGER NOT NULL,
	sum_us INTEGER NOT NULL,
	PRIMARY KEY (what, model, le_us)
) WITHOUT ROWID;

CREATE VIEW metric_observation AS SELECT '' AS what, '' AS model, 0 AS us WHERE 0;
CREATE TRIGGER metric_observe INSTEAD OF INSERT ON metric_observation WHEN NEW.us IS NOT NULL
BEGIN
	INSERT INTO metric_time (what, model, le_us, observations, sum_us)
	VALUES (NEW.what, NEW.model, (SELECT le_us FROM metric_bucket WHERE le_us >= NEW.us ORDER BY le_us LIMIT 1), 1, NEW.us)
	ON CONFLICT DO UPDATE SET observations = observations + 1, sum_us = sum_us + excluded.sum_us;
END;

CREATE VIEW metric_name AS SELECT '' AS kind, '' AS value WHERE 0;
CREATE TRIGGER metric_name_add INSTEAD OF INSERT ON metric_name
WHEN NOT EXISTS (SELECT 1 FROM metric_label WHERE kind = NEW.kind AND value = NEW.value)
BEGIN
	INSERT INTO metric_label (kind, value) SELECT NEW.kind, NEW.value
	WHERE (SELECT count(*) FROM metric_label WHERE kind = NEW.kind) < CASE NEW.kind WHEN 'key' THEN 500 ELSE 300 END;
END;

CREATE TRIGGER metric_request_add AFTER INSERT ON request
BEGIN
	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_name (kind, value) VALUES ('model', coalesce(NEW.model_group, 'unknown'));
	INSERT INTO metric_request (key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
		not_spent_nano)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN coalesce(NEW.team_id, '')
			ELSE 'other' END,
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(NEW.model_group, 'unknown')), 'other'),
		CASE WHEN NEW.answered_group IS NULL THEN '' ELSE coalesce((SELECT value FROM metric_label WHERE kind = 'model'
			AND value = NEW.answered_group), 'other') END,
		NEW.outcome, NEW.status, 1, NEW.fallbacks > 0, NEW.blocked_upward > 0, NEW.not_spent_nano)
	ON CONFLICT DO UPDATE SET requests = requests + 1, fell_back = fell_back + excluded.fell_back,
		blocked_upward = blocked_upward + excluded.blocked_upward, not_spent_nano = not_spent_nano + excluded.not_spent_nano;
	INSERT INTO metric_observation (what, model, us) VALUES ('request',
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(NEW.model_group, 'unknown')), 'other'),
		NEW.latency_ms * 1000);
	INSERT INTO metric_observation (what, model, us) VALUES ('overhead',
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(NEW.model_group, 'unknown')), 'other'),
		NEW.overhead_us);
END;

CREATE TRIGGER metric_attempt_end AFTER UPDATE OF state ON attempt WHEN OLD.state = 'held' AND NEW.state <> 'held'
BEGIN
	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_name (kind, value) VALUES ('model', NEW.model_group);
	INSERT INTO metric_name (kind, value) VALUES ('upstream', NEW.model);
	INSERT INTO metric_attempt (deployment_id, provider, model, model_group, direction, state, outcome, status, attempts, overrun_nano)
	VALUES (NEW.deployment_id, NEW.provider,
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'),
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = NEW.model_group), 'other'),
		NEW.direction, NEW.state, coalesce(NEW.outcome, ''), coalesce(NEW.status, 0), 1, max(0, NEW.cost_nano - NEW.bound_nano))
	ON CONFLICT DO UPDATE SET attempts = attempts + 1, overrun_nano = overrun_nano + excluded.overrun_nano;
	INSERT INTO metric_spend (key_id, team_id, deployment_id, provider, model, model_group, attempts, cost_nano, input_tokens,
		cached_tokens, output_tokens)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN coalesce(NEW.team_id, '')
			ELSE 'other' END,
		NEW.deployment_id, NEW.provider,
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'),
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = NEW.model_group), 'other'),
		1, NEW.cost_nano, coalesce(NEW.input_tokens, 0), coalesce(NEW.cached_tokens, 0), coalesce(NEW.output_tokens, 0))
	ON CONFLICT DO UPDATE SET attempts = attempts + 1, cost_nano = cost_nano + excluded.cost_nano,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens;
	INSERT INTO metric_observation (what, model, us) VALUES ('upstream',
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'), NEW.latency_ms * 1000);
	INSERT INTO metric_observation (what, model, us) VALUES ('first_token',
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'), NEW.first_token_ms * 1000);
END;

CREATE TRIGGER metric_attempt_not_made AFTER INSERT ON attempt WHEN NEW.state IN ('skipped', 'blocked')
BEGIN
	INSERT INTO metric_name (kind, value) VALUES ('model', NEW.model_group);
	INSERT INTO metric_name (kind, value) VALUES ('upstream', NEW.model);
	INSERT INTO metric_attempt (deployment_id, provider, model, model_group, direction, state, outcome, status, attempts, overrun_nano)
	VALUES (NEW.deployment_id, NEW.provider,
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'),
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = NEW.model_group), 'other'),
		NEW.direction, NEW.state, coalesce(NEW.outcome, ''), 0, 1, 0)
	ON CONFLICT DO UPDATE SET attempts = attempts + 1;
END;

CREATE TRIGGER metric_cooldown_new AFTER INSERT ON breaker WHEN NEW.state = 'open'
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;
CREATE TRIGGER metric_cooldown_again AFTER UPDATE ON breaker
WHEN NEW.state = 'open' AND (OLD.state <> 'open' OR NEW.open_until_ms > OLD.open_until_ms)
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;

-- What is in the log already; the histograms begin now.
INSERT INTO metric_label SELECT 'key', id FROM virtual_key ORDER BY id LIMIT 500;
INSERT OR IGNORE INTO metric_label SELECT 'key', 'master' WHERE (SELECT count(*) FROM metric_label) < 500;
INSERT INTO metric_label SELECT 'model', name FROM (SELECT DISTINCT model_group AS name FROM attempt UNION
	SELECT DISTINCT coalesce(model_group, 'unknown') FROM request) LIMIT 300;
INSERT INTO metric_label SELECT DISTINCT 'upstream', model FROM attempt LIMIT 300;
INSERT INTO metric_request
SELECT CASE WHEN k.value IS NULL THEN 'other' ELSE r.key_id END, CASE WHEN k.value IS NULL THEN 'other' ELSE coalesce(r.team_id, '') END,
	coalesce(m.value, 'other'), CASE WHEN r.answered_group IS NULL THEN '' ELSE coalesce(g.value, 'other') END, r.outcome, r.status,
	count(*), sum(r.fallbacks > 0), sum(r.blocked_upward > 0), sum(r.not_spent_nano)
FROM request r LEFT JOIN metric_label k ON k.kind = 'key' AND k.value = r.key_id
	LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = coalesce(r.model_group, 'unknown')
	LEFT JOIN metric_label g ON g.kind = 'model' AND g.value = r.answered_group
GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO metric_attempt
SELECT a.deployment_id, a.provider, coalesce(u.value, 'other'), coalesce(m.value, 'other'), a.direction, a.state, coalesce(a.outcome, ''),
	coalesce(a.status, 0), count(*), sum(CASE WHEN a.state IN ('skipped', 'blocked') THEN 0 ELSE max(0, a.cost_nano - a.bound_nano) END)
FROM attempt a LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = a.model
	LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = a.model_group
WHERE a.state <> 'held' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
INSERT INTO metric_spend
SELECT CASE WHEN k.value IS NULL THEN 'other' ELSE a.key_id END, CASE WHEN k.value IS NULL THEN 'other' ELSE coalesce(a.team_id, '') END,
	a.deployment_id, a.provider, coalesce(u.value, 'other'), coalesce(m.value, 'other'), count(*), sum(a.cost_nano),
	sum(coalesce(a.input_tokens, 0)), sum(coalesce(a.cached_tokens, 0)), sum(coalesce(a.output_tokens, 0))
FROM attempt a LEFT JOIN metric_label k ON k.kind = 'key' AND k.value = a.key_id
	LEFT JOIN metric_label u ON u.kind = 'upstream' AND u.value = a.model
	LEFT JOIN metric_label m ON m.kind = 'model' AND m.value = a.model_group
WHERE a.state IN ('settled', 'released', 'unknown') GROUP BY 1, 2, 3, 4, 5, 6;
