-- What was asked, of keys whose prompts are kept (telemetry/prompt_log.h).

-- name: prompt_keep
INSERT INTO prompt (request_id, key_id, until_ms, bytes, sealed) VALUES (:request_id, :key_id, :until_ms, :bytes, :sealed);

-- name: prompt_find
SELECT until_ms, bytes, sealed FROM prompt WHERE request_id = :request_id AND until_ms > :now_ms;

-- name: prompt_forget
DELETE FROM prompt WHERE request_id = :request_id;

-- name: prompt_forget_key
DELETE FROM prompt WHERE key_id = (SELECT key_id FROM request WHERE id = :request_id);

-- name: prompt_expire
DELETE FROM prompt WHERE request_id IN (SELECT request_id FROM prompt WHERE until_ms <= :now_ms ORDER BY until_ms LIMIT :most);
