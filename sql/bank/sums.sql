-- Sums of all machines (app/accounts/shared_sums.h).

-- Tells a batch, which may be empty, and gives all machines that tell: with how long ago the bank heard of each.
-- name: sums_tell
SELECT o_id, o_name, o_address, o_silent_ms FROM sideways.sums_tell($1::text, $2::text, $3::text, $4::text, $5::text[], $6::text[], $7::text[]);

-- Some rows that have changed since revision $1, up to revision `top`, but for those that machine $2 alone has changed; without any a row
-- of nulls.  Last, in each: how many machines tell.
-- name: sums_since
SELECT h.revision, t.top, s.name, s.id, to_json(s.numbers)::text, (SELECT count(*) FROM sideways.sum_machine)
FROM sideways.sum_head h CROSS JOIN LATERAL (SELECT coalesce((SELECT x.revision FROM sideways.sum x WHERE x.revision > $1::bigint
		ORDER BY x.revision OFFSET 2000 LIMIT 1), h.revision) AS top) t
	LEFT JOIN sideways.sum s ON s.revision > $1::bigint AND s.revision <= t.top AND NOT (s.machine = $2::text AND s.before <= $1::bigint)
WHERE h.one;
