-- Of the store itself.

-- name: store_ping
INSERT INTO ping (one, at_ms) VALUES (1, :at_ms) ON CONFLICT (one) DO UPDATE SET at_ms = excluded.at_ms;

-- name: store_begin
BEGIN IMMEDIATE;

-- name: store_commit
COMMIT;

-- name: store_rollback
ROLLBACK;

-- name: store_savepoint
SAVEPOINT change;

-- name: store_release
RELEASE change;

-- name: store_rollback_to_savepoint
ROLLBACK TO change;
