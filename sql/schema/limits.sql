-- Limits on requests and tokens a minute and on calls at a time, by scope: key, team, deployment, proxy.
-- They are taken in the same transaction as the hold of money, and refused here, so they are exact across processes.
--
-- The minute slides.  What was taken stands in buckets of one second, and a take counts the bucket of its own second and the
-- sixty-one before it: sixty that a minute touches besides, and one because a call may reach the provider in the second after
-- the one that it was counted in.  So whatever 60 seconds the provider picks, at most the limit was made in them, also around a
-- full minute.  The price is that room comes back up to two seconds late (at least 60/62 of the limit can be used).
--
-- Buckets more than a minute ahead are of a clock that was set back, and do not count: else a full minute would last until the
-- clock is there again.  Less is no sign of it: while the disk is slow, a take comes seconds after its own time was read.

CREATE TABLE rate_second (
	scope TEXT NOT NULL,
	scope_id TEXT NOT NULL,
	second INTEGER NOT NULL,           -- since 1970
	requests INTEGER NOT NULL DEFAULT 0,
	tokens INTEGER NOT NULL DEFAULT 0, -- reserved by open calls, real ones of ended calls
	PRIMARY KEY (scope, scope_id, second)
) WITHOUT ROWID;

-- How many calls of a scope are open.
CREATE TABLE rate_gauge (
	scope TEXT NOT NULL,
	scope_id TEXT NOT NULL,
	open INTEGER NOT NULL CHECK (open >= 0),
	PRIMARY KEY (scope, scope_id)
) WITHOUT ROWID;

-- What an open call has taken, one row a scope.  Whoever ends its hold sets real_tokens and deletes the row (sql/rate_limit.sql).
CREATE TABLE rate_taken (
	request_id TEXT NOT NULL,
	number INTEGER NOT NULL,
	scope TEXT NOT NULL,
	scope_id TEXT NOT NULL,
	second INTEGER NOT NULL,
	requests INTEGER NOT NULL,         -- 0: this request was counted by an earlier attempt
	tokens INTEGER NOT NULL,           -- reserved
	real_tokens INTEGER NOT NULL,      -- what stays when the attempt has ended
	rpm INTEGER, tpm INTEGER, parallel INTEGER, -- the limits in force; NULL: none
	PRIMARY KEY (request_id, number, scope)
) WITHOUT ROWID;

-- Where machines share limits, a machine keeps to what it has of them (shares.sql).
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

CREATE TRIGGER rate_take AFTER INSERT ON rate_taken
BEGIN
	INSERT INTO rate_second (scope, scope_id, second, requests, tokens)
	VALUES (NEW.scope, NEW.scope_id, NEW.second, NEW.requests, NEW.tokens)
	ON CONFLICT (scope, scope_id, second) DO UPDATE SET requests = requests + excluded.requests, tokens = tokens + excluded.tokens;
	INSERT INTO rate_gauge (scope, scope_id, open) VALUES (NEW.scope, NEW.scope_id, 1)
	ON CONFLICT (scope, scope_id) DO UPDATE SET open = open + 1;
END;

-- A request that was made stays counted; reserved tokens become the real ones, in the second in which they were reserved.
CREATE TRIGGER rate_give_back AFTER DELETE ON rate_taken
BEGIN
	UPDATE rate_second SET tokens = max(0, tokens + OLD.real_tokens - OLD.tokens)
	WHERE scope = OLD.scope AND scope_id = OLD.scope_id AND second = OLD.second;
	UPDATE rate_gauge SET open = open - 1 WHERE scope = OLD.scope AND scope_id = OLD.scope_id;
END;
