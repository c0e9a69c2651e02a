-- Goes up with every change of what decides who may ask for what: keys, teams, budgets, windows.  A process keeps what it has read of
-- them while the number stands (app/accounts/kept.h), whoever makes the change.  What is spent and held of a window is none of it,
-- and is always read.

CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);

INSERT INTO revision VALUES (1, 1);

CREATE TRIGGER revision_virtual_key_new AFTER INSERT ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_virtual_key_set AFTER UPDATE ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_virtual_key_gone AFTER DELETE ON virtual_key BEGIN UPDATE revision SET number = number + 1; END;

CREATE TRIGGER revision_team_new AFTER INSERT ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_set AFTER UPDATE ON team BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_team_gone AFTER DELETE ON team BEGIN UPDATE revision SET number = number + 1; END;

CREATE TRIGGER revision_budget_new AFTER INSERT ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_set AFTER UPDATE ON budget BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER revision_budget_gone AFTER DELETE ON budget BEGIN UPDATE revision SET number = number + 1; END;

-- An end user's window is asked for by his own requests, which see that it was not there.
CREATE TRIGGER revision_window_new AFTER INSERT ON budget_window WHEN NEW.for_user = ''
BEGIN
	UPDATE revision SET number = number + 1;
END;

CREATE TRIGGER revision_window_set AFTER UPDATE OF id, budget_id, starts_ms, ends_ms, limit_nano ON budget_window
BEGIN
	UPDATE revision SET number = number + 1;
END;

CREATE TRIGGER revision_window_gone AFTER DELETE ON budget_window WHEN OLD.for_user = ''
BEGIN
	UPDATE revision SET number = number + 1;
END;
