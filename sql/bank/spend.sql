-- What keys and teams spent on all machines (app/accounts/shared_spend.h).

-- name: spend_tell
SELECT sideways.spend_tell($1::text, $2::text[], $3::text[], $4::bigint[]);

-- Sums of the others, of what has changed since a revision; without any a row of nulls.
-- name: spend_since
SELECT h.revision, c.kind, c.id, (SELECT coalesce(sum(y.nano), 0) FROM sideways.spend y WHERE y.kind = c.kind AND y.id = c.id AND y.machine <> $2::text)
FROM sideways.spend_head h LEFT JOIN (SELECT DISTINCT s.kind, s.id FROM sideways.spend s WHERE s.revision > $1::bigint AND s.machine <> $2::text) c ON true WHERE h.one;
