-- What processes share while they run: breakers, the retry budget, and who does the chores; what the clock did.

-- The circuit breaker of each deployment; no row means closed and without failures.
CREATE TABLE breaker (
	deployment_id TEXT PRIMARY KEY,
	state TEXT NOT NULL CHECK (state IN ('closed', 'open')),
	failures INTEGER NOT NULL DEFAULT 0, -- within the minute that began at counted_from_ms
	counted_from_ms INTEGER NOT NULL DEFAULT 0,
	open_until_ms INTEGER NOT NULL DEFAULT 0,
	times_opened INTEGER NOT NULL DEFAULT 0, -- in a row, for the growing cooldown
	reason TEXT,
	probe_owner TEXT,                  -- request id of the one probe that may go first
	probe_until_ms INTEGER NOT NULL DEFAULT 0,
	told_until_ms INTEGER NOT NULL DEFAULT 0 -- open_until_ms, as other machines know it
) WITHOUT ROWID;

-- What another machine told is counted there.
CREATE TRIGGER metric_cooldown_new AFTER INSERT ON breaker WHEN NEW.state = 'open' AND NEW.open_until_ms <> NEW.told_until_ms
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;

CREATE TRIGGER metric_cooldown_again AFTER UPDATE ON breaker
WHEN NEW.state = 'open' AND (OLD.state <> 'open' OR NEW.open_until_ms > OLD.open_until_ms) AND NEW.open_until_ms <> NEW.told_until_ms
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;

-- Requests and extra attempts by second, for the gateway-wide retry budget.
CREATE TABLE traffic (
	second INTEGER PRIMARY KEY,
	requests INTEGER NOT NULL DEFAULT 0,
	extra INTEGER NOT NULL DEFAULT 0
);

-- A chore is done by whoever claims it: housekeeping.
CREATE TABLE claim (
	name TEXT PRIMARY KEY,
	until_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- Written to find out whether the store can be written.
CREATE TABLE ping (one INTEGER PRIMARY KEY CHECK (one = 1), at_ms INTEGER NOT NULL) WITHOUT ROWID;

-- When the clock was last looked at, and by how much it has jumped ahead since: what is deleted by age waits until it has stood a day.
CREATE TABLE clock (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	seen_ms INTEGER NOT NULL,
	jumped_ms INTEGER NOT NULL,
	ahead_ms INTEGER NOT NULL
) WITHOUT ROWID;
