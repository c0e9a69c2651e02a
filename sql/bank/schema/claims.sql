-- Idempotency keys: which machine runs, or ran, the request of a key, and what it answered.  That machine's own file says what becomes
-- of it (sql/schema/idempotency.sql); here is what the others are told.

CREATE TABLE sideways.claim (
	key_id text NOT NULL,
	token text NOT NULL,
	body_hash text NOT NULL,
	machine_id text NOT NULL,
	request_id text NOT NULL,
	state text NOT NULL CHECK (state IN ('running', 'done', 'lost')),
	deadline_ms bigint NOT NULL,       -- after which one that runs on a machine that says nothing is lost
	until_ms bigint NOT NULL,
	status int NOT NULL DEFAULT 0,
	content_type text,
	streamed boolean NOT NULL DEFAULT false,
	answer text,
	PRIMARY KEY (key_id, token)
);
CREATE INDEX claim_until ON sideways.claim (until_ms);
