-- What others spent in windows that a machine does not use (app/accounts/shared_windows.h).

ALTER TABLE sum_place ADD COLUMN budget_id INTEGER NOT NULL DEFAULT 0;
