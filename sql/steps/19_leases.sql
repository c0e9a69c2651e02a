-- From 18: budgets from leases in memory.

CREATE TABLE till (
	id TEXT PRIMARY KEY,
	owner TEXT NOT NULL,               -- the process
	number INTEGER NOT NULL,           -- of its last report; -1: its journal has been read, and what is left is idle
	until_ms INTEGER NOT NULL          -- when nothing can be said of its owner: it is given up after this time
) WITHOUT ROWID;

CREATE TABLE lease (
	window_id INTEGER NOT NULL,
	till_id TEXT NOT NULL,
	amount_nano INTEGER NOT NULL CHECK (amount_nano >= 0), -- idle, held by running calls, or cost that is not reported yet
	open_nano INTEGER NOT NULL DEFAULT 0, -- held by running calls, at the last report; for people
	calls INTEGER NOT NULL DEFAULT 0,  -- how many, likewise
	given_nano INTEGER NOT NULL DEFAULT 0, -- by the last report that took, and
	given_number INTEGER NOT NULL DEFAULT 0, -- its number
	PRIMARY KEY (window_id, till_id)
) WITHOUT ROWID;

CREATE INDEX lease_of_till ON lease(till_id);

CREATE TABLE lost (
	id INTEGER PRIMARY KEY,
	window_id INTEGER NOT NULL,
	amount_nano INTEGER NOT NULL CHECK (amount_nano > 0),
	owner TEXT NOT NULL,
	at_ms INTEGER NOT NULL
);

CREATE INDEX lost_of_window ON lost(window_id);
