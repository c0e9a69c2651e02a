-- Teams.

-- name: team_find
SELECT t.id, t.alias, t.models, t.blocked, t.created_ms, t.rpm_limit, t.tpm_limit, t.max_parallel_requests
FROM team t WHERE t.deleted_ms IS NULL AND (t.id = :which OR t.alias = :which) ORDER BY t.id <> :which LIMIT 1;

-- name: team_insert
INSERT INTO team (id, alias, models, blocked, created_ms, rpm_limit, tpm_limit, max_parallel_requests, metadata, extra, plan_id)
VALUES (:id, :alias, :models, :blocked, :created_ms, :rpm_limit, :tpm_limit, :max_parallel_requests, :metadata, :extra, :plan_id);

-- name: team_update
UPDATE team SET alias = nullif(coalesce(:alias, alias), ''), models = coalesce(:models, models),
	plan_id = nullif(coalesce(:plan_id, plan_id), ''), metadata = coalesce(:metadata, metadata),
	extra = json_patch(extra, coalesce(:extra, '{}')), blocked = coalesce(:blocked, blocked),
	rpm_limit = CASE WHEN :keep_rpm THEN rpm_limit ELSE :rpm_limit END,
	tpm_limit = CASE WHEN :keep_tpm THEN tpm_limit ELSE :tpm_limit END,
	max_parallel_requests = CASE WHEN :keep_parallel THEN max_parallel_requests ELSE :max_parallel_requests END,
	updated_ms = :now_ms
WHERE id = :id AND deleted_ms IS NULL;

-- name: team_set_blocked
UPDATE team SET blocked = :blocked, updated_ms = :now_ms WHERE id = :id AND deleted_ms IS NULL;

-- name: team_delete_keys
UPDATE virtual_key SET deleted_ms = :now_ms, hash = 'deleted-' || id, previous_hash = NULL, previous_until_ms = NULL, alias = NULL,
	plan_id = NULL, metadata = json_set(metadata, '$.alias', alias)
WHERE team_id = :id AND deleted_ms IS NULL;

-- name: team_stop_budgets
UPDATE budget SET active = 0 WHERE (scope IN ('team', 'team_model') AND scope_id = :id)
	OR (scope IN ('key', 'key_model') AND scope_id IN (SELECT id FROM virtual_key WHERE team_id = :id));

-- A key that is made for the team at this very moment is blocked by it.
-- name: team_delete
UPDATE team SET deleted_ms = :now_ms, blocked = 1, plan_id = NULL, metadata = json_set(metadata, '$.alias', alias), alias = NULL
WHERE id = :id AND deleted_ms IS NULL;
