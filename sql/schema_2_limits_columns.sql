-- Limits of a key and of a team: requests a minute, tokens a minute, calls at a time.  NULL: none.

ALTER TABLE virtual_key ADD COLUMN rpm_limit INTEGER CHECK (rpm_limit >= 0);
ALTER TABLE virtual_key ADD COLUMN tpm_limit INTEGER CHECK (tpm_limit >= 0);
ALTER TABLE virtual_key ADD COLUMN max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0);
ALTER TABLE team ADD COLUMN rpm_limit INTEGER CHECK (rpm_limit >= 0);
ALTER TABLE team ADD COLUMN tpm_limit INTEGER CHECK (tpm_limit >= 0);
ALTER TABLE team ADD COLUMN max_parallel_requests INTEGER CHECK (max_parallel_requests >= 0);
