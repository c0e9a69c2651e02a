-- Who may ask: virtual keys, teams, and the plans that both may follow.
--
-- Times are milliseconds since 1970 (UTC), in every table.  A key or team that is deleted keeps its row, because the record and the
-- bills name it; it is deleted when deleted_ms is set.  What it may spend stands in money.sql, what it may ask for in a minute in
-- limits.sql.  Every change here raises the revision (revision.sql), so that no process goes on with what it has read before.

CREATE TABLE virtual_key (
	id TEXT PRIMARY KEY,               -- "key-" and a time-ordered id; stable through rotation
	hash TEXT NOT NULL UNIQUE,         -- SHA-256 of the secret, hex; the secret itself is not kept
	previous_hash TEXT UNIQUE,         -- still good until previous_until_ms after a rotation
	previous_until_ms INTEGER,
	hint TEXT NOT NULL,                -- "sk-...abcd", for people
	alias TEXT UNIQUE,
	team_id TEXT REFERENCES team(id),
	models TEXT NOT NULL DEFAULT '[]', -- JSON array of names and wildcards; [] allows all
	blocked INTEGER NOT NULL DEFAULT 0,
	expires_ms INTEGER,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER,                -- history stays; the hash becomes 'deleted-' and the id
	metadata TEXT NOT NULL DEFAULT '{}',
	rpm_limit INTEGER CHECK (rpm_limit >= 0), -- requests a minute; NULL, here and in the next two: no limit
	tpm_limit INTEGER CHECK (tpm_limit >= 0), -- tokens a minute
	max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0),
	role TEXT NOT NULL DEFAULT 'client' CHECK (role IN ('client', 'admin', 'viewer')),
	plan_id TEXT,                      -- the budget_plan that it follows
	extra TEXT NOT NULL DEFAULT '{}',  -- fields of LiteLLM that are kept and have no effect
	updated_ms INTEGER,
	created_by TEXT,
	budget_fallbacks TEXT NOT NULL DEFAULT '{}' -- JSON: model groups after one whose 'key_model' budget is used up
) WITHOUT ROWID;

CREATE INDEX virtual_key_team ON virtual_key(team_id) WHERE team_id IS NOT NULL;
CREATE INDEX virtual_key_plan ON virtual_key(plan_id) WHERE plan_id IS NOT NULL;

CREATE TABLE team (
	id TEXT PRIMARY KEY,
	alias TEXT UNIQUE,
	models TEXT NOT NULL DEFAULT '[]',
	blocked INTEGER NOT NULL DEFAULT 0,
	created_ms INTEGER NOT NULL,
	rpm_limit INTEGER CHECK (rpm_limit >= 0), -- these three as for a key, for all keys of the team together
	tpm_limit INTEGER CHECK (tpm_limit >= 0),
	max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0),
	plan_id TEXT,
	extra TEXT NOT NULL DEFAULT '{}',
	metadata TEXT NOT NULL DEFAULT '{}',
	updated_ms INTEGER,
	deleted_ms INTEGER                 -- history stays; blocked stays set
) WITHOUT ROWID;

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

-- Whoever keys belong to: LiteLLM's internal users.  A key names its owner in extra ("user_id"), also one that has no row here.  It is
-- no account: nobody signs in with it, and what may be spent is the keys' and teams'.
CREATE TABLE key_owner (
	id TEXT PRIMARY KEY,
	about TEXT NOT NULL,               -- JSON object of LiteLLM's fields: user_email, user_alias, user_role, metadata, ...
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- The plan that each end user follows (litellm_settings.max_end_user_budget_id).
CREATE TABLE user_plan (one INTEGER PRIMARY KEY CHECK (one = 1), plan_id TEXT NOT NULL);

CREATE VIEW plan_follower (plan_id, scope, scope_id) AS
SELECT plan_id, 'key', id FROM virtual_key WHERE plan_id IS NOT NULL AND deleted_ms IS NULL
UNION ALL
SELECT plan_id, 'team', id FROM team WHERE plan_id IS NOT NULL AND deleted_ms IS NULL
UNION ALL
SELECT plan_id, 'user', '' FROM user_plan;

-- What somebody relies on must be there: checked where the change is made, since a look beforehand proves nothing.
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
