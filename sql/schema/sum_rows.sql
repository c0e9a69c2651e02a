-- Sums of all machines that share the books (app/store/sum_rows.h).

-- What this machine has added to the sums, and the bank does not have yet.  Triggers that are made with sum_place add it up here.
CREATE TABLE sum_news (
	number INTEGER PRIMARY KEY,
	name TEXT NOT NULL,                -- of the table
	k0 NOT NULL DEFAULT '', k1 NOT NULL DEFAULT '', k2 NOT NULL DEFAULT '', k3 NOT NULL DEFAULT '', -- the columns of its key
	k4 NOT NULL DEFAULT '', k5 NOT NULL DEFAULT '', k6 NOT NULL DEFAULT '', k7 NOT NULL DEFAULT '',
	batch TEXT NOT NULL DEFAULT '',    -- that it is told with; '': none yet
	n0 INTEGER NOT NULL DEFAULT 0, n1 INTEGER NOT NULL DEFAULT 0, n2 INTEGER NOT NULL DEFAULT 0, n3 INTEGER NOT NULL DEFAULT 0, -- the others
	n4 INTEGER NOT NULL DEFAULT 0, n5 INTEGER NOT NULL DEFAULT 0, n6 INTEGER NOT NULL DEFAULT 0, n7 INTEGER NOT NULL DEFAULT 0,
	n8 INTEGER NOT NULL DEFAULT 0, n9 INTEGER NOT NULL DEFAULT 0, n10 INTEGER NOT NULL DEFAULT 0, n11 INTEGER NOT NULL DEFAULT 0,
	UNIQUE (name, k0, k1, k2, k3, k4, k5, k6, k7, batch)
);
CREATE INDEX sum_news_batch ON sum_news(batch);

-- How far the bank's sums were taken over; no row: this file's sums are its own.
CREATE TABLE sum_place (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	revision INTEGER NOT NULL,
	budget_id INTEGER NOT NULL DEFAULT 0 -- the last of which was asked what others spent of it
);

-- The machines whose sums these are, as the bank told last.
CREATE TABLE sum_machine (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,                -- of the host
	address TEXT NOT NULL,             -- of its own panel; '' unless its settings name one
	seen_ms INTEGER NOT NULL           -- when the bank heard of it last, by this machine's clock
) WITHOUT ROWID;
