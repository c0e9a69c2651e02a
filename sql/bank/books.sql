-- The books that machines share (app/accounts/shared_books.h).

-- All that has changed since a revision, in one picture; without such a row one of nulls.
-- name: books_since
SELECT b.id, b.revision, r.kind, r.id, r.body FROM sideways.books b LEFT JOIN sideways.book_row r ON r.revision > $1::bigint;

-- name: books_write
SELECT sideways.book_write($1::text, $2::bigint, $3::text[], $4::text[], $5::text[]);
