-- The response cache: answers kept for requests that are asked again word for word.  Of the request there is only a hash; the
-- answer stands here in the clear until until_ms.

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
CREATE INDEX cached_answer_until ON cached_answer(until_ms);
CREATE INDEX cached_answer_stored ON cached_answer(stored_ms);

-- What all answers weigh, so that no insert has to add them up.
CREATE TABLE cache_size (one INTEGER PRIMARY KEY CHECK (one = 1), answers INTEGER NOT NULL, bytes INTEGER NOT NULL);

INSERT INTO cache_size VALUES (1, 0, 0);

CREATE TRIGGER cached_answer_in AFTER INSERT ON cached_answer
BEGIN
	UPDATE cache_size SET answers = answers + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER cached_answer_out AFTER DELETE ON cached_answer
BEGIN
	UPDATE cache_size SET answers = answers - 1, bytes = bytes - OLD.bytes;
END;

-- Counters for /metrics, by the group that was asked for; the name is bounded as those of the other counters are.
CREATE TABLE metric_cache (
	model TEXT PRIMARY KEY,
	hits INTEGER NOT NULL,
	misses INTEGER NOT NULL,
	saved_nano INTEGER NOT NULL
) WITHOUT ROWID;

-- How often Redis, where the answers may be kept instead, did not answer.
CREATE TABLE metric_cache_away (one INTEGER PRIMARY KEY CHECK (one = 1), times INTEGER NOT NULL);

INSERT INTO metric_cache_away VALUES (1, 0);
