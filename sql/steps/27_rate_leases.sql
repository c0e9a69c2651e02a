-- Limits a minute and at a time are leased, too.

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
