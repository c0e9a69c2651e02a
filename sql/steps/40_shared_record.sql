-- Machines may share their record of requests.

ALTER TABLE request ADD COLUMN machine TEXT;

-- Where machines share their record (app/accounts/shared_record.h): how far that of the others was taken over; no row: it is not shared.
CREATE TABLE record_place (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	revision INTEGER NOT NULL
);

-- Requests that the bank does not have yet, or has as they were before.  A number is never given twice: what is told is deleted by it.
CREATE TABLE record_news (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	request_id TEXT NOT NULL
);
