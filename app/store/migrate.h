#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

/*
 * The file itself: making a new one, and refusing what is not ours.  For store/ only.
 */
#include "base/error.h"
#include "store/sql_names.h"

#define STORE_APPLICATION_ID 0x53574159 /* "SWAY" in the file's header */
/* user_version: how many schema steps were taken (sql/schema.sql, then sql/schema_2_*.sql ...) */
#define STORE_VERSION SQL_SCHEMA_STEPS

/*
 * Makes the database when there is no such file; several processes may do so at once and one wins.
 * Then checks that it is ours, takes the schema steps that it lacks (in one transaction; several
 * processes may start at once), refuses a version that is newer than this program, checks that it
 * is private (no rights for group and others), and sets the journal mode: WAL, or TRUNCATE where
 * the file system cannot share memory (NFS, SMB, FUSE).
 */
int migrate_prepare(const char *path, struct error *err);

#endif
