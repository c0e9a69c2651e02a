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
UPDATE budget_window SET held_nano = held_nano + :nano WHERE id = :window_id AND spent_nano + held_nano + :nano <= limit_nano;

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
SELECT limit_nano, spent_nano, held_nano, (SELECT coalesce(sum(amount_nano), 0) FROM lease WHERE window_id = :id) FROM budget_window WHERE id = :id;

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
