-- From 16: a clock that is set back freezes no limit, and one that jumps ahead deletes no history.
CREATE TABLE clock (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	seen_ms INTEGER NOT NULL,
	jumped_ms INTEGER NOT NULL,
	ahead_ms INTEGER NOT NULL
) WITHOUT ROWID;

DROP TRIGGER rate_guard;
CREATE TRIGGER rate_guard BEFORE INSERT ON rate_taken
BEGIN
	SELECT RAISE(ABORT, 'over rate limit')
	FROM (SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(tokens), 0) AS tokens FROM rate_second
		WHERE scope = NEW.scope AND scope_id = NEW.scope_id AND second BETWEEN NEW.second - 60 AND NEW.second + 60) AS used
	WHERE (NEW.requests > 0 AND used.requests + NEW.requests > NEW.rpm) OR used.tokens + NEW.tokens > NEW.tpm;
	SELECT RAISE(ABORT, 'over rate limit') WHERE NEW.parallel <=
		coalesce((SELECT open FROM rate_gauge WHERE scope = NEW.scope AND scope_id = NEW.scope_id), 0);
END;
