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
 * A serving process has a thread that takes over what others change: at once where the server's
 * notices come through, and within a second where they do not (they are lost in a failover).
 */
#include <stdbool.h>

#include "base/error.h"
#include "store/store.h"

/* For a store that was just opened.  bank and password as in the settings; bank NULL: none is
 * named, which is an error only where the file has a copy of shared books.  An empty file becomes a
 * copy; one with books of its own is refused.  watch: with the thread, until store_close; else what
 * is newer is taken over now.  The bank need not be there, unless the file has no copy yet. */
int shared_books_open(
    struct store *store, const char *bank, const char *password, bool watch, struct error *err);

#endif
