-- Single requests, of machines that share their record (app/accounts/shared_record.h): from here the others take them over.

CREATE TABLE sideways.record (
	id text PRIMARY KEY,               -- of the request
	machine text NOT NULL,             -- that served it
	revision bigint NOT NULL,          -- of the telling that wrote it
	body text NOT NULL                 -- JSON: its row and its attempts
);
CREATE INDEX record_revision ON sideways.record (revision);

CREATE TABLE sideways.record_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	revision bigint NOT NULL           -- of the last telling; its row is locked by each, so they are seen in their order
);
INSERT INTO sideways.record_head (revision) VALUES (0);
