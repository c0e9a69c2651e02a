-- From 19: access tokens of clouds.
CREATE TABLE cloud_token (
	name TEXT PRIMARY KEY,
	hash TEXT NOT NULL,
	until_ms INTEGER NOT NULL,
	sealed TEXT NOT NULL
) WITHOUT ROWID;
