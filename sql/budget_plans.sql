-- Limits with a name, and what follows them.

-- name: plan_insert
INSERT INTO budget_plan (id, period, limit_nano, rpm_limit, tpm_limit, max_parallel_requests, extra, created_ms, updated_ms)
VALUES (:id, coalesce(:period, ''), :limit_nano, :rpm_limit, :tpm_limit, :max_parallel_requests, :extra, :now_ms, :now_ms);

-- name: plan_update
UPDATE budget_plan SET period = coalesce(:period, period),
	limit_nano = CASE WHEN :keep_limit THEN limit_nano ELSE :limit_nano END,
	rpm_limit = CASE WHEN :keep_rpm THEN rpm_limit ELSE :rpm_limit END,
	tpm_limit = CASE WHEN :keep_tpm THEN tpm_limit ELSE :tpm_limit END,
	max_parallel_requests = CASE WHEN :keep_parallel THEN max_parallel_requests ELSE :max_parallel_requests END,
	extra = json_patch(extra, coalesce(:extra, '{}')), updated_ms = :now_ms
WHERE id = :id;

-- name: plan_delete
DELETE FROM budget_plan WHERE id = :id;

-- The next four bring everything that follows a plan in line with it; doing so twice changes nothing.

-- name: plan_follow_stop
UPDATE budget SET active = 0 WHERE active
	AND (scope, scope_id) IN (SELECT scope, scope_id FROM plan_follower WHERE plan_id = :id)
	AND NOT EXISTS (SELECT 1 FROM budget_plan p WHERE p.id = :id AND p.limit_nano IS NOT NULL AND p.period = budget.period);

-- name: plan_follow_set
INSERT INTO budget (scope, scope_id, period, limit_nano, source)
SELECT f.scope, f.scope_id, p.period, p.limit_nano, 'admin' FROM budget_plan p JOIN plan_follower f ON f.plan_id = p.id
WHERE p.id = :id AND p.limit_nano IS NOT NULL
ON CONFLICT (scope, scope_id, model, period) DO UPDATE SET limit_nano = excluded.limit_nano, source = excluded.source, active = 1;

-- name: plan_follow_windows
UPDATE budget_window SET limit_nano = b.limit_nano, highest_limit_nano = max(highest_limit_nano, b.limit_nano)
FROM budget b WHERE b.id = budget_window.budget_id AND b.active AND budget_window.ends_ms > :now_ms
	AND (b.scope, b.scope_id) IN (SELECT scope, scope_id FROM plan_follower WHERE plan_id = :id);

-- name: plan_follow_key_limits
UPDATE virtual_key SET rpm_limit = p.rpm_limit, tpm_limit = p.tpm_limit, max_parallel_requests = p.max_parallel_requests
FROM budget_plan p WHERE p.id = :id AND virtual_key.plan_id = :id;

-- name: plan_follow_team_limits
UPDATE team SET rpm_limit = p.rpm_limit, tpm_limit = p.tpm_limit, max_parallel_requests = p.max_parallel_requests
FROM budget_plan p WHERE p.id = :id AND team.plan_id = :id;
