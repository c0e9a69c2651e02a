-- Who may use the panel, who is signed in, and who changed what.

CREATE TABLE admin (
	name TEXT PRIMARY KEY,
	role TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
	password TEXT NOT NULL,            -- argon2id with its parameters and salt
	created_ms INTEGER NOT NULL,
	signed_in_ms INTEGER
) WITHOUT ROWID;

CREATE TABLE admin_session (
	hash TEXT PRIMARY KEY,             -- SHA-256 of the cookie's value, hex; the value itself is not kept
	id TEXT NOT NULL UNIQUE,           -- names it on pages
	admin TEXT NOT NULL,
	started_ms INTEGER NOT NULL,
	seen_ms INTEGER NOT NULL,
	address TEXT NOT NULL,
	agent TEXT NOT NULL                -- the browser, as it calls itself
) WITHOUT ROWID;
CREATE INDEX admin_session_of ON admin_session(admin);

-- Attempts to sign in, counted before the password is looked at; a success forgets those of its name.
CREATE TABLE sign_in_try (
	subject TEXT PRIMARY KEY,          -- "name NAME" or "address ADDRESS"
	tries INTEGER NOT NULL,
	last_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL          -- no attempt before
) WITHOUT ROWID;

-- Codes that let somebody make the first admin.
CREATE TABLE setup_code (
	hash TEXT PRIMARY KEY,             -- SHA-256, hex
	until_ms INTEGER NOT NULL
) WITHOUT ROWID;

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
