-- This machine's shares of windows (app/accounts/shares.h).

-- name: machine_of
SELECT id, number, away, mark, next_mark FROM machine;

-- name: machine_join
INSERT INTO machine (one, id, number) VALUES (1, :id, 0) ON CONFLICT DO NOTHING;

-- Windows that were there before.
-- name: share_begin_all
INSERT INTO share (window_id) SELECT id FROM budget_window WHERE granted_nano IS NULL AND (ends_ms > :now_ms OR held_nano > 0)
ON CONFLICT DO NOTHING;

-- name: share_grant_none
UPDATE budget_window SET granted_nano = 0 WHERE granted_nano IS NULL AND id IN (SELECT window_id FROM share);

-- Of a file that is elsewhere than it was nothing may be spent before the bank has told it what it has: it may be a copy of one in use.
-- name: share_elsewhere
UPDATE budget_window SET granted_nano = spent_nano + held_nano WHERE granted_nano > spent_nano + held_nano
	AND id IN (SELECT window_id FROM share) AND EXISTS (SELECT 1 FROM machine WHERE place <> :place);

-- name: machine_elsewhere
UPDATE machine SET place = :place, until_ms = 0 WHERE place <> :place;

-- name: machine_tells
UPDATE machine SET next_mark = :mark WHERE next_mark IS NULL;

-- name: machine_told
UPDATE machine SET number = :number, until_ms = :until_ms, mark = next_mark, next_mark = NULL WHERE id = :id;

-- name: machine_away
UPDATE machine SET away = :why;

-- A file that was put back from a backup, or a copy, becomes another machine.  What it spent and never told, and what its calls hold,
-- is the new one's, so that all of it is charged.
-- name: machine_renew
UPDATE machine SET id = :id, number = 0, until_ms = 0, mark = '', next_mark = NULL, renewed_ms = :now_ms;

-- name: share_renew
UPDATE share SET base_nano = coalesce(told_nano, base_nano), told_nano = NULL, unsure = 0;

-- name: share_renew_windows
UPDATE budget_window SET granted_nano = spent_nano + held_nano WHERE id IN (SELECT window_id FROM share);

-- name: share_list
SELECT w.id, s.pot_id, w.limit_nano, w.spent_nano, w.held_nano, w.granted_nano, s.base_nano, s.told_nano, s.wanted_nano,
	(SELECT coalesce(sum(amount_nano), 0) FROM lost WHERE window_id = w.id), w.ends_ms, b.scope, b.scope_id, b.model, b.period, w.for_user, w.starts_ms, s.unsure,
	EXISTS (SELECT 1 FROM budget_window n WHERE n.budget_id = w.budget_id AND n.for_user = w.for_user AND n.starts_ms = w.ends_ms),
	(SELECT f.id FROM budget_window f WHERE w.starts_ms > :now_ms AND f.budget_id = w.budget_id AND f.for_user = w.for_user AND f.ends_ms = w.starts_ms)
FROM share s JOIN budget_window w ON w.id = s.window_id JOIN budget b ON b.id = w.budget_id
WHERE NOT :wanted_only OR s.wanted_nano > 0;

-- name: share_next_window
INSERT INTO budget_window (budget_id, for_user, starts_ms, ends_ms, limit_nano, highest_limit_nano)
SELECT w.budget_id, w.for_user, w.ends_ms, :ends_ms, b.limit_nano, b.limit_nano FROM budget_window w JOIN budget b ON b.id = w.budget_id
WHERE w.id = :window_id AND b.active ON CONFLICT (budget_id, for_user, starts_ms) DO NOTHING;

-- name: share_is_wanted
SELECT EXISTS (SELECT 1 FROM share WHERE wanted_nano > 0) OR EXISTS (SELECT 1 FROM limit_share WHERE wanted_amount > 0);

-- name: share_want
INSERT INTO share (window_id, wanted_nano) SELECT id, :nano FROM budget_window WHERE id = :window_id AND granted_nano IS NOT NULL
ON CONFLICT DO UPDATE SET wanted_nano = excluded.wanted_nano WHERE wanted_nano < excluded.wanted_nano;

-- name: share_pot
UPDATE share SET pot_id = :pot_id WHERE window_id = :window_id;

-- Before the bank is told: nothing but what is idle goes back.
-- name: share_lower
UPDATE budget_window SET granted_nano = :granted_nano
WHERE id = :window_id AND granted_nano > :granted_nano AND spent_nano + held_nano <= :granted_nano;

-- name: share_take
UPDATE budget_window SET granted_nano = :granted_nano, elsewhere_nano = :elsewhere_nano WHERE id = :window_id;

-- A report was answered before: what it gave to windows that are not in this one is not known here.
-- name: share_unsure
UPDATE share SET unsure = 1;

-- name: share_told
UPDATE share SET told_nano = coalesce(:told_nano, told_nano), unsure = :told_nano IS NULL, wanted_nano = CASE WHEN wanted_nano > :wanted_nano THEN wanted_nano ELSE 0 END
WHERE window_id = :window_id;

-- A window that is over, all of whose calls have ended and are told.
-- name: share_end
DELETE FROM share WHERE window_id = :window_id;

-- The same of limits.  Used: what counts in the minute that runs, or at present.

-- name: limit_share_list
SELECT l.kind, l.scope, l.scope_id, l.limit_amount, l.granted_amount, l.pot_id, l.wanted_amount, CASE l.kind WHEN 'calls' THEN coalesce((SELECT open FROM rate_gauge g WHERE g.scope = l.scope AND g.scope_id = l.scope_id), 0)
	ELSE coalesce((SELECT sum(CASE l.kind WHEN 'requests' THEN r.requests ELSE r.tokens END) FROM rate_second r
		WHERE r.scope = l.scope AND r.scope_id = l.scope_id AND r.second BETWEEN :second - 61 AND :second + 60), 0) END
FROM limit_share l WHERE NOT :wanted_only OR l.wanted_amount > 0;

-- name: limit_share_want
INSERT INTO limit_share (kind, scope, scope_id, limit_amount, wanted_amount) VALUES (:kind, :scope, :scope_id, :limit, :amount)
ON CONFLICT DO UPDATE SET limit_amount = excluded.limit_amount, wanted_amount = max(wanted_amount, excluded.wanted_amount);

-- name: limit_share_pot
UPDATE limit_share SET pot_id = :pot_id WHERE kind = :kind AND scope = :scope AND scope_id = :scope_id;

-- name: limit_share_lower
UPDATE limit_share AS l SET granted_amount = :granted WHERE kind = :kind AND scope = :scope AND scope_id = :scope_id AND granted_amount > :granted
	AND CASE l.kind WHEN 'calls' THEN coalesce((SELECT open FROM rate_gauge g WHERE g.scope = l.scope AND g.scope_id = l.scope_id), 0)
	ELSE coalesce((SELECT sum(CASE l.kind WHEN 'requests' THEN r.requests ELSE r.tokens END) FROM rate_second r
		WHERE r.scope = l.scope AND r.scope_id = l.scope_id AND r.second BETWEEN :second - 61 AND :second + 60), 0) END <= :granted;

-- name: limit_share_take
UPDATE limit_share SET granted_amount = :granted, wanted_amount = CASE WHEN wanted_amount > :wanted THEN wanted_amount ELSE 0 END
WHERE kind = :kind AND scope = :scope AND scope_id = :scope_id;

-- name: limit_share_end
DELETE FROM limit_share WHERE kind = :kind AND scope = :scope AND scope_id = :scope_id AND granted_amount = 0 AND wanted_amount = 0;

-- name: claim_news_list
SELECT n.key_id, n.token, i.state, i.request_id, i.status, i.content_type, i.streamed, i.answer
FROM claim_news n LEFT JOIN idempotent i ON i.key_id = n.key_id AND i.token = n.token LIMIT 16;

-- name: claim_news_end
DELETE FROM claim_news WHERE key_id = :key_id AND token = :token
	AND :state IS (SELECT state FROM idempotent WHERE key_id = :key_id AND token = :token);

-- What others spent in windows that this machine does not use (app/accounts/shared_windows.h).

-- Some budgets with their present windows, from where it was left the last time.
-- name: shared_window_list
SELECT b.id, b.scope, b.scope_id, b.model, b.period, w.starts_ms, w.ends_ms,
	coalesce(w.elsewhere_nano + (SELECT base_nano FROM share WHERE window_id = w.id), w.elsewhere_nano, 0)
FROM budget b LEFT JOIN budget_window w ON w.ends_ms > :now_ms AND w.id = (SELECT x.id FROM budget_window x
	WHERE x.budget_id = b.id AND x.for_user = '' AND x.starts_ms <= :now_ms ORDER BY x.starts_ms DESC LIMIT 1)
WHERE b.active AND b.scope <> 'user' AND b.id > (SELECT budget_id FROM sum_place) ORDER BY b.id LIMIT :most;

-- name: shared_window_reach
UPDATE sum_place SET budget_id = :budget_id;

-- One that was opened only to be shown is not told of; a call that needs money asks for its share.
-- name: shared_window_no_share
DELETE FROM share WHERE pot_id IS NULL AND wanted_nano = 0 AND base_nano = 0 AND window_id = (SELECT id FROM budget_window
	WHERE budget_id = :budget_id AND for_user = '' AND starts_ms = :starts_ms AND spent_nano + held_nano = 0 AND granted_nano = 0);

-- name: shared_window_spent
UPDATE budget_window SET elsewhere_nano = max(0, :elsewhere_nano - coalesce((SELECT base_nano FROM share WHERE window_id = budget_window.id), 0))
WHERE budget_id = :budget_id AND for_user = '' AND starts_ms = :starts_ms AND granted_nano IS NOT NULL;
