-- Machines share idempotency keys.

-- Claims of this machine that have ended, or are forgotten, and of which the bank is to be told.
CREATE TABLE claim_news (
	key_id TEXT NOT NULL,
	token TEXT NOT NULL,
	PRIMARY KEY (key_id, token)
) WITHOUT ROWID;

CREATE TRIGGER claim_ended AFTER UPDATE OF state ON idempotent WHEN EXISTS (SELECT 1 FROM machine)
BEGIN
	INSERT OR REPLACE INTO claim_news (key_id, token) VALUES (NEW.key_id, NEW.token);
END;

CREATE TRIGGER claim_forgotten AFTER DELETE ON idempotent WHEN EXISTS (SELECT 1 FROM machine)
BEGIN
	INSERT OR REPLACE INTO claim_news (key_id, token) VALUES (OLD.key_id, OLD.token);
END;
