-- Circuit breakers.  In an update every column on the right is the old value.
--
-- counted_from_ms is when the failures, the cooldown or the probe's claim began.  What began more than 5 s after now is of a clock
-- that was set back: it is over.  (A request's own time may be a little older than what another one wrote meanwhile.)

-- Failures are those of the minute that runs: older ones stand in the row until the next failure.
-- name: breaker_read
SELECT deployment_id, state, CASE WHEN counted_from_ms BETWEEN :now_ms - 59999 AND :now_ms + 5000 THEN failures ELSE 0 END,
	CASE WHEN counted_from_ms <= :now_ms + 5000 THEN open_until_ms ELSE min(open_until_ms, :now_ms) END, reason,
	probe_until_ms > :now_ms AND counted_from_ms <= :now_ms + 5000 FROM breaker;

-- name: breaker_take_probe
UPDATE breaker SET probe_owner = :request_id, probe_until_ms = :until_ms, counted_from_ms = :now_ms, open_until_ms = min(open_until_ms, :now_ms)
WHERE deployment_id = :deployment_id AND state = 'open'
	AND ((open_until_ms <= :now_ms AND probe_until_ms <= :now_ms) OR counted_from_ms > :now_ms + 5000);

-- name: breaker_give_back
UPDATE breaker SET probe_owner = NULL, probe_until_ms = 0 WHERE deployment_id = :deployment_id AND probe_owner = :request_id;

-- Only a probe closes: an answer to a request that began before the breaker opened proves nothing.
-- name: breaker_success
DELETE FROM breaker WHERE deployment_id = :deployment_id AND state = 'open' AND probe_owner IS NOT NULL;

-- A failure opens when it is the probe's, or when it fills the minute's count.  While open, late failures of
-- requests that began earlier change nothing.  The cooldown doubles each time in a row, up to tenfold.
-- name: breaker_failure
WITH old AS (SELECT coalesce(state = 'open', 0) AS open, coalesce(times_opened, 0) AS times,
		CASE WHEN counted_from_ms BETWEEN :now_ms - 59999 AND :now_ms + 5000 THEN failures ELSE 0 END AS failures, counted_from_ms AS since_ms
	FROM (SELECT 1) LEFT JOIN breaker ON deployment_id = :deployment_id
		WHERE state IS NULL OR state = 'closed' OR open_until_ms <= :now_ms OR counted_from_ms > :now_ms + 5000),
new AS (SELECT *, open OR failures + 1 >= :allowed_fails AS opens FROM old)
INSERT INTO breaker (deployment_id, state, failures, counted_from_ms, open_until_ms, times_opened, reason)
SELECT :deployment_id, CASE WHEN opens THEN 'open' ELSE 'closed' END, failures + 1, CASE WHEN opens OR failures = 0 THEN :now_ms ELSE since_ms END,
	CASE WHEN opens THEN :now_ms + min(:cooldown_ms * (1 << min(times, 4)), :cooldown_ms * 10) ELSE 0 END, times + opens, :reason
FROM new WHERE true
ON CONFLICT (deployment_id) DO UPDATE SET state = excluded.state, failures = excluded.failures, counted_from_ms = excluded.counted_from_ms,
	open_until_ms = excluded.open_until_ms, times_opened = excluded.times_opened, reason = excluded.reason, probe_owner = NULL, probe_until_ms = 0;

-- name: breaker_cooldown
INSERT INTO breaker (deployment_id, state, counted_from_ms, open_until_ms, reason) VALUES (:deployment_id, 'open', :now_ms, :until_ms, :reason)
ON CONFLICT (deployment_id) DO UPDATE SET state = 'open', reason = :reason, probe_owner = NULL, probe_until_ms = 0, counted_from_ms = :now_ms,
	open_until_ms = CASE WHEN counted_from_ms > :now_ms + 5000 THEN :until_ms ELSE max(open_until_ms, :until_ms) END;

-- Of machines that share their books (app/accounts/shared_breakers.h): told_until_ms is open_until_ms as it was told, or taken over.
-- Not told: what may be this machine's own fault.

-- name: breaker_untold
SELECT deployment_id, open_until_ms - :now_ms, times_opened, coalesce(reason, ''), open_until_ms FROM breaker
WHERE state = 'open' AND open_until_ms > :now_ms AND open_until_ms <> told_until_ms AND counted_from_ms <= :now_ms + 5000
	AND reason NOT IN ('unreachable', 'auth');

-- name: breaker_is_told
UPDATE breaker SET told_until_ms = :until_ms WHERE deployment_id = :deployment_id;

-- name: breaker_reached
SELECT breakers FROM books;

-- name: breaker_reach
UPDATE books SET breakers = :number;

-- A second more or less is what the way took.
-- name: breaker_take_over
INSERT INTO breaker (deployment_id, state, counted_from_ms, open_until_ms, told_until_ms, times_opened, reason)
VALUES (:deployment_id, 'open', :now_ms, :until_ms, :until_ms, :times, :reason)
ON CONFLICT (deployment_id) DO UPDATE SET state = 'open', counted_from_ms = excluded.counted_from_ms, open_until_ms = excluded.open_until_ms,
	told_until_ms = excluded.told_until_ms, times_opened = max(times_opened, excluded.times_opened), reason = excluded.reason,
	probe_owner = NULL, probe_until_ms = 0
WHERE excluded.open_until_ms > 1000 + CASE WHEN state = 'open' AND counted_from_ms <= :now_ms + 5000 THEN open_until_ms ELSE :now_ms - 1000 END;
