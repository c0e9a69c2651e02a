#ifndef ACCOUNTS_MOVE_BOOKS_H
#define ACCOUNTS_MOVE_BOOKS_H

/*
 * An installation on one machine becomes one of several, and back.
 *
 * Over: the rows of the books go to an empty bank, and the file becomes the copy of the first
 * machine; what is spent in its open windows is told as that machine's.  Back: the bank is closed,
 * what others spent comes into the windows here, as if retention had deleted its attempts, and what
 * is lost there is lost here; then the file stands for itself again.  The record, windows that are
 * over and prices stay where they are all the time.
 *
 * Each step can be made again: after a crash the same is to be asked for once more.  Nothing else
 * may have the file open (migrate_check_alone).
 */
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

struct moved_books {
	int64_t rows, windows, spent_nano; /* of open windows */
};

int move_books_to(struct store *store, const char *bank, const char *password,
    struct moved_books *out, struct error *err);
int move_books_back(struct store *store, const char *bank, const char *password,
    struct moved_books *out, struct error *err);

#endif
