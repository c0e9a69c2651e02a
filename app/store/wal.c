/*
 * The hook that SQLite calls after each commit, and who it is that reads.  See the headers.
 *
 * Copying sorts all that was not copied before, which is dear where it cannot succeed: it is tried
 * once a second then.
 */
#include "store/wal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/wal_reader.h"

#include "base/banned.h"

#define COPY_FRAMES 2000 /* of 4 KB each */
#define LONG_FRAMES (2 * COPY_FRAMES)
#define TELL_FRAMES (8 * COPY_FRAMES) /* 64 MB; then whenever it is twice as long */
#define AGAIN_MS    1000

static void wal_tell(struct connection *connection, int frames)
{
	struct wal_reader reader;
	const char *path = sqlite3_db_filename(connection->db, "main");

	if (frames < connection->wal_told)
		return;
	connection->wal_told = 2 * frames;
	if (wal_reader_find(path, &reader))
		log_event(LOG_WARNING, "store",
		    "%s-wal has %d MB and grows, because process %lld (%s) has been reading the "
		    "database without an end; it shrinks when that ends",
		    path, frames / 256, (long long)reader.pid, reader.name);
	else
		log_event(LOG_WARNING, "store",
		    "%s-wal has %d MB and grows, because somebody reads the database without an "
		    "end",
		    path, frames / 256);
}

static int after_commit(void *ctx, sqlite3 *db, const char *name, int frames)
{
	struct connection *connection = ctx;
	int all = 0, copied = 0;

	if (frames < COPY_FRAMES) { /* it has begun anew, perhaps by another process */
		connection->wal_kept = false;
		connection->wal_told = TELL_FRAMES;
		return SQLITE_OK;
	}
	if (connection->wal_kept && clock_mono_ms() - connection->wal_tried_ms < AGAIN_MS)
		return SQLITE_OK;
	connection->wal_tried_ms = clock_mono_ms();
	if (sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, &all, &copied) !=
	    SQLITE_OK)
		return SQLITE_OK; /* another process does it, or the next commit */
	connection->wal_kept = copied < all && all >= LONG_FRAMES;
	if (connection->wal_kept)
		wal_tell(connection, all);
	else
		connection->wal_told = TELL_FRAMES;
	return SQLITE_OK;
}

void wal_watch(struct connection *connection)
{
	connection->wal_told = TELL_FRAMES;
	(void)sqlite3_wal_hook(connection->db, after_commit, connection);
}

bool wal_is_kept(const struct connection *connection)
{
	return connection->wal_kept;
}
