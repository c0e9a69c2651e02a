#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

/*
 * The file itself: making a new one, and refusing what is not ours.  For store/ only.
 */
#include "base/error.h"
#include "store/connection.h"
#include "store/sql_names.h"

#define STORE_APPLICATION_ID 0x53574159         /* "SWAY" in the file's header */
#define STORE_VERSION        SQL_SCHEMA_VERSION /* the file's user_version */

/* What this program makes and what it takes over. */
struct migration {
	const char *schema; /* the whole of it, at `version` */
	int version;
	int oldest;               /* that the steps begin with */
	const char *const *steps; /* steps[i] takes version oldest + i to the next one */
};

/* The schema of sql/schema/ and the steps of sql/steps/. */
extern const struct migration migration_built_in;

/*
 * Makes the database when there is no such file; several processes may do so at once and one wins.
 * Then checks that it is ours, takes the steps that it lacks (all in one transaction; several
 * processes may start at once), refuses a version that is newer than this program or older than
 * its first step, checks that it is private (no rights for group and others), and sets the journal
 * mode: WAL, or TRUNCATE where the file system cannot share memory (NFS, SMB, FUSE).  The
 * connection by which it did so (no reader) is the caller's.
 */
int migrate_prepare(const char *path, const struct migration *migration, enum connection_kind kind,
    struct connection *out, struct error *err);

/* -1: another process has the database open, or it cannot be looked at.  Not by who has it open
 * himself. */
int migrate_check_alone(const char *path, struct error *err);

#endif
