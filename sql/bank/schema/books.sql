-- The books: what machines share besides money.  A row is one key, team, plan, budget, user, admin, session or event of the trail, as
-- JSON of its columns in the machines' own files; each machine has a copy of all (app/store/books.h).

CREATE TABLE sideways.books (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	id text NOT NULL,                  -- of these books: a copy of others is refused
	revision bigint NOT NULL,          -- of the last change; its row is locked by each
	closed_by text                     -- the machine that took them back; NULL: they are open
);
INSERT INTO sideways.books (id, revision) VALUES (md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text), 1);

CREATE TABLE sideways.book_row (
	kind text NOT NULL,
	id text NOT NULL,
	revision bigint NOT NULL,          -- of the change that wrote it last
	body text,                         -- NULL: it is gone
	PRIMARY KEY (kind, id)
);
CREATE INDEX book_row_revision ON sideways.book_row (revision);

-- Changes of the last day: one that is asked for twice, because its answer was lost, is made once.
CREATE TABLE sideways.book_change (
	id text PRIMARY KEY,
	revision bigint NOT NULL,
	at timestamptz NOT NULL
);
CREATE INDEX book_change_at ON sideways.book_change (at);
CREATE INDEX book_change_revision ON sideways.book_change (revision);

-- Written to find out how long a commit takes.
CREATE TABLE sideways.ping (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	at timestamptz NOT NULL
);
