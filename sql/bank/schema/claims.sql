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

-- The claim as it is now: ours, when nobody had it.
CREATE FUNCTION sideways.claim_begin(of_key text, its_token text, hash text, machine text, request text, now_ms bigint, deadline bigint,
	until bigint) RETURNS SETOF sideways.claim
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM sideways.claim c WHERE c.until_ms <= now_ms;
	INSERT INTO sideways.claim (key_id, token, body_hash, machine_id, request_id, state, deadline_ms, until_ms)
	VALUES (of_key, its_token, hash, machine, request, 'running', deadline, until) ON CONFLICT DO NOTHING;
	UPDATE sideways.claim c SET state = 'lost' WHERE c.key_id = of_key AND c.token = its_token AND c.state = 'running'
		AND c.deadline_ms < now_ms AND c.machine_id <> machine;
	RETURN QUERY SELECT * FROM sideways.claim c WHERE c.key_id = of_key AND c.token = its_token;
END $$;
