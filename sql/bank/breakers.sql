-- Breakers that machines tell each other (app/accounts/shared_breakers.h).

-- name: breakers_tell
SELECT sideways.breakers_tell($1::text[], $2::bigint[], $3::int[], $4::text[]);

-- The open ones, with how long they are; without any a row of nulls.
-- name: breakers_open
SELECT h.number, b.deployment_id, (extract(epoch FROM b.until_at - clock_timestamp()) * 1000)::bigint, b.times, b.reason
FROM sideways.breaker_head h LEFT JOIN sideways.breaker b ON b.until_at > clock_timestamp() WHERE h.one;
