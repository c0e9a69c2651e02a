-- The bank that several machines share, on PostgreSQL 13 or later.  All in the schema "sideways"; files in the order of their names.

-- Of these tables.  One row; a second CREATE fails, so two that make them at once make them once.
CREATE TABLE sideways.version (number int NOT NULL);
INSERT INTO sideways.version VALUES (1);
