/*
 * The place: can the settings be used, who may read them, is the database where it is safe, and
 * does it take durable writes.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/workplace.h"
#include "relay/gateway.h"
#include "settings/load.h"
#include "store/store.h"

#include "base/banned.h"

#define LITTLE_DISK   ((int64_t)200 << 20) /* a busy day's log, and a copy while it is compacted */
#define SLOW_WRITE_MS 50                   /* a durable write on an idle disk takes 1 to 10 ms */

/* Folders that web servers publish, on Debian and on the usual hosts. */
static const char *const published[] = { "/public_html/", "/htdocs/", "/httpdocs/", "/www/",
	"/wwwroot/", "/html/" };

static void check_published(struct doctor *doctor, const char *check, const char *path)
{
	char *whole = realpath(path, NULL);
	char *real = alloc_printf("%s/", whole ? whole : "");

	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		if (strstr(real, published[i]))
			doctor_add(doctor, FINDING_WARNING, check,
			    "move it to a private folder beside the document root",
			    "%s looks as if it lay below a document root (%s): the web server may "
			    "give it to anybody",
			    path, published[i]);
	free(real);
	free(whole);
}

static void check_settings(struct doctor *doctor)
{
	const char *path = gateway_settings_path(doctor->options->config);
	struct stat info;

	if (stat(path, &info) != 0) {
		doctor_add(doctor, FINDING_PROBLEM, "settings", "sideways demo --write .", "%s: %s",
		    path, strerror(errno));
		return;
	}
	if (info.st_mode & S_IWOTH)
		doctor_add(doctor, FINDING_PROBLEM, "settings",
		    arena_printf(doctor->arena, "chmod o-w %s", path),
		    "%s can be changed by every user of this machine", path);
	else if (info.st_mode & S_IROTH)
		doctor_add(doctor, FINDING_NOTE, "settings",
		    arena_printf(doctor->arena, "chmod o-r %s", path),
		    "%s can be read by every user of this machine; that is fine only without "
		    "secrets in it",
		    path);
	check_published(doctor, "settings", path);
	if (!doctor->settings)
		doctor_add(doctor, FINDING_PROBLEM, "settings",
		    arena_printf(doctor->arena, "sideways check %s", path),
		    "%s cannot be used; check says why, line by line", path);
	else
		doctor_add(doctor, FINDING_OK, "settings", NULL, "%s can be used: %zu deployments",
		    path, doctor->settings->deployment_count);
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? alloc_printf("%.*s", slash == path ? 1 : (int)(slash - path), path)
		     : alloc_copy(".");
}

static void check_file_system(struct doctor *doctor, const char *folder)
{
	const char *shared = store_shared_file_system(folder);
	struct statfs space;

	if (shared)
		doctor_add(doctor, FINDING_NOTE, "database", NULL,
		    "%s is on %s, where processes cannot share memory: the database keeps a "
		    "rollback journal "
		    "(TRUNCATE) instead of WAL, which is safe and slower; a local disk is better",
		    folder, shared);
	if (statfs(folder, &space) == 0 && (int64_t)space.f_bavail * space.f_bsize < LITTLE_DISK)
		doctor_add(doctor, FINDING_WARNING, "database",
		    "make room, or lower sideways_settings.log_retention",
		    "only %lld MB are free in %s; when the disk is full no call is made",
		    (long long)((int64_t)space.f_bavail * space.f_bsize >> 20), folder);
}

static void check_folder(struct doctor *doctor, const char *folder)
{
	struct stat info;

	if (stat(folder, &info) != 0) {
		doctor_add(doctor, FINDING_PROBLEM, "database",
		    arena_printf(doctor->arena, "mkdir -m 700 %s", folder), "%s: %s", folder,
		    strerror(errno));
		return;
	}
	if (access(folder, W_OK) != 0)
		doctor_add(doctor, FINDING_PROBLEM, "database",
		    arena_printf(doctor->arena, "chown %u %s", (unsigned)geteuid(), folder),
		    "%s cannot be written by user %u: SQLite makes its journal there", folder,
		    (unsigned)geteuid());
	if ((info.st_mode & S_IWOTH) && !(info.st_mode & S_ISVTX))
		doctor_add(doctor, FINDING_PROBLEM, "database",
		    arena_printf(doctor->arena, "chmod 700 %s", folder),
		    "every user of this machine may replace the database in %s", folder);
	check_file_system(doctor, folder);
}

static void check_store(struct doctor *doctor, const char *path)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	int64_t begun_ms, took_ms;

	if (!store) {
		doctor_add(doctor, FINDING_PROBLEM, "database",
		    "the sentence says what; the file must belong to the gateway's user, mode 0600",
		    "%.500s", err.text);
		return;
	}
	begun_ms = clock_mono_ms();
	if (store_ping(store, &err) != 0) {
		doctor_add(doctor, FINDING_PROBLEM, "database", NULL, "%.500s", err.text);
	} else {
		took_ms = clock_mono_ms() - begun_ms;
		doctor_add(doctor, took_ms > SLOW_WRITE_MS ? FINDING_WARNING : FINDING_OK,
		    "database", took_ms > SLOW_WRITE_MS ? "put the database on a local disk" : NULL,
		    "%s took a durable write in %lld ms", path, (long long)took_ms);
	}
	store_close(store);
}

void doctor_place(struct doctor *doctor)
{
	char *path = workplace_database_path(doctor->options, doctor->settings);
	char *folder = folder_of(path);

	check_settings(doctor);
	check_folder(doctor, folder);
	check_published(doctor, "database", folder);
	if (access(path, F_OK) == 0)
		check_store(doctor, path);
	else
		doctor_add(doctor, FINDING_NOTE, "database", NULL,
		    "%s is not there yet; the gateway makes it when it is first asked", path);
	free(folder);
	free(path);
}
