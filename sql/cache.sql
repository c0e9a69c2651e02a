-- The response cache in the store.

-- name: cache_find
SELECT request_id, stored_ms, content_type, streamed, cost_nano, answered_group, answered_model, deployment_id, tier, answer
FROM cached_answer WHERE hash = :hash AND until_ms > :now_ms AND stored_ms >= :not_before_ms;

-- Room for one more: what is oldest goes.
-- name: cache_evict
DELETE FROM cached_answer WHERE rowid IN (SELECT rowid FROM cached_answer
	WHERE (SELECT bytes FROM cache_size) + :bytes > :most_bytes ORDER BY stored_ms LIMIT 16);

-- name: cache_forget
DELETE FROM cached_answer WHERE hash = :hash;

-- name: cache_put
INSERT INTO cached_answer (hash, request_id, stored_ms, until_ms, content_type, streamed, cost_nano, answered_group, answered_model,
	deployment_id, tier, bytes, answer)
VALUES (:hash, :request_id, :stored_ms, :until_ms, :content_type, :streamed, :cost_nano, :answered_group, :answered_model,
	:deployment_id, :tier, :bytes, :answer);

-- name: cache_trim
DELETE FROM cached_answer WHERE rowid IN (SELECT rowid FROM cached_answer WHERE until_ms <= :now_ms LIMIT :most);

-- name: cache_count_label
INSERT INTO metric_name (kind, value) VALUES ('model', :model);

-- name: cache_count
INSERT INTO metric_cache (model, hits, misses, saved_nano)
VALUES (coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = :model), 'other'), :hits, 1 - :hits, :saved_nano)
ON CONFLICT DO UPDATE SET hits = hits + excluded.hits, misses = misses + excluded.misses, saved_nano = saved_nano + excluded.saved_nano;

-- name: cache_count_away
UPDATE metric_cache_away SET times = times + 1;
