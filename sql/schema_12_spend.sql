-- Spend by one thing at a time, so that a page does not add up attempt_day, whose rows are nearly as many as the attempts where
-- many keys use many deployments: by day, and since ever.
--
-- They are added to with the other sums (sql/schema_11_counting.sql), from the same notes in the same transaction.

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

INSERT INTO spend_day
SELECT 'key', day, key_id, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
	FROM attempt_day GROUP BY day, key_id
UNION ALL SELECT 'team', day, team_id, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
	FROM attempt_day GROUP BY day, team_id
UNION ALL SELECT 'model', day, model, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
	FROM attempt_day GROUP BY day, model
UNION ALL SELECT 'provider', day, provider, sum(attempts), sum(failures), sum(input_tokens), sum(output_tokens), sum(cost_nano)
	FROM attempt_day GROUP BY day, provider;
INSERT INTO spend_total SELECT kind, id, sum(cost_nano) FROM spend_day WHERE kind IN ('key', 'team') GROUP BY kind, id;

-- What is asked for instead of attempt_counting, which ends with deleting the notes.
CREATE VIEW attempt_adding AS SELECT 0 AS now WHERE 0;
CREATE TRIGGER attempt_add INSTEAD OF INSERT ON attempt_adding
BEGIN
	INSERT INTO spend_day (kind, day, id, attempts, failures, input_tokens, output_tokens, cost_nano)
	SELECT 'key', started_ms / 86400000 AS day, key_id AS id, count(*), sum(outcome <> 'ok'), sum(input_tokens), sum(output_tokens),
		sum(cost_nano) FROM uncounted_attempt WHERE made GROUP BY day, id
	UNION ALL SELECT 'team', started_ms / 86400000 AS day, team_id AS id, count(*), sum(outcome <> 'ok'), sum(input_tokens),
		sum(output_tokens), sum(cost_nano) FROM uncounted_attempt WHERE made GROUP BY day, id
	UNION ALL SELECT 'model', started_ms / 86400000 AS day, model AS id, count(*), sum(outcome <> 'ok'), sum(input_tokens),
		sum(output_tokens), sum(cost_nano) FROM uncounted_attempt WHERE made GROUP BY day, id
	UNION ALL SELECT 'provider', started_ms / 86400000 AS day, provider AS id, count(*), sum(outcome <> 'ok'), sum(input_tokens),
		sum(output_tokens), sum(cost_nano) FROM uncounted_attempt WHERE made GROUP BY day, id
	ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, failures = failures + excluded.failures,
		input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
		cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO spend_total (kind, id, cost_nano)
	SELECT 'key', key_id AS id, sum(cost_nano) FROM uncounted_attempt WHERE made GROUP BY id
	UNION ALL SELECT 'team', team_id AS id, sum(cost_nano) FROM uncounted_attempt WHERE made GROUP BY id
	ON CONFLICT DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano;
	INSERT INTO attempt_counting (now) VALUES (1);
END;
DROP TRIGGER uncounted_attempt_full;
CREATE TRIGGER uncounted_attempt_full AFTER INSERT ON uncounted_attempt WHEN NEW.id >= 256
BEGIN
	INSERT INTO attempt_adding (now) VALUES (1);
END;
