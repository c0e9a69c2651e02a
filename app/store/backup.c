/*
 * Copying the database.  See the header.
 */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/connection.h"

#include "base/banned.h"

static int make_target(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set(err, ERROR_STORE, "%.300s: %s", path, strerror(errno));
	close(fd);
	return 0;
}

/* All pages in one step: the read transaction is one, and writers go on beside it (WAL). */
static int copy_pages(
    struct connection *from, struct connection *into, const char *to, struct error *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(into->db, "main", from->db, "main");
	int code = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(into->db);

	if (backup)
		(void)sqlite3_backup_finish(backup); /* repeats what step said */
	return code == SQLITE_DONE ? 0 : connection_fail(into, code, to, err);
}

static int check_copy(struct connection *copy, const char *to, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	const char *said = "nothing";
	int result = -1;

	/* The copy is one file: a WAL beside it would have to travel along. */
	if (connection_run_text(copy, "PRAGMA journal_mode = DELETE") != SQLITE_OK ||
	    sqlite3_prepare_v2(copy->db, "PRAGMA integrity_check(1)", -1, &statement, NULL) !=
		SQLITE_OK)
		return connection_fail(copy, sqlite3_errcode(copy->db), to, err);
	if (sqlite3_step(statement) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(statement, 0);
	if (said && strcmp(said, "ok") == 0)
		result = 0;
	else
		(void)error_set(err, ERROR_STORE,
		    "the copy is damaged (%.200s); so is the database, or the disk",
		    said ? said : "no answer");
	(void)sqlite3_finalize(statement);
	return result;
}

static int flush_to_disk(const char *path, int64_t *out_bytes, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	int result = fd >= 0 && fsync(fd) == 0 && fstat(fd, &info) == 0 ? 0 : -1;

	if (result == 0)
		*out_bytes = info.st_size;
	else
		(void)error_set(err, ERROR_STORE, "%.300s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}

static int copy_to(const char *database, const char *temporary, struct error *err)
{
	struct connection from, into;
	int result;

	if (connection_open(&from, database, CONNECTION_READER, err) != 0)
		return -1;
	if (connection_open(&into, temporary, CONNECTION_WRITER, err) != 0) {
		connection_close(&from);
		return -1;
	}
	result = copy_pages(&from, &into, temporary, err);
	if (result == 0)
		result = check_copy(&into, temporary, err);
	connection_close(&into);
	connection_close(&from);
	return result;
}

int backup_write(const char *database, const char *to, int64_t *out_bytes, struct error *err)
{
	char *temporary = alloc_printf("%s.part", to);
	int result = -1;

	if (access(to, F_OK) == 0)
		(void)error_set(err, ERROR_USAGE,
		    "%.300s is there already; a backup never overwrites a file", to);
	else if (make_target(temporary, err) == 0) {
		result = copy_to(database, temporary, err);
		if (result == 0)
			result = flush_to_disk(temporary, out_bytes, err);
		if (result == 0 && link(temporary, to) != 0)
			result = error_set(err, ERROR_STORE, "%.300s: %s", to, strerror(errno));
		(void)unlink(
		    temporary); /* at worst a file with .part stays, which says what it is */
	}
	free(temporary);
	return result;
}
