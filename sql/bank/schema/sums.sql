-- The sums that pages are drawn from, of all machines together, for people: budgets stand in money.sql.  A row is one of a table in the
-- machines' own files (sql/schema/sums.sql), with its key and its numbers as they stand there.

CREATE TABLE sideways.sum (
	name text NOT NULL,                -- of the table
	id text NOT NULL,                  -- JSON array of the columns of its key
	numbers bigint[] NOT NULL,
	revision bigint NOT NULL,          -- of the telling that changed it last,
	machine text NOT NULL,             -- who told that,
	before bigint NOT NULL,            -- and the revision that it had before
	PRIMARY KEY (name, id)
);
CREATE INDEX sum_revision ON sideways.sum (revision);

CREATE TABLE sideways.sum_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	revision bigint NOT NULL           -- of the last telling; its row is locked by each, so they are seen in their order
);
INSERT INTO sideways.sum_head (revision) VALUES (0);

-- The machines that tell.
CREATE TABLE sideways.sum_machine (
	id text PRIMARY KEY,
	name text NOT NULL,                -- of the host, for people
	address text NOT NULL,             -- of its own panel
	batch text NOT NULL,               -- that it told last: one that is told again, because its answer was lost, counts once
	seen_at timestamptz NOT NULL
);
