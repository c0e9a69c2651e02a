-- Budgets and their windows.

-- name: budget_set
INSERT INTO budget (scope, scope_id, model, period, limit_nano, source)
VALUES (:scope, :scope_id, :model, :period, :limit_nano, :source)
ON CONFLICT (scope, scope_id, model, period) DO UPDATE SET limit_nano = excluded.limit_nano, source = excluded.source, active = 1;

-- name: budget_window_follow
UPDATE budget_window SET limit_nano = :limit_nano, highest_limit_nano = max(highest_limit_nano, :limit_nano)
WHERE ends_ms > :now_ms
	AND budget_id = (SELECT id FROM budget WHERE scope = :scope AND scope_id = :scope_id AND model = :model AND period = :period);

-- name: budget_stop
UPDATE budget SET active = 0 WHERE scope = :scope AND scope_id = :scope_id AND model = :model AND period = :period;

-- name: budget_stop_all
UPDATE budget SET active = 0 WHERE scope = :scope AND scope_id = :scope_id AND source = 'admin';

-- What another gateway had spent of the window that runs.  It has no attempts, as if retention had deleted them, and so stands in
-- archived_nano too; told a second time it adds only what is more than the first.
-- name: budget_carry
INSERT INTO budget_window (budget_id, starts_ms, ends_ms, limit_nano, highest_limit_nano, spent_nano, archived_nano)
SELECT id, :starts_ms, :ends_ms, limit_nano, max(limit_nano, :nano), :nano, :nano FROM budget
WHERE active AND scope = :scope AND scope_id = :scope_id AND model = :model AND period = :period
ON CONFLICT (budget_id, for_user, starts_ms) DO UPDATE SET spent_nano = spent_nano + excluded.archived_nano - archived_nano,
	highest_limit_nano = max(highest_limit_nano, spent_nano + excluded.archived_nano - archived_nano),
	archived_nano = excluded.archived_nano
WHERE excluded.archived_nano > archived_nano;

-- name: budget_settings_list
SELECT scope, scope_id, period, limit_nano FROM budget WHERE source = 'settings' AND active;

-- name: budget_settings_stop
UPDATE budget SET active = 0 WHERE source = 'settings';

-- The plan that end users follow is named by the settings; their other budget stands in the settings itself.
-- name: budget_user_plan
SELECT plan_id FROM user_plan;

-- name: budget_user_plan_end
DELETE FROM user_plan;

-- name: budget_user_plan_set
INSERT INTO user_plan (one, plan_id) VALUES (1, :plan_id);

-- name: budget_user_budgets_stop
UPDATE budget SET active = 0 WHERE scope = 'user';

-- name: budget_window_open
INSERT INTO budget_window (budget_id, for_user, starts_ms, ends_ms, limit_nano, highest_limit_nano)
SELECT id, :for_user, :starts_ms, :ends_ms, limit_nano, limit_nano FROM budget WHERE id = :budget_id
ON CONFLICT (budget_id, for_user, starts_ms) DO NOTHING;

-- What a request sees: the budgets of its key, its team and its tags, and those of its user, the proxy, providers and deployments.
-- name: budget_states_of
SELECT b.id, b.scope, b.scope_id, b.period, b.limit_nano, w.id, w.spent_nano + w.elsewhere_nano, w.held_nano + w.ungranted_nano, w.overrun_nano, w.starts_ms, w.ends_ms,
	(SELECT coalesce(sum(amount_nano), 0) + coalesce(w.ungranted_nano, 0) FROM lease WHERE window_id = w.id), (SELECT coalesce(sum(open_nano), 0) FROM lease WHERE window_id = w.id),
	(SELECT coalesce(sum(amount_nano), 0) FROM lost WHERE window_id = w.id), b.model, w.ungranted_nano
FROM budget b LEFT JOIN budget_window w ON w.ends_ms > :now_ms
	AND w.id = (SELECT x.id FROM budget_window x WHERE x.budget_id = b.id AND x.starts_ms <= :now_ms ORDER BY x.starts_ms DESC LIMIT 1)
WHERE b.active AND b.scope = :scope AND b.scope_id = :scope_id;

-- name: budget_states_shared
SELECT b.id, b.scope, CASE b.scope WHEN 'user' THEN :user ELSE b.scope_id END, b.period, b.limit_nano, w.id, w.spent_nano + w.elsewhere_nano, w.held_nano + w.ungranted_nano, w.overrun_nano, w.starts_ms, w.ends_ms,
	(SELECT coalesce(sum(amount_nano), 0) + coalesce(w.ungranted_nano, 0) FROM lease WHERE window_id = w.id), (SELECT coalesce(sum(open_nano), 0) FROM lease WHERE window_id = w.id),
	(SELECT coalesce(sum(amount_nano), 0) FROM lost WHERE window_id = w.id), b.model, w.ungranted_nano
FROM budget b INDEXED BY budget_shared LEFT JOIN budget_window w ON w.ends_ms > :now_ms
	AND w.id = (SELECT x.id FROM budget_window x WHERE x.budget_id = b.id AND x.for_user = CASE b.scope WHEN 'user' THEN :user ELSE '' END
		AND x.starts_ms <= :now_ms ORDER BY x.starts_ms DESC LIMIT 1)
WHERE b.active AND b.scope NOT IN ('key', 'key_model', 'team', 'team_model', 'tag')
	AND (b.scope <> 'user' OR :user IS NOT NULL);

-- name: budget_window_used
SELECT spent_nano + elsewhere_nano, held_nano + ungranted_nano, overrun_nano,
	(SELECT coalesce(sum(amount_nano), 0) FROM lease WHERE window_id = :window_id) + ungranted_nano,
	(SELECT coalesce(sum(open_nano), 0) FROM lease WHERE window_id = :window_id), ungranted_nano
FROM budget_window WHERE id = :window_id;

-- name: revision
SELECT number FROM revision;

-- Of the windows of end users the hundred of which most is used.
-- name: budget_list
SELECT b.id, b.scope, CASE b.scope WHEN 'user' THEN coalesce(w.for_user, '') ELSE b.scope_id END, b.period, b.limit_nano, w.id, w.spent_nano + w.elsewhere_nano, w.held_nano + w.ungranted_nano, w.overrun_nano, w.starts_ms, w.ends_ms,
	(SELECT coalesce(sum(amount_nano), 0) + coalesce(w.ungranted_nano, 0) FROM lease WHERE window_id = w.id), (SELECT coalesce(sum(open_nano), 0) FROM lease WHERE window_id = w.id),
	(SELECT coalesce(sum(amount_nano), 0) FROM lost WHERE window_id = w.id), b.model, w.ungranted_nano
FROM budget b LEFT JOIN budget_window w ON w.ends_ms > :now_ms
	AND (w.id = (SELECT x.id FROM budget_window x WHERE x.budget_id = b.id AND x.for_user = '' AND x.starts_ms <= :now_ms
		ORDER BY x.starts_ms DESC LIMIT 1)
	OR w.id IN (SELECT x.id FROM budget_window x WHERE b.scope = 'user' AND x.budget_id = b.id AND x.starts_ms <= :now_ms AND x.ends_ms > :now_ms
		ORDER BY x.spent_nano + x.held_nano DESC LIMIT 100))
WHERE b.active
ORDER BY CASE b.scope WHEN 'key' THEN 0 WHEN 'key_model' THEN 1 WHEN 'team' THEN 2 WHEN 'team_model' THEN 2 WHEN 'user' THEN 3 WHEN 'tag' THEN 4 WHEN 'proxy' THEN 5
	WHEN 'provider' THEN 6 ELSE 7 END, b.scope_id, b.id, w.spent_nano + w.held_nano DESC;

-- The next two begin the present window of one scope's budgets anew.  The old window ends now and keeps its calls and holds;
-- the new one ends when the old one would have.  What it begins with, :carried_nano, has no attempts of its own, as if
-- retention had deleted them, and so stands in archived_nano too.

-- name: budget_reset_open
INSERT INTO budget_window (budget_id, starts_ms, ends_ms, limit_nano, highest_limit_nano, spent_nano, archived_nano)
SELECT b.id, :now_ms, w.ends_ms, w.limit_nano, max(w.limit_nano, :carried_nano), :carried_nano, :carried_nano
FROM budget b JOIN budget_window w ON w.id = (SELECT x.id FROM budget_window x WHERE x.budget_id = b.id AND x.starts_ms <= :now_ms
	ORDER BY x.starts_ms DESC LIMIT 1)
WHERE b.active AND b.scope = :scope AND b.scope_id = :scope_id AND w.ends_ms > :now_ms AND w.starts_ms < :now_ms
	AND w.spent_nano >= :carried_nano;

-- name: budget_reset_close
UPDATE budget_window SET ends_ms = :now_ms
WHERE ends_ms > :now_ms AND starts_ms < :now_ms AND budget_id IN (SELECT x.budget_id FROM budget_window x JOIN budget b ON b.id = x.budget_id
	WHERE x.starts_ms = :now_ms AND b.scope = :scope AND b.scope_id = :scope_id);
