-- What the management API reads for itself.

-- name: api_key_hash
SELECT hash, json_extract(extra, '$.user_id') FROM virtual_key WHERE id = :id;
