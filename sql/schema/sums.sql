-- What pages and reports add up, kept added up: nobody scans the log to draw a page.
--
-- The sums change in the transaction that writes the rows they count, so a crash or a repeated record cannot make them differ from
-- the log.  They outlive it: retention deletes rows, not sums.  Days and hours are UTC, of the time when a request or an attempt
-- began.  Rows that end in one transaction are added up in memory first (change_add_sum in app/store/store.h); each sum of theirs
-- is then inserted into one of the two views at the end of this file, which spread it over the tables here and in metrics.sql.

-- Attempts that were made and have ended, by day, with all that spend is filtered by: of all (kind and id ''), and of the requests that
-- named a user or a tag.  What is not filtered is added up from smaller sums below.
CREATE TABLE usage_day (
	kind TEXT NOT NULL,                -- '', 'user' or 'tag'
	tier TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, -- of a user or tag those that answered; '' where none did
	day INTEGER NOT NULL,              -- since 1970
	id TEXT NOT NULL,                  -- of the user or tag
	key_id TEXT NOT NULL,
	team_id TEXT NOT NULL,             -- '' for none: a key may change its team within a day
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,         -- outcome is not "ok"; of a user or tag: requests that failed
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, tier, provider, model, day, id, key_id, team_id)
) WITHOUT ROWID;
CREATE INDEX usage_day_of_key ON usage_day(kind, key_id, day);
CREATE INDEX usage_day_of_team ON usage_day(kind, team_id, day);
CREATE INDEX usage_day_of_label ON usage_day(kind, id, day);

-- By hour, without who asked: how a deployment does today, and what was spent where.
CREATE TABLE deployment_hour (
	hour INTEGER NOT NULL,             -- since 1970
	deployment_id TEXT NOT NULL,
	provider TEXT NOT NULL, model TEXT NOT NULL, tier TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,       -- sum
	PRIMARY KEY (hour, deployment_id, provider, model, tier)
) WITHOUT ROWID;

-- Spend by one thing at a time, so that a page does not add up usage_day, whose rows are nearly as many as the attempts where
-- many keys use many deployments: by day, by hour (for days of other zones, and for a time before that ends at the same hour), and
-- since ever.
CREATE TABLE spend_day (
	kind TEXT NOT NULL,                -- 'key', 'team', 'model', 'provider', 'user' or 'tag'
	day INTEGER NOT NULL,              -- UTC, since 1970
	id TEXT NOT NULL,                  -- '' for no team
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, day, id)
) WITHOUT ROWID;

CREATE TABLE spend_hour (
	kind TEXT NOT NULL,                -- 'key', 'team', 'user' or 'tag'; models and providers are in deployment_hour
	id TEXT NOT NULL,
	hour INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, id, hour)
) WITHOUT ROWID;

CREATE TABLE spend_total (
	kind TEXT NOT NULL,                -- 'key' or 'team'
	id TEXT NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- When a key was used last, with or without success.
CREATE TABLE key_used (
	key_id TEXT PRIMARY KEY,
	day INTEGER NOT NULL
) WITHOUT ROWID;

-- Requests of the whole gateway by hour, for charts.
CREATE TABLE request_hour (
	hour INTEGER PRIMARY KEY,
	requests INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	fell_back INTEGER NOT NULL,
	blocked_upward INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	not_spent_nano INTEGER NOT NULL,
	cost_nano INTEGER NOT NULL,
	cache_hits INTEGER NOT NULL DEFAULT 0,
	cache_saved_nano INTEGER NOT NULL DEFAULT 0,
	mistakes INTEGER NOT NULL DEFAULT 0, -- of the failures: the client's own
	limited INTEGER NOT NULL DEFAULT 0,  -- a budget or a rate limit of the gateway's refused
	not_spent_most_nano INTEGER NOT NULL DEFAULT 0 -- by the bounds; not_spent_nano is estimated
);

-- A row that is inserted here is added to each sum and counter that asks for it.
CREATE VIEW attempt_sum AS SELECT 0 AS made, -- 0: skipped or blocked
	0 AS hour, '' AS key_id, '' AS team_id, '' AS model_group, '' AS deployment_id, '' AS provider, '' AS model, '' AS tier,
	'' AS direction, '' AS state, '' AS outcome, 0 AS status, 0 AS attempts, 0 AS failures, 0 AS input_tokens, 0 AS cached_tokens,
	0 AS output_tokens, 0 AS cost_nano, 0 AS overrun_nano, 0 AS latency_ms WHERE 0;

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
	-- Whichever trigger comes first, the names have their labels.
	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id), ('model', NEW.model_group), ('upstream', NEW.model);
	INSERT INTO usage_day (kind, tier, provider, model, day, id, key_id, team_id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES ('', NEW.tier, NEW.provider, NEW.model, NEW.hour / 24, '', NEW.key_id, NEW.team_id, NEW.attempts, NEW.failures,
		NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO deployment_hour (hour, deployment_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano,
		latency_ms)
	VALUES (NEW.hour, NEW.deployment_id, NEW.provider, NEW.model, NEW.tier, NEW.attempts, NEW.failures, NEW.input_tokens,
		NEW.output_tokens, NEW.cost_nano, NEW.latency_ms)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano, latency_ms = latency_ms + excluded.latency_ms;
	INSERT INTO spend_hour (kind, id, hour, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES ('key', NEW.key_id, NEW.hour, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano),
		('team', NEW.team_id, NEW.hour, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
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
	0 AS not_spent_most_nano, 0 AS cost_nano, 0 AS cache_hits, 0 AS cache_saved_nano, 0 AS mistakes, 0 AS limited WHERE 0;

CREATE TRIGGER request_sum_count INSTEAD OF INSERT ON request_sum
BEGIN
	INSERT INTO key_used (key_id, day) VALUES (NEW.key_id, NEW.hour / 24)
	ON CONFLICT DO UPDATE SET day = excluded.day WHERE day < excluded.day;
	INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano,
		cache_hits, cache_saved_nano, mistakes, limited, not_spent_most_nano)
	VALUES (NEW.hour, NEW.requests, CASE WHEN NEW.outcome = 'ok' OR NEW.outcome = 'replayed' THEN 0 ELSE NEW.requests END,
		NEW.fell_back, NEW.blocked_upward, CASE WHEN NEW.outcome = 'budget' THEN NEW.requests ELSE 0 END, NEW.not_spent_nano,
		NEW.cost_nano, NEW.cache_hits, NEW.cache_saved_nano, NEW.mistakes, NEW.limited, NEW.not_spent_most_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, failures = failures + excluded.failures,
		fell_back = fell_back + excluded.fell_back, blocked_upward = blocked_upward + excluded.blocked_upward,
		refused = refused + excluded.refused, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		not_spent_most_nano = not_spent_most_nano + excluded.not_spent_most_nano, cost_nano = cost_nano + excluded.cost_nano,
		cache_hits = cache_hits + excluded.cache_hits, cache_saved_nano = cache_saved_nano + excluded.cache_saved_nano,
		mistakes = mistakes + excluded.mistakes, limited = limited + excluded.limited;

	INSERT INTO metric_name (kind, value) VALUES ('key', NEW.key_id);
	INSERT INTO metric_name (kind, value) VALUES ('model', coalesce(NEW.model_group, 'unknown'));
	INSERT INTO metric_request (key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
		not_spent_nano, not_spent_most_nano)
	VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'key' AND value = NEW.key_id), 'other'),
		CASE WHEN EXISTS (SELECT 1 FROM metric_label WHERE kind = 'key' AND value = NEW.key_id) THEN NEW.team_id ELSE 'other' END,
		coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(NEW.model_group, 'unknown')), 'other'),
		CASE WHEN NEW.answered_group IS NULL THEN '' ELSE coalesce((SELECT value FROM metric_label WHERE kind = 'model'
			AND value = NEW.answered_group), 'other') END,
		NEW.outcome, NEW.status, NEW.requests, NEW.fell_back, NEW.blocked_upward, NEW.not_spent_nano,
		NEW.not_spent_most_nano)
	ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, fell_back = fell_back + excluded.fell_back,
		blocked_upward = blocked_upward + excluded.blocked_upward, not_spent_nano = not_spent_nano + excluded.not_spent_nano,
		not_spent_most_nano = not_spent_most_nano + excluded.not_spent_most_nano;
END;

-- Spend by words that clients choose.  A day has at most a thousand of a kind; what is beyond is 'other'.
CREATE VIEW label_sum AS SELECT '' AS kind, '' AS id, 0 AS hour, '' AS key_id, '' AS team_id, '' AS provider, '' AS model, '' AS tier,
	0 AS attempts, 0 AS failures, 0 AS input_tokens, 0 AS output_tokens, 0 AS cost_nano WHERE 0;

CREATE TRIGGER label_sum_spend INSTEAD OF INSERT ON label_sum
BEGIN
	INSERT INTO spend_day (kind, day, id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES (NEW.kind, NEW.hour / 24, CASE WHEN EXISTS (SELECT 1 FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24 AND id = NEW.id)
		OR (SELECT count(*) FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24) < 1000 THEN NEW.id ELSE 'other' END,
		NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO spend_hour (kind, id, hour, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES (NEW.kind, CASE WHEN EXISTS (SELECT 1 FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24 AND id = NEW.id)
		THEN NEW.id ELSE 'other' END, NEW.hour, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO usage_day (kind, tier, provider, model, day, id, key_id, team_id, attempts, failures, input_tokens, output_tokens, cost_nano)
	VALUES (NEW.kind, NEW.tier, NEW.provider, NEW.model, NEW.hour / 24,
		CASE WHEN EXISTS (SELECT 1 FROM spend_day WHERE kind = NEW.kind AND day = NEW.hour / 24 AND id = NEW.id) THEN NEW.id ELSE 'other' END,
		NEW.key_id, NEW.team_id, NEW.attempts, NEW.failures, NEW.input_tokens, NEW.output_tokens, NEW.cost_nano)
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
END;
