-- When this file was found to be a copy of a machine's.

ALTER TABLE machine ADD COLUMN renewed_ms INTEGER NOT NULL DEFAULT 0;
