-- Keys, teams, plans and budgets as pages and the API show them.  Columns that one function reads stand in the same order; one that is
-- named "+NAME" is the member NAME of what is shown (views/view_rows.h).

-- A page of keys: first which ones, by what they are sorted by ("place"), then all of those few. :after_place and :after_id are of the
-- last row of the page before; :offset is for programs that count pages.
-- name: view_keys_rows
WITH listed AS MATERIALIZED (
	SELECT k.id, CASE :sort WHEN 'alias' THEN lower(coalesce(k.alias, ''))
		WHEN 'spend' THEN coalesce((SELECT cost_nano FROM spend_total WHERE kind = 'key' AND id = k.id), 0)
		WHEN 'used' THEN coalesce((SELECT max(day) FROM (SELECT day FROM key_used WHERE key_id = k.id
			UNION ALL SELECT max(hour) / 24 FROM spend_hour WHERE kind = 'key' AND id = k.id)), 0)
		WHEN 'expires' THEN iif(coalesce(k.expires_ms, 0) = 0, 9000000000000, k.expires_ms)
		ELSE k.created_ms END AS place
	FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id
	WHERE (:id IS NULL OR k.id = :id)
		AND CASE :status WHEN 'any' THEN 1 WHEN 'deleted' THEN k.deleted_ms IS NOT NULL
			WHEN 'blocked' THEN k.deleted_ms IS NULL AND (k.blocked OR coalesce(t.blocked, 0))
			WHEN 'expired' THEN k.deleted_ms IS NULL AND k.expires_ms > 0 AND k.expires_ms <= :now_ms
			WHEN 'good' THEN k.deleted_ms IS NULL AND NOT (k.blocked OR coalesce(t.blocked, 0))
				AND NOT (coalesce(k.expires_ms, 0) > 0 AND k.expires_ms <= :now_ms)
			ELSE k.deleted_ms IS NULL END
		AND (:team_id IS NULL OR k.team_id = :team_id)
		AND (:user_id IS NULL OR json_extract(k.extra, '$.user_id') = :user_id)
		AND (:organization_id IS NULL OR json_extract(k.extra, '$.organization_id') = :organization_id)
		AND (:alias IS NULL OR k.alias = :alias)
		AND (NOT :named OR (k.alias IS NOT NULL AND (:search IS NULL OR instr(lower(k.alias), lower(:search)))))
		AND (:hash IS NULL OR k.hash = :hash) AND (:plan_id IS NULL OR k.plan_id = :plan_id)
		AND (:search IS NULL OR instr(lower(coalesce(k.alias, '') || ' ' || k.id || ' ' || k.hint || ' ' || coalesce(k.team_id, '')
			|| ' ' || coalesce(t.alias, '')), lower(:search)))),
chosen AS (
	SELECT id, place FROM listed, (SELECT iif(:sort = 'alias', :after_place, CAST(:after_place AS INTEGER)) AS last)
	WHERE :after_id IS NULL OR CASE WHEN :descending THEN place < last ELSE place > last END OR (place = last AND id > :after_id)
	ORDER BY CASE WHEN NOT :descending THEN place END, CASE WHEN :descending THEN place END DESC, id LIMIT :limit OFFSET :offset)
SELECT k.id AS "+id", coalesce(k.alias, json_extract(iif(k.deleted_ms IS NULL, '{}', k.metadata), '$.alias')) AS "+alias",
	k.hint AS "+hint", k.hash AS "+hash", k.team_id AS "+team_id", t.alias AS "+team_alias",
	k.models AS "+models[]", k.blocked, coalesce(t.blocked, 0), k.role AS "+role", k.expires_ms, k.created_ms AS "+created@",
	k.updated_ms AS "+updated@", k.deleted_ms AS "+deleted_at@",
	k.created_by AS "+created_by", k.rpm_limit AS "+rpm_limit", k.tpm_limit AS "+tpm_limit",
	k.max_parallel_requests AS "+max_parallel_requests", k.plan_id AS "+plan_id", k.metadata AS "+metadata[]", k.extra AS "+extra[]",
	k.previous_until_ms,
	coalesce((SELECT cost_nano FROM spend_total WHERE kind = 'key' AND id = k.id), 0) AS "+spent_nano",
	(SELECT max(day) FROM (SELECT day FROM key_used WHERE key_id = k.id
		UNION ALL SELECT max(hour) / 24 FROM spend_hour WHERE kind = 'key' AND id = k.id)), chosen.place, k.budget_fallbacks AS "+budget_fallbacks[]",
	k.models = '[]' AS "+all_models?", k.created_ms AS "+created_ms"
FROM chosen JOIN virtual_key k ON k.id = chosen.id LEFT JOIN team t ON t.id = k.team_id
ORDER BY CASE WHEN NOT :descending THEN place END, CASE WHEN :descending THEN place END DESC, k.id;

-- name: view_keys_count
SELECT count(*) FROM virtual_key k LEFT JOIN team t ON t.id = k.team_id
WHERE (:id IS NULL OR k.id = :id)
	AND CASE :status WHEN 'any' THEN 1 WHEN 'deleted' THEN k.deleted_ms IS NOT NULL
		WHEN 'blocked' THEN k.deleted_ms IS NULL AND (k.blocked OR coalesce(t.blocked, 0))
		WHEN 'expired' THEN k.deleted_ms IS NULL AND k.expires_ms > 0 AND k.expires_ms <= :now_ms
		WHEN 'good' THEN k.deleted_ms IS NULL AND NOT (k.blocked OR coalesce(t.blocked, 0))
			AND NOT (coalesce(k.expires_ms, 0) > 0 AND k.expires_ms <= :now_ms)
		ELSE k.deleted_ms IS NULL END
	AND (:team_id IS NULL OR k.team_id = :team_id)
	AND (:user_id IS NULL OR json_extract(k.extra, '$.user_id') = :user_id)
	AND (:organization_id IS NULL OR json_extract(k.extra, '$.organization_id') = :organization_id)
	AND (:alias IS NULL OR k.alias = :alias)
		AND (NOT :named OR (k.alias IS NOT NULL AND (:search IS NULL OR instr(lower(k.alias), lower(:search)))))
		AND (:hash IS NULL OR k.hash = :hash) AND (:plan_id IS NULL OR k.plan_id = :plan_id)
	AND (:search IS NULL OR instr(lower(coalesce(k.alias, '') || ' ' || k.id || ' ' || k.hint || ' ' || coalesce(k.team_id, '')
		|| ' ' || coalesce(t.alias, '')), lower(:search)));

-- name: view_teams_rows
SELECT t.id AS "+id", coalesce(t.alias, json_extract(iif(t.deleted_ms IS NULL, '{}', t.metadata), '$.alias')) AS "+alias",
	t.models AS "+models[]", t.models = '[]' AS "+all_models?", t.blocked AS "+blocked?", t.created_ms AS "+created@", t.created_ms AS "+created_ms",
	t.updated_ms AS "+updated@", t.deleted_ms IS NOT NULL AS "+deleted?", t.deleted_ms AS "+deleted_at@", t.metadata AS "+metadata[]",
	t.extra AS "+extra[]",
	t.rpm_limit AS "+rpm_limit", t.tpm_limit AS "+tpm_limit", t.max_parallel_requests AS "+max_parallel_requests",
	t.plan_id AS "+plan_id", (SELECT count(*) FROM virtual_key WHERE team_id = t.id AND deleted_ms IS NULL) AS "+key_count",
	coalesce((SELECT cost_nano FROM spend_total WHERE kind = 'team' AND id = t.id), 0) AS "+spent_nano"
FROM team t
WHERE (:id IS NULL OR t.id = :id) AND (t.deleted_ms IS NULL OR :with_deleted)
	AND (:search IS NULL OR instr(lower(t.id || ' ' || coalesce(t.alias, '')), lower(:search)))
ORDER BY lower(coalesce(t.alias, t.id)), t.id;

-- name: view_plans
SELECT p.id AS "+id", p.period AS "+period", p.limit_nano, p.rpm_limit AS "+rpm_limit", p.tpm_limit AS "+tpm_limit",
	p.max_parallel_requests AS "+max_parallel_requests", p.extra AS "+extra[]", p.created_ms AS "+created@", p.updated_ms AS "+updated@",
	(SELECT count(*) FROM plan_follower f WHERE f.plan_id = p.id) AS "+followers"
FROM budget_plan p WHERE :id IS NULL OR p.id = :id ORDER BY p.id;

-- name: view_budgets
SELECT b.id, b.scope, CASE b.scope WHEN 'user' THEN coalesce(w.for_user, '') ELSE b.scope_id END,
	CASE WHEN b.scope IN ('key', 'key_model') THEN (SELECT coalesce(alias, json_extract(metadata, '$.alias'), hint)
		FROM virtual_key WHERE id = b.scope_id) || iif(b.model = '', '', ' at ' || b.model)
		WHEN b.scope IN ('team', 'team_model') THEN (SELECT coalesce(alias, id) FROM team WHERE id = b.scope_id) || iif(b.model = '', '', ' at ' || b.model)
		WHEN b.scope = 'user' THEN coalesce(w.for_user, 'each of them') WHEN b.scope = 'proxy' THEN 'the whole proxy' ELSE b.scope_id END,
	b.period, b.source, b.limit_nano, w.id, w.spent_nano + w.elsewhere_nano, w.held_nano, w.overrun_nano, w.starts_ms, w.ends_ms,
	(SELECT coalesce(sum(amount_nano - open_nano), 0) FROM lease WHERE window_id = w.id), (SELECT coalesce(sum(amount_nano), 0) FROM lost WHERE window_id = w.id), b.model
FROM budget b LEFT JOIN budget_window w ON w.ends_ms > :now_ms
	AND (w.id = (SELECT x.id FROM budget_window x WHERE x.budget_id = b.id AND x.for_user = '' AND x.starts_ms <= :now_ms
		ORDER BY x.starts_ms DESC LIMIT 1)
	OR w.id IN (SELECT x.id FROM budget_window x WHERE b.scope = 'user' AND x.budget_id = b.id AND x.starts_ms <= :now_ms AND x.ends_ms > :now_ms
		ORDER BY x.spent_nano + x.held_nano DESC LIMIT 100))
WHERE b.active AND (:scope IS NULL OR b.scope = :scope) AND (:id IS NULL OR b.id = :id)
ORDER BY CASE b.scope WHEN 'proxy' THEN 0 WHEN 'provider' THEN 1 WHEN 'deployment' THEN 2 WHEN 'tag' THEN 3 WHEN 'team' THEN 4
	WHEN 'team_model' THEN 4 WHEN 'user' THEN 5 ELSE 6 END, b.scope_id, b.id, w.spent_nano + w.held_nano DESC;

-- name: view_budgets_of
SELECT b.id, b.scope, b.scope_id, b.scope_id, b.period, b.source, b.limit_nano, w.id, w.spent_nano + w.elsewhere_nano, w.held_nano, w.overrun_nano,
	w.starts_ms, w.ends_ms,
	(SELECT coalesce(sum(amount_nano - open_nano), 0) FROM lease WHERE window_id = w.id), (SELECT coalesce(sum(amount_nano), 0) FROM lost WHERE window_id = w.id), b.model
FROM budget b INDEXED BY budget_of_scope LEFT JOIN budget_window w ON w.ends_ms > :now_ms
	AND w.id = (SELECT x.id FROM budget_window x WHERE x.budget_id = b.id AND x.starts_ms <= :now_ms ORDER BY x.starts_ms DESC LIMIT 1)
WHERE b.active AND b.scope = :scope AND b.scope_id = :scope_id
ORDER BY b.id;

-- name: view_budget_windows
SELECT id, starts_ms, ends_ms, limit_nano, spent_nano + elsewhere_nano AS spent_nano, held_nano, overrun_nano, for_user AS "+for_user" FROM budget_window
WHERE budget_id = :id AND starts_ms <= :now_ms ORDER BY starts_ms DESC LIMIT :limit;

-- name: view_budget_overruns
SELECT b.id, b.scope, b.scope_id, b.period, w.id, w.starts_ms, w.ends_ms, w.limit_nano, w.spent_nano + w.elsewhere_nano, w.held_nano, w.overrun_nano,
	coalesce(CASE WHEN b.scope IN ('key', 'key_model') THEN (SELECT coalesce(alias, json_extract(metadata, '$.alias')) FROM virtual_key WHERE id = b.scope_id)
	WHEN b.scope IN ('team', 'team_model') THEN (SELECT alias FROM team WHERE id = b.scope_id) WHEN b.scope = 'user' THEN w.for_user
	WHEN b.scope = 'proxy' THEN 'the whole proxy' END, b.scope_id)
FROM budget_window w JOIN budget b ON b.id = w.budget_id WHERE w.overrun_nano > 0 ORDER BY w.starts_ms DESC LIMIT :limit;

-- Names to choose from in forms and filters.
-- name: view_names_keys
SELECT alias FROM virtual_key WHERE alias IS NOT NULL AND deleted_ms IS NULL ORDER BY alias LIMIT 500;

-- name: view_names_teams
SELECT id FROM team WHERE deleted_ms IS NULL ORDER BY id LIMIT 500;
