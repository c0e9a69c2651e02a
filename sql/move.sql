-- An installation that moves to a bank that several machines share, and back (app/accounts/move_books.h).

-- name: move_open
SELECT (SELECT count(*) FROM hold), (SELECT count(*) FROM till);

-- What this machine has told, window by window.
-- name: move_sums
SELECT count(*), coalesce(sum(w.spent_nano - s.base_nano), 0) FROM share s JOIN budget_window w ON w.id = s.window_id;

-- Back: the bank's windows come here, with what others spent as if its attempts had been archived, and what they lost as lost here.
-- Each may come again.

-- name: move_back_open
INSERT INTO budget_window (budget_id, for_user, starts_ms, ends_ms, limit_nano, highest_limit_nano)
SELECT id, :for_user, :starts_ms, :ends_ms, limit_nano, limit_nano FROM budget
WHERE scope = :scope AND scope_id = :scope_id AND model = :model AND period = :period
ON CONFLICT (budget_id, for_user, starts_ms) DO NOTHING;

-- name: move_back_spent
UPDATE budget_window SET archived_nano = archived_nano + :spent_nano - spent_nano - :lost_nano
		+ coalesce((SELECT sum(amount_nano) FROM lost WHERE window_id = budget_window.id AND owner = 'other machines'), 0),
	overrun_nano = max(overrun_nano, :spent_nano - max(highest_limit_nano, limit_nano)), spent_nano = :spent_nano
WHERE for_user = :for_user AND starts_ms = :starts_ms AND spent_nano <= :spent_nano AND budget_id = (SELECT id FROM budget
	WHERE scope = :scope AND scope_id = :scope_id AND model = :model AND period = :period);

-- name: move_back_lost
INSERT INTO lost (window_id, amount_nano, owner, at_ms)
SELECT id, missing, 'other machines', :now_ms FROM (SELECT w.id AS id, :lost_nano - coalesce((SELECT sum(amount_nano) FROM lost
		WHERE window_id = w.id AND owner = 'other machines'), 0) AS missing
	FROM budget_window w JOIN budget b ON b.id = w.budget_id WHERE w.for_user = :for_user AND w.starts_ms = :starts_ms
		AND b.scope = :scope AND b.scope_id = :scope_id AND b.model = :model AND b.period = :period)
WHERE missing > 0;

-- This file stands for itself again.
-- name: move_back_windows
UPDATE budget_window SET granted_nano = NULL, elsewhere_nano = 0 WHERE granted_nano IS NOT NULL OR elsewhere_nano <> 0;

-- name: move_back_shares
DELETE FROM share;

-- name: move_back_machine
DELETE FROM machine;
