#ifndef STORE_LOG_SYNC_H
#define STORE_LOG_SYNC_H

/*
 * Syncing SQLite's log (the file -wal) outside of its lock.  With synchronous=FULL a commit holds
 * the one lock of writers while the disk syncs, so processes wait for each other's disk: four of
 * them made a third of the transactions.  The writer commits with synchronous=NORMAL instead, and
 * syncs the log before it tells anybody.  Nobody is answered before what he relies on is on disk:
 * the log is one file, and a sync covers all that others wrote before.  SQLite itself syncs the log
 * before a checkpoint copies it, and the database before the log begins anew.
 *
 * Inside store/ only; the connection's thread.  All return codes of SQLite's.
 */
#include "store/connection.h"

/* True: commits of this connection are to be followed by log_sync.  False: there is no log (a
 * network disk), and commits sync by themselves. */
bool log_sync_begin(struct connection *connection);

int log_sync(struct connection *connection);

/* After a sync that failed the kernel takes for written what is not: all of the log is written once
 * more, and synced. */
int log_rewrite(struct connection *connection);

#endif
