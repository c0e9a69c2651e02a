-- What several machines share.

CREATE TABLE books (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	bank TEXT NOT NULL,                -- the id of the books that this is a copy of
	revision INTEGER NOT NULL,         -- of the books, that the copy has been brought to
	rehearsing INTEGER NOT NULL DEFAULT 0 -- 1 only within a transaction
);
