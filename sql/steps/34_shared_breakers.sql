-- Breakers that machines tell each other (app/accounts/shared_breakers.h).

ALTER TABLE breaker ADD COLUMN told_until_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE books ADD COLUMN breakers INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER metric_cooldown_new;
DROP TRIGGER metric_cooldown_again;

-- What another machine told is counted there.
CREATE TRIGGER metric_cooldown_new AFTER INSERT ON breaker WHEN NEW.state = 'open' AND NEW.open_until_ms <> NEW.told_until_ms
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;

CREATE TRIGGER metric_cooldown_again AFTER UPDATE ON breaker
WHEN NEW.state = 'open' AND (OLD.state <> 'open' OR NEW.open_until_ms > OLD.open_until_ms) AND NEW.open_until_ms <> NEW.told_until_ms
BEGIN
	INSERT INTO metric_cooldown (deployment_id, times) VALUES (NEW.deployment_id, 1)
	ON CONFLICT DO UPDATE SET times = times + 1;
END;
