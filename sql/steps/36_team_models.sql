-- From 35: budgets of a team at one model.  A CHECK cannot be changed in place, so the table is written anew.
CREATE TABLE old_budget AS SELECT * FROM budget;
DROP TABLE budget;

CREATE TABLE budget (
	id INTEGER PRIMARY KEY,
	scope TEXT NOT NULL CHECK (scope IN ('proxy', 'provider', 'deployment', 'team', 'team_model', 'key', 'key_model', 'user', 'tag')),
	scope_id TEXT NOT NULL,
	model TEXT NOT NULL DEFAULT '',    -- the group of 'key_model' and 'team_model'
	period TEXT NOT NULL,              -- "1d", "30d", "1mo"; '' is a lifetime
	limit_nano INTEGER NOT NULL CHECK (limit_nano >= 0),
	source TEXT NOT NULL CHECK (source IN ('settings', 'admin')),
	active INTEGER NOT NULL DEFAULT 1,
	UNIQUE (scope, scope_id, model, period)
);

CREATE INDEX budget_of_scope ON budget(scope, scope_id);

-- Budgets that are not one key's, team's or tag's: every request asks for them.
CREATE INDEX budget_shared ON budget(id) WHERE scope NOT IN ('key', 'key_model', 'team', 'team_model', 'tag');

INSERT INTO budget (id, scope, scope_id, model, period, limit_nano, source, active)
SELECT id, scope, scope_id, model, period, limit_nano, source, active FROM old_budget;
DROP TABLE old_budget;

CREATE TRIGGER revision_budget_new AFTER INSERT ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_set AFTER UPDATE ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_gone AFTER DELETE ON budget BEGIN UPDATE revision SET number = number + 1; END;
