-- The copy of shared books.  What is generic over their tables is written by app/store/books.c.

-- name: books_place
SELECT bank, revision FROM books;

-- name: books_put
INSERT INTO books (one, bank, revision) VALUES (1, :bank, :revision)
ON CONFLICT (one) DO UPDATE SET bank = excluded.bank, revision = excluded.revision;

-- name: books_leave
DELETE FROM books;

-- name: books_rehearse
UPDATE books SET rehearsing = 1;

-- name: books_advance
UPDATE books SET revision = :revision WHERE revision < :revision;

-- Triggers are off while rows are taken over.
-- name: books_raise_revision
UPDATE revision SET number = number + 1;

-- name: books_follow_limits
UPDATE budget_window SET limit_nano = b.limit_nano, highest_limit_nano = max(highest_limit_nano, b.limit_nano)
FROM budget b WHERE b.id = budget_window.budget_id AND b.active AND budget_window.ends_ms > :now_ms AND budget_window.limit_nano <> b.limit_nano;
