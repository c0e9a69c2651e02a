-- The books: keys, teams, plans, budgets, users, admins and the trail of changes.  Where several machines share them, this file has a
-- copy of those in PostgreSQL (app/store/books.h), and this table its one row.  Triggers that are made with it refuse each change of
-- the books that does not come from there.

CREATE TABLE books (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	bank TEXT NOT NULL,                -- the id of the books that this is a copy of
	revision INTEGER NOT NULL,         -- of the books, that the copy has been brought to
	rehearsing INTEGER NOT NULL DEFAULT 0, -- 1 only within a transaction
	change TEXT,                       -- that made the revision; NULL: not known
	breakers INTEGER NOT NULL DEFAULT 0 -- the last telling of breakers (shared_breakers.h) that was taken over
);
