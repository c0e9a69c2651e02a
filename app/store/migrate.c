/*
 * Making and checking the database file.  See the header.
 *
 * A new database is made under a temporary name in the same folder and linked into place, so nobody
 * ever sees a half-made one, and an existing file is never filled: a file of zero bytes is
 * somebody's lost database, and filling it would reset every budget.
 */
#include "store/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/log.h"
#include "store/connection.h"
#include "store/file_system.h"
#include "store/sql_names.h"
#include "store/store.h"

#include "base/banned.h"

/* ---- making ---- */

const struct migration migration_built_in = {
	.schema = sql_schema,
	.version = SQL_SCHEMA_VERSION,
	.oldest = SQL_SCHEMA_OLDEST,
	.steps = sql_steps,
};

static int put_pragma(struct connection *connection, const char *name, int value)
{
	char sql[64];

	snprintf(sql, sizeof sql, "PRAGMA %s = %d", name, value);
	return connection_run_text(connection, sql);
}

static int fill_new(struct connection *connection, const char *path,
    const struct migration *migration, struct error *err)
{
	int code = connection_run_text(connection, "BEGIN EXCLUSIVE");

	if (code == SQLITE_OK)
		code = connection_run_text(connection, migration->schema);
	if (code == SQLITE_OK)
		code = put_pragma(connection, "user_version", migration->version);
	if (code == SQLITE_OK)
		code = put_pragma(connection, "application_id", STORE_APPLICATION_ID);
	if (code == SQLITE_OK)
		code = connection_run_text(connection, "COMMIT");
	return code == SQLITE_OK ? 0 : connection_fail(connection, code, path, err);
}

static int make_file(const char *temporary, const struct migration *migration, struct error *err)
{
	struct connection connection;
	int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), result;

	if (fd < 0)
		return error_set(err, ERROR_STORE,
		    "%s: cannot be made: %s; the folder must exist and be writable", temporary,
		    strerror(errno));
	close(fd);
	if (connection_open(&connection, temporary, CONNECTION_WRITER, err) != 0)
		return -1;
	result = fill_new(&connection, temporary, migration, err);
	connection_close(&connection);
	return result;
}

static int make(const char *path, const struct migration *migration, struct error *err)
{
	AUTO_FREE char *temporary = alloc_printf("%s.new-%s", path, digest_new_id().text);
	int result = make_file(temporary, migration, err);

	/* link(2) fails when somebody else was faster: theirs is as good. */
	if (result == 0 && link(temporary, path) != 0 && errno != EEXIST)
		result = rename(temporary, path) == 0
			     ? 0
			     : error_set(err, ERROR_STORE, "%s: cannot be made: %s", path,
				   strerror(errno));
	(void)unlink(temporary); /* gone already after a rename */
	return result;
}

/* ---- checking ---- */

static int pragma_int(struct connection *connection, const char *sql, int64_t *out)
{
	sqlite3_stmt *s;
	int code, tries = 0;

	do {
		code = sqlite3_prepare_v2(connection->db, sql, -1, &s, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_step(s);
		if (code == SQLITE_ROW)
			*out = sqlite3_column_int64(s, 0);
		sqlite3_finalize(s);
	} while (connection_tries_again(code, &tries));
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

static int check_file(const char *path, struct error *err)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return error_set(err, ERROR_STORE, "%s: %s", path, strerror(errno));
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_STORE, "%s: is not a file", path);
	if (info.st_size == 0)
		return error_set(err, ERROR_STORE,
		    "%s: has zero bytes, so its budgets are lost; restore a backup, or remove the "
		    "file to begin anew (sideways database new)",
		    path);
	if (info.st_mode & 077)
		return error_set(err, ERROR_STORE,
		    "%s: others may read or write it (mode %03o); chmod 600 it", path,
		    (unsigned)info.st_mode & 0777);
	return 0;
}

static int take_steps(
    struct connection *connection, const struct migration *migration, int64_t from)
{
	int code = SQLITE_OK;

	for (int64_t next = from; next < migration->version && code == SQLITE_OK; next++)
		code = connection_run_text(connection, migration->steps[next - migration->oldest]);
	return code == SQLITE_OK ? put_pragma(connection, "user_version", migration->version)
				 : code;
}

/* The version is read again inside the transaction: another process may have been faster. */
static int upgrade(struct connection *connection, const char *path,
    const struct migration *migration, struct error *err)
{
	int64_t version = 0;
	int code = connection_run_text(connection, "BEGIN IMMEDIATE");

	if (code == SQLITE_OK)
		code = pragma_int(connection, "PRAGMA user_version", &version);
	if (code == SQLITE_OK && version < migration->version)
		code = take_steps(connection, migration, version);
	if (code == SQLITE_OK)
		code = connection_run_text(connection, "COMMIT");
	if (code == SQLITE_OK) {
		log_event(LOG_INFO, "store", "%s: schema brought from version %lld to %d", path,
		    (long long)version, migration->version);
		return 0;
	}
	(void)connection_fail(connection, code, path, err);
	(void)connection_run_text(connection, "ROLLBACK");
	return -1;
}

static int check_version(
    const char *path, const struct migration *migration, int64_t version, struct error *err)
{
	if (version > migration->version)
		return error_set(err, ERROR_STORE,
		    "%s: has schema version %lld, this program knows %d; run the newer program",
		    path, (long long)version, migration->version);
	if (version < migration->oldest)
		return error_set(err, ERROR_STORE,
		    "%s: has schema version %lld, and this program takes over %d at the oldest; "
		    "run "
		    "`sideways check` once with a build that knows version %d, then this one "
		    "(docs/operate.md, Upgrade)",
		    path, (long long)version, migration->oldest, migration->oldest);
	return 0;
}

static int check_identity(struct connection *connection, const char *path,
    const struct migration *migration, struct error *err)
{
	int64_t id = 0, version = 0;
	int code = pragma_int(connection, "PRAGMA application_id", &id);

	if (code == SQLITE_OK)
		code = pragma_int(connection, "PRAGMA user_version", &version);
	if (code != SQLITE_OK)
		return connection_fail(connection, code, path, err);
	if (id != STORE_APPLICATION_ID)
		return error_set(
		    err, ERROR_STORE, "%s: is a database, but not one of Sideways", path);
	if (check_version(path, migration, version, err) != 0)
		return -1;
	return version < migration->version ? upgrade(connection, path, migration, err) : 0;
}

static int set_journal(struct connection *connection, const char *path, struct error *err)
{
	const char *shared = store_shared_file_system(path);
	int code;

	if (shared)
		log_event(LOG_WARNING, "store",
		    "%s lies on %s, where WAL is not safe; journal_mode=TRUNCATE is used", path,
		    shared);
	code = connection_run_text(
	    connection, shared ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL");
	return code == SQLITE_OK ? 0 : connection_fail(connection, code, path, err);
}

int migrate_prepare(const char *path, const struct migration *migration, enum connection_kind kind,
    struct connection *out, struct error *err)
{
	int result;

	if (access(path, F_OK) != 0 && errno == ENOENT && make(path, migration, err) != 0)
		return -1;
	if (check_file(path, err) != 0 || connection_open(out, path, kind, err) != 0)
		return -1;
	result = check_identity(out, path, migration, err);
	if (result == 0)
		result = set_journal(out, path, err);
	if (result != 0)
		connection_close(out);
	return result;
}

/* Only who is alone may leave WAL; store_open goes back to it.  Where there is no WAL nothing can
 * be said. */
int migrate_check_alone(const char *path, struct error *err)
{
	struct connection connection;
	int code;

	if (connection_open(&connection, path, false, err) != 0)
		return -1;
	code = connection_run_text(&connection, "PRAGMA journal_mode = DELETE");
	connection_close(&connection);
	return code == SQLITE_OK
		   ? 0
		   : error_set(err, ERROR_STORE,
			 "%s: another process has the database open; stop the gateway and all "
			 "commands first",
			 path);
}
