-- Numbers beside each other; one of a newer program may have more of them.
CREATE OR REPLACE FUNCTION sideways.sums_added(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg(coalesce(t.a, 0) + coalesce(t.b, 0) ORDER BY t.place) FROM unnest(a, b) WITH ORDINALITY AS t (a, b, place)
$$;

-- What a machine added since its last batch.  The rows: machines that were heard of in the last month.
CREATE OR REPLACE FUNCTION sideways.sums_tell(machine text, host text, panel text, its_batch text, names text[], ids text[], added text[])
RETURNS TABLE (o_id text, o_name text, o_address text, o_silent_ms bigint)
LANGUAGE plpgsql AS $$
DECLARE
	head bigint;
	told text;
BEGIN
	INSERT INTO sideways.sum_machine (id, name, address, batch, seen_at) VALUES (machine, host, panel, '', now()) ON CONFLICT DO NOTHING;
	SELECT m.batch INTO STRICT told FROM sideways.sum_machine m WHERE m.id = machine FOR UPDATE;
	UPDATE sideways.sum_machine m SET name = host, address = panel, seen_at = now(),
		batch = CASE WHEN its_batch = '' THEN told ELSE its_batch END WHERE m.id = machine;
	IF cardinality(names) > 0 AND told <> its_batch THEN
		UPDATE sideways.sum_head h SET revision = h.revision + 1 RETURNING h.revision INTO head;
		INSERT INTO sideways.sum AS s (name, id, numbers, revision, machine, before)
		SELECT t.name, t.id, t.added::bigint[], head, machine, 0 FROM unnest(names, ids, added) AS t (name, id, added)
		ON CONFLICT (name, id) DO UPDATE SET numbers = sideways.sums_added(s.numbers, excluded.numbers), revision = head,
			machine = excluded.machine, before = s.revision;
	END IF;
	DELETE FROM sideways.sum_machine m WHERE m.seen_at < now() - interval '30 days';
	RETURN QUERY SELECT m.id, m.name, m.address, (extract(epoch FROM clock_timestamp() - m.seen_at) * 1000)::bigint
	FROM sideways.sum_machine m;
END $$;
