-- Statements for the bank on PostgreSQL (app/bank/bank_connection.h).  Names of tables stand with their schema.

-- Of each connection.  A role or a database may have limits of its own, which would end what must be waited for.
-- Without statistics a look at a few rows is thought to be dear, and its machine code takes half a second to make.
-- name: session
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
SET default_transaction_isolation = 'read committed'; SET client_min_messages = 'error'; SET jit = off; SET search_path = sideways, pg_catalog;

-- name: schema_is_there
SELECT (to_regclass('sideways.version') IS NOT NULL)::int;

-- name: schema_version_of
SELECT v.number, to_jsonb(v) ->> 'functions' FROM sideways.version v;

-- Before the tables: the schema, unless somebody who may has made it.  The lock lets one of several go first.
-- name: schema_begin
DO $$ BEGIN
	PERFORM pg_advisory_xact_lock(7597120135);
	IF to_regnamespace('sideways') IS NULL THEN CREATE SCHEMA sideways; END IF;
END $$;

-- Money and limits (sql/bank/schema/money.sql).

-- name: pot_ids
SELECT place, id FROM sideways.pot_ids($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[]);

-- name: machine_settle
SELECT o_state, o_pot, o_granted, o_limit, o_spent, o_held, o_recalled::int, o_ends
FROM sideways.machine_settle($1::text, $2::text, $3::bigint, $4::text, $5::text, $6::bigint, $7::bigint[], $8::bigint[], $9::bigint[],
	$10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[]);

-- name: machines_lose
SELECT o_name, o_amount FROM sideways.machines_lose();

-- name: limits_free
SELECT sideways.limits_free(), sideways.forget_old();

-- Sums that must agree; a row a pot that does not.
-- name: pots_audit
SELECT p.kind, p.scope, p.scope_id, p.period, p.starts_ms, p.limit_amount, p.spent_amount, p.held_amount, x.spent, x.held, x.over
FROM sideways.pot p CROSS JOIN LATERAL (SELECT coalesce(sum(s.spent_amount + s.lost_amount), 0) AS spent,
	coalesce(sum(greatest(0, s.granted_amount - s.spent_amount)) FILTER (WHERE m.state = 'open'), 0) AS held,
	coalesce(sum(greatest(0, s.spent_amount - s.granted_amount)), 0) AS over
	FROM sideways.share s JOIN sideways.machine m ON m.id = s.machine_id WHERE s.pot_id = p.id) x
WHERE p.spent_amount <> x.spent OR p.held_amount <> x.held;

-- name: pots_summary
SELECT count(*), coalesce(sum(spent_amount) FILTER (WHERE kind = 'money'), 0), coalesce(sum(held_amount) FILTER (WHERE kind = 'money'), 0),
	(SELECT coalesce(sum(lost_amount + own_lost_amount), 0) FROM sideways.share), (SELECT count(*) FROM sideways.machine)
FROM sideways.pot;

-- Idempotency keys.

-- name: claim_begin
SELECT machine_id, body_hash, state, request_id, status, content_type, streamed::int, answer
FROM sideways.claim_begin($1::text, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::bigint, $8::bigint);

-- name: claim_tell
UPDATE sideways.claim SET state = $4::text, request_id = $5::text, status = coalesce($6::int, 0), content_type = $7::text,
	streamed = $8::int <> 0, answer = $9::text
WHERE key_id = $1::text AND token = $2::text AND machine_id = $3::text;

-- name: claim_forget
DELETE FROM sideways.claim WHERE key_id = $1::text AND token = $2::text AND machine_id = $3::text;

-- What others than machine $1 spent of these windows: nothing where it was given back, or where there is none.
-- name: pots_spent
SELECT t.place, coalesce(p.spent_amount, 0) - coalesce((SELECT s.spent_amount FROM sideways.share s WHERE s.pot_id = p.id AND s.machine_id = $1::text), 0)
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) WITH ORDINALITY AS t (scope, scope_id, model, period, starts_ms, place)
LEFT JOIN sideways.pot p ON p.kind = 'money' AND p.scope = t.scope AND p.scope_id = t.scope_id AND p.model = t.model AND p.period = t.period
	AND p.for_user = '' AND p.starts_ms = t.starts_ms;
