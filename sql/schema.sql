-- The whole state of a gateway.  Amounts are nano-dollars, times milliseconds since 1970 (UTC).
-- The rules of money live here: a hold is taken by inserting an attempt, and refused by a trigger.

CREATE TABLE virtual_key (
	id TEXT PRIMARY KEY,               -- "key-" and a time-ordered id; stable through rotation
	hash TEXT NOT NULL UNIQUE,         -- SHA-256 of the secret, hex; the secret itself is not kept
	previous_hash TEXT UNIQUE,         -- still good until previous_until_ms after a rotation
	previous_until_ms INTEGER,
	hint TEXT NOT NULL,                -- "sk-...abcd", for people
	alias TEXT UNIQUE,
	team_id TEXT REFERENCES team(id),
	models TEXT NOT NULL DEFAULT '[]', -- JSON array of names and wildcards; [] allows all
	blocked INTEGER NOT NULL DEFAULT 0,
	expires_ms INTEGER,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER,                -- history stays; the hash is emptied to 'deleted-' and the id
	metadata TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

CREATE TABLE team (
	id TEXT PRIMARY KEY,
	alias TEXT UNIQUE,
	models TEXT NOT NULL DEFAULT '[]',
	blocked INTEGER NOT NULL DEFAULT 0,
	created_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- A limit in money over a period, for a scope.  scope_id is '' for the proxy.
CREATE TABLE budget (
	id INTEGER PRIMARY KEY,
	scope TEXT NOT NULL CHECK (scope IN ('proxy', 'provider', 'deployment', 'team', 'key')),
	scope_id TEXT NOT NULL,
	period TEXT NOT NULL,              -- "1d", "30d", "1mo"; '' is a lifetime
	limit_nano INTEGER NOT NULL CHECK (limit_nano >= 0),
	source TEXT NOT NULL CHECK (source IN ('settings', 'admin')),
	active INTEGER NOT NULL DEFAULT 1,
	UNIQUE (scope, scope_id, period)
);

CREATE TABLE budget_window (
	id INTEGER PRIMARY KEY,
	budget_id INTEGER NOT NULL REFERENCES budget(id),
	starts_ms INTEGER NOT NULL,
	ends_ms INTEGER NOT NULL,          -- exclusive
	limit_nano INTEGER NOT NULL,       -- follows the budget while the window is open
	highest_limit_nano INTEGER NOT NULL, -- that it ever had: a limit may be lowered below what is spent
	spent_nano INTEGER NOT NULL DEFAULT 0 CHECK (spent_nano >= 0),
	held_nano INTEGER NOT NULL DEFAULT 0 CHECK (held_nano >= 0),
	overrun_nano INTEGER NOT NULL DEFAULT 0, -- the part of spent that was above its bounds
	archived_nano INTEGER NOT NULL DEFAULT 0, -- the part of spent whose attempts retention has deleted
	UNIQUE (budget_id, starts_ms)
);

-- M3: the only place that decides whether money may be held.
CREATE TRIGGER budget_window_guard BEFORE UPDATE OF held_nano ON budget_window
WHEN NEW.held_nano > OLD.held_nano AND NEW.spent_nano + NEW.held_nano > NEW.limit_nano
BEGIN
	SELECT RAISE(ABORT, 'over budget');
END;

-- One row per candidate of a request: called, skipped or blocked.
CREATE TABLE attempt (
	request_id TEXT NOT NULL,
	number INTEGER NOT NULL,           -- from 1, in the order in which candidates were considered
	state TEXT NOT NULL CHECK (state IN ('held', 'settled', 'released', 'unknown', 'skipped', 'blocked')),
	started_ms INTEGER NOT NULL,
	ended_ms INTEGER,
	key_id TEXT NOT NULL,
	team_id TEXT,
	model_group TEXT NOT NULL,         -- the candidate's group
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	tier TEXT NOT NULL,
	direction TEXT NOT NULL,           -- own, sideways, downward, upward
	outcome TEXT,                      -- failure class, "ok", or why it was skipped
	status INTEGER,                    -- upstream's HTTP status
	input_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER,
	output_tokens INTEGER, reasoning_tokens INTEGER,
	estimated INTEGER NOT NULL DEFAULT 0, -- the cost was computed here, not from reported usage
	bound_nano INTEGER NOT NULL DEFAULT 0,
	cost_nano INTEGER NOT NULL DEFAULT 0 CHECK (cost_nano >= 0),
	not_spent_nano INTEGER NOT NULL DEFAULT 0, -- blocked upward: what it could have cost
	price_version TEXT,
	windows TEXT NOT NULL DEFAULT '[]', -- JSON array of budget_window ids that the hold stands in (M7)
	owner TEXT NOT NULL DEFAULT '',    -- the process that must end the hold
	deadline_ms INTEGER NOT NULL DEFAULT 0,
	latency_ms INTEGER, first_token_ms INTEGER,
	PRIMARY KEY (request_id, number)
) WITHOUT ROWID;

CREATE INDEX attempt_open ON attempt(owner, deadline_ms) WHERE state = 'held';

-- M2: taking a hold is inserting an attempt in state 'held'; all windows take it, or none.
CREATE TRIGGER attempt_hold AFTER INSERT ON attempt WHEN NEW.state = 'held'
BEGIN
	SELECT RAISE(ABORT, 'unknown window') WHERE (SELECT count(*) FROM json_each(NEW.windows)) <>
		(SELECT count(*) FROM budget_window WHERE id IN (SELECT value FROM json_each(NEW.windows)));
	UPDATE budget_window SET held_nano = held_nano + NEW.bound_nano
	WHERE id IN (SELECT value FROM json_each(NEW.windows));
END;

-- M4: a hold ends once; what has ended is history.
CREATE TRIGGER attempt_final BEFORE UPDATE OF state, bound_nano, cost_nano, windows ON attempt
WHEN OLD.state <> 'held'
BEGIN
	SELECT RAISE(ABORT, 'attempt has ended');
END;

CREATE TRIGGER attempt_end AFTER UPDATE OF state ON attempt WHEN OLD.state = 'held' AND NEW.state <> 'held'
BEGIN
	UPDATE budget_window SET held_nano = held_nano - OLD.bound_nano, spent_nano = spent_nano + NEW.cost_nano,
		overrun_nano = overrun_nano + max(0, NEW.cost_nano - OLD.bound_nano)
	WHERE id IN (SELECT value FROM json_each(OLD.windows));
END;

CREATE TRIGGER attempt_not_while_held BEFORE DELETE ON attempt WHEN OLD.state = 'held'
BEGIN
	SELECT RAISE(ABORT, 'attempt is held');
END;

-- Retention keeps M5: a deleted attempt's cost stays in its windows' sums.
CREATE TRIGGER attempt_archive AFTER DELETE ON attempt WHEN OLD.cost_nano > 0
BEGIN
	UPDATE budget_window SET archived_nano = archived_nano + OLD.cost_nano
	WHERE id IN (SELECT value FROM json_each(OLD.windows));
END;

CREATE TABLE request (
	id TEXT PRIMARY KEY,               -- time-ordered
	started_ms INTEGER NOT NULL,
	key_id TEXT NOT NULL,
	team_id TEXT,
	asked_model TEXT NOT NULL,
	model_group TEXT,                  -- after aliases
	answered_group TEXT, answered_model TEXT, deployment_id TEXT, tier TEXT,
	outcome TEXT NOT NULL,             -- "ok", an error kind, "broken_stream", "client_gone"
	status INTEGER NOT NULL,           -- told to the client
	streamed INTEGER NOT NULL DEFAULT 0,
	attempts INTEGER NOT NULL DEFAULT 0, -- upstream calls
	fallbacks INTEGER NOT NULL DEFAULT 0, -- groups left behind
	blocked_upward INTEGER NOT NULL DEFAULT 0,
	not_spent_nano INTEGER NOT NULL DEFAULT 0,
	input_tokens INTEGER, cached_tokens INTEGER, output_tokens INTEGER, reasoning_tokens INTEGER,
	cost_nano INTEGER NOT NULL DEFAULT 0,
	bound_nano INTEGER NOT NULL DEFAULT 0,
	latency_ms INTEGER, first_token_ms INTEGER, overhead_us INTEGER,
	error TEXT                         -- the message told to the client, without secrets
) WITHOUT ROWID;

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
	probe_until_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Requests and extra attempts by second, for the gateway-wide retry budget.
CREATE TABLE traffic (
	second INTEGER PRIMARY KEY,
	requests INTEGER NOT NULL DEFAULT 0,
	extra INTEGER NOT NULL DEFAULT 0
);

-- Housekeeping is done by whoever wins the lease.
CREATE TABLE lease (
	name TEXT PRIMARY KEY,
	until_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE ping (one INTEGER PRIMARY KEY CHECK (one = 1), at_ms INTEGER NOT NULL) WITHOUT ROWID;
