-- The bank that several machines share, on PostgreSQL 13 or later.  All in the schema "sideways"; files in the order of their names.

-- One row, written with the tables (app/bank/bank_schema.c).
CREATE TABLE sideways.version (
	number int NOT NULL,               -- of the tables: the last of sql/bank/steps
	functions text NOT NULL            -- a hash of sql/bank/functions, as they were made last
);
