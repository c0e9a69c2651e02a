-- What happened: one row a request, one row for each candidate that was considered for it.
--
-- Both are written once, when all is known, and never changed.  Retention deletes old rows; the sums (sums.sql) outlive them, and
-- a window keeps the cost of what was deleted.

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
	error TEXT,                        -- the message told to the client, without secrets
	cache_saved_nano INTEGER,          -- answered from the cache: what it would have cost; NULL for all others
	fault TEXT,                        -- of a failure: 'client' (its own mistake), 'limit' (a budget or rate of ours), 'provider'
	route TEXT,                        -- 'POST /v1/messages'
	end_user TEXT,                     -- whom the client names as its user
	tags TEXT,                         -- JSON array of the client's tags; NULL: none
	agent TEXT,                        -- the client's User-Agent
	address TEXT,                      -- the client's
	not_spent_most_nano INTEGER NOT NULL DEFAULT 0, -- by the bound; not_spent_nano is an estimate
	machine TEXT                       -- that served it, where machines share their record; NULL: this one
) WITHOUT ROWID;

-- The log by what it is filtered by.  Ids are time-ordered, so each of these gives newest first.
CREATE INDEX request_of_key ON request(key_id, id);
CREATE INDEX request_of_team ON request(team_id, id) WHERE team_id IS NOT NULL;
CREATE INDEX request_of_model ON request(asked_model, id);
CREATE INDEX request_failed ON request(id) WHERE outcome <> 'ok';
CREATE INDEX request_moved ON request(id) WHERE fallbacks > 0 OR blocked_upward > 0;
CREATE INDEX request_blocked ON request(id) WHERE blocked_upward > 0;

-- The body of a request whose key's prompts are kept, sealed (telemetry/prompt_log.h).
CREATE TABLE prompt (
	request_id TEXT PRIMARY KEY,
	key_id TEXT NOT NULL,
	until_ms INTEGER NOT NULL,
	bytes INTEGER NOT NULL,            -- of the whole body; sealed has its beginning when it was long
	sealed TEXT NOT NULL               -- base64: nonce, text, tag
);
CREATE INDEX prompt_until ON prompt(until_ms);

CREATE TRIGGER prompt_of_deleted AFTER DELETE ON request
BEGIN
	DELETE FROM prompt WHERE request_id = OLD.id;
END;

-- A candidate that was called and has ended, was skipped or was blocked.
CREATE TABLE attempt (
	request_id TEXT NOT NULL,
	number INTEGER NOT NULL,           -- from 1, in the order in which candidates were considered
	state TEXT NOT NULL CHECK (state = 'settled' OR state = 'released' OR state = 'unknown' OR state = 'skipped' OR state = 'blocked'),
	started_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL,
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
	not_spent_nano INTEGER NOT NULL DEFAULT 0, -- blocked upward: what it would have cost beyond the request's cost, estimated
	price_version TEXT,
	windows TEXT NOT NULL DEFAULT '[]', -- JSON array of the budget_window ids that its hold stood in
	latency_ms INTEGER, first_token_ms INTEGER,
	not_spent_most_nano INTEGER NOT NULL DEFAULT 0, -- and at most, by its bound
	PRIMARY KEY (request_id, number)
) WITHOUT ROWID;

CREATE TRIGGER attempt_final BEFORE UPDATE ON attempt
BEGIN
	SELECT RAISE(ABORT, 'attempt has ended');
END;

-- A window still adds up when rows are gone: what they cost stays in its sums.
CREATE TRIGGER attempt_archive AFTER DELETE ON attempt WHEN OLD.cost_nano > 0
BEGIN
	UPDATE budget_window SET archived_nano = archived_nano + OLD.cost_nano
	WHERE id IN (SELECT value FROM json_each(OLD.windows));
END;

-- Where machines share their record (app/accounts/shared_record.h): how far that of the others was taken over; no row: it is not shared.
CREATE TABLE record_place (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	revision INTEGER NOT NULL
);

-- Requests that the bank does not have yet, or has as they were before.  A number is never given twice: what is told is deleted by it.
CREATE TABLE record_news (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	request_id TEXT NOT NULL
);
