-- The record of machines that share it (app/accounts/shared_record.h).

-- name: record_tell
SELECT sideways.record_tell($1::text, $2::text[], $3::text[], $4::text);

-- Some rows of others than machine $2 that were told since revision $1, up to revision `top`; without any a row of nulls.
-- name: record_since
SELECT h.revision, t.top, r.id, r.machine, r.body
FROM sideways.record_head h CROSS JOIN LATERAL (SELECT coalesce((SELECT x.revision FROM sideways.record x WHERE x.revision > $1::bigint
		ORDER BY x.revision OFFSET 1000 LIMIT 1), h.revision) AS top) t
	LEFT JOIN sideways.record r ON r.revision > $1::bigint AND r.revision <= t.top AND r.machine <> $2::text
WHERE h.one;
