-- A minute touches one second more: a call may reach the provider in the second after the one that it was counted in.

DROP TRIGGER rate_guard;
CREATE TRIGGER rate_guard BEFORE INSERT ON rate_taken
BEGIN
	SELECT RAISE(ABORT, 'over rate limit')
	FROM (SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(tokens), 0) AS tokens FROM rate_second
		WHERE scope = NEW.scope AND scope_id = NEW.scope_id AND second BETWEEN NEW.second - 61 AND NEW.second + 60) AS used
	WHERE (NEW.requests > 0 AND used.requests + NEW.requests > min(NEW.rpm, coalesce((SELECT CASE WHEN until_ms > NEW.second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'requests'
		AND scope = NEW.scope AND scope_id = NEW.scope_id), 0) ELSE 0 END FROM machine), 9223372036854775807)))
		OR used.tokens + NEW.tokens > min(NEW.tpm, coalesce((SELECT CASE WHEN until_ms > NEW.second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'tokens'
		AND scope = NEW.scope AND scope_id = NEW.scope_id), 0) ELSE 0 END FROM machine), 9223372036854775807));
	SELECT RAISE(ABORT, 'over rate limit') WHERE min(NEW.parallel, coalesce((SELECT CASE WHEN until_ms > NEW.second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'calls'
		AND scope = NEW.scope AND scope_id = NEW.scope_id), 0) ELSE 0 END FROM machine), 9223372036854775807)) <=
		coalesce((SELECT open FROM rate_gauge WHERE scope = NEW.scope AND scope_id = NEW.scope_id), 0);
END;
