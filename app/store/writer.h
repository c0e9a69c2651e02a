#ifndef STORE_WRITER_H
#define STORE_WRITER_H

/*
 * The one that commits: all waiting changes in one transaction, in the order in which they came.
 * With a thread of its own in a serving process; in the caller's thread otherwise.  For store/
 * only.
 */
#include "store/change.h"

struct writer;

/* Of the file at path; path and store are borrowed.  With a connection of its own, which it takes,
 * it has a thread; without one (NULL) it does each change by the connection that is lent with it.
 */
struct writer *writer_new(
    struct store *store, const char *path, struct connection *own, struct error *err);
void writer_free(struct writer *writer); /* does what is queued first; NULL is fine */

int writer_apply(
    struct writer *writer, struct connection *lent, struct change *change, struct error *err);
void writer_apply_later(
    struct writer *writer, struct connection *lent, struct change *change, bool for_company);
void writer_catch_up(struct writer *writer);
bool writer_is_kept(const struct writer *writer);

#endif
