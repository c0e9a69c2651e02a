#ifndef STORE_WAL_H
#define STORE_WAL_H

/*
 * How long SQLite's WAL may become.  A commit that makes it longer than 8 MB copies it to the
 * database, and the next one begins at its head.  Whoever reads the database in one transaction for
 * long, with any program, keeps it from that: then each commit only adds to it.  Nobody can end
 * that but the reader, so three things are done: the writer collects changes that nobody waits for
 * (writer.c), since a commit of one request adds 80 KB and one of twenty hardly more; the log,
 * `sideways doctor` and the metrics tell who reads; and what grew is given back to the disk when
 * the reader has gone.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/connection.h"

/* Calls for the copying from now on, instead of SQLite. */
void wal_watch(struct connection *connection);

/* Has it become long, and was there somebody who kept it from its head when it was last tried? */
bool wal_is_kept(const struct connection *connection);

#endif
