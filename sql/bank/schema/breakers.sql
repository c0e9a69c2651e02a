-- Deployments that are left alone for a while.  The time left is what machines say and hear, so it is measured by this clock alone.

CREATE TABLE sideways.breaker (
	deployment_id text PRIMARY KEY,
	until_at timestamptz NOT NULL,
	times int NOT NULL,                -- opened in a row
	reason text NOT NULL
);

CREATE TABLE sideways.breaker_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	number bigint NOT NULL             -- of tellings, whose row is locked by each
);
INSERT INTO sideways.breaker_head (number) VALUES (0);
