-- The books that machines share (app/accounts/shared_books.h).

-- All that has changed since a revision, in one picture; without such a row one of nulls.
-- name: books_since
SELECT b.id, b.revision, r.kind, r.id, r.body, (SELECT c.id FROM sideways.book_change c WHERE c.revision = b.revision),
	(SELECT c.id FROM sideways.book_change c WHERE c.revision = $1::bigint), (SELECT h.number FROM sideways.breaker_head h)
FROM sideways.books b LEFT JOIN sideways.book_row r ON r.revision > $1::bigint WHERE b.one;

-- name: books_write
SELECT sideways.book_write($1::text, $2::bigint, $3::text[], $4::text[], $5::text[]);

-- name: books_open
SELECT sideways.books_open();

-- name: books_close
SELECT sideways.books_close($1::text);

-- name: books_spent_by
SELECT coalesce(sum(s.spent_amount), 0) FROM sideways.share s JOIN sideways.pot p ON p.id = s.pot_id
WHERE s.machine_id = $1::text AND p.kind = 'money';

-- All money, for machine $1 to take back: what others lost is lost there.
-- name: books_pots
SELECT p.scope, p.scope_id, p.model, p.period, p.for_user, p.starts_ms, p.ends_ms, p.spent_amount,
	coalesce((SELECT sum(s.lost_amount + CASE WHEN s.machine_id = $1::text THEN 0 ELSE s.own_lost_amount END)
		FROM sideways.share s WHERE s.pot_id = p.id), 0)
FROM sideways.pot p WHERE p.kind = 'money' ORDER BY p.id;
