-- Who may use the panel, and who is signed in.

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
