-- What keys and teams spent, machine by machine, for people: budgets stand in money.sql.

CREATE TABLE sideways.spend (
	kind text NOT NULL,                -- 'key' or 'team'
	id text NOT NULL,
	machine text NOT NULL,
	nano bigint NOT NULL,
	revision bigint NOT NULL,
	PRIMARY KEY (kind, id, machine)
);
CREATE INDEX spend_revision ON sideways.spend (revision);

CREATE TABLE sideways.spend_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	revision bigint NOT NULL           -- of the last machine that told; its row is locked by each, so they are seen in their order
);
INSERT INTO sideways.spend_head (revision) VALUES (0);

-- Whole sums: told twice they change nothing.
CREATE FUNCTION sideways.spend_tell(teller text, kinds text[], ids text[], nanos bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	head bigint;
BEGIN
	UPDATE sideways.spend_head h SET revision = h.revision + 1 RETURNING h.revision INTO head;
	INSERT INTO sideways.spend AS s (kind, id, machine, nano, revision)
	SELECT t.kind, t.id, teller, t.nano, head FROM unnest(kinds, ids, nanos) AS t (kind, id, nano)
	ON CONFLICT (kind, id, machine) DO UPDATE SET nano = excluded.nano, revision = head WHERE s.nano <> excluded.nano;
	RETURN head;
END $$;
