-- What this machine has of the money that it shares with others (app/accounts/shares.h).  The bank is a PostgreSQL then, and a window's
-- granted_nano is what the bank has set aside for this machine of the window's money, spent or not.  The guard of money.sql holds calls
-- and leases within that, so nothing else here knows of other machines.
--
-- A machine raises granted_nano after the bank has committed it, and lowers it before it tells the bank.

CREATE TABLE machine (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	id TEXT NOT NULL,                  -- under which the bank knows this file
	number INTEGER NOT NULL,           -- of the last report that was answered
	until_ms INTEGER NOT NULL DEFAULT 0, -- shares of limits are good until then: the bank gives them to others later
	away TEXT,                         -- why the bank cannot be asked, at present
	mark TEXT NOT NULL DEFAULT '',     -- of the last report that was answered: the next one names it
	next_mark TEXT,                    -- of the one that was sent after it, or is about to be; NULL: none was
	place TEXT NOT NULL DEFAULT '',    -- which file this is, on which start of which host: a copy is in another
	renewed_ms INTEGER NOT NULL DEFAULT 0 -- when it was found to be a copy, and became another machine
);

-- A window of which this machine has a share, until it is over and told.
CREATE TABLE share (
	window_id INTEGER PRIMARY KEY,
	pot_id INTEGER,                    -- the bank's name for the window; NULL: not asked for yet
	base_nano INTEGER NOT NULL DEFAULT 0, -- of spent_nano: what an earlier machine, whose file this was, has told
	told_nano INTEGER,                 -- spent_nano at the last report; NULL: never
	wanted_nano INTEGER NOT NULL DEFAULT 0, -- the most that a call lacked here since then
	unsure INTEGER NOT NULL DEFAULT 0 -- 1: the bank may have more set aside here than this file knows of
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

-- Claims of this machine that have ended, or are forgotten, and of which the bank is to be told.
CREATE TABLE claim_news (
	key_id TEXT NOT NULL,
	token TEXT NOT NULL,
	PRIMARY KEY (key_id, token)
) WITHOUT ROWID;

CREATE TRIGGER claim_ended AFTER UPDATE OF state ON idempotent WHEN EXISTS (SELECT 1 FROM machine)
BEGIN
	INSERT OR REPLACE INTO claim_news (key_id, token) VALUES (NEW.key_id, NEW.token);
END;

CREATE TRIGGER claim_forgotten AFTER DELETE ON idempotent WHEN EXISTS (SELECT 1 FROM machine)
BEGIN
	INSERT OR REPLACE INTO claim_news (key_id, token) VALUES (OLD.key_id, OLD.token);
END;
