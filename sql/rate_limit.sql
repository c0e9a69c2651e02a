-- Limits a minute and at a time.  The rules are triggers in sql/schema/limits.sql.

-- name: rate_limit_take
INSERT INTO rate_taken (request_id, number, scope, scope_id, second, requests, tokens, real_tokens, rpm, tpm, parallel)
VALUES (:request_id, :number, :scope, :scope_id, :second, :requests, :tokens, :tokens, :rpm, :tpm, :parallel);

-- An attempt that has ended gives back its slot and the tokens that it did not need; NULL: it needed all.
-- name: rate_limit_real
UPDATE rate_taken SET real_tokens = coalesce(:real_tokens, tokens) WHERE request_id = :request_id AND number = :number;

-- name: rate_limit_give_back
DELETE FROM rate_taken WHERE request_id = :request_id AND number = :number;

-- A request without an attempt stays counted, and nothing of it stays open.
-- name: rate_limit_end
DELETE FROM rate_taken WHERE request_id = :request_id AND number = 0;

-- name: rate_limit_state
SELECT coalesce(sum(requests), 0), coalesce(sum(tokens), 0), max(CASE WHEN requests > 0 THEN second END),
	max(CASE WHEN tokens > 0 THEN second END),
	coalesce((SELECT open FROM rate_gauge WHERE scope = :scope AND scope_id = :scope_id), 0),
	(SELECT CASE WHEN until_ms > :second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'requests'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine),
	(SELECT CASE WHEN until_ms > :second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'tokens'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine),
	(SELECT CASE WHEN until_ms > :second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'calls'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine)
FROM rate_second WHERE scope = :scope AND scope_id = :scope_id AND second BETWEEN :second - 61 AND :second + 60;

-- The bucket whose leaving makes enough room.
-- name: rate_limit_room
SELECT min(second) FROM (
	SELECT second, sum(requests) OVER (ORDER BY second) AS requests, sum(tokens) OVER (ORDER BY second) AS tokens
	FROM rate_second WHERE scope = :scope AND scope_id = :scope_id AND second BETWEEN :second - 61 AND :second + 60)
WHERE requests >= :requests AND tokens >= :tokens;

-- Old seconds, and those of a clock that was set back.
-- name: rate_limit_trim
DELETE FROM rate_second WHERE second < :second - 120 OR second > :second + 60;
