-- Access tokens that a secret has bought at a cloud, for all processes.  They are sealed with a key made of that secret, so that
-- whoever reads this file alone learns nothing.

CREATE TABLE cloud_token (
	name TEXT PRIMARY KEY,             -- a hash of whose it is
	hash TEXT NOT NULL,                -- SHA-256 of the token, to forget one that was refused
	until_ms INTEGER NOT NULL,
	sealed TEXT NOT NULL               -- base64 of a nonce and a secretbox
) WITHOUT ROWID;
