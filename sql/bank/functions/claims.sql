-- The claim as it is now: ours, when nobody had it.
CREATE OR REPLACE FUNCTION sideways.claim_begin(of_key text, its_token text, hash text, machine text, request text, now_ms bigint, deadline bigint,
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
