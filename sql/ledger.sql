-- Holds.  The rules are triggers in schema.sql.

-- name: ledger_hold
INSERT INTO attempt (request_id, number, state, started_ms, key_id, team_id, model_group, deployment_id, provider, model, tier,
	direction, bound_nano, price_version, windows, owner, deadline_ms)
VALUES (:request_id, :number, 'held', :started_ms, :key_id, :team_id, :model_group, :deployment_id, :provider, :model, :tier,
	:direction, :bound_nano, :price_version, :windows, :owner, :deadline_ms);

-- name: ledger_not_called
INSERT INTO attempt (request_id, number, state, started_ms, ended_ms, key_id, team_id, model_group, deployment_id, provider, model,
	tier, direction, outcome, not_spent_nano)
VALUES (:request_id, :number, :state, :started_ms, :started_ms, :key_id, :team_id, :model_group, :deployment_id, :provider, :model,
	:tier, :direction, :outcome, :not_spent_nano);

-- name: ledger_end
UPDATE attempt SET state = :state, ended_ms = :ended_ms, outcome = :outcome, status = :status, input_tokens = :input_tokens,
	cached_tokens = :cached_tokens, cache_write_tokens = :cache_write_tokens, output_tokens = :output_tokens,
	reasoning_tokens = :reasoning_tokens, estimated = :estimated,
	cost_nano = CASE :state WHEN 'unknown' THEN bound_nano WHEN 'released' THEN 0 ELSE :cost_nano END,
	latency_ms = :latency_ms, first_token_ms = :first_token_ms
WHERE request_id = :request_id AND number = :number AND state = 'held';

-- name: ledger_window
SELECT b.scope, b.scope_id, b.period, w.limit_nano, w.spent_nano + w.held_nano, w.ends_ms
FROM budget_window w JOIN budget b ON b.id = w.budget_id WHERE w.id = :id;

-- name: ledger_owners
SELECT owner, min(deadline_ms) FROM attempt WHERE state = 'held' GROUP BY owner;

-- name: ledger_end_of_owner
UPDATE attempt SET state = 'unknown', ended_ms = :now_ms, outcome = 'worker died', estimated = 1, cost_nano = bound_nano
WHERE state = 'held' AND owner = :owner AND deadline_ms < :before_ms;

-- name: ledger_audit_windows
WITH line AS (
	SELECT CAST(j.value AS INTEGER) AS window_id, a.state, a.cost_nano, a.bound_nano FROM attempt a, json_each(a.windows) j
), sums AS (
	SELECT window_id, sum(CASE WHEN state = 'held' THEN 0 ELSE cost_nano END) AS cost,
		sum(CASE WHEN state = 'held' THEN bound_nano ELSE 0 END) AS open,
		sum(CASE WHEN state <> 'held' AND cost_nano > bound_nano THEN cost_nano - bound_nano ELSE 0 END) AS over
	FROM line GROUP BY window_id
)
SELECT b.scope, b.scope_id, b.period, w.starts_ms, w.limit_nano, w.highest_limit_nano, w.spent_nano, w.held_nano, w.overrun_nano,
	w.archived_nano, coalesce(s.cost, 0), coalesce(s.open, 0), coalesce(s.over, 0)
FROM budget_window w JOIN budget b ON b.id = w.budget_id LEFT JOIN sums s ON s.window_id = w.id
ORDER BY w.id;

-- name: ledger_audit_attempts
SELECT count(*), coalesce(sum(state = 'held'), 0), coalesce(sum(state = 'unknown'), 0),
	coalesce(sum(CASE WHEN state = 'unknown' THEN cost_nano ELSE 0 END), 0), coalesce(sum(cost_nano), 0),
	coalesce(sum(state IN ('released', 'skipped', 'blocked') AND cost_nano <> 0), 0)
FROM attempt;

-- name: ledger_audit_orphans
SELECT count(*) FROM attempt a, json_each(a.windows) j WHERE NOT EXISTS (SELECT 1 FROM budget_window w WHERE w.id = j.value);

-- name: ledger_audit_file
PRAGMA integrity_check(1);
