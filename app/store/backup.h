#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

/*
 * A copy of the database while it is in use: SQLite's online backup in one read transaction, so
 * that the copy is what the database was at one moment, without the -wal and -shm beside it.  The
 * copy is made under a temporary name (mode 0600), checked with integrity_check, flushed to disk,
 * and only then gets its name; an existing file of that name is refused.
 */
#include <stdint.h>

#include "base/error.h"

/* out_bytes: the size of the copy. */
int backup_write(const char *database, const char *to, int64_t *out_bytes, struct error *err);

#endif
