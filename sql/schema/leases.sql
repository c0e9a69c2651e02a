-- Leases: parts of windows that a serving process divides among its calls in memory (app/accounts/till.h).
--
-- What a lease takes is part of its window's held_nano, so the guard of money.sql counts it.  A report of its till moves what ended calls
-- cost from the lease to spent_nano, writes their record, gives back and takes, all in one transaction.  Reports are numbered from 1:
-- one that comes twice changes nothing.  `sideways audit` proves that held_nano is the sum of holds and leases.

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

-- What a process that died had leased, and nobody can account for: spent in full.
CREATE TABLE lost (
	id INTEGER PRIMARY KEY,
	window_id INTEGER NOT NULL,
	amount_nano INTEGER NOT NULL CHECK (amount_nano > 0),
	owner TEXT NOT NULL,
	at_ms INTEGER NOT NULL
);

CREATE INDEX lost_of_window ON lost(window_id);

-- What a till has counted ahead of a scope's limits (app/accounts/rate_book.h).  Requests and tokens stand in rate_second, in a second
-- that is still to come, and leave it like others; slots are part of rate_gauge and go back with the till.
CREATE TABLE rate_lease (
	scope TEXT NOT NULL,
	scope_id TEXT NOT NULL,
	till_id TEXT NOT NULL,
	slots INTEGER NOT NULL CHECK (slots >= 0), -- idle, or of running calls:
	open INTEGER NOT NULL DEFAULT 0,   -- so many at the last report
	second INTEGER NOT NULL,           -- the bucket; until then requests and tokens may lie idle
	given_number INTEGER NOT NULL,     -- the last report that took
	PRIMARY KEY (scope, scope_id, till_id)
) WITHOUT ROWID;

CREATE INDEX rate_lease_of_till ON rate_lease(till_id);
