/*
 * The file that remembers a database.  See the header.
 */
#include "store/presence.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

#include "base/banned.h"

static char *file_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? alloc_printf("%.*s/made-%s", (int)(slash - path), path, slash + 1)
		     : alloc_printf("made-%s", path);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}

int presence_check(const char *path, struct error *err)
{
	AUTO_FREE char *file = file_of(path);

	if (is_there(path) || access(file, F_OK) != 0)
		return 0;
	return error_set(err, ERROR_STORE,
	    "the database is gone, and with it keys and what was spent: %s says that there was "
	    "one. Put it "
	    "back from a backup, or start over with full budgets and no keys: sideways database "
	    "new --db %s",
	    file, path);
}

void presence_note(const char *path)
{
	static const char words[] =
	    "There is a database of Sideways beside this file. Should it be missing, no call is "
	    "made "
	    "until it\nis back or `sideways database new` was run (docs/operate.md, A database "
	    "that is gone).\n";
	AUTO_FREE char *file = file_of(path);
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		if (errno != EEXIST)
			log_event(
			    LOG_WARNING, "store", "%s: cannot be made: %s", file, strerror(errno));
		return;
	}
	if (write(fd, words, sizeof words - 1) < 0)
		log_event(LOG_WARNING, "store", "%s: %s", file, strerror(errno));
	close(fd);
}

int presence_forget(const char *path, struct error *err)
{
	AUTO_FREE char *file = file_of(path);

	if (is_there(path))
		return error_set(err, ERROR_STORE,
		    "%s is there; move it away first, if it is to be replaced", path);
	if (unlink(file) != 0 && errno != ENOENT)
		return error_set(
		    err, ERROR_STORE, "%s: cannot be removed: %s", file, strerror(errno));
	return 0;
}
