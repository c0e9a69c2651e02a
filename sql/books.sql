-- The copy of shared books.  What is generic over their tables is written by app/store/books.c.

-- name: books_place
SELECT bank, revision, change FROM books;

-- name: books_put
INSERT INTO books (one, bank, revision) VALUES (1, :bank, :revision)
ON CONFLICT (one) DO UPDATE SET bank = excluded.bank, revision = excluded.revision;

-- name: books_guards
SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'books_*';

-- name: books_leave
DELETE FROM books;

-- name: books_rehearse
UPDATE books SET rehearsing = :rehearsing;

-- name: books_advance
UPDATE books SET revision = :revision, change = :change;

-- Triggers are off while rows are taken over.
-- name: books_raise_revision
UPDATE revision SET number = number + 1;

-- name: books_follow_limits
UPDATE budget_window SET limit_nano = b.limit_nano, highest_limit_nano = max(highest_limit_nano, b.limit_nano)
FROM budget b WHERE b.id = budget_window.budget_id AND b.active AND budget_window.ends_ms > :now_ms AND budget_window.limit_nano <> b.limit_nano;

-- One that is over is only ended where it is.
-- name: books_put_window
INSERT INTO budget_window (budget_id, for_user, starts_ms, ends_ms, limit_nano, highest_limit_nano, granted_nano)
SELECT n.budget_id, n.for_user, n.starts_ms, n.ends_ms, n.limit_nano, n.limit_nano, (SELECT 0 FROM machine) FROM (SELECT json_extract(:body, '$.budget_id') AS budget_id,
	json_extract(:body, '$.for_user') AS for_user, json_extract(:body, '$.starts_ms') AS starts_ms,
	json_extract(:body, '$.ends_ms') AS ends_ms, json_extract(:body, '$.limit_nano') AS limit_nano) n
WHERE n.ends_ms > :now_ms OR EXISTS (SELECT 1 FROM budget_window w WHERE w.budget_id = n.budget_id AND w.for_user = n.for_user
	AND w.starts_ms = n.starts_ms)
ON CONFLICT (budget_id, for_user, starts_ms) DO UPDATE SET ends_ms = excluded.ends_ms;
