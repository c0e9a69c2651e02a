-- A database of schema version 15 with a running and an ended call, as `sqlite3 .dump` wrote it from what commit ef0f897 makes.
PRAGMA application_id = 1398227289;
PRAGMA user_version = 15;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
, rpm_limit INTEGER CHECK (rpm_limit >= 0), tpm_limit INTEGER CHECK (tpm_limit >= 0), max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0), role TEXT NOT NULL DEFAULT 'client' CHECK (role IN ('client', 'admin', 'viewer')), plan_id TEXT, extra TEXT NOT NULL DEFAULT '{}', updated_ms INTEGER, created_by TEXT) WITHOUT ROWID;
INSERT INTO virtual_key VALUES('key-1','h',NULL,NULL,'sk-...1',NULL,'team-1','[]',0,NULL,1,NULL,'{}',60,NULL,NULL,'client',NULL,'{}',NULL,NULL);
CREATE TABLE team (
	id TEXT PRIMARY KEY,
	alias TEXT UNIQUE,
	models TEXT NOT NULL DEFAULT '[]',
	blocked INTEGER NOT NULL DEFAULT 0,
	created_ms INTEGER NOT NULL
, rpm_limit INTEGER CHECK (rpm_limit >= 0), tpm_limit INTEGER CHECK (tpm_limit >= 0), max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0), plan_id TEXT, extra TEXT NOT NULL DEFAULT '{}', metadata TEXT NOT NULL DEFAULT '{}', updated_ms INTEGER, deleted_ms INTEGER) WITHOUT ROWID;
INSERT INTO team VALUES('team-1','crew','[]',0,1,NULL,NULL,NULL,NULL,'{}','{}',NULL,NULL);
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
INSERT INTO budget VALUES(1,'key','key-1','',1000,'admin',1);
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
INSERT INTO budget_window VALUES(1,1,0,9223372036854775807,1000,1000,200,300,0,0);
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
, cache_saved_nano INTEGER) WITHOUT ROWID;
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
CREATE TABLE traffic (
	second INTEGER PRIMARY KEY,
	requests INTEGER NOT NULL DEFAULT 0,
	extra INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE lease (
	name TEXT PRIMARY KEY,
	until_ms INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO lease VALUES('housekeeping',7);
CREATE TABLE ping (one INTEGER PRIMARY KEY CHECK (one = 1), at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rate_second (
	scope TEXT NOT NULL,
	scope_id TEXT NOT NULL,
	second INTEGER NOT NULL,           -- since 1970
	requests INTEGER NOT NULL DEFAULT 0,
	tokens INTEGER NOT NULL DEFAULT 0, -- reserved by open calls, real ones of ended calls
	PRIMARY KEY (scope, scope_id, second)
) WITHOUT ROWID;
CREATE TABLE rate_gauge (
	scope TEXT NOT NULL,
	scope_id TEXT NOT NULL,
	open INTEGER NOT NULL CHECK (open >= 0),
	PRIMARY KEY (scope, scope_id)
) WITHOUT ROWID;
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
CREATE TABLE idempotent (
	key_id TEXT NOT NULL,              -- whose it is: nobody else's retry can meet it
	token TEXT NOT NULL,               -- SHA-256 of the Idempotency-Key, hex
	body_hash TEXT NOT NULL,           -- SHA-256 of path and body, hex
	request_id TEXT NOT NULL,          -- that ran, or runs
	state TEXT NOT NULL CHECK (state IN ('running', 'done', 'lost')),
	owner TEXT NOT NULL,               -- the process that runs it
	started_ms INTEGER NOT NULL,
	deadline_ms INTEGER NOT NULL,      -- after which a running one is given up when nothing is known of its owner
	until_ms INTEGER NOT NULL,         -- after which all is forgotten
	status INTEGER,
	content_type TEXT,
	streamed INTEGER NOT NULL DEFAULT 0,
	answer TEXT,                       -- NULL when done: it was too long to keep
	UNIQUE (key_id, token)
);
CREATE TABLE attempt_day (
	day INTEGER NOT NULL,              -- since 1970
	key_id TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	model TEXT NOT NULL,
	team_id TEXT NOT NULL,             -- '' for none: a key may change its team within a day
	provider TEXT NOT NULL,
	tier TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,         -- outcome is not "ok"
	input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,       -- sum
	PRIMARY KEY (day, key_id, deployment_id, model, team_id, provider, tier)
) WITHOUT ROWID;
INSERT INTO attempt_day VALUES(20000,'key-1','d','m','team-1','p','cheap',1,0,5,0,5,120,9),(20000,'key-1','d2','m','team-1','p','cheap',1,0,5,0,5,80,9);
CREATE TABLE deployment_hour (
	hour INTEGER NOT NULL,             -- since 1970
	deployment_id TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,       -- sum
	PRIMARY KEY (hour, deployment_id)
) WITHOUT ROWID;
CREATE TABLE request_day (
	day INTEGER NOT NULL,
	key_id TEXT NOT NULL,
	model_group TEXT NOT NULL,         -- that was asked for; '' when there is no such group
	team_id TEXT NOT NULL,
	requests INTEGER NOT NULL,
	failures INTEGER NOT NULL,         -- outcome is not "ok"
	fell_back INTEGER NOT NULL,        -- requests that left their group
	blocked_upward INTEGER NOT NULL,   -- requests for which a dearer fallback was not taken
	refused INTEGER NOT NULL,          -- requests that a budget refused
	not_spent_nano INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL, cache_hits INTEGER NOT NULL DEFAULT 0, cache_saved_nano INTEGER NOT NULL DEFAULT 0,       -- sum
	PRIMARY KEY (day, key_id, model_group, team_id)
) WITHOUT ROWID;
CREATE TABLE request_hour (
	hour INTEGER PRIMARY KEY,
	requests INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	fell_back INTEGER NOT NULL,
	blocked_upward INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	not_spent_nano INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL
, cache_hits INTEGER NOT NULL DEFAULT 0, cache_saved_nano INTEGER NOT NULL DEFAULT 0);
CREATE TABLE audit_event (
	id TEXT PRIMARY KEY,               -- time-ordered
	at_ms INTEGER NOT NULL,
	actor TEXT NOT NULL,               -- "master key", "admin alice", "key key-01...", "root"
	through TEXT NOT NULL,             -- "api", "panel", "command line"
	action TEXT NOT NULL,              -- "key.create"
	kind TEXT NOT NULL,                -- of the thing: "key", "team", "budget", "session", "admin"
	thing_id TEXT NOT NULL,
	name TEXT,                         -- that people knew it by at the time
	before TEXT, after TEXT            -- JSON; NULL: there was nothing
) WITHOUT ROWID;
CREATE TABLE budget_plan (
	id TEXT PRIMARY KEY,
	period TEXT NOT NULL DEFAULT '',
	limit_nano INTEGER CHECK (limit_nano >= 0), -- NULL: no limit in money
	rpm_limit INTEGER CHECK (rpm_limit >= 0),
	tpm_limit INTEGER CHECK (tpm_limit >= 0),
	max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0),
	extra TEXT NOT NULL DEFAULT '{}',
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE admin (
	name TEXT PRIMARY KEY,
	role TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
	password TEXT NOT NULL,            -- argon2id with its parameters and salt
	created_ms INTEGER NOT NULL,
	signed_in_ms INTEGER
) WITHOUT ROWID;
CREATE TABLE admin_session (
	hash TEXT PRIMARY KEY,             -- SHA-256 of the cookie's value, hex; the value itself is not kept
	id TEXT NOT NULL UNIQUE,           -- names it on pages
	admin TEXT NOT NULL,
	started_ms INTEGER NOT NULL,
	seen_ms INTEGER NOT NULL,
	address TEXT NOT NULL,
	agent TEXT NOT NULL                -- the browser, as it calls itself
) WITHOUT ROWID;
CREATE TABLE sign_in_try (
	subject TEXT PRIMARY KEY,          -- "name NAME" or "address ADDRESS"
	tries INTEGER NOT NULL,
	last_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL          -- no attempt before
) WITHOUT ROWID;
CREATE TABLE setup_code (
	hash TEXT PRIMARY KEY,             -- SHA-256, hex
	until_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE metric_label (
	kind TEXT NOT NULL,                -- 'model' or 'key'
	value TEXT NOT NULL,
	PRIMARY KEY (kind, value)
) WITHOUT ROWID;
INSERT INTO metric_label VALUES('key','master');
CREATE TABLE metric_request (
	key_id TEXT NOT NULL,
	team_id TEXT NOT NULL,             -- '' for none
	model_group TEXT NOT NULL,         -- that was asked for; 'unknown' when there is none
	answered_group TEXT NOT NULL,      -- '' when nobody answered
	outcome TEXT NOT NULL,
	status INTEGER NOT NULL,
	requests INTEGER NOT NULL,
	fell_back INTEGER NOT NULL,        -- requests that left their group
	blocked_upward INTEGER NOT NULL,   -- requests for which a dearer fallback was not taken
	not_spent_nano INTEGER NOT NULL,
	PRIMARY KEY (key_id, team_id, model_group, answered_group, outcome, status)
) WITHOUT ROWID;
CREATE TABLE metric_attempt (
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	model_group TEXT NOT NULL,         -- the candidate's
	direction TEXT NOT NULL,
	state TEXT NOT NULL,
	outcome TEXT NOT NULL,
	status INTEGER NOT NULL,           -- upstream's; 0 for none
	attempts INTEGER NOT NULL,
	overrun_nano INTEGER NOT NULL,
	PRIMARY KEY (deployment_id, model, model_group, direction, state, outcome, status, provider)
) WITHOUT ROWID;
CREATE TABLE metric_spend (
	key_id TEXT NOT NULL,
	team_id TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	model_group TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	PRIMARY KEY (key_id, team_id, deployment_id, model, model_group, provider)
) WITHOUT ROWID;
CREATE TABLE metric_cooldown (
	deployment_id TEXT PRIMARY KEY,
	times INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE metric_bucket (le_us INTEGER PRIMARY KEY, le TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO metric_bucket VALUES(5000,'0.005');
INSERT INTO metric_bucket VALUES(12500,'0.0125');
INSERT INTO metric_bucket VALUES(25000,'0.025');
INSERT INTO metric_bucket VALUES(50000,'0.05');
INSERT INTO metric_bucket VALUES(100000,'0.1');
INSERT INTO metric_bucket VALUES(500000,'0.5');
INSERT INTO metric_bucket VALUES(1000000,'1.0');
INSERT INTO metric_bucket VALUES(2000000,'2.0');
INSERT INTO metric_bucket VALUES(3000000,'3.0');
INSERT INTO metric_bucket VALUES(5000000,'5.0');
INSERT INTO metric_bucket VALUES(7500000,'7.5');
INSERT INTO metric_bucket VALUES(10000000,'10.0');
INSERT INTO metric_bucket VALUES(20000000,'20.0');
INSERT INTO metric_bucket VALUES(30000000,'30.0');
INSERT INTO metric_bucket VALUES(60000000,'60.0');
INSERT INTO metric_bucket VALUES(120000000,'120.0');
INSERT INTO metric_bucket VALUES(300000000,'300.0');
INSERT INTO metric_bucket VALUES(9223372036854775807,'+Inf');
CREATE TABLE metric_time (
	what TEXT NOT NULL,                -- 'request', 'overhead', 'upstream', 'first_token'
	model TEXT NOT NULL,               -- group that was asked for; of 'upstream' and 'first_token' the upstream's model
	le_us INTEGER NOT NULL,
	observations INTEGER NOT NULL,
	sum_us INTEGER NOT NULL,
	PRIMARY KEY (what, model, le_us)
) WITHOUT ROWID;
CREATE TABLE alert (
	id INTEGER PRIMARY KEY,
	rule TEXT NOT NULL,                -- 'fallback_rate'
	subject TEXT NOT NULL,             -- a deployment's id, a budget's window; '' for the whole gateway
	severity TEXT NOT NULL CHECK (severity IN ('warning', 'critical')),
	words TEXT NOT NULL,               -- the sentence, as it was last true
	began_ms INTEGER NOT NULL,
	seen_ms INTEGER NOT NULL,          -- last time the condition held
	ended_ms INTEGER
);
CREATE TABLE alert_delivery (
	alert_id INTEGER NOT NULL,
	phase TEXT NOT NULL CHECK (phase IN ('began', 'ended')),
	destination TEXT NOT NULL,         -- "slack-1a2b3c4d": never the URL, which is a secret
	state TEXT NOT NULL CHECK (state IN ('trying', 'sent', 'given up')),
	tries INTEGER NOT NULL,
	next_ms INTEGER NOT NULL,          -- not tried again before
	error TEXT,                        -- of the last try
	PRIMARY KEY (alert_id, phase, destination)
) WITHOUT ROWID;
CREATE TABLE alert_sample (
	at_ms INTEGER NOT NULL,
	name TEXT NOT NULL,
	value INTEGER NOT NULL,
	PRIMARY KEY (at_ms, name)
) WITHOUT ROWID;
CREATE TABLE cached_answer (
	hash TEXT PRIMARY KEY,             -- SHA-256 of the normalised request, and of whose it is
	request_id TEXT NOT NULL,          -- that was answered
	stored_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	content_type TEXT NOT NULL,
	streamed INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,        -- of that request: what a hit does not spend
	answered_group TEXT, answered_model TEXT, deployment_id TEXT, tier TEXT,
	bytes INTEGER NOT NULL,
	answer TEXT NOT NULL
);
CREATE TABLE cache_size (one INTEGER PRIMARY KEY CHECK (one = 1), answers INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO cache_size VALUES(1,0,0);
CREATE TABLE metric_cache (
	model TEXT PRIMARY KEY,
	hits INTEGER NOT NULL,
	misses INTEGER NOT NULL,
	saved_nano INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE metric_cache_away (one INTEGER PRIMARY KEY CHECK (one = 1), times INTEGER NOT NULL);
INSERT INTO metric_cache_away VALUES(1,0);
CREATE TABLE spend_day (
	kind TEXT NOT NULL,                -- 'key', 'team', 'model' or 'provider'
	day INTEGER NOT NULL,              -- UTC, since 1970
	id TEXT NOT NULL,                  -- '' for no team
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, day, id)
) WITHOUT ROWID;
CREATE TABLE spend_total (
	kind TEXT NOT NULL,                -- 'key' or 'team'
	id TEXT NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;
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
	windows TEXT NOT NULL,             -- JSON array of budget_window ids that it stands in (M7)
	owner TEXT NOT NULL,               -- the process that must end it
	deadline_ms INTEGER NOT NULL,
	PRIMARY KEY (request_id, number)
) WITHOUT ROWID;
INSERT INTO hold VALUES('open',1,5,'key-1','team-1','g','d','p','m','cheap','own',300,'v','[1]','gone',10);
CREATE TABLE IF NOT EXISTS "attempt" (
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
	not_spent_nano INTEGER NOT NULL DEFAULT 0, -- blocked upward: what it could have cost
	price_version TEXT,
	windows TEXT NOT NULL DEFAULT '[]', -- as in hold
	latency_ms INTEGER, first_token_ms INTEGER,
	PRIMARY KEY (request_id, number)
) WITHOUT ROWID;
INSERT INTO attempt VALUES('ended',1,'settled',5,6,'key-1','team-1','g','d','p','m','cheap','own','ok',NULL,NULL,NULL,NULL,NULL,NULL,0,300,200,0,NULL,'[1]',NULL,NULL);
CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
INSERT INTO revision VALUES(1,5);
CREATE TRIGGER rate_guard BEFORE INSERT ON rate_taken
BEGIN
	SELECT RAISE(ABORT, 'over rate limit')
	FROM (SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(tokens), 0) AS tokens FROM rate_second
		WHERE scope = NEW.scope AND scope_id = NEW.scope_id AND second > NEW.second - 61) AS used
	WHERE (NEW.requests > 0 AND used.requests + NEW.requests > NEW.rpm) OR used.tokens + NEW.tokens > NEW.tpm;
	SELECT RAISE(ABORT, 'over rate limit') WHERE NEW.parallel <=
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
CREATE TRIGGER rate_give_back AFTER DELETE ON rate_taken
BEGIN
	UPDATE rate_second SET tokens = max(0, tokens + OLD.real_tokens - OLD.tokens)
	WHERE scope = OLD.scope AND scope_id = OLD.scope_id AND second = OLD.second;
	UPDATE rate_gauge SET open = open - 1 WHERE scope = OLD.scope AND scope_id = OLD.scope_id;
END;
CREATE INDEX idempotent_until ON idempotent(until_ms);
CREATE INDEX attempt_day_key ON attempt_day(key_id, day);
CREATE INDEX request_day_key ON request_day(key_id, day);
CREATE INDEX request_of_key ON request(key_id, id);
CREATE INDEX request_of_team ON request(team_id, id) WHERE team_id IS NOT NULL;
CREATE INDEX request_of_model ON request(asked_model, id);
CREATE INDEX request_failed ON request(id) WHERE outcome <> 'ok';
CREATE INDEX request_moved ON request(id) WHERE fallbacks > 0 OR blocked_upward > 0;
CREATE INDEX request_blocked ON request(id) WHERE blocked_upward > 0;
CREATE INDEX audit_event_thing ON audit_event(kind, thing_id, id);
CREATE INDEX virtual_key_team ON virtual_key(team_id) WHERE team_id IS NOT NULL;
CREATE INDEX virtual_key_plan ON virtual_key(plan_id) WHERE plan_id IS NOT NULL;
CREATE INDEX budget_of_scope ON budget(scope, scope_id);
CREATE VIEW plan_follower (plan_id, scope, scope_id) AS
SELECT plan_id, 'key', id FROM virtual_key WHERE plan_id IS NOT NULL AND deleted_ms IS NULL
UNION ALL
SELECT plan_id, 'team', id FROM team WHERE plan_id IS NOT NULL AND deleted_ms IS NULL;
CREATE TRIGGER key_plan_new BEFORE INSERT ON virtual_key WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER key_plan_set BEFORE UPDATE OF plan_id ON virtual_key WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER team_plan_new BEFORE INSERT ON team WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER team_plan_set BEFORE UPDATE OF plan_id ON team WHEN NEW.plan_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such budget') WHERE NOT EXISTS (SELECT 1 FROM budget_plan WHERE id = NEW.plan_id);
END;
CREATE TRIGGER plan_in_use BEFORE DELETE ON budget_plan
BEGIN
	SELECT RAISE(ABORT, 'budget is in use') WHERE EXISTS (SELECT 1 FROM plan_follower WHERE plan_id = OLD.id);
END;
CREATE TRIGGER key_team_new BEFORE INSERT ON virtual_key WHEN NEW.team_id IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'no such team') WHERE NOT EXISTS (SELECT 1 FROM team WHERE id = NEW.team_id AND deleted_ms IS NULL);
END;
CREATE TRIGGER key_team_set BEFORE UPDATE OF team_id ON virtual_key WHEN NEW.team_id IS NOT NULL AND NEW.team_id IS NOT OLD.team_id
BEGIN
	SELECT RAISE(ABORT, 'no such team') WHERE NOT EXISTS (SELECT 1 FROM team WHERE id = NEW.team_id AND deleted_ms IS NULL);
END;
CREATE INDEX admin_session_of ON admin_session(admin);
CREATE VIEW metric_name AS SELECT '' AS kind, '' AS value WHERE 0;
CREATE TRIGGER metric_name_add INSTEAD OF INSERT ON metric_name
WHEN NOT EXISTS (SELECT 1 FROM metric_label WHERE kind = NEW.kind AND value = NEW.value)
BEGIN
	INSERT INTO metric_label (kind, value) SELECT NEW.kind, NEW.value
	WHERE (SELECT count(*) FROM metric_label WHERE kind = NEW.kind) < CASE NEW.kind WHEN 'key' THEN 500 ELSE 300 END;
END;
CREATE TRIGGER metric_cooldown_new AFTER INSERT ON breaker WHEN NEW.state = 'open'
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;
CREATE TRIGGER metric_cooldown_again AFTER UPDATE ON breaker
WHEN NEW.state = 'open' AND (OLD.state <> 'open' OR NEW.open_until_ms > OLD.open_until_ms)
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;
CREATE UNIQUE INDEX alert_lasting ON alert(rule, subject) WHERE ended_ms IS NULL;
CREATE INDEX alert_began ON alert(began_ms);
CREATE INDEX cached_answer_until ON cached_answer(until_ms);
CREATE INDEX cached_answer_stored ON cached_answer(stored_ms);
CREATE TRIGGER cached_answer_in AFTER INSERT ON cached_answer
BEGIN
	UPDATE cache_size SET answers = answers + 1, bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER cached_answer_out AFTER DELETE ON cached_answer
BEGIN
	UPDATE cache_size SET answers = answers - 1, bytes = bytes - OLD.bytes;
END;
CREATE VIEW alert_counter AS
SELECT 'requests' AS name, coalesce(sum(requests), 0) AS value FROM metric_request
UNION ALL SELECT 'fell_back', coalesce(sum(fell_back), 0) FROM metric_request
UNION ALL SELECT 'blocked_upward', coalesce(sum(blocked_upward), 0) FROM metric_request
UNION ALL SELECT 'not_spent_nano', coalesce(sum(not_spent_nano), 0) FROM metric_request
UNION ALL SELECT 'failed', coalesce(sum(requests), 0) FROM metric_request WHERE status >= 500 OR outcome = 'rate'
UNION ALL SELECT 'overrun_nano', coalesce(sum(overrun_nano), 0) FROM metric_attempt
UNION ALL SELECT 'unknown', coalesce(sum(attempts), 0) FROM metric_attempt WHERE state = 'unknown' AND outcome = 'worker died'
UNION ALL SELECT 'cache_away', times FROM metric_cache_away
UNION ALL SELECT 'refused ' || deployment_id, sum(attempts) FROM metric_attempt WHERE outcome IN ('auth', 'quota')
	AND state NOT IN ('skipped', 'blocked') GROUP BY deployment_id;
CREATE VIEW alert_growth AS
SELECT c.name AS name, c.value - coalesce(s.value, 0) AS grown
FROM alert_counter c LEFT JOIN alert_sample s ON s.name = c.name AND s.at_ms = (SELECT min(at_ms) FROM alert_sample)
WHERE EXISTS (SELECT 1 FROM alert_sample);
CREATE TRIGGER budget_window_guard BEFORE UPDATE OF held_nano ON budget_window
WHEN NEW.held_nano > OLD.held_nano AND NEW.spent_nano + NEW.held_nano > NEW.limit_nano
BEGIN
	SELECT RAISE(FAIL, 'over budget');
END;
CREATE TRIGGER attempt_final BEFORE UPDATE ON attempt
BEGIN
	SELECT RAISE(ABORT, 'attempt has ended');
END;
CREATE TRIGGER attempt_archive AFTER DELETE ON attempt WHEN OLD.cost_nano > 0
BEGIN
	UPDATE budget_window SET archived_nano = archived_nano + OLD.cost_nano
	WHERE id IN (SELECT value FROM json_each(OLD.windows));
END;
CREATE TRIGGER revision_virtual_key_new AFTER INSERT ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_virtual_key_set AFTER UPDATE ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_virtual_key_gone AFTER DELETE ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_new AFTER INSERT ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_set AFTER UPDATE ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_gone AFTER DELETE ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_new AFTER INSERT ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_set AFTER UPDATE ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_gone AFTER DELETE ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_window_new AFTER INSERT ON budget_window BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_window_set AFTER UPDATE OF id, budget_id, starts_ms, ends_ms, limit_nano ON budget_window
BEGIN
	UPDATE revision SET number = number + 1;
END;
CREATE TRIGGER revision_window_gone AFTER DELETE ON budget_window BEGIN UPDATE revision SET number = number + 1; END;
CREATE INDEX budget_shared ON budget(id) WHERE scope <> 'key' AND scope <> 'team';
CREATE VIEW attempt_sum AS SELECT 0 AS made, -- 0: skipped or blocked
	0 AS hour, '' AS key_id, '' AS team_id, '' AS model_group, '' AS deployment_id, '' AS provider, '' AS model, '' AS tier,
	'' AS direction, '' AS state, '' AS outcome, 0 AS status, 0 AS attempts, 0 AS failures, 0 AS input_tokens, 0 AS cached_tokens,
	0 AS output_tokens, 0 AS cost_nano, 0 AS overrun_nano, 0 AS latency_ms WHERE 0
;
CREATE TRIGGER attempt_sum_count INSTEAD OF INSERT ON attempt_sum
BEGIN
	INSERT INTO metric_name (kind, value) VALUES ('model', NEW.model_group);
	INSERT INTO metric_name (kind, value) VALUES ('upstream', NEW.model);
	INSERT INTO metric_attempt (deployment_id, provider, model, model_group, direction, state, outcome, status, attempts, overrun_nano)
	VALUES (NEW.deployment_id, NEW.provider,
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'),
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = NEW.model_group), 'other'),
		NEW.direction, NEW.state, NEW.outcome, NEW.status, NEW.attempts, NEW.overrun_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, overrun_nano = overrun_nano + excluded.overrun_nano;
END;
CREATE TRIGGER attempt_sum_spend INSTEAD OF INSERT ON attempt_sum WHEN NEW.made
BEGIN
	INSERT INTO attempt_day (day, key_id, deployment_id, model, team_id, provider, tier, attempts, failures, input_tokens,
		cached_tokens, output_tokens, cost_nano, latency_ms)
	VALUES (NEW.hour / 24, NEW.key_id, NEW.deployment_id, NEW.model, NEW.team_id, NEW.provider, NEW.tier, NEW.attempts, NEW.failures,
		NEW.input_tokens, NEW.cached_tokens, NEW.output_tokens, NEW.cost_nano, NEW.latency_ms)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens, cost_nano = cost_nano + excluded.cost_nano,
		latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO deployment_hour (hour, deployment_id, attempts, failures, cost_nano, latency_ms)
	VALUES (NEW.hour, NEW.deployment_id, NEW.attempts, NEW.failures, NEW.cost_nano, NEW.latency_ms)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO spend_day (kind, day, id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES ('key', NEW.hour / 24, NEW.key_id, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('team', NEW.hour / 24, NEW.team_id, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('model', NEW.hour / 24, NEW.model, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('provider', NEW.hour / 24, NEW.provider, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO spend_total (kind, id, cost_nano) VALUES ('key', NEW.key_id, NEW.cost_nano), ('team', NEW.team_id, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano;

	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_spend (key_id, team_id, deployment_id, provider, model, model_group, attempts, cost_nano, input_tokens,
		cached_tokens, output_tokens)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN NEW.team_id ELSE 'other' END,
		NEW.deployment_id, NEW.provider,
		coalesce((SELECT value FROM metric_label WHERE kind = 'upstream' AND value = NEW.model), 'other'),
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = NEW.model_group), 'other'),
		NEW.attempts, NEW.cost_nano, NEW.input_tokens, NEW.cached_tokens, NEW.output_tokens)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, cost_nano = cost_nano + excluded.cost_nano,
		input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
		output_tokens = output_tokens + excluded.output_tokens;
END;
CREATE VIEW request_sum AS SELECT 0 AS hour, '' AS key_id, '' AS team_id,
	NULL AS model_group,               -- that was asked for; NULL when there is no such group
	NULL AS answered_group, '' AS outcome, 0 AS status, 0 AS requests, 0 AS fell_back, 0 AS blocked_upward, 0 AS not_spent_nano,
	0 AS input_tokens, 0 AS output_tokens, 0 AS cost_nano, 0 AS latency_ms, 0 AS cache_hits, 0 AS cache_saved_nano WHERE 0
;
CREATE TRIGGER request_sum_count INSTEAD OF INSERT ON request_sum
BEGIN
	INSERT INTO request_day (day, key_id, model_group, team_id, requests, failures, fell_back, blocked_upward, refused,
		not_spent_nano, input_tokens, output_tokens, cost_nano, latency_ms, cache_hits, cache_saved_nano)
	VALUES (NEW.hour / 24, NEW.key_id, coalesce(NEW.model_group, ''), NEW.team_id, NEW.requests,
		CASE WHEN NEW.outcome = 'ok' OR NEW.outcome = 'replayed' THEN 0 ELSE NEW.requests END, NEW.fell_back, NEW.blocked_upward,
		CASE WHEN NEW.outcome = 'budget' THEN NEW.requests ELSE 0 END, NEW.not_spent_nano, NEW.input_tokens, NEW.output_tokens,
		NEW.cost_nano, NEW.latency_ms, NEW.cache_hits, NEW.cache_saved_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano,
		cache_hits, cache_saved_nano)
	VALUES (NEW.hour, NEW.requests, CASE WHEN NEW.outcome = 'ok' OR NEW.outcome = 'replayed' THEN 0 ELSE NEW.requests END,
		NEW.fell_back, NEW.blocked_upward, CASE WHEN NEW.outcome = 'budget' THEN NEW.requests ELSE 0 END, NEW.not_spent_nano,
		NEW.cost_nano, NEW.cache_hits, NEW.cache_saved_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano;

	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_name (kind, value) VALUES ('model', coalesce(NEW.model_group, 'unknown'));
	INSERT INTO metric_request (key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
		not_spent_nano)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN NEW.team_id ELSE 'other' END,
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(NEW.model_group, 'unknown')), 'other'),
		CASE WHEN NEW.answered_group IS NULL THEN '' ELSE coalesce((SELECT value FROM metric_label WHERE kind = 'model'
			AND value = NEW.answered_group), 'other') END,
		NEW.outcome, NEW.status, NEW.requests, NEW.fell_back, NEW.blocked_upward, NEW.not_spent_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, fell_back = fell_back + excluded.fell_back,
		blocked_upward = blocked_upward + excluded.blocked_upward, not_spent_nano = not_spent_nano + excluded.not_spent_nano;
END;
COMMIT;
