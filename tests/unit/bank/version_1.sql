-- The tables of the first version, and some of its functions, as Sideways made them until 30 November 2026.
CREATE SCHEMA sideways;
CREATE TABLE sideways.version (number int NOT NULL);
INSERT INTO sideways.version VALUES (1);
CREATE TABLE sideways.books (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	id text NOT NULL,
	revision bigint NOT NULL,
	closed_by text
);
INSERT INTO sideways.books (id, revision) VALUES (md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text), 1);
CREATE TABLE sideways.book_row (
	kind text NOT NULL,
	id text NOT NULL,
	revision bigint NOT NULL,
	body text,
	PRIMARY KEY (kind, id)
);
CREATE INDEX book_row_revision ON sideways.book_row (revision);
CREATE TABLE sideways.book_change (
	id text PRIMARY KEY,
	revision bigint NOT NULL,
	at timestamptz NOT NULL
);
CREATE INDEX book_change_at ON sideways.book_change (at);
CREATE INDEX book_change_revision ON sideways.book_change (revision);
CREATE FUNCTION sideways.book_write(change text, expected bigint, kinds text[], ids text[], bodies text[]) RETURNS bigint
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
CREATE TABLE sideways.ping (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	at timestamptz NOT NULL
);
CREATE TABLE sideways.breaker (
	deployment_id text PRIMARY KEY,
	until_at timestamptz NOT NULL,
	times int NOT NULL,
	reason text NOT NULL
);
CREATE TABLE sideways.breaker_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	number bigint NOT NULL
);
INSERT INTO sideways.breaker_head (number) VALUES (0);
CREATE TABLE sideways.claim (
	key_id text NOT NULL,
	token text NOT NULL,
	body_hash text NOT NULL,
	machine_id text NOT NULL,
	request_id text NOT NULL,
	state text NOT NULL CHECK (state IN ('running', 'done', 'lost')),
	deadline_ms bigint NOT NULL,
	until_ms bigint NOT NULL,
	status int NOT NULL DEFAULT 0,
	content_type text,
	streamed boolean NOT NULL DEFAULT false,
	answer text,
	PRIMARY KEY (key_id, token)
);
CREATE INDEX claim_until ON sideways.claim (until_ms);
CREATE TABLE sideways.machine (
	id text PRIMARY KEY,
	name text NOT NULL,
	number bigint NOT NULL,
	mark text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'lost')),
	until_at timestamptz NOT NULL,
	seen_at timestamptz NOT NULL
);
CREATE TABLE sideways.pot (
	id bigint PRIMARY KEY DEFAULT ('x' || left(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint,
	kind text NOT NULL CHECK (kind IN ('money', 'requests', 'tokens', 'calls')),
	scope text NOT NULL,
	scope_id text NOT NULL,
	model text NOT NULL DEFAULT '',
	period text NOT NULL DEFAULT '',
	for_user text NOT NULL DEFAULT '',
	starts_ms bigint NOT NULL DEFAULT 0,
	ends_ms bigint NOT NULL DEFAULT 9223372036854775807,
	limit_amount bigint NOT NULL DEFAULT 0,
	spent_amount bigint NOT NULL DEFAULT 0 CHECK (spent_amount >= 0),
	held_amount bigint NOT NULL DEFAULT 0 CHECK (held_amount >= 0),
	recall_at timestamptz,
	UNIQUE (kind, scope, scope_id, model, period, for_user, starts_ms)
);
CREATE TABLE sideways.share (
	pot_id bigint NOT NULL REFERENCES sideways.pot (id),
	machine_id text NOT NULL REFERENCES sideways.machine (id),
	limit_amount bigint NOT NULL,
	granted_amount bigint NOT NULL DEFAULT 0,
	spent_amount bigint NOT NULL DEFAULT 0,
	lost_amount bigint NOT NULL DEFAULT 0,
	own_lost_amount bigint NOT NULL DEFAULT 0,
	told_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (pot_id, machine_id)
);
CREATE INDEX share_of_machine ON sideways.share (machine_id);
CREATE FUNCTION sideways.limits_free() RETURNS void
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
CREATE TABLE sideways.forgotten (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	at timestamptz NOT NULL
);
INSERT INTO sideways.forgotten (at) VALUES (now());
CREATE INDEX pot_ends ON sideways.pot (ends_ms);
CREATE TABLE sideways.sum (
	name text NOT NULL,
	id text NOT NULL,
	numbers bigint[] NOT NULL,
	revision bigint NOT NULL,
	machine text NOT NULL,
	before bigint NOT NULL,
	PRIMARY KEY (name, id)
);
CREATE INDEX sum_revision ON sideways.sum (revision);
CREATE TABLE sideways.sum_head (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	revision bigint NOT NULL
);
INSERT INTO sideways.sum_head (revision) VALUES (0);
CREATE TABLE sideways.sum_machine (
	id text PRIMARY KEY,
	name text NOT NULL,
	address text NOT NULL,
	batch text NOT NULL,
	seen_at timestamptz NOT NULL
);
CREATE FUNCTION sideways.sums_added(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg(coalesce(t.a, 0) + coalesce(t.b, 0) ORDER BY t.place) FROM unnest(a, b) WITH ORDINALITY AS t (a, b, place)
$$;
