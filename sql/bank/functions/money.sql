-- Ids of pots by name; those that are not there are made.  Columns beside each other, one place a pot.
CREATE OR REPLACE FUNCTION sideways.pot_ids(kinds text[], scopes text[], scope_ids text[], models text[], periods text[], users text[],
	starts bigint[], ends bigint[]) RETURNS TABLE (place bigint, id bigint)
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO sideways.pot (kind, scope, scope_id, model, period, for_user, starts_ms, ends_ms)
	SELECT * FROM unnest(kinds, scopes, scope_ids, models, periods, users, starts, ends)
	AS t (kind, scope, scope_id, model, period, for_user, starts_ms, ends_ms)
	ORDER BY 1, 2, 3, 4, 5, 6, 7
	ON CONFLICT DO NOTHING;
	RETURN QUERY SELECT t.place, p.id FROM unnest(kinds, scopes, scope_ids, models, periods, users, starts) WITH ORDINALITY
		AS t (kind, scope, scope_id, model, period, for_user, starts_ms, place)
	JOIN sideways.pot p USING (kind, scope, scope_id, model, period, for_user, starts_ms);
END $$;

-- One round trip of a machine: what it has spent, what it keeps, what it wants.  Places of the arrays belong together.  lacks: the least
-- that helps; what is given is at most a twentieth of what is free, but for that.  The rows: first what
-- became of the report (told; again: it was told before, and these sums are not; stale; unknown: the bank has forgotten a pot), then one a
-- pot.
CREATE OR REPLACE FUNCTION sideways.machine_settle(machine text, host text, report bigint, mark_before text, its_mark text, reach_ms bigint, pots bigint[], limits bigint[],
	spent bigint[], lost bigint[], granted bigint[], wants bigint[], lacks bigint[])
RETURNS TABLE (o_state text, o_pot bigint, o_granted bigint, o_limit bigint, o_spent bigint, o_held bigint, o_recalled boolean, o_ends bigint)
LANGUAGE plpgsql AS $$
DECLARE
	m sideways.machine;
	p sideways.pot;
	s sideways.share;
	i int;
	keeps bigint;
	room bigint;
	given bigint;
	recalls boolean := false;
BEGIN
	SELECT * INTO m FROM sideways.machine x WHERE x.id = machine FOR UPDATE;
	IF NOT FOUND THEN -- a new one, or the bank was put back from a backup: what it says of itself holds
		INSERT INTO sideways.machine (id, name, number, mark, until_at, seen_at)
		VALUES (machine, host, report - 1, mark_before, now(), now()) RETURNING * INTO m;
	END IF;
	-- One that is further on than the bank is believed: the bank was put back from a backup.
	IF report < m.number OR (report = m.number AND its_mark <> m.mark) OR (report = m.number + 1 AND mark_before <> m.mark) THEN
		o_state := 'stale';
		RETURN NEXT;
		RETURN;
	END IF;
	-- All of its pots where it comes back, else those of this report; always in the order of their ids.
	PERFORM 1 FROM sideways.pot x WHERE x.id = ANY (pots)
		OR (m.state = 'lost' AND x.id IN (SELECT y.pot_id FROM sideways.share y WHERE y.machine_id = machine))
	ORDER BY x.id FOR UPDATE;
	IF EXISTS (SELECT 1 FROM unnest(pots) AS u (id) WHERE NOT EXISTS (SELECT 1 FROM sideways.pot x WHERE x.id = u.id)) THEN
		o_state := 'unknown';
		RETURN NEXT;
		RETURN;
	END IF;
	IF m.state = 'lost' THEN
		UPDATE sideways.pot x SET spent_amount = x.spent_amount - y.lost_amount, held_amount = x.held_amount + y.lost_amount
		FROM sideways.share y WHERE y.pot_id = x.id AND y.machine_id = machine AND y.lost_amount > 0;
		UPDATE sideways.share y SET lost_amount = 0 WHERE y.machine_id = machine;
	END IF;
	FOR i IN SELECT u.place::int FROM unnest(pots) WITH ORDINALITY AS u (id, place) WHERE report > m.number ORDER BY u.id LOOP
		SELECT * INTO STRICT p FROM sideways.pot x WHERE x.id = pots[i];
		SELECT * INTO s FROM sideways.share x WHERE x.pot_id = p.id AND x.machine_id = machine;
		IF NOT FOUND THEN
			INSERT INTO sideways.share (pot_id, machine_id, limit_amount) VALUES (p.id, machine, limits[i]) RETURNING * INTO s;
		END IF;
		UPDATE sideways.share x SET limit_amount = limits[i] WHERE x.pot_id = p.id AND x.machine_id = machine AND limit_amount <> limits[i];
		-- Who holds nothing tells nothing: after a while its limit is an old one, and a machine that is gone has it for ever.
		SELECT min(x.limit_amount) INTO p.limit_amount FROM sideways.share x JOIN sideways.machine y ON y.id = x.machine_id
		WHERE x.pot_id = p.id AND (y.id = machine OR (y.state = 'open'
			AND (x.granted_amount > x.spent_amount OR x.told_at > now() - interval '10 seconds')));
		-- A limit's share that was taken away is not had by saying so; money that was promised and forgotten is.
		keeps := CASE WHEN p.kind = 'money' THEN granted[i] ELSE least(granted[i], s.granted_amount) END;
		p.spent_amount := p.spent_amount - s.spent_amount + spent[i];
		p.held_amount := p.held_amount - greatest(0, s.granted_amount - s.spent_amount) + greatest(0, keeps - spent[i]);
		given := 0;
		IF wants[i] > 0 THEN
			room := CASE WHEN EXISTS (SELECT 1 FROM sideways.books b WHERE b.closed_by IS NOT NULL) THEN 0
				ELSE p.limit_amount - p.spent_amount - p.held_amount END;
			given := greatest(least(wants[i], room / CASE WHEN p.kind = 'money' THEN 20 ELSE 4 END), lacks[i]);
			IF given > greatest(room, 0) THEN
				given := 0;
				IF lacks[i] <= p.limit_amount - p.spent_amount THEN -- others hold it
					p.recall_at := clock_timestamp();
					recalls := true;
				END IF;
			END IF;
			IF given > 0 THEN
				keeps := greatest(keeps, spent[i]) + given;
			END IF;
			p.held_amount := p.held_amount + given;
		END IF;
		IF p.spent_amount + p.held_amount > p.limit_amount AND p.held_amount > greatest(0, keeps - spent[i]) THEN -- it was lowered
			p.recall_at := clock_timestamp();
			recalls := true;
		END IF;
		UPDATE sideways.pot x SET limit_amount = p.limit_amount, spent_amount = p.spent_amount, held_amount = p.held_amount,
			recall_at = p.recall_at WHERE x.id = p.id;
		UPDATE sideways.share x SET granted_amount = keeps, spent_amount = spent[i], own_lost_amount = lost[i], told_at = now()
		WHERE x.pot_id = p.id AND x.machine_id = machine;
	END LOOP;
	UPDATE sideways.machine x SET number = report, mark = its_mark, name = host, state = 'open', until_at = now() + reach_ms * interval '1 millisecond',
		seen_at = now() WHERE x.id = machine;
	IF recalls THEN
		PERFORM pg_notify('sideways_recall', '');
	END IF;
	RETURN QUERY SELECT CASE WHEN report > m.number THEN 'told' ELSE 'again' END, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::boolean, NULL::bigint
	UNION ALL
	SELECT NULL, x.id, coalesce(y.granted_amount, 0), x.limit_amount, x.spent_amount, x.held_amount,
		coalesce(x.recall_at > clock_timestamp() - interval '5 seconds', false), x.ends_ms
	FROM sideways.pot x LEFT JOIN sideways.share y ON y.pot_id = x.id AND y.machine_id = machine WHERE x.id = ANY (pots);
END $$;

-- What a machine that is silent has of limits is free again.  Of limits a minute after two: it used it for less than one (LIMITS_MS in
-- app/accounts/share_report.c), and the minute after that is over.  Of calls at a time when none can run there any more.
CREATE OR REPLACE FUNCTION sideways.limits_free() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	m text;
	kinds text[];
BEGIN
	SELECT x.id, CASE WHEN x.until_at < now() THEN '{requests,tokens,calls}' ELSE '{requests,tokens}' END INTO m, kinds
	FROM sideways.machine x WHERE x.seen_at < now() - interval '120 seconds'
		AND EXISTS (SELECT 1 FROM sideways.share y JOIN sideways.pot p ON p.id = y.pot_id
			WHERE y.machine_id = x.id AND y.granted_amount > 0 AND (p.kind IN ('requests', 'tokens') OR (p.kind = 'calls' AND x.until_at < now())))
	ORDER BY x.id LIMIT 1 FOR UPDATE SKIP LOCKED;
	PERFORM 1 FROM sideways.pot x JOIN sideways.share y ON y.pot_id = x.id AND y.machine_id = m
	WHERE x.kind = ANY (kinds) AND y.granted_amount > 0 ORDER BY x.id FOR UPDATE OF x;
	UPDATE sideways.pot x SET held_amount = x.held_amount - y.granted_amount FROM sideways.share y
	WHERE y.pot_id = x.id AND y.machine_id = m AND x.kind = ANY (kinds) AND y.granted_amount > 0;
	UPDATE sideways.share y SET granted_amount = 0 FROM sideways.pot x WHERE x.id = y.pot_id AND y.machine_id = m AND x.kind = ANY (kinds);
END $$;

-- Charges what a machine has that has not been heard of: any machine does it, for one at a time.
CREATE OR REPLACE FUNCTION sideways.machines_lose() RETURNS TABLE (o_name text, o_amount bigint)
LANGUAGE plpgsql AS $$
DECLARE
	m sideways.machine;
BEGIN
	SELECT * INTO m FROM sideways.machine x WHERE x.state = 'open' AND x.until_at < now()
		AND EXISTS (SELECT 1 FROM sideways.share y JOIN sideways.pot p ON p.id = y.pot_id
			WHERE y.machine_id = x.id AND y.granted_amount > y.spent_amount AND p.kind = 'money')
	ORDER BY x.id LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM 1 FROM sideways.pot x JOIN sideways.share y ON y.pot_id = x.id AND y.machine_id = m.id
	WHERE x.kind = 'money' AND y.granted_amount > y.spent_amount ORDER BY x.id FOR UPDATE OF x;
	UPDATE sideways.share y SET lost_amount = y.granted_amount - y.spent_amount FROM sideways.pot x
	WHERE x.id = y.pot_id AND y.machine_id = m.id AND x.kind = 'money' AND y.granted_amount > y.spent_amount;
	UPDATE sideways.pot x SET held_amount = x.held_amount - y.lost_amount, spent_amount = x.spent_amount + y.lost_amount
	FROM sideways.share y WHERE y.pot_id = x.id AND y.machine_id = m.id AND y.lost_amount > 0;
	UPDATE sideways.machine x SET state = 'lost' WHERE x.id = m.id;
	RETURN QUERY SELECT m.name, sum(y.lost_amount)::bigint FROM sideways.share y WHERE y.machine_id = m.id;
END $$;
