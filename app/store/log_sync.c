/*
 * The log's own file, behind SQLite's back but by its own functions.  See the header.
 */
#include "store/log_sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define PIECE_BYTES 65536

static int note_mode(void *is_log, int count, char **values, char **names)
{
	(void)names; /* of the only column */
	*(bool *)is_log = count == 1 && values[0] && strcmp(values[0], "wal") == 0;
	return 0;
}

bool log_sync_begin(struct connection *connection)
{
	bool is_log = false;

	return sqlite3_exec(connection->db, "PRAGMA journal_mode", note_mode, &is_log, NULL) ==
		   SQLITE_OK &&
	       is_log &&
	       connection_run_text(connection, "PRAGMA synchronous = NORMAL") == SQLITE_OK;
}

/* NULL: it is not open. */
static sqlite3_file *log_of(struct connection *connection)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) !=
		SQLITE_OK ||
	    !file || !file->pMethods)
		return NULL;
	return file;
}

int log_sync(struct connection *connection)
{
	sqlite3_file *file = log_of(connection);

	return file ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : SQLITE_IOERR_FSYNC;
}

static int write_again(sqlite3_file *file)
{
	char *piece = alloc_zero(1, PIECE_BYTES);
	sqlite3_int64 size = 0;
	int code = file->pMethods->xFileSize(file, &size);

	for (sqlite3_int64 at = 0; at < size && code == SQLITE_OK; at += PIECE_BYTES) {
		int bytes = size - at < PIECE_BYTES ? (int)(size - at) : PIECE_BYTES;

		code = file->pMethods->xRead(file, piece, bytes, at);
		if (code == SQLITE_OK)
			code = file->pMethods->xWrite(file, piece, bytes, at);
	}
	free(piece);
	return code;
}

int log_rewrite(struct connection *connection)
{
	int code = connection_run(connection, SQL_STORE_BEGIN); /* nobody else writes meanwhile */
	sqlite3_file *file = log_of(connection);

	if (code != SQLITE_OK)
		return code;
	code = file ? write_again(file) : SQLITE_IOERR_FSYNC;
	(void)connection_run(connection, SQL_STORE_ROLLBACK); /* of nothing */
	return code == SQLITE_OK ? log_sync(connection) : code;
}
