-- Holds.  Each of these changes one row.

-- name: ledger_hold
INSERT INTO hold (request_id, number, started_ms, key_id, team_id, model_group, deployment_id, provider, model, tier, direction,
	bound_nano, price_version, windows, owner, deadline_ms)
VALUES (:request_id, :number, :started_ms, :key_id, :team_id, :model_group, :deployment_id, :provider, :model, :tier, :direction,
	:bound_nano, :price_version, :windows, :owner, :deadline_ms);

-- The window's guard refuses (sql/schema/money.sql).
-- name: ledger_take
UPDATE OR FAIL budget_window SET held_nano = held_nano + :bound_nano WHERE id = :window_id;

-- The next three end a hold: whoever deletes its row writes the attempt and gives back what it held.
-- name: ledger_let_go
DELETE FROM hold WHERE request_id = :request_id AND number = :number;

-- All columns from the first one on, in the table's order: else SQLite copies each value.
-- name: ledger_end
-- rows: ledger_end_all
INSERT INTO attempt (request_id, number, state, started_ms, ended_ms, key_id, team_id, model_group, deployment_id, provider, model, tier,
	direction, outcome, status, input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated,
	bound_nano, cost_nano, not_spent_nano, price_version, windows, latency_ms, first_token_ms)
VALUES (:request_id, :number, :state, :started_ms, :ended_ms, :key_id, :team_id, :model_group, :deployment_id, :provider, :model, :tier,
	:direction, :outcome, :status, :input_tokens, :cached_tokens, :cache_write_tokens, :output_tokens, :reasoning_tokens, :estimated,
	:bound_nano, :cost_nano, 0, :price_version, :windows, :latency_ms, :first_token_ms);

-- name: ledger_give
UPDATE OR FAIL budget_window SET held_nano = held_nano - :bound_nano, spent_nano = spent_nano + :cost_nano,
	overrun_nano = overrun_nano + :overrun_nano WHERE id = :window_id;

-- name: ledger_not_called
INSERT INTO attempt (request_id, number, state, started_ms, ended_ms, key_id, team_id, model_group, deployment_id, provider, model, tier,
	direction, outcome, not_spent_nano, not_spent_most_nano)
VALUES (:request_id, :number, :state, :started_ms, :started_ms, :key_id, :team_id, :model_group, :deployment_id, :provider, :model, :tier,
	:direction, :outcome, :not_spent_nano, :not_spent_most_nano);

-- name: ledger_window
SELECT limit_nano, spent_nano + elsewhere_nano, held_nano + ungranted_nano, ends_ms,
	(SELECT coalesce(sum(amount_nano), 0) FROM lease WHERE window_id = :id) + ungranted_nano, ungranted_nano
FROM budget_window WHERE id = :id;

-- name: ledger_holders
SELECT (SELECT count(*) FROM hold h WHERE EXISTS (SELECT 1 FROM json_each(h.windows) WHERE value = :window_id)) +
	(SELECT coalesce(sum(calls), 0) FROM lease WHERE window_id = :window_id);

-- name: ledger_owners
SELECT owner, min(deadline_ms) FROM hold GROUP BY owner;

-- name: ledger_held_by
SELECT request_id, number, started_ms, key_id, team_id, model_group, deployment_id, provider, model, tier, direction, bound_nano,
	price_version, windows
FROM hold WHERE owner = :owner AND deadline_ms < :before_ms LIMIT :most;

-- name: ledger_audit_windows
WITH line AS (
	SELECT CAST(j.value AS INTEGER) AS window_id, a.cost_nano, 0 AS open_nano, max(0, a.cost_nano - a.bound_nano) AS over_nano
	FROM attempt a, json_each(a.windows) j
	UNION ALL SELECT CAST(j.value AS INTEGER), 0, h.bound_nano, 0 FROM hold h, json_each(h.windows) j
	UNION ALL SELECT window_id, 0, amount_nano, 0 FROM lease
	UNION ALL SELECT window_id, amount_nano, 0, 0 FROM lost
), sums AS (
	SELECT window_id, sum(cost_nano) AS cost, sum(open_nano) AS open, sum(over_nano) AS over FROM line GROUP BY window_id
)
SELECT b.scope, b.scope_id || b.model || w.for_user, b.period, w.starts_ms, w.limit_nano, w.highest_limit_nano, w.spent_nano, w.held_nano, w.overrun_nano,
	w.archived_nano, coalesce(s.cost, 0), coalesce(s.open, 0), coalesce(s.over, 0)
FROM budget_window w JOIN budget b ON b.id = w.budget_id LEFT JOIN sums s ON s.window_id = w.id
ORDER BY w.id;

-- name: ledger_audit_attempts
SELECT coalesce(sum(state NOT IN ('skipped', 'blocked')), 0), (SELECT count(*) FROM hold), coalesce(sum(state = 'unknown'), 0),
	coalesce(sum(CASE WHEN state = 'unknown' THEN cost_nano ELSE 0 END), 0), coalesce(sum(cost_nano), 0),
	coalesce(sum(state IN ('released', 'skipped', 'blocked') AND cost_nano <> 0), 0),
	(SELECT count(DISTINCT window_id) FROM lease WHERE amount_nano > 0), (SELECT coalesce(sum(amount_nano), 0) FROM lost)
FROM attempt a WHERE NOT EXISTS (SELECT 1 FROM request r WHERE r.id = a.request_id AND r.machine IS NOT NULL);

-- name: ledger_audit_orphans
SELECT count(*) FROM (SELECT j.value AS id FROM (SELECT windows FROM attempt UNION ALL SELECT windows FROM hold) a, json_each(a.windows) j
	UNION ALL SELECT window_id FROM lease UNION ALL SELECT window_id FROM lost) w
WHERE NOT EXISTS (SELECT 1 FROM budget_window b WHERE b.id = w.id);

-- name: ledger_audit_file
PRAGMA integrity_check(1);
