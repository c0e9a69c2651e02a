-- Of the store itself.

-- name: store_ping
INSERT INTO ping (one, at_ms) VALUES (1, :at_ms) ON CONFLICT (one) DO UPDATE SET at_ms = excluded.at_ms;
