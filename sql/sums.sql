-- Adding to the sums and counters what has not been added yet (sql/schema_11_counting.sql, sql/schema_12_spend.sql).

-- name: sums_waiting
SELECT EXISTS (SELECT 1 FROM uncounted_attempt) OR EXISTS (SELECT 1 FROM uncounted_request);

-- name: sums_count_attempts
INSERT INTO attempt_adding (now) SELECT 1 WHERE EXISTS (SELECT 1 FROM uncounted_attempt);

-- name: sums_count_requests
INSERT INTO request_counting (now) SELECT 1 WHERE EXISTS (SELECT 1 FROM uncounted_request);
