-- Alerts: what is wrong or was, since when, and who has been told.

-- An episode lasts from the first time its condition was seen until it has not been seen for a while.
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
CREATE UNIQUE INDEX alert_lasting ON alert(rule, subject) WHERE ended_ms IS NULL;
CREATE INDEX alert_began ON alert(began_ms);

-- Nobody is told of these, and the Overview leaves them out.
CREATE TABLE alert_mute (
	rule TEXT NOT NULL,
	subject TEXT NOT NULL,
	until_ms INTEGER NOT NULL,         -- 0: until the episode ends; the next one has another cause
	PRIMARY KEY (rule, subject)
) WITHOUT ROWID;

-- Who was told of its begin and its end.  A row is taken before the message is sent, and tried again when it was not marked as
-- sent in time, so a worker that dies between the two delays a message and does not lose it.
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

-- What the counters said some minutes ago: rates are growths between then and now.
CREATE TABLE alert_sample (
	at_ms INTEGER NOT NULL,
	name TEXT NOT NULL,
	value INTEGER NOT NULL,
	PRIMARY KEY (at_ms, name)
) WITHOUT ROWID;

CREATE VIEW alert_counter AS
SELECT 'requests' AS name, coalesce(sum(requests), 0) AS value FROM metric_request
UNION ALL SELECT 'fell_back', coalesce(sum(fell_back), 0) FROM metric_request
UNION ALL SELECT 'blocked_upward', coalesce(sum(blocked_upward), 0) FROM metric_request
UNION ALL SELECT 'not_spent_nano', coalesce(sum(not_spent_nano), 0) FROM metric_request
UNION ALL SELECT 'not_spent_most_nano', coalesce(sum(not_spent_most_nano), 0) FROM metric_request
UNION ALL SELECT 'failed', coalesce(sum(requests), 0) FROM metric_request WHERE status >= 500 OR outcome = 'rate'
UNION ALL SELECT 'overrun_nano', coalesce(sum(overrun_nano), 0) FROM metric_attempt
UNION ALL SELECT 'unknown', coalesce(sum(attempts), 0) FROM metric_attempt WHERE state = 'unknown' AND outcome = 'worker died'
UNION ALL SELECT 'cache_away', times FROM metric_cache_away
UNION ALL SELECT 'refused ' || deployment_id, sum(attempts) FROM metric_attempt WHERE outcome IN ('auth', 'quota')
	AND state NOT IN ('skipped', 'blocked') GROUP BY deployment_id;

-- The oldest sample that is kept is the one to compare with; without any nothing has grown yet.
CREATE VIEW alert_growth AS
SELECT c.name AS name, c.value - coalesce(s.value, 0) AS grown
FROM alert_counter c LEFT JOIN alert_sample s ON s.name = c.name AND s.at_ms = (SELECT min(at_ms) FROM alert_sample)
WHERE EXISTS (SELECT 1 FROM alert_sample);
