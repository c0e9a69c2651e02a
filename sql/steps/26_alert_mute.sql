-- From 25: alerts that are muted.
-- Nobody is told of these, and the Overview leaves them out.
CREATE TABLE alert_mute (
	rule TEXT NOT NULL,
	subject TEXT NOT NULL,
	until_ms INTEGER NOT NULL,         -- 0: until the episode ends; the next one has another cause
	PRIMARY KEY (rule, subject)
) WITHOUT ROWID;
