-- What a machine has recorded, as often as it is told; what is older than the machine keeps goes, some at a time: more of it where nothing
-- is told.
CREATE OR REPLACE FUNCTION sideways.record_tell(its_machine text, ids text[], bodies text[], keep_from text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	head bigint;
BEGIN
	IF cardinality(ids) > 0 THEN
		UPDATE sideways.record_head h SET revision = h.revision + 1 RETURNING h.revision INTO head;
	END IF;
	INSERT INTO sideways.record AS r (id, machine, revision, body)
	SELECT t.id, its_machine, head, t.body FROM unnest(ids, bodies) AS t (id, body)
	ON CONFLICT (id) DO UPDATE SET revision = head, body = excluded.body WHERE r.machine = its_machine AND r.body <> excluded.body;
	DELETE FROM sideways.record r WHERE r.id IN (SELECT x.id FROM sideways.record x WHERE x.id < keep_from ORDER BY x.id
		LIMIT CASE WHEN head IS NULL THEN 20000 ELSE 2000 END);
END $$;
