-- The books: what machines share besides money.  A row is one key, team, plan, budget, user, admin, session or event of the trail, as
-- JSON of its columns in the machines' own files; each machine has a copy of all (app/store/books.h).

CREATE TABLE sideways.books (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	id text NOT NULL,                  -- of these books: a copy of others is refused
	revision bigint NOT NULL           -- of the last change; its row is locked by each
);
INSERT INTO sideways.books (id, revision) VALUES (md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text), 1);

CREATE TABLE sideways.book_row (
	kind text NOT NULL,
	id text NOT NULL,
	revision bigint NOT NULL,          -- of the change that wrote it last
	body text,                         -- NULL: it is gone
	PRIMARY KEY (kind, id)
);
CREATE INDEX book_row_revision ON sideways.book_row (revision);

-- Changes of the last day: one that is asked for twice, because its answer was lost, is made once.
CREATE TABLE sideways.book_change (
	id text PRIMARY KEY,
	revision bigint NOT NULL,
	at timestamptz NOT NULL
);
CREATE INDEX book_change_at ON sideways.book_change (at);

-- The new revision; below 0: the present one, because it is not the one that the rows were made from.
CREATE FUNCTION sideways.book_write(change text, expected bigint, kinds text[], ids text[], bodies text[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	head bigint;
	made bigint;
BEGIN
	SELECT b.revision INTO STRICT head FROM sideways.books b FOR UPDATE;
	SELECT c.revision INTO made FROM sideways.book_change c WHERE c.id = change;
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
	INSERT INTO sideways.book_change (id, revision, at) VALUES (change, head, now());
	DELETE FROM sideways.book_change c WHERE c.at < now() - interval '1 day';
	PERFORM pg_notify('sideways_books', head::text);
	RETURN head;
END $$;

-- Written to find out how long a commit takes.
CREATE TABLE sideways.ping (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	at timestamptz NOT NULL
);
