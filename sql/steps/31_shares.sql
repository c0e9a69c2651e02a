-- A machine may share the money of windows, and limits, with others.

ALTER TABLE budget_window ADD COLUMN granted_nano INTEGER;
ALTER TABLE budget_window ADD COLUMN elsewhere_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget_window ADD COLUMN ungranted_nano INTEGER GENERATED ALWAYS AS (max(0, limit_nano - elsewhere_nano - coalesce(granted_nano, limit_nano - elsewhere_nano))) VIRTUAL;

DROP TRIGGER budget_window_guard;
CREATE TRIGGER budget_window_guard BEFORE UPDATE OF held_nano ON budget_window
WHEN NEW.held_nano > OLD.held_nano
	AND NEW.spent_nano + NEW.held_nano > min(NEW.limit_nano - NEW.elsewhere_nano, coalesce(NEW.granted_nano, NEW.limit_nano))
BEGIN
	SELECT RAISE(FAIL, 'over budget');
END;

CREATE TABLE machine (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	id TEXT NOT NULL,                  -- under which the bank knows this file
	number INTEGER NOT NULL,           -- of the last report that was answered
	until_ms INTEGER NOT NULL DEFAULT 0, -- shares of limits are good until then: the bank gives them to others later
	away TEXT                          -- why the bank cannot be asked, at present
);

-- A window of which this machine has a share, until it is over and told.
CREATE TABLE share (
	window_id INTEGER PRIMARY KEY,
	pot_id INTEGER,                    -- the bank's name for the window; NULL: not asked for yet
	base_nano INTEGER NOT NULL DEFAULT 0, -- of spent_nano: what an earlier machine, whose file this was, has told
	told_nano INTEGER,                 -- spent_nano at the last report; NULL: never
	wanted_nano INTEGER NOT NULL DEFAULT 0 -- the most that a call lacked here since then
);

CREATE INDEX share_wanted ON share(window_id) WHERE wanted_nano > 0;

-- Nothing of a new window is this machine's own.
CREATE TRIGGER share_begin AFTER INSERT ON budget_window WHEN EXISTS (SELECT 1 FROM machine)
BEGIN
	UPDATE budget_window SET granted_nano = 0 WHERE id = NEW.id;
	INSERT INTO share (window_id) VALUES (NEW.id);
END;

CREATE TRIGGER share_gone AFTER DELETE ON budget_window
BEGIN
	DELETE FROM share WHERE window_id = OLD.id;
END;

-- What this machine has of limits, which it shares as well: no more than that is taken here in a minute, or at a time.
CREATE TABLE limit_share (
	kind TEXT NOT NULL CHECK (kind IN ('requests', 'tokens', 'calls')),
	scope TEXT NOT NULL,
	scope_id TEXT NOT NULL,
	limit_amount INTEGER NOT NULL,     -- of all machines together
	granted_amount INTEGER NOT NULL DEFAULT 0, -- good until machine.until_ms
	pot_id INTEGER,
	wanted_amount INTEGER NOT NULL DEFAULT 0, -- as in share
	PRIMARY KEY (kind, scope, scope_id)
) WITHOUT ROWID;

CREATE INDEX limit_share_wanted ON limit_share(kind) WHERE wanted_amount > 0;

DROP TRIGGER rate_guard;
CREATE TRIGGER rate_guard BEFORE INSERT ON rate_taken
BEGIN
	SELECT RAISE(ABORT, 'over rate limit')
	FROM (SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(tokens), 0) AS tokens FROM rate_second
		WHERE scope = NEW.scope AND scope_id = NEW.scope_id AND second BETWEEN NEW.second - 60 AND NEW.second + 60) AS used
	WHERE (NEW.requests > 0 AND used.requests + NEW.requests > min(NEW.rpm, coalesce((SELECT CASE WHEN until_ms > NEW.second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'requests'
		AND scope = NEW.scope AND scope_id = NEW.scope_id), 0) ELSE 0 END FROM machine), 9223372036854775807)))
		OR used.tokens + NEW.tokens > min(NEW.tpm, coalesce((SELECT CASE WHEN until_ms > NEW.second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'tokens'
		AND scope = NEW.scope AND scope_id = NEW.scope_id), 0) ELSE 0 END FROM machine), 9223372036854775807));
	SELECT RAISE(ABORT, 'over rate limit') WHERE min(NEW.parallel, coalesce((SELECT CASE WHEN until_ms > NEW.second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'calls'
		AND scope = NEW.scope AND scope_id = NEW.scope_id), 0) ELSE 0 END FROM machine), 9223372036854775807)) <=
		coalesce((SELECT open FROM rate_gauge WHERE scope = NEW.scope AND scope_id = NEW.scope_id), 0);
END;
