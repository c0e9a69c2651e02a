-- Virtual keys.  The columns that keys.c reads stand in the same order everywhere; tags and routes are for those that call.

-- name: key_by_hash
SELECT k.id, k.alias, k.hint, k.team_id, k.models, t.models, k.blocked OR coalesce(t.blocked, 0), k.expires_ms, k.created_ms,
	k.rpm_limit, k.tpm_limit, k.max_parallel_requests, t.rpm_limit, t.tpm_limit, t.max_parallel_requests, k.role,
	CAST(json_extract(k.metadata, '$.budget_status') AS INTEGER), k.budget_fallbacks,
	(SELECT nullif(json_group_array(value), '[]') FROM (SELECT value FROM json_each(k.extra, '$.tags')
		UNION SELECT value FROM json_each(k.metadata, '$.tags') UNION SELECT value FROM json_each(t.extra, '$.tags')
		UNION SELECT value FROM json_each(t.metadata, '$.tags'))), json_extract(k.extra, '$.allowed_routes')
FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id
WHERE k.deleted_ms IS NULL AND k.hash = :hash;

-- name: key_by_previous_hash
SELECT k.id, k.alias, k.hint, k.team_id, k.models, t.models, k.blocked OR coalesce(t.blocked, 0), k.expires_ms, k.created_ms,
	k.rpm_limit, k.tpm_limit, k.max_parallel_requests, t.rpm_limit, t.tpm_limit, t.max_parallel_requests, k.role,
	CAST(json_extract(k.metadata, '$.budget_status') AS INTEGER), k.budget_fallbacks,
	(SELECT nullif(json_group_array(value), '[]') FROM (SELECT value FROM json_each(k.extra, '$.tags')
		UNION SELECT value FROM json_each(k.metadata, '$.tags') UNION SELECT value FROM json_each(t.extra, '$.tags')
		UNION SELECT value FROM json_each(t.metadata, '$.tags'))), json_extract(k.extra, '$.allowed_routes')
FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id
WHERE k.deleted_ms IS NULL AND k.previous_hash = :hash AND k.previous_until_ms > :now_ms;

-- name: key_find
-- The first is the one that is meant when it is named by what only it can have; otherwise there must be no second.
SELECT k.id, k.alias, k.hint, k.team_id, k.models, t.models, k.blocked OR coalesce(t.blocked, 0), k.expires_ms, k.created_ms,
	k.rpm_limit, k.tpm_limit, k.max_parallel_requests, t.rpm_limit, t.tpm_limit, t.max_parallel_requests, k.role,
	CAST(json_extract(k.metadata, '$.budget_status') AS INTEGER), k.budget_fallbacks, NULL, NULL,
	k.id = :which OR k.hash IN (:hash, :which) OR coalesce(k.previous_hash IN (:hash, :which), 0) AS is_exact
FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id
WHERE k.deleted_ms IS NULL AND (k.id = :which OR k.alias = :which OR k.hash IN (:hash, :which) OR k.previous_hash IN (:hash, :which) OR k.hint = :hint)
ORDER BY is_exact DESC, k.id LIMIT 2;

-- name: key_list
SELECT k.id, k.alias, k.hint, k.team_id, k.models, t.models, k.blocked OR coalesce(t.blocked, 0), k.expires_ms, k.created_ms,
	k.rpm_limit, k.tpm_limit, k.max_parallel_requests, t.rpm_limit, t.tpm_limit, t.max_parallel_requests, k.role,
	CAST(json_extract(k.metadata, '$.budget_status') AS INTEGER), k.budget_fallbacks, NULL, NULL
FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id
WHERE k.deleted_ms IS NULL OR :with_deleted
ORDER BY k.id;

-- name: key_insert
INSERT INTO virtual_key (id, hash, hint, alias, team_id, models, expires_ms, created_ms, rpm_limit, tpm_limit, max_parallel_requests,
	blocked, metadata, extra, role, plan_id, created_by, budget_fallbacks)
VALUES (:id, :hash, :hint, :alias, :team_id, :models, :expires_ms, :created_ms, :rpm_limit, :tpm_limit, :max_parallel_requests,
	:blocked, json_patch(:metadata, coalesce(:noted, '{}')), :extra, :role, :plan_id, :created_by, coalesce(:budget_fallbacks, '{}'));

-- name: key_team_exists
INSERT INTO team (id, alias, created_ms) VALUES (:id, :id, :created_ms) ON CONFLICT DO NOTHING;

-- name: key_update
UPDATE virtual_key SET alias = nullif(coalesce(:alias, alias), ''), team_id = nullif(coalesce(:team_id, team_id), ''),
	models = coalesce(:models, models), plan_id = nullif(coalesce(:plan_id, plan_id), ''),
	metadata = json_patch(coalesce(:metadata, metadata), coalesce(:noted, '{}')), extra = json_patch(extra, coalesce(:extra, '{}')),
	blocked = coalesce(:blocked, blocked), role = coalesce(:role, role), budget_fallbacks = coalesce(:budget_fallbacks, budget_fallbacks),
	expires_ms = CASE WHEN :keep_expiry THEN expires_ms ELSE :expires_ms END,
	rpm_limit = CASE WHEN :keep_rpm THEN rpm_limit ELSE :rpm_limit END,
	tpm_limit = CASE WHEN :keep_tpm THEN tpm_limit ELSE :tpm_limit END,
	max_parallel_requests = CASE WHEN :keep_parallel THEN max_parallel_requests ELSE :max_parallel_requests END,
	updated_ms = :now_ms
WHERE id = :id AND deleted_ms IS NULL;

-- name: key_set_blocked
UPDATE virtual_key SET blocked = :blocked, updated_ms = :now_ms WHERE id = :id AND deleted_ms IS NULL;

-- name: key_rotate
UPDATE virtual_key SET previous_hash = CASE WHEN :until_ms > 0 THEN hash END, previous_until_ms = nullif(:until_ms, 0),
	hash = :hash, hint = :hint, updated_ms = :now_ms
WHERE id = :id AND deleted_ms IS NULL;

-- name: key_delete
UPDATE virtual_key SET deleted_ms = :now_ms, hash = 'deleted-' || id, previous_hash = NULL, previous_until_ms = NULL, alias = NULL,
	plan_id = NULL, metadata = json_set(metadata, '$.alias', alias)
WHERE id = :id AND deleted_ms IS NULL;

-- name: key_budgets_stop
UPDATE budget SET active = 0 WHERE scope IN ('key', 'key_model') AND scope_id = :id;

-- name: key_of_team
SELECT id FROM virtual_key WHERE team_id = :team_id AND deleted_ms IS NULL ORDER BY id;
