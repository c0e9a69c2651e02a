-- What keys and teams spent on other machines that share the books (app/accounts/shared_spend.h).

CREATE TABLE spend_elsewhere (
	kind TEXT NOT NULL,                -- 'key' or 'team'
	id TEXT NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- Of spend_total, as others were told last.
CREATE TABLE spend_told (
	kind TEXT NOT NULL,
	id TEXT NOT NULL,
	cost_nano INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- Of all machines: one row or two.
CREATE VIEW spend_whole (kind, id, cost_nano) AS
SELECT kind, id, cost_nano FROM spend_total UNION ALL SELECT kind, id, cost_nano FROM spend_elsewhere;

-- How far the others' were taken over, and this file's name where they are added up.
CREATE TABLE spend_place (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	machine TEXT NOT NULL,
	revision INTEGER NOT NULL
);

ALTER TABLE books ADD COLUMN change TEXT;
