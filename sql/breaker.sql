-- Circuit breakers.  In an update every column on the right is the old value.

-- Failures are those of the minute that runs: older ones stand in the row until the next failure.
-- name: breaker_read
SELECT deployment_id, state, CASE WHEN counted_from_ms > :now_ms - 60000 THEN failures ELSE 0 END, open_until_ms, reason, probe_until_ms > :now_ms FROM breaker;

-- name: breaker_take_probe
UPDATE breaker SET probe_owner = :request_id, probe_until_ms = :until_ms
WHERE deployment_id = :deployment_id AND state = 'open' AND open_until_ms <= :now_ms AND probe_until_ms <= :now_ms;

-- name: breaker_give_back
UPDATE breaker SET probe_owner = NULL, probe_until_ms = 0 WHERE deployment_id = :deployment_id AND probe_owner = :request_id;

-- Only a probe closes: an answer to a request that began before the breaker opened proves nothing.
-- name: breaker_success
DELETE FROM breaker WHERE deployment_id = :deployment_id AND state = 'open' AND probe_owner IS NOT NULL;

-- A failure opens when it is the probe's, or when it fills the minute's count.  While open, late failures of
-- requests that began earlier change nothing.  The cooldown doubles each time in a row, up to tenfold.
-- name: breaker_failure
INSERT INTO breaker (deployment_id, state, failures, counted_from_ms, open_until_ms, times_opened, reason)
VALUES (:deployment_id, CASE WHEN :allowed_fails <= 1 THEN 'open' ELSE 'closed' END, 1, :now_ms,
	CASE WHEN :allowed_fails <= 1 THEN :now_ms + :cooldown_ms ELSE 0 END, :allowed_fails <= 1, :reason)
ON CONFLICT (deployment_id) DO UPDATE SET
	failures = CASE WHEN counted_from_ms > :now_ms - 60000 THEN failures + 1 ELSE 1 END,
	counted_from_ms = CASE WHEN counted_from_ms > :now_ms - 60000 THEN counted_from_ms ELSE :now_ms END,
	state = CASE WHEN state = 'open' OR (CASE WHEN counted_from_ms > :now_ms - 60000 THEN failures + 1 ELSE 1 END) >= :allowed_fails
		THEN 'open' ELSE 'closed' END,
	times_opened = times_opened + (CASE
		WHEN state = 'open' THEN open_until_ms <= :now_ms
		ELSE (CASE WHEN counted_from_ms > :now_ms - 60000 THEN failures + 1 ELSE 1 END) >= :allowed_fails END),
	open_until_ms = CASE
		WHEN state = 'open' AND open_until_ms > :now_ms THEN open_until_ms
		WHEN state = 'open' OR (CASE WHEN counted_from_ms > :now_ms - 60000 THEN failures + 1 ELSE 1 END) >= :allowed_fails
			THEN :now_ms + min(:cooldown_ms * (1 << min(times_opened, 4)), :cooldown_ms * 10)
		ELSE open_until_ms END,
	reason = :reason,
	probe_owner = CASE WHEN state = 'open' AND open_until_ms > :now_ms THEN probe_owner END,
	probe_until_ms = CASE WHEN state = 'open' AND open_until_ms > :now_ms THEN probe_until_ms ELSE 0 END;

-- name: breaker_cooldown
INSERT INTO breaker (deployment_id, state, open_until_ms, reason) VALUES (:deployment_id, 'open', :until_ms, :reason)
ON CONFLICT (deployment_id) DO UPDATE SET state = 'open', open_until_ms = max(open_until_ms, :until_ms), reason = :reason,
	probe_owner = NULL, probe_until_ms = 0;
