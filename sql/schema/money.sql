-- Budgets, their windows, and what running calls hold.  The rules of money are here and in sql/ledger.sql, nowhere else.
--
-- Amounts are whole nano-dollars.  A call that may cost something is covered before it is made:
--
--   hold    a row in hold, and the bound added to held_nano of every window that applies, in one transaction.  The guard below is
--           what refuses, for all threads and processes alike: spent_nano + held_nano <= limit_nano, always.
--   end     whoever deletes the row of hold has ended it, so a hold ends once.  In the same transaction the bound leaves held_nano,
--           the cost is added to spent_nano, and the row of attempt is written (record.sql).
--
-- A cost above its bound (an overrun) is added whole: spent_nano may then pass the limit, and overrun_nano adds up what was above its
-- bounds.  A hold belongs to the windows in which it was taken, also when the next ones have begun meanwhile.
-- `sideways audit` proves that spent_nano is the sum of the attempts (and of what retention archived), and held_nano that of hold.

-- A limit in money over a period, for a scope.  scope_id is '' for the proxy, and for 'user': each end user has that limit for himself,
-- in windows of his own (for_user).  'key_model' and 'team_model' are what a key or team (scope_id) may spend at one model group.
CREATE TABLE budget (
	id INTEGER PRIMARY KEY,
	scope TEXT NOT NULL CHECK (scope IN ('proxy', 'provider', 'deployment', 'team', 'team_model', 'key', 'key_model', 'user', 'tag')),
	scope_id TEXT NOT NULL,
	model TEXT NOT NULL DEFAULT '',    -- the group of 'key_model' and 'team_model'
	period TEXT NOT NULL,              -- "1d", "30d", "1mo"; '' is a lifetime
	limit_nano INTEGER NOT NULL CHECK (limit_nano >= 0),
	source TEXT NOT NULL CHECK (source IN ('settings', 'admin')),
	active INTEGER NOT NULL DEFAULT 1,
	UNIQUE (scope, scope_id, model, period)
);

CREATE INDEX budget_of_scope ON budget(scope, scope_id);

-- Budgets that are not one key's, team's or tag's: every request asks for them.
CREATE INDEX budget_shared ON budget(id) WHERE scope NOT IN ('key', 'key_model', 'team', 'team_model', 'tag');

-- One period of a budget: made by the first request that falls into it.
CREATE TABLE budget_window (
	id INTEGER PRIMARY KEY,
	budget_id INTEGER NOT NULL REFERENCES budget(id),
	for_user TEXT NOT NULL DEFAULT '', -- whose, where each end user has one
	starts_ms INTEGER NOT NULL,
	ends_ms INTEGER NOT NULL,          -- exclusive
	limit_nano INTEGER NOT NULL,       -- follows the budget while the window is open
	highest_limit_nano INTEGER NOT NULL, -- that it ever had: a limit may be lowered below what is spent
	spent_nano INTEGER NOT NULL DEFAULT 0 CHECK (spent_nano >= 0),
	held_nano INTEGER NOT NULL DEFAULT 0 CHECK (held_nano >= 0),
	overrun_nano INTEGER NOT NULL DEFAULT 0, -- the part of spent that was above its bounds
	archived_nano INTEGER NOT NULL DEFAULT 0, -- the part of spent whose attempts retention has deleted
	granted_nano INTEGER,              -- what may be spent on this machine (shares.sql); NULL: the whole limit
	elsewhere_nano INTEGER NOT NULL DEFAULT 0, -- spent on other machines, as far as this one was told
	ungranted_nano INTEGER GENERATED ALWAYS AS (max(0, limit_nano - elsewhere_nano - coalesce(granted_nano, limit_nano - elsewhere_nano))) VIRTUAL,
	UNIQUE (budget_id, for_user, starts_ms)
);

-- Those of end users are many: they go when nothing of the record names them any more.
CREATE INDEX budget_window_of_user ON budget_window(ends_ms) WHERE for_user <> '';

-- The only place that decides whether money may be held.  FAIL instead of ABORT spares a journal of the statement's own: a statement
-- that takes for one window has nothing to undo when it is refused.
CREATE TRIGGER budget_window_guard BEFORE UPDATE OF held_nano ON budget_window
WHEN NEW.held_nano > OLD.held_nano
	AND NEW.spent_nano + NEW.held_nano > min(NEW.limit_nano - NEW.elsewhere_nano, coalesce(NEW.granted_nano, NEW.limit_nano))
BEGIN
	SELECT RAISE(FAIL, 'over budget');
END;

-- What a running call holds.  The row is inserted together with ledger_take for each of its windows; whoever deletes it writes the
-- attempt with ledger_give for each window in the same transaction.  When its owner is dead, any other process does so.
CREATE TABLE hold (
	request_id TEXT NOT NULL,
	number INTEGER NOT NULL,
	started_ms INTEGER NOT NULL,
	key_id TEXT NOT NULL,
	team_id TEXT,
	model_group TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	tier TEXT NOT NULL,
	direction TEXT NOT NULL,
	bound_nano INTEGER NOT NULL CHECK (bound_nano >= 0),
	price_version TEXT,
	windows TEXT NOT NULL,             -- JSON array of budget_window ids that it stands in
	owner TEXT NOT NULL,               -- the process that must end it
	deadline_ms INTEGER NOT NULL,
	PRIMARY KEY (request_id, number)
) WITHOUT ROWID;
