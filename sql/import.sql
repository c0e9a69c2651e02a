-- What an import asks: is it there, and was it deleted here?

-- name: import_key_known
SELECT id, deleted_ms IS NOT NULL FROM virtual_key
WHERE id = :id OR hash = :hash OR previous_hash = :hash ORDER BY deleted_ms IS NOT NULL, id LIMIT 1;

-- name: import_team_known
SELECT id, deleted_ms IS NOT NULL FROM team WHERE id = :id LIMIT 1;

-- name: import_plan_known
SELECT id, 0 FROM budget_plan WHERE id = :id LIMIT 1;

-- name: import_user_known
SELECT id, 0 FROM key_owner WHERE id = :id LIMIT 1;
