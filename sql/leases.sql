-- Leases: what the bank does for tills (app/accounts/bank.h).

-- name: till_open
INSERT INTO till (id, owner, number, until_ms) VALUES (:till_id, :owner, 0, :until_ms);

-- Of a report: it is the next one, and its till has not been given up.
-- name: till_report
UPDATE till SET number = :number, until_ms = :until_ms WHERE id = :till_id AND number = :number - 1;

-- name: till_number
SELECT number FROM till WHERE id = :till_id;

-- name: till_list
SELECT id, owner, number, until_ms FROM till;

-- A lease is taken where it fits, and else not.
-- name: lease_take
UPDATE budget_window SET held_nano = held_nano + :nano WHERE id = :window_id AND spent_nano + held_nano + :nano <= min(limit_nano - elsewhere_nano, coalesce(granted_nano, limit_nano));

-- name: lease_add
INSERT INTO lease (window_id, till_id, amount_nano, given_nano, given_number) VALUES (:window_id, :till_id, :nano, :nano, :number)
ON CONFLICT DO UPDATE SET amount_nano = amount_nano + excluded.amount_nano, given_nano = excluded.given_nano, given_number = excluded.given_number;

-- name: lease_given
SELECT given_nano FROM lease WHERE window_id = :window_id AND till_id = :till_id AND given_number = :number;

-- name: lease_free
UPDATE budget_window SET held_nano = held_nano - :nano WHERE id = :window_id;

-- name: lease_less
UPDATE lease SET amount_nano = amount_nano - :nano WHERE window_id = :window_id AND till_id = :till_id;

-- name: lease_show
UPDATE lease SET open_nano = :open_nano, calls = :calls WHERE window_id = :window_id AND till_id = :till_id;

-- name: lease_end
DELETE FROM lease WHERE window_id = :window_id AND till_id = :till_id AND amount_nano = 0;

-- name: lease_window
SELECT min(limit_nano - elsewhere_nano, coalesce(granted_nano, limit_nano)), spent_nano, held_nano, (SELECT coalesce(sum(amount_nano), 0) FROM lease WHERE window_id = :id) FROM budget_window WHERE id = :id;

-- The call that a dead process had begun becomes a hold of its own: what the lease had for it goes with it.
-- name: lease_call
INSERT INTO hold (request_id, number, started_ms, key_id, team_id, model_group, deployment_id, provider, model, tier, direction,
	bound_nano, price_version, windows, owner, deadline_ms)
SELECT :request_id, :number, :started_ms, :key_id, :team_id, :model_group, :deployment_id, :provider, :model, :tier, :direction,
	:bound_nano, :price_version, :windows, :owner, :deadline_ms
WHERE NOT EXISTS (SELECT 1 FROM attempt WHERE request_id = :request_id AND number = :number);

-- name: till_is_read
UPDATE till SET number = -1 WHERE id = :till_id AND number = :number;

-- name: till_end
DELETE FROM till WHERE id = :till_id AND number = :number;

-- name: lease_free_all
UPDATE budget_window SET held_nano = held_nano - (SELECT amount_nano FROM lease WHERE window_id = budget_window.id AND till_id = :till_id)
WHERE id IN (SELECT window_id FROM lease WHERE till_id = :till_id);

-- name: lease_lose_all
UPDATE budget_window SET
	held_nano = held_nano - (SELECT amount_nano FROM lease WHERE window_id = budget_window.id AND till_id = :till_id),
	spent_nano = spent_nano + (SELECT amount_nano FROM lease WHERE window_id = budget_window.id AND till_id = :till_id)
WHERE id IN (SELECT window_id FROM lease WHERE till_id = :till_id);

-- name: lease_note_lost
INSERT INTO lost (window_id, amount_nano, owner, at_ms)
SELECT window_id, amount_nano, :owner, :at_ms FROM lease WHERE till_id = :till_id AND amount_nano > 0;

-- name: lease_end_all
DELETE FROM lease WHERE till_id = :till_id;

-- Limits a minute and at a time, as rate_limit.sql takes them call by call.

-- name: rate_lease_use
SELECT coalesce(sum(requests), 0), coalesce(sum(tokens), 0),
	coalesce((SELECT open FROM rate_gauge WHERE scope = :scope AND scope_id = :scope_id), 0), (SELECT count(*) FROM till),
	(SELECT CASE WHEN until_ms > :second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'requests'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine),
	(SELECT CASE WHEN until_ms > :second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'tokens'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine),
	(SELECT CASE WHEN until_ms > :second * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'calls'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine)
FROM rate_second WHERE scope = :scope AND scope_id = :scope_id AND second BETWEEN :second - 61 AND :second + 60;

-- All of it where it fits, and else nothing.
-- name: rate_lease_take
INSERT INTO rate_lease (scope, scope_id, till_id, slots, second, given_number)
SELECT :scope, :scope_id, :till_id, :slots, :second, :number
FROM (SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(tokens), 0) AS tokens FROM rate_second
	WHERE scope = :scope AND scope_id = :scope_id AND second BETWEEN :second - 63 AND :second + 60) AS used
WHERE used.requests <= min(:rpm, coalesce(nullif(:rpm, 9223372036854775807) * 0 + (SELECT CASE WHEN until_ms > (:second - 3) * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'requests'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine), :rpm)) - :requests
	AND used.tokens <= min(:tpm, coalesce(nullif(:tpm, 9223372036854775807) * 0 + (SELECT CASE WHEN until_ms > (:second - 3) * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'tokens'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine), :tpm)) - :tokens
	AND coalesce((SELECT open FROM rate_gauge WHERE scope = :scope AND scope_id = :scope_id), 0)
		<= min(:parallel, coalesce(nullif(:parallel, 9223372036854775807) * 0 + (SELECT CASE WHEN until_ms > (:second - 3) * 1000 THEN coalesce((SELECT granted_amount FROM limit_share WHERE kind = 'calls'
		AND scope = :scope AND scope_id = :scope_id), 0) ELSE 0 END FROM machine), :parallel)) - :slots
ON CONFLICT DO UPDATE SET slots = slots + excluded.slots, second = excluded.second, given_number = excluded.given_number;

-- name: rate_lease_count
INSERT INTO rate_second (scope, scope_id, second, requests, tokens) VALUES (:scope, :scope_id, :second, :requests, :tokens)
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, tokens = tokens + excluded.tokens;

-- name: rate_lease_slots
INSERT INTO rate_gauge (scope, scope_id, open) VALUES (:scope, :scope_id, :slots)
ON CONFLICT DO UPDATE SET open = open + excluded.open;

-- name: rate_lease_given
SELECT 1 FROM rate_lease WHERE scope = :scope AND scope_id = :scope_id AND till_id = :till_id AND given_number = :number;

-- name: rate_lease_back
UPDATE rate_second SET requests = max(0, requests - :requests), tokens = max(0, tokens - :tokens)
WHERE scope = :scope AND scope_id = :scope_id AND second = :second;

-- name: rate_lease_free
UPDATE rate_gauge SET open = open - :slots WHERE scope = :scope AND scope_id = :scope_id;

-- name: rate_lease_show
UPDATE rate_lease SET slots = slots - :slots, open = :open, second = :second
WHERE scope = :scope AND scope_id = :scope_id AND till_id = :till_id;

-- name: rate_lease_end
DELETE FROM rate_lease WHERE scope = :scope AND scope_id = :scope_id AND till_id = :till_id AND slots = 0;

-- Does anything of it lie idle in a till?
-- name: rate_lease_idle
SELECT 1 FROM rate_lease WHERE scope = :scope AND scope_id = :scope_id AND (slots > open OR second >= :second) LIMIT 1;

-- name: rate_lease_free_all
UPDATE rate_gauge SET open = open - (SELECT slots FROM rate_lease l WHERE l.till_id = :till_id AND l.scope = rate_gauge.scope
	AND l.scope_id = rate_gauge.scope_id)
WHERE EXISTS (SELECT 1 FROM rate_lease l WHERE l.till_id = :till_id AND l.scope = rate_gauge.scope AND l.scope_id = rate_gauge.scope_id);

-- name: rate_lease_end_all
DELETE FROM rate_lease WHERE till_id = :till_id;

-- name: lease_list
SELECT window_id, amount_nano FROM lease WHERE till_id = :till_id;
