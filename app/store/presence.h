#ifndef STORE_PRESENCE_H
#define STORE_PRESENCE_H

/*
 * Had this place a database before?  One that is gone must not be made anew by itself: budgets
 * would begin again, and keys would be lost without a word.  A file beside it, "made-sideways.db"
 * for sideways.db, says that there was one; an empty folder has neither and begins as ever.
 */
#include "base/error.h"

/* -1: the database is missing though the place had one; the error says how to go on. */
int presence_check(const char *path, struct error *err);

/* There is one now.  A place that cannot be written to is logged. */
void presence_note(const char *path);

/* For whoever decided to begin anew: the next one that opens the place makes a database.  -1: there
 * is one, or the file cannot be removed. */
int presence_forget(const char *path, struct error *err);

#endif
