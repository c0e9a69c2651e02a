-- From 24: budgets of end users, of tags, and of a key at one model; what stands in for a model whose budget is used up.
ALTER TABLE virtual_key ADD COLUMN budget_fallbacks TEXT NOT NULL DEFAULT '{}';

DROP TRIGGER plan_in_use;
DROP TRIGGER budget_window_guard;
DROP TRIGGER attempt_archive;
DROP VIEW plan_follower;
DROP INDEX budget_of_scope;
DROP INDEX budget_shared;
ALTER TABLE budget RENAME TO old_budget;
ALTER TABLE budget_window RENAME TO old_budget_window;

CREATE TABLE budget (
	id INTEGER PRIMARY KEY,
	scope TEXT NOT NULL CHECK (scope IN ('proxy', 'provider', 'deployment', 'team', 'key', 'key_model', 'user', 'tag')),
	scope_id TEXT NOT NULL,
	model TEXT NOT NULL DEFAULT '',    -- the group of 'key_model'
	period TEXT NOT NULL,              -- "1d", "30d", "1mo"; '' is a lifetime
	limit_nano INTEGER NOT NULL CHECK (limit_nano >= 0),
	source TEXT NOT NULL CHECK (source IN ('settings', 'admin')),
	active INTEGER NOT NULL DEFAULT 1,
	UNIQUE (scope, scope_id, model, period)
);

CREATE INDEX budget_of_scope ON budget(scope, scope_id);

-- Budgets that are not one key's, team's or tag's: every request asks for them.
CREATE INDEX budget_shared ON budget(id) WHERE scope <> 'key' AND scope <> 'key_model' AND scope <> 'team' AND scope <> 'tag';

-- One period of a budget: made by the first request that falls into it.
CREATE TABLE budget_window (
	id INTEGER PRIMARY KEY,
	budget_id INTEGER NOT NULL REFERENCES budget(id),
	for_user TEXT NOT NULL DEFAULT '', -- whose, where each end user has one
	starts_ms INTEGER NOT NULL,
	ends_ms INTEGER NOT NULL,          -- exclusive
	limit_nano INTEGER NOT NULL,       -- follows the budget while the window is open
	highest_limit_nano INTEGER NOT NULL, -- that it ever had: a limit may be lowered below what is spent
	spent_nano INTEGER NOT NULL DEFAULT 0 CHECK (spent_nano >= 0),
	held_nano INTEGER NOT NULL DEFAULT 0 CHECK (held_nano >= 0),
	overrun_nano INTEGER NOT NULL DEFAULT 0, -- the part of spent that was above its bounds
	archived_nano INTEGER NOT NULL DEFAULT 0, -- the part of spent whose attempts retention has deleted
	UNIQUE (budget_id, for_user, starts_ms)
);

-- Those of end users are many: they go when nothing of the record names them any more.
CREATE INDEX budget_window_of_user ON budget_window(ends_ms) WHERE for_user <> '';

-- The only place that decides whether money may be held.  FAIL instead of ABORT spares a journal of the statement's own: a statement
-- that takes for one window has nothing to undo when it is refused.
CREATE TRIGGER budget_window_guard BEFORE UPDATE OF held_nano ON budget_window
WHEN NEW.held_nano > OLD.held_nano AND NEW.spent_nano + NEW.held_nano > NEW.limit_nano
BEGIN
	SELECT RAISE(FAIL, 'over budget');
END;

INSERT INTO budget (id, scope, scope_id, period, limit_nano, source, active)
SELECT id, scope, scope_id, period, limit_nano, source, active FROM old_budget;
INSERT INTO budget_window (id, budget_id, starts_ms, ends_ms, limit_nano, highest_limit_nano, spent_nano, held_nano, overrun_nano, archived_nano)
SELECT id, budget_id, starts_ms, ends_ms, limit_nano, highest_limit_nano, spent_nano, held_nano, overrun_nano, archived_nano FROM old_budget_window;
DROP TABLE old_budget_window;
DROP TABLE old_budget;

CREATE TABLE user_plan (one INTEGER PRIMARY KEY CHECK (one = 1), plan_id TEXT NOT NULL);

CREATE VIEW plan_follower (plan_id, scope, scope_id) AS
SELECT plan_id, 'key', id FROM virtual_key WHERE plan_id IS NOT NULL AND deleted_ms IS NULL
UNION ALL
SELECT plan_id, 'team', id FROM team WHERE plan_id IS NOT NULL AND deleted_ms IS NULL
UNION ALL
SELECT plan_id, 'user', '' FROM user_plan;

CREATE TRIGGER plan_in_use BEFORE DELETE ON budget_plan
BEGIN
	SELECT RAISE(ABORT, 'budget is in use') WHERE EXISTS (SELECT 1 FROM plan_follower WHERE plan_id = OLD.id);
END;

CREATE TRIGGER revision_budget_new AFTER INSERT ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_set AFTER UPDATE ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_gone AFTER DELETE ON budget BEGIN UPDATE revision SET number = number + 1; END;

-- An end user's window is asked for by his own requests, which see that it was not there.
CREATE TRIGGER revision_window_new AFTER INSERT ON budget_window WHEN NEW.for_user = ''
BEGIN
	UPDATE revision SET number = number + 1;
END;

CREATE TRIGGER revision_window_set AFTER UPDATE OF id, budget_id, starts_ms, ends_ms, limit_nano ON budget_window
BEGIN
	UPDATE revision SET number = number + 1;
END;

CREATE TRIGGER revision_window_gone AFTER DELETE ON budget_window WHEN OLD.for_user = ''
BEGIN
	UPDATE revision SET number = number + 1;
END;

CREATE TRIGGER attempt_archive AFTER DELETE ON attempt WHEN OLD.cost_nano > 0
BEGIN
	UPDATE budget_window SET archived_nano = archived_nano + OLD.cost_nano
	WHERE id IN (SELECT value FROM json_each(OLD.windows));
END;
