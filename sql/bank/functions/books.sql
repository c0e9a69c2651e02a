-- The new revision; below 0: the present one, because it is not the one that the rows were made from.
CREATE OR REPLACE FUNCTION sideways.book_write(change text, expected bigint, kinds text[], ids text[], bodies text[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	head bigint;
	made bigint;
	closed text;
	pot bigint;
	carried bigint;
BEGIN
	SELECT b.revision, b.closed_by INTO STRICT head, closed FROM sideways.books b FOR UPDATE;
	IF closed IS NOT NULL THEN
		RAISE EXCEPTION 'the books were moved back to one machine';
	END IF;
	-- It writes, so that it is answered when the standby has it: a server that was started again may show more than that.
	UPDATE sideways.book_change c SET at = now() WHERE c.id = change RETURNING c.revision INTO made;
	IF made IS NOT NULL THEN
		RETURN made;
	END IF;
	IF head <> expected THEN
		RETURN -head;
	END IF;
	head := head + 1;
	INSERT INTO sideways.book_row (kind, id, revision, body)
	SELECT t.kind, t.id, head, t.body FROM unnest(kinds, ids, bodies) AS t (kind, id, body)
	ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, body = excluded.body;
	UPDATE sideways.books SET revision = head;
	-- What a window begins with, from elsewhere, is the spending of a machine that is none.  Pots are locked in the order of their ids, as
	-- by reports.
	FOR pot, carried IN SELECT p.id, (w.body ->> 'carried_nano')::bigint
		FROM (SELECT t.body::jsonb AS body FROM unnest(kinds, bodies) AS t (kind, body) WHERE t.kind = 'window') w
		CROSS JOIN LATERAL sideways.pot_ids(ARRAY['money'], ARRAY[w.body ->> 'scope'], ARRAY[w.body ->> 'scope_id'], ARRAY[w.body ->> 'model'],
			ARRAY[w.body ->> 'period'], ARRAY[w.body ->> 'for_user'], ARRAY[(w.body ->> 'starts_ms')::bigint],
			ARRAY[(w.body ->> 'ends_ms')::bigint]) p
		WHERE (w.body ->> 'carried_nano')::bigint > 0 ORDER BY p.id LOOP
		INSERT INTO sideways.machine (id, name, number, until_at, seen_at) VALUES ('carried', 'carried over', 0, 'infinity', now())
		ON CONFLICT DO NOTHING;
		PERFORM 1 FROM sideways.pot p WHERE p.id = pot FOR UPDATE;
		UPDATE sideways.pot p SET spent_amount = p.spent_amount + greatest(0, carried - coalesce((SELECT s.spent_amount
			FROM sideways.share s WHERE s.pot_id = pot AND s.machine_id = 'carried'), 0)) WHERE p.id = pot;
		INSERT INTO sideways.share AS s (pot_id, machine_id, limit_amount, granted_amount, spent_amount)
		VALUES (pot, 'carried', 9223372036854775807, carried, carried)
		ON CONFLICT (pot_id, machine_id) DO UPDATE SET granted_amount = greatest(s.granted_amount, carried),
			spent_amount = greatest(s.spent_amount, carried);
	END LOOP;
	INSERT INTO sideways.book_change (id, revision, at) VALUES (change, head, now());
	DELETE FROM sideways.book_change c WHERE c.at < now() - interval '1 day';
	PERFORM pg_notify('sideways_books', head::text);
	RETURN head;
END $$;

-- The id of books that may be moved into.  Closed ones begin anew: what was in them is with the machine that took them back.
CREATE OR REPLACE FUNCTION sideways.books_open() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	b sideways.books;
BEGIN
	SELECT * INTO STRICT b FROM sideways.books x FOR UPDATE;
	IF b.closed_by IS NOT NULL THEN
		DELETE FROM sideways.share;
		DELETE FROM sideways.pot;
		DELETE FROM sideways.machine;
		DELETE FROM sideways.book_row;
		DELETE FROM sideways.book_change;
		DELETE FROM sideways.sum;
		DELETE FROM sideways.sum_machine;
		DELETE FROM sideways.record;
		DELETE FROM sideways.breaker;
		UPDATE sideways.books SET id = md5(random()::text || clock_timestamp()::text || b.id), revision = 1, closed_by = NULL
		RETURNING * INTO b;
	END IF;
	RETURN b.id;
END $$;

-- Ends the sharing: why it cannot, or ''.
CREATE OR REPLACE FUNCTION sideways.books_close(machine text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	b sideways.books;
	others text;
BEGIN
	SELECT * INTO STRICT b FROM sideways.books x FOR UPDATE;
	IF b.closed_by IS NOT NULL THEN
		RETURN CASE WHEN b.closed_by = machine THEN '' ELSE 'another machine has taken the books back already' END;
	END IF;
	LOCK TABLE sideways.pot IN EXCLUSIVE MODE; -- whoever is given money now is waited for, and nobody is afterwards
	SELECT string_agg(DISTINCT m.name, ', ') INTO others FROM sideways.machine m JOIN sideways.share s ON s.machine_id = m.id
	WHERE m.id <> machine AND m.state = 'open' AND s.granted_amount > s.spent_amount;
	IF others IS NOT NULL THEN
		RETURN 'other machines still have money of the budgets (' || others || '): stop their gateways first';
	END IF;
	UPDATE sideways.books SET closed_by = machine;
	RETURN '';
END $$;
