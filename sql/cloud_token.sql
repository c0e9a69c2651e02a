-- Access tokens of clouds, sealed (app/relay/cloud_tokens.c).

-- name: cloud_token_find
SELECT sealed FROM cloud_token WHERE name = :name AND until_ms > :least_ms;

-- name: cloud_token_expire
DELETE FROM cloud_token WHERE until_ms <= :now_ms;

-- name: cloud_token_keep
INSERT INTO cloud_token (name, hash, until_ms, sealed) VALUES (:name, :hash, :until_ms, :sealed)
ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, until_ms = excluded.until_ms, sealed = excluded.sealed;

-- name: cloud_token_forget
DELETE FROM cloud_token WHERE hash = :hash;
