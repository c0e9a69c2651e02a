-- Statements for the bank on PostgreSQL (app/bank/bank_connection.h).  Names of tables stand with their schema.

-- Of each connection.  A role or a database may have limits of its own, which would end what must be waited for.
-- name: session
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
SET default_transaction_isolation = 'read committed'; SET client_min_messages = 'error'; SET search_path = sideways, pg_catalog;

-- name: schema_is_there
SELECT (to_regclass('sideways.version') IS NOT NULL)::int;

-- name: schema_version_of
SELECT number FROM sideways.version;

-- Before the tables: the schema, unless somebody who may has made it.  The lock lets one of several go first.
-- name: schema_begin
DO $$ BEGIN
	PERFORM pg_advisory_xact_lock(7597120135);
	IF to_regnamespace('sideways') IS NULL THEN CREATE SCHEMA sideways; END IF;
END $$;
