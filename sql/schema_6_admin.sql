-- What administration adds: who changed what, limits that many keys share, and what LiteLLM's clients keep with a key or team.

-- One row a change.  It is written in the transaction of the change, and both pictures are taken by the database itself
-- (sql/audit_event.sql), so the trail cannot differ from what happened.  There are no secrets in it.
CREATE TABLE audit_event (
	id TEXT PRIMARY KEY,               -- time-ordered
	at_ms INTEGER NOT NULL,
	actor TEXT NOT NULL,               -- "master key", "admin alice", "key key-01...", "root"
	through TEXT NOT NULL,             -- "api", "panel", "command line"
	action TEXT NOT NULL,              -- "key.create"
	kind TEXT NOT NULL,                -- of the thing: "key", "team", "budget", "session", "admin"
	thing_id TEXT NOT NULL,
	name TEXT,                         -- that people knew it by at the time
	before TEXT, after TEXT            -- JSON; NULL: there was nothing
) WITHOUT ROWID;
CREATE INDEX audit_event_thing ON audit_event(kind, thing_id, id);

-- LiteLLM's "budget": limits with a name that keys and teams follow.  Each follower has them for itself.
CREATE TABLE budget_plan (
	id TEXT PRIMARY KEY,
	period TEXT NOT NULL DEFAULT '',
	limit_nano INTEGER CHECK (limit_nano >= 0), -- NULL: no limit in money
	rpm_limit INTEGER CHECK (rpm_limit >= 0),
	tpm_limit INTEGER CHECK (tpm_limit >= 0),
	max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0),
	extra TEXT NOT NULL DEFAULT '{}',
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL
) WITHOUT ROWID;

ALTER TABLE virtual_key ADD COLUMN role TEXT NOT NULL DEFAULT 'client' CHECK (role IN ('client', 'admin', 'viewer'));
ALTER TABLE virtual_key ADD COLUMN plan_id TEXT;           -- the budget_plan that it follows
ALTER TABLE virtual_key ADD COLUMN extra TEXT NOT NULL DEFAULT '{}'; -- fields of LiteLLM that are kept and have no effect
ALTER TABLE virtual_key ADD COLUMN updated_ms INTEGER;
ALTER TABLE virtual_key ADD COLUMN created_by TEXT;
ALTER TABLE team ADD COLUMN plan_id TEXT;
ALTER TABLE team ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
ALTER TABLE team ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE team ADD COLUMN updated_ms INTEGER;
ALTER TABLE team ADD COLUMN deleted_ms INTEGER;            -- history stays; blocked stays set

CREATE INDEX virtual_key_team ON virtual_key(team_id) WHERE team_id IS NOT NULL;
CREATE INDEX virtual_key_plan ON virtual_key(plan_id) WHERE plan_id IS NOT NULL;
CREATE INDEX budget_of_scope ON budget(scope, scope_id);

CREATE VIEW plan_follower (plan_id, scope, scope_id) AS
SELECT plan_id, 'key', id FROM virtual_key WHERE plan_id IS NOT NULL AND deleted_ms IS NULL
UNION ALL
SELECT plan_id, 'team', id FROM team WHERE plan_id IS NOT NULL AND deleted_ms IS NULL;

-- A limit that somebody relies on must be there: checked where the change is made, since a look beforehand proves nothing.
CREATE TRIGGER key_plan_new BEFORE INSERT ON virtual_key WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER key_plan_set BEFORE UPDATE OF plan_id ON virtual_key WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER team_plan_new BEFORE INSERT ON team WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER team_plan_set BEFORE UPDATE OF plan_id ON team WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER plan_in_use BEFORE DELETE ON budget_plan
BEGIN
	SELECT RAISE(ABORT, 'budget is in use') WHERE EXISTS (SELECT 1 FROM plan_follower WHERE plan_id = OLD.id);
END;
CREATE TRIGGER key_team_new BEFORE INSERT ON virtual_key WHEN NEW.team_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such team') WHERE NOT EXISTS (SELECT 1 FROM team WHERE id = NEW.team_id AND deleted_ms IS NULL);
END;
CREATE TRIGGER key_team_set BEFORE UPDATE OF team_id ON virtual_key WHEN NEW.team_id IS NOT NULL AND NEW.team_id IS NOT OLD.team_id
BEGIN
	SELECT RAISE(ABORT, 'no such team') WHERE NOT EXISTS (SELECT 1 FROM team WHERE id = NEW.team_id AND deleted_ms IS NULL);
END;
