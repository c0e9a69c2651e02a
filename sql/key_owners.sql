-- Whom keys belong to.  A key is an owner's when its extra names it; the row in key_owner only describes.

-- name: key_owner_put
INSERT INTO key_owner (id, about, created_ms, updated_ms) VALUES (:id, json_patch('{}', :about), :now_ms, :now_ms)
ON CONFLICT DO UPDATE SET about = json_patch(about, excluded.about), updated_ms = excluded.updated_ms;

-- name: key_owner_delete
DELETE FROM key_owner WHERE id = :id;

-- name: key_owner_stop_budgets
UPDATE budget SET active = 0 WHERE scope = 'key' AND scope_id IN (SELECT id FROM virtual_key WHERE json_extract(extra, '$.user_id') = :id);

-- name: key_owner_delete_keys
UPDATE virtual_key SET deleted_ms = :now_ms, hash = 'deleted-' || id, previous_hash = NULL, previous_until_ms = NULL, alias = NULL,
	plan_id = NULL, metadata = json_set(metadata, '$.alias', alias)
WHERE json_extract(extra, '$.user_id') = :id AND deleted_ms IS NULL;

-- A page of them: those with a row, and those that only keys name.  Keys that were deleted count for what was spent.
-- name: view_key_owners
WITH owned AS MATERIALIZED (SELECT json_extract(extra, '$.user_id') AS owner_id, id, team_id, created_ms, deleted_ms IS NULL AS is_there
		FROM virtual_key WHERE json_extract(extra, '$.user_id') IS NOT NULL),
	sums AS (SELECT owner_id, sum(is_there) AS key_count, max(iif(is_there, id, NULL)) AS key_id, min(created_ms) AS created_ms,
		sum(coalesce((SELECT cost_nano FROM spend_total WHERE kind = 'key' AND id = owned.id), 0)) AS spent_nano,
		json_group_array(DISTINCT team_id) FILTER (WHERE is_there AND team_id IS NOT NULL) AS teams
		FROM owned GROUP BY owner_id),
	whole AS (SELECT o.id, o.about, o.created_ms, o.updated_ms, coalesce(key_count, 0) AS key_count, key_id, coalesce(spent_nano, 0) AS spent_nano,
			coalesce(teams, '[]') AS teams FROM key_owner o LEFT JOIN sums ON owner_id = o.id
		UNION ALL SELECT owner_id, '{}', created_ms, created_ms, key_count, key_id, spent_nano, teams FROM sums
			WHERE key_count > 0 AND NOT EXISTS (SELECT 1 FROM key_owner WHERE id = owner_id)),
	placed AS (SELECT *, lower(coalesce(json_extract(about, '$.user_email'), '')) AS email, CASE :sort WHEN 'user_id' THEN id
			WHEN 'user_email' THEN lower(coalesce(json_extract(about, '$.user_email'), '')) WHEN 'spend' THEN spent_nano
			ELSE created_ms END AS place FROM whole)
SELECT id AS "+id", about AS "+about[]", created_ms AS "+created@", updated_ms AS "+updated@", key_count AS "+key_count",
	key_id AS "+key_id", spent_nano AS "+spent_nano", teams AS "+teams[]", count(*) OVER () AS "+total"
FROM placed
WHERE (:id IS NULL OR id = :id) AND (:ids IS NULL OR instr(',' || :ids || ',', ',' || id || ',')) AND (:is_email IS NULL OR email = lower(:is_email)) AND (:email IS NULL OR instr(email, lower(:email)))
	AND (:search IS NULL OR instr(lower(id) || ' ' || email, lower(:search)))
	AND (:role IS NULL OR json_extract(about, '$.user_role') = :role)
	AND (:team_id IS NULL OR EXISTS (SELECT 1 FROM json_each(teams) WHERE value = :team_id))
ORDER BY CASE WHEN NOT :descending THEN place END, CASE WHEN :descending THEN place END DESC, id LIMIT :limit OFFSET :offset;
