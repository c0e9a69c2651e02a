-- The trail of changes: two statements before the change, two after it, in its transaction.

-- name: audit_begin
INSERT INTO audit_event (id, at_ms, actor, through, action, kind, thing_id)
VALUES (:id, :at_ms, :actor, :through, :action, :kind, :thing_id);

-- A picture of the thing as it is now.  The window of a budget is in it because a reset begins a new one.  (These are no views:
-- SQLite 3.40 refuses its JSON functions in a schema that is not trusted.)
-- name: audit_picture
UPDATE audit_event SET before = iif(:is_after, before, f.facts), after = iif(:is_after, f.facts, NULL), name = f.name
FROM (
	SELECT coalesce(k.alias, k.hint) AS name, json_object('alias', k.alias, 'secret', k.hint, 'old_secret_until_ms',
		k.previous_until_ms, 'team_id', k.team_id, 'role', k.role, 'models', json(k.models), 'blocked',
		json(iif(k.blocked, 'true', 'false')), 'expires_ms', nullif(k.expires_ms, 0), 'rpm_limit', k.rpm_limit,
		'tpm_limit', k.tpm_limit, 'max_parallel_requests', k.max_parallel_requests, 'budget_id', k.plan_id, 'budgets',
		(SELECT json_group_array(json_object('period', period, 'limit_nano', limit_nano, 'window_starts_ms',
			(SELECT max(starts_ms) FROM budget_window WHERE budget_id = b.id AND starts_ms <= (SELECT at_ms FROM audit_event WHERE id = :id))))
			FROM budget b WHERE b.scope = 'key' AND b.scope_id = k.id AND b.active),
		'model_budgets', (SELECT json_group_array(json_object('model', model, 'period', period, 'limit_nano', limit_nano))
			FROM budget b WHERE b.scope = 'key_model' AND b.scope_id = k.id AND b.active),
		'budget_fallbacks', json(k.budget_fallbacks),
		'metadata', json(k.metadata), 'extra', json(k.extra)) AS facts
	FROM virtual_key k WHERE :kind = 'key' AND k.id = :thing_id AND k.deleted_ms IS NULL
	UNION ALL
	SELECT coalesce(t.alias, t.id), json_object('alias', t.alias, 'models', json(t.models), 'blocked',
		json(iif(t.blocked, 'true', 'false')), 'rpm_limit', t.rpm_limit, 'tpm_limit', t.tpm_limit,
		'max_parallel_requests', t.max_parallel_requests, 'budget_id', t.plan_id, 'budgets',
		(SELECT json_group_array(json_object('period', period, 'limit_nano', limit_nano, 'window_starts_ms',
			(SELECT max(starts_ms) FROM budget_window WHERE budget_id = b.id AND starts_ms <= (SELECT at_ms FROM audit_event WHERE id = :id))))
			FROM budget b WHERE b.scope = 'team' AND b.scope_id = t.id AND b.active),
		'model_budgets', (SELECT json_group_array(json_object('model', model, 'period', period, 'limit_nano', limit_nano))
			FROM budget b WHERE b.scope = 'team_model' AND b.scope_id = t.id AND b.active),
		'keys', (SELECT json_group_array(id) FROM virtual_key WHERE team_id = t.id AND deleted_ms IS NULL),
		'metadata', json(t.metadata), 'extra', json(t.extra))
	FROM team t WHERE :kind = 'team' AND t.id = :thing_id AND t.deleted_ms IS NULL
	UNION ALL
	SELECT p.id, json_object('period', p.period, 'limit_nano', p.limit_nano, 'rpm_limit', p.rpm_limit,
		'tpm_limit', p.tpm_limit, 'max_parallel_requests', p.max_parallel_requests, 'extra', json(p.extra))
	FROM budget_plan p WHERE :kind = 'budget' AND p.id = :thing_id
	UNION ALL
	SELECT coalesce((SELECT json_extract(about, '$.user_email') FROM key_owner WHERE id = :thing_id), :thing_id), json_object('about',
		(SELECT json(about) FROM key_owner WHERE id = :thing_id), 'keys', (SELECT json_group_array(id) FROM virtual_key
			WHERE json_extract(extra, '$.user_id') = :thing_id AND deleted_ms IS NULL))
	WHERE :kind = 'user' AND (EXISTS (SELECT 1 FROM key_owner WHERE id = :thing_id)
		OR EXISTS (SELECT 1 FROM virtual_key WHERE json_extract(extra, '$.user_id') = :thing_id AND deleted_ms IS NULL))
) AS f
WHERE audit_event.id = :id;

-- name: audit_drop_nothing
DELETE FROM audit_event WHERE id = :id AND before IS after;

-- name: audit_note
INSERT INTO audit_event (id, at_ms, actor, through, action, kind, thing_id, name, after)
VALUES (:id, :at_ms, :actor, :through, :action, :kind, :thing_id, :name, :after);

-- name: view_audit
SELECT id, at_ms, actor, through, action, kind, thing_id, name, before, after FROM audit_event
WHERE id < :before AND (:kind IS NULL OR kind = :kind) AND (:thing_id IS NULL OR thing_id = :thing_id)
	AND (:actor IS NULL OR actor = :actor)
ORDER BY id DESC LIMIT :limit;

-- name: view_audit_thing
SELECT id, at_ms, actor, through, action, kind, thing_id, name, before, after FROM audit_event INDEXED BY audit_event_thing
WHERE kind = :kind AND thing_id = :thing_id AND id < :before AND (:actor IS NULL OR actor = :actor)
ORDER BY id DESC LIMIT :limit;
