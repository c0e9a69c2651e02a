-- A report of a machine is known from one of a copy of it, and a file that has come elsewhere spends nothing before it has been told.

ALTER TABLE machine ADD COLUMN mark TEXT NOT NULL DEFAULT '';
ALTER TABLE machine ADD COLUMN next_mark TEXT;
ALTER TABLE machine ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE machine ADD COLUMN renewed_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE share ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0;
