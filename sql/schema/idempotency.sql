-- Answers kept for clients that send an Idempotency-Key, so that a retry gets the same answer and is charged once.
-- Of the request there are only hashes; the answer stands here in the clear until until_ms.

CREATE TABLE idempotent (
	key_id TEXT NOT NULL,              -- whose it is: nobody else's retry can meet it
	token TEXT NOT NULL,               -- SHA-256 of the Idempotency-Key, hex
	body_hash TEXT NOT NULL,           -- SHA-256 of path and body, hex
	request_id TEXT NOT NULL,          -- that ran, or runs
	state TEXT NOT NULL CHECK (state IN ('running', 'done', 'lost')),
	owner TEXT NOT NULL,               -- the process that runs it
	started_ms INTEGER NOT NULL,
	deadline_ms INTEGER NOT NULL,      -- after which a running one is given up when nothing is known of its owner
	until_ms INTEGER NOT NULL,         -- after which all is forgotten
	status INTEGER,
	content_type TEXT,
	streamed INTEGER NOT NULL DEFAULT 0,
	answer TEXT,                       -- NULL when done: it was too long to keep
	UNIQUE (key_id, token)
);

CREATE INDEX idempotent_until ON idempotent(until_ms);
