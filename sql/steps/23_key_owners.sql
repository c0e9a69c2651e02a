-- From 22: whom keys belong to.
CREATE TABLE key_owner (
	id TEXT PRIMARY KEY,
	about TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL
) WITHOUT ROWID;
