-- Idempotency keys.

-- An entry whose time is over makes room for a new one.
-- name: idempotency_expire
DELETE FROM idempotent WHERE key_id = :key_id AND token = :token AND until_ms <= :now_ms;

-- name: idempotency_claim
INSERT INTO idempotent (key_id, token, body_hash, request_id, state, owner, started_ms, deadline_ms, until_ms)
VALUES (:key_id, :token, :body_hash, :request_id, 'running', :owner, :now_ms, :deadline_ms, :until_ms)
ON CONFLICT (key_id, token) DO NOTHING;

-- name: idempotency_find
SELECT body_hash, request_id, state, owner, deadline_ms, status, content_type, streamed, answer FROM idempotent
WHERE key_id = :key_id AND token = :token AND until_ms > :now_ms;

-- A dead worker's entry is taken over when its request cannot have cost anything.
-- name: idempotency_take_over
UPDATE idempotent SET request_id = :request_id, owner = :owner, deadline_ms = :deadline_ms
WHERE key_id = :key_id AND token = :token AND state = 'running' AND request_id = :old_request_id AND NOT EXISTS (SELECT 1 FROM hold WHERE request_id = :old_request_id)
	AND NOT EXISTS (SELECT 1 FROM attempt WHERE request_id = :old_request_id AND (state = 'unknown' OR cost_nano > 0));

-- name: idempotency_lose
UPDATE idempotent SET state = 'lost' WHERE key_id = :key_id AND token = :token AND state = 'running' AND request_id = :old_request_id;

-- A failure that cost nothing is forgotten, so that a retry is a real one.
-- name: idempotency_forget
DELETE FROM idempotent WHERE key_id = :key_id AND token = :token AND request_id = :request_id AND :status >= 400
	AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.request_id = :request_id)
	AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.request_id = :request_id AND (a.state = 'unknown' OR a.cost_nano > 0));

-- name: idempotency_end
UPDATE idempotent SET state = 'done', status = :status, content_type = :content_type, streamed = :streamed, answer = :answer
WHERE key_id = :key_id AND token = :token AND request_id = :request_id AND state = 'running';

-- The record of a replay: what the first request asked, and no cost.
-- name: idempotency_record
INSERT INTO request (id, started_ms, key_id, team_id, asked_model, model_group, answered_group, answered_model, deployment_id, tier,
	outcome, status, streamed, latency_ms, overhead_us)
SELECT :id, :now_ms, key_id, team_id, asked_model, model_group, answered_group, answered_model, deployment_id, tier, 'replayed', status,
	streamed, :latency_ms, :latency_ms * 1000 FROM request WHERE id = :request_id;

-- name: idempotency_record_sum
INSERT INTO request_sum (hour, key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
	not_spent_nano, not_spent_most_nano, cost_nano, cache_hits, cache_saved_nano, mistakes, limited)
SELECT :now_ms / 3600000, key_id, coalesce(team_id, ''), model_group, answered_group, 'replayed', status, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM request WHERE id = :request_id;

-- name: idempotency_record_time
INSERT INTO metric_time (what, model, le_us, observations, sum_us)
SELECT :what, coalesce((SELECT value FROM metric_label WHERE kind = 'model' AND value = coalesce(r.model_group, 'unknown')), 'other'),
	:le_us, 1, :us FROM request r WHERE r.id = :request_id
ON CONFLICT DO UPDATE SET observations = observations + 1, sum_us = sum_us + excluded.sum_us;

-- name: idempotency_trim
DELETE FROM idempotent WHERE rowid IN (SELECT rowid FROM idempotent WHERE until_ms <= :now_ms LIMIT :most);
