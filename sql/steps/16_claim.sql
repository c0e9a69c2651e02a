-- From 15: who does the housekeeping is called a claim; a lease is a share of a budget's window from now on.
DROP TABLE lease;
CREATE TABLE claim (
	name TEXT PRIMARY KEY,
	until_ms INTEGER NOT NULL
) WITHOUT ROWID;
