#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

/*
 * The file itself: making a new one, and refusing what is not ours.  For store/ only.
 */
#include "base/error.h"

#define STORE_APPLICATION_ID 0x53574159 /* "SWAY" in the file's header */
#define STORE_VERSION        1          /* user_version: the schema in sql/schema.sql */

/*
 * Makes the database when there is no such file; several processes may do so at once and one wins.
 * Then checks that it is ours, of a known version, private (no rights for group and others), and
 * sets the journal mode: WAL, or TRUNCATE where the file system cannot share memory (NFS, SMB,
 * FUSE).
 */
int migrate_prepare(const char *path, struct error *err);

#endif
