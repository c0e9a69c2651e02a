#ifndef STORE_BOOKS_H
#define STORE_BOOKS_H

/*
 * The books: what several machines share besides money, namely keys, teams, plans, budgets, users,
 * admins with their sessions, and the trail of changes.
 *
 * All that reads them reads this file, which has a copy.  books_join makes it one: from then on
 * triggers refuse every change of those tables (ERROR_SHARED), whoever tries it, and store_apply
 * hands such a change to what store_share_with was given.  That rehearses it here (the change is
 * run and rolled back, and leaves the rows as it would have made them), commits those rows where
 * all machines find them, if nobody else was faster, and takes them over as any other machine does.
 * So a copy is only ever written by books_take; what is killed on the way has happened wholly or
 * not at all.
 *
 * A row is JSON, an object of its columns.  One of a newer program may have columns that this one
 * has not: they are left out; one that is missing has its default.
 *
 * Threads: any.  Errors: ERROR_STORE; those of the change itself from books_rehearse.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

struct book_row {
	const char *kind; /* "key" */
	const char *id;
	const char *body; /* NULL: it is gone */
};

struct book_rows { /* in the arena */
	struct book_row *items;
	size_t count, room;
};

void book_rows_add(struct book_rows *rows, struct arena *arena, const char *kind, const char *id,
    const char *body);

/* Of which books this file has a copy, and how far: 1; 0: of none, its books are its own; -1. */
struct books_place {
	const char *bank, *change; /* change: that made the revision; NULL: not known */
	int64_t revision;
};
int books_place(
    struct store *store, struct arena *arena, struct books_place *out, struct error *err);

/* All rows of the books. */
int books_read(struct store *store, struct arena *arena, struct book_rows *out, struct error *err);

/* From now on this file has a copy of those books, at that revision, and of nothing else: the rows
 * that are there must be those of the revision (none of revision 0). */
int books_join(struct store *store, const char *bank, int64_t revision, struct error *err);
/* The guards of a copy that are gone: a new schema that writes a table anew drops those of it. */
int books_guard(struct store *store, struct error *err);
/* Its books are its own again, as they are, and all money of its budgets is. */
int books_leave(struct store *store, struct error *err);

/* The rows as the change would leave them, and the revision that they were made from.  Nothing is
 * changed; change_rows tells what each statement would have touched. */
int books_rehearse(struct store *store, struct change *change, struct arena *arena,
    struct book_rows *out, int64_t *out_revision, struct error *err);

/* After it could not be shared: makes it in this copy only, if it may be (change_may_be_alone);
 * else -1, and err stays as it is. */
int books_apply_alone(struct store *store, struct change *change, struct error *err);

/* Takes over all rows that have changed since a revision that this file has reached, and so has
 * that one; change is what made it, or NULL.  A copy that is further already stays as it is. whole:
 * they are all rows that there are, and the copy has nothing else then, however far it was. */
struct book_news {
	const struct book_rows *rows;
	int64_t revision;
	const char *change;
	bool whole;
};
int books_take(
    struct store *store, const struct book_news *news, int64_t now_ms, struct error *err);

#endif
