-- From 21: prompts in the record.
-- The body of a request whose key's prompts are kept, sealed (telemetry/prompt_log.h).
CREATE TABLE prompt (
	request_id TEXT PRIMARY KEY,
	key_id TEXT NOT NULL,
	until_ms INTEGER NOT NULL,
	bytes INTEGER NOT NULL,            -- of the whole body; sealed has its beginning when it was long
	sealed TEXT NOT NULL               -- base64: nonce, text, tag
);
CREATE INDEX prompt_until ON prompt(until_ms);

CREATE TRIGGER prompt_of_deleted AFTER DELETE ON request
BEGIN
	DELETE FROM prompt WHERE request_id = OLD.id;
END;
