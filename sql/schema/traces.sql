-- Traces that have to leave.  A request puts a row here in the change that records it (only where somebody is to be told), so
-- nothing waits for a collector, nothing is lost with a process, and CGI sends like any other.  What is sent is read from the
-- record (record.sql); here stands what the record does not hold.

CREATE TABLE trace (
	number INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which they were recorded
	request_id TEXT NOT NULL,
	attempt INTEGER,                   -- this one alone: it ended after its request; NULL: the request with all that it has
	facts TEXT NOT NULL                -- JSON: the client's traceparent, waits, parameters of the call
);

-- How far each destination is.  What is sent to all, or is too much, is deleted.
CREATE TABLE trace_destination (
	name TEXT PRIMARY KEY,             -- "langfuse"
	upto INTEGER NOT NULL DEFAULT 0,   -- the last number that is done with
	sent INTEGER NOT NULL DEFAULT 0,   -- requests
	dropped INTEGER NOT NULL DEFAULT 0, -- it would not take them, or was away for too long
	failures INTEGER NOT NULL DEFAULT 0, -- since it last took some
	next_ms INTEGER NOT NULL DEFAULT 0 -- not tried again before
) WITHOUT ROWID;
