#ifndef ACCOUNTS_SHARED_BOOKS_H
#define ACCOUNTS_SHARED_BOOKS_H

/*
 * Books that several machines share through the bank on PostgreSQL: the other side of
 * store/books.h.
 *
 * A change is rehearsed here, then its rows are committed there in one round trip, if the books are
 * still at the revision that they were made from; else what is newer is taken over first, and the
 * change is rehearsed again.  So of two that make the same name one wins, and the other is told why
 * by its own copy.  A commit whose answer was lost is asked for again under the same id.  While the
 * bank cannot be reached changes are refused (ERROR_SHARED), and the copy is good for all else.
 *
 * A serving process has a thread that takes over what others change, and exchanges breakers
 * (shared_breakers.h): at once where the server's notices come through, and within a second where
 * they do not (they are lost in a failover).  Another one, which that never waits for, exchanges
 * what is for people: shared_sums.h, shared_record.h.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bank/bank_connection.h"
#include "base/arena.h"
#include "base/error.h"
#include "store/books.h"
#include "store/store.h"

struct shared_bank {
	const char *url, *password; /* as in the settings; url NULL: none is named */
	bool serves;                /* and has the rest: */
	const char *panel;          /* the address of this machine's own, or NULL */
	const char *timezone;       /* of budgets' windows */
	bool record_shared;
	int64_t retention_ms; /* of the record; 0: for ever */
};

/* For a store that was just opened.  No bank named is an error only where the file has a copy of
 * shared books.  An empty file becomes a copy; one with books of its own is refused.  watch: with
 * the thread, until shared_books_close; else what is newer is taken over now.  The bank need not be
 * there, unless the file has no copy yet. */
int shared_books_open(
    struct store *store, const struct shared_bank *bank, bool watch, struct error *err);

/* A serving process takes over what others have changed until now, as it does within a second
 * anyway: for who made a change on another machine and goes on here.  Waits for an answer of the
 * bank, of which nobody may know better; in vain while it is away.  every_ms: not oftener than
 * that, of all who say so; they wait for the next one, which is for them all.  True: the copy may
 * be newer now. */
#define SHARED_BOOKS_MISS_MS 100 /* where nobody is known yet */
bool shared_books_catch_up(struct store *store, int64_t every_ms);

/* Ends the thread, and tells the sums that are new: before store_close.  None is fine. */
void shared_books_close(struct store *store);

/* For who moves books.  Takes over what is newer there. */
int shared_books_pull(struct store *store, struct bank_connection *bank, struct error *err);
/* Commits rows that were made from a revision.  *out is the new one, or below 0 the bank's, which
 * is another.  What was sent is asked for again under its id, for a while. */
int shared_books_commit(struct bank_connection *bank, const char *id, const struct book_rows *rows,
    int64_t revision, struct arena *arena, int64_t *out, struct error *err);

#endif
