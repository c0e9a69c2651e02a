-- This machine's shares of windows (app/accounts/shares.h).

-- name: machine_of
SELECT id, number, away FROM machine;

-- name: machine_join
INSERT INTO machine (one, id, number) VALUES (1, :id, 0) ON CONFLICT DO NOTHING;

-- Windows that were there before.
-- name: share_begin_all
INSERT INTO share (window_id) SELECT id FROM budget_window WHERE granted_nano IS NULL AND (ends_ms > :now_ms OR held_nano > 0)
ON CONFLICT DO NOTHING;

-- name: share_grant_none
UPDATE budget_window SET granted_nano = 0 WHERE granted_nano IS NULL AND id IN (SELECT window_id FROM share);

-- name: machine_told
UPDATE machine SET number = :number WHERE id = :id;

-- name: machine_away
UPDATE machine SET away = :why;

-- A file that was put back from a backup becomes another machine.
-- name: machine_renew
UPDATE machine SET id = :id, number = 0;

-- name: share_renew
UPDATE share SET base_nano = (SELECT spent_nano FROM budget_window WHERE id = window_id), told_nano = NULL;

-- name: share_renew_windows
UPDATE budget_window SET granted_nano = spent_nano WHERE id IN (SELECT window_id FROM share);

-- name: share_list
SELECT w.id, s.pot_id, w.limit_nano, w.spent_nano, w.held_nano, w.granted_nano, s.base_nano, s.told_nano, s.wanted_nano,
	(SELECT coalesce(sum(amount_nano), 0) FROM lost WHERE window_id = w.id), w.ends_ms, b.scope, b.scope_id, b.model, b.period, w.for_user, w.starts_ms
FROM share s JOIN budget_window w ON w.id = s.window_id JOIN budget b ON b.id = w.budget_id
WHERE NOT :wanted_only OR s.wanted_nano > 0;

-- name: share_is_wanted
SELECT EXISTS (SELECT 1 FROM share WHERE wanted_nano > 0);

-- name: share_want
UPDATE share SET wanted_nano = :nano WHERE window_id = :window_id AND wanted_nano < :nano;

-- name: share_pot
UPDATE share SET pot_id = :pot_id WHERE window_id = :window_id;

-- Before the bank is told: nothing but what is idle goes back.
-- name: share_lower
UPDATE budget_window SET granted_nano = :granted_nano
WHERE id = :window_id AND granted_nano > :granted_nano AND spent_nano + held_nano <= :granted_nano;

-- name: share_take
UPDATE budget_window SET granted_nano = :granted_nano, elsewhere_nano = :elsewhere_nano WHERE id = :window_id;

-- name: share_told
UPDATE share SET told_nano = :told_nano, wanted_nano = CASE WHEN wanted_nano > :wanted_nano THEN wanted_nano ELSE 0 END
WHERE window_id = :window_id;

-- A window that is over, all of whose calls have ended and are told.
-- name: share_end
DELETE FROM share WHERE window_id = :window_id;
