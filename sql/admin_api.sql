-- What the management API reads for itself.

-- name: api_key_hash
SELECT hash FROM virtual_key WHERE id = :id;
