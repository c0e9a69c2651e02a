-- What a request writes costs a fraction of what it did: holds have a table of their own, which is short; an attempt is written once,
-- when it has ended; no trigger spreads a hold over its windows or copies what ended; and what is only added to (windows that take money back, sums, counters) is added up for a whole transaction before it is written
-- (change_add_sum in app/store/store.h).  So no rows wait to be counted any more, and sums are exact at any moment.

-- What waits is added for the last time.
INSERT INTO attempt_adding (now) SELECT 1 WHERE EXISTS (SELECT 1 FROM uncounted_attempt);
INSERT INTO request_counting (now) SELECT 1 WHERE EXISTS (SELECT 1 FROM uncounted_request);
DROP VIEW attempt_adding;
DROP VIEW request_counting;
DROP TABLE uncounted_attempt;
DROP TABLE uncounted_request;
DROP TABLE attempt_group;
DROP TABLE request_group;
DROP TRIGGER request_ended;

-- ---- holds

-- M2: a hold is a row here, inserted together with ledger_take for each of its windows (sql/ledger.sql) in one change.  M4: whoever
-- deletes the row ends the hold, and writes the attempt with ledger_give for each window in the same change.
CREATE TABLE hold (
	request_id TEXT NOT NULL,
	number INTEGER NOT NULL,
	started_ms INTEGER NOT NULL,
	key_id TEXT NOT NULL,
	team_id TEXT,
	model_group TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	tier TEXT NOT NULL,
	direction TEXT NOT NULL,
	bound_nano INTEGER NOT NULL CHECK (bound_nano >= 0),
	price_version TEXT,
	windows TEXT NOT NULL,             -- JSON array of budget_window ids that it stands in (M7)
	owner TEXT NOT NULL,               -- the process that must end it
	deadline_ms INTEGER NOT NULL,
	PRIMARY KEY (request_id, number)
) WITHOUT ROWID;
INSERT INTO hold SELECT request_id, number, started_ms, key_id, team_id, model_group, deployment_id, provider, model, tier, direction,
	bound_nano, price_version, windows, owner, deadline_ms FROM attempt WHERE state = 'held';

-- M3: the only place that decides whether money may be held.  FAIL instead of ABORT spares a journal of the statement's own: one that
-- takes for one window has nothing to undo when it is refused.
DROP TRIGGER budget_window_guard;
CREATE TRIGGER budget_window_guard BEFORE UPDATE OF held_nano ON budget_window
WHEN NEW.held_nano > OLD.held_nano AND NEW.spent_nano + NEW.held_nano > NEW.limit_nano
BEGIN
	SELECT RAISE(FAIL, 'over budget');
END;

-- One row per candidate of a request that was called and has ended, was skipped or was blocked.
CREATE TABLE attempt_new (
	request_id TEXT NOT NULL,
	number INTEGER NOT NULL,           -- from 1, in the order in which candidates were considered
	state TEXT NOT NULL CHECK (state = 'settled' OR state = 'released' OR state = 'unknown' OR state = 'skipped' OR state = 'blocked'),
	started_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL,
	key_id TEXT NOT NULL,
	team_id TEXT,
	model_group TEXT NOT NULL,         -- the candidate's group
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	tier TEXT NOT NULL,
	direction TEXT NOT NULL,           -- own, sideways, downward, upward
	outcome TEXT,                      -- failure class, "ok", or why it was skipped
	status INTEGER,                    -- upstream's HTTP status
	input_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER,
	output_tokens INTEGER, reasoning_tokens INTEGER,
	estimated INTEGER NOT NULL DEFAULT 0, -- the cost was computed here, not from reported usage
	bound_nano INTEGER NOT NULL DEFAULT 0,
	cost_nano INTEGER NOT NULL DEFAULT 0 CHECK (cost_nano >= 0),
	not_spent_nano INTEGER NOT NULL DEFAULT 0, -- blocked upward: what it could have cost
	price_version TEXT,
	windows TEXT NOT NULL DEFAULT '[]', -- as in hold
	latency_ms INTEGER, first_token_ms INTEGER,
	PRIMARY KEY (request_id, number)
) WITHOUT ROWID;
INSERT INTO attempt_new SELECT request_id, number, state, started_ms, coalesce(ended_ms, started_ms), key_id, team_id, model_group,
	deployment_id, provider, model, tier, direction, outcome, status, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
	reasoning_tokens, estimated, bound_nano, cost_nano, not_spent_nano, price_version, windows, latency_ms, first_token_ms
FROM attempt WHERE state <> 'held';
DROP TABLE attempt;                    -- and its triggers
ALTER TABLE attempt_new RENAME TO attempt;

-- What has ended is history.
CREATE TRIGGER attempt_final BEFORE UPDATE ON attempt
BEGIN
	SELECT RAISE(ABORT, 'attempt has ended');
END;

-- Retention keeps M5: a deleted attempt's cost stays in its windows' sums.
CREATE TRIGGER attempt_archive AFTER DELETE ON attempt WHEN OLD.cost_nano > 0
BEGIN
	UPDATE budget_window SET archived_nano = archived_nano + OLD.cost_nano
	WHERE id IN (SELECT value FROM json_each(OLD.windows));
END;

-- ---- what requests read

-- Goes up with every change of what decides who may ask for what: a process keeps what it has read of keys and budgets while the number
-- stands (app/accounts/kept.h).  What is spent and held of a window is none of it, and is always read.
CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
INSERT INTO revision VALUES (1, 1);
CREATE TRIGGER revision_virtual_key_new AFTER INSERT ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_virtual_key_set AFTER UPDATE ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_virtual_key_gone AFTER DELETE ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_new AFTER INSERT ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_set AFTER UPDATE ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_gone AFTER DELETE ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_new AFTER INSERT ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_set AFTER UPDATE ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_gone AFTER DELETE ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_window_new AFTER INSERT ON budget_window BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_window_set AFTER UPDATE OF id, budget_id, starts_ms, ends_ms, limit_nano ON budget_window
BEGIN
	UPDATE revision SET number = number + 1;
END;
CREATE TRIGGER revision_window_gone AFTER DELETE ON budget_window BEGIN UPDATE revision SET number = number + 1; END;

-- Budgets that are not one key's or team's: every request asks for them.
CREATE INDEX budget_shared ON budget(id) WHERE scope <> 'key' AND scope <> 'team';

-- ---- sums

-- A row that is inserted here is added to each sum and counter that asks for it.
CREATE VIEW attempt_sum AS SELECT 0 AS made, -- 0: skipped or blocked
	0 AS hour, '' AS key_id, '' AS team_id, '' AS model_group, '' AS deployment_id, '' AS provider, '' AS model, '' AS tier,
	'' AS direction, '' AS state, '' AS outcome, 0 AS status, 0 AS attempts, 0 AS failures, 0 AS input_tokens, 0 AS cached_tokens,
	0 AS output_tokens, 0 AS cost_nano, 0 AS overrun_nano, 0 AS latency_ms WHERE 0;
CREATE TRIGGER attempt_sum_count INSTEAD OF INSERT ON attempt_sum
BEGIN
	INSERT INTO metric_name (kind, value) VALUES ('model', NEW.model_group);
	INSERT INTO metric_name (kind, value) VALUES ('upstream', NEW.model);
	INSERT INTO metric_attempt (deployment_id, provider, model, model_group, direction, state, outcome, status, attempts, overrun_nano)
	VALUES (NEW.deployment_id, NEW.provider,
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'),
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = NEW.model_group), 'other'),
		NEW.direction, NEW.state, NEW.outcome, NEW.status, NEW.attempts, NEW.overrun_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, overrun_nano = overrun_nano + excluded.overrun_nano;
END;
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
	INSERT INTO deployment_hour (hour, deployment_id, attempts, failures, cost_nano, latency_ms)
	VALUES (NEW.hour, NEW.deployment_id, NEW.attempts, NEW.failures, NEW.cost_nano, NEW.latency_ms)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;
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
	0 AS input_tokens, 0 AS output_tokens, 0 AS cost_nano, 0 AS latency_ms, 0 AS cache_hits, 0 AS cache_saved_nano WHERE 0;
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
		cache_hits, cache_saved_nano)
	VALUES (NEW.hour, NEW.requests, CASE WHEN NEW.outcome = 'ok' OR NEW.outcome = 'replayed' THEN 0 ELSE NEW.requests END,
		NEW.fell_back, NEW.blocked_upward, CASE WHEN NEW.outcome = 'budget' THEN NEW.requests ELSE 0 END, NEW.not_spent_nano,
		NEW.cost_nano, NEW.cache_hits, NEW.cache_saved_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;

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
