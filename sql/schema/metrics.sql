-- Counters for /metrics.  They only ever grow, in the transaction that writes the row they count (sums.sql), so they are right
-- across workers, processes, restarts and retention.
--
-- The number of series is bounded here: a name that clients can make up (a model under a wildcard, a key) is counted under its
-- own name while there is room in metric_label, and under 'other' afterwards.  What once has a label keeps it, so no series goes
-- back.

CREATE TABLE metric_label (
	kind TEXT NOT NULL,                -- 'key', 'model' (a group) or 'upstream' (a provider's model)
	value TEXT NOT NULL,
	PRIMARY KEY (kind, value)
) WITHOUT ROWID;

-- A name that is inserted here gets a label while there is room.
CREATE VIEW metric_name AS SELECT '' AS kind, '' AS value WHERE 0;

CREATE TRIGGER metric_name_add INSTEAD OF INSERT ON metric_name
WHEN NOT EXISTS (SELECT 1 FROM metric_label WHERE kind = NEW.kind AND value = NEW.value)
BEGIN
	INSERT INTO metric_label (kind, value) SELECT NEW.kind, NEW.value
	WHERE (SELECT count(*) FROM metric_label WHERE kind = NEW.kind) < CASE NEW.kind WHEN 'key' THEN 500 ELSE 300 END;
END;

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
	not_spent_nano INTEGER NOT NULL,   -- estimated
	not_spent_most_nano INTEGER NOT NULL DEFAULT 0, -- by the bounds
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

-- How often each deployment was sent into a cooldown; the triggers that count stand with the breaker (workers.sql).
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
