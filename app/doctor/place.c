/*
 * The place: can the settings be used, who may read them, is the database where it is safe, and
 * does it take durable writes.
 */
#include "doctor/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fetch/authorities.h"
#include "settings/secrets.h"

#include "store/file_system.h"
#include "store/wal_reader.h"

#include "base/banned.h"

#define LITTLE_DISK   ((int64_t)200 << 20) /* a busy day's log, and a copy while it is compacted */
#define SLOW_WRITE_MS 50                   /* a durable write on an idle disk takes 1 to 10 ms */
#define WRITE_TRIES   5
#define LONG_WAL      ((int64_t)17 << 20) /* it is cut at 16 */

/* Folders that web servers publish, on Debian and on the usual hosts. */
static const char *const published[] = { "/public_html/", "/htdocs/", "/httpdocs/", "/www/",
	"/wwwroot/", "/html/" };

#define MOVE_IT "move it to a private folder beside the document root"

/* "/home/me/www/" of "www/": real, with a slash at its end; "/" when there is nothing. */
static char *real_folder(const char *path)
{
	char *whole = realpath(path, NULL);
	char *real = alloc_printf("%s/", whole ? whole : "");

	free(whole);
	return real;
}

/* Where the document root is known, it decides; else what its name usually is. */
static void check_published(
    struct doctor *doctor, const char *check, const char *path, const char *document_root)
{
	AUTO_FREE char *real = real_folder(path);
	AUTO_FREE char *root = real_folder(document_root ? document_root : "");

	if (strcmp(root, "/") != 0) {
		if (strncmp(real, root, strlen(root)) == 0)
			doctor_add(doctor, FINDING_PROBLEM, check, MOVE_IT,
			    "%s lies below the document root %s: the web server may give it to "
			    "anyone",
			    path, document_root);
		return;
	}
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		if (strstr(real, published[i]))
			doctor_add(doctor, FINDING_WARNING, check, MOVE_IT,
			    "%s seems to be below a document root (%s): the web server may give it "
			    "to anyone",
			    path, published[i]);
}

/* What others may do to the settings file. */
static void check_settings_mode(struct doctor *doctor, const char *path, mode_t mode)
{
	if (mode & S_IWOTH)
		doctor_add(doctor, FINDING_PROBLEM, "settings",
		    arena_printf(doctor->arena, "chmod o-w %s", path),
		    "%s can be changed by every user of this machine", path);
	else if (mode & S_IROTH)
		doctor_add(doctor, FINDING_NOTE, "settings",
		    arena_printf(doctor->arena, "chmod o-r %s", path),
		    "%s can be read by every user of this machine; that is fine only without "
		    "secrets in it",
		    path);
}

static void check_settings(struct doctor *doctor, const struct doctor_place *place)
{
	const char *path = place->settings_path;
	struct stat info;

	if (stat(path, &info) != 0) {
		doctor_add(doctor, FINDING_PROBLEM, "settings", "sideways demo --write .", "%s: %s",
		    path, strerror(errno));
		return;
	}
	check_settings_mode(doctor, path, info.st_mode);
	check_published(doctor, "settings", path, place->document_root);
	if (!doctor->settings)
		doctor_add(doctor, FINDING_PROBLEM, "settings",
		    arena_printf(doctor->arena, "sideways check %s", path),
		    "%s cannot be used; check says why, line by line", path);
	else
		doctor_add(doctor, FINDING_OK, "settings", NULL, "%s can be used: %zu deployments",
		    path, doctor->settings->deployment_count);
}

/* Provider keys in a file of their own: the program refuses one that others may read. */
static void check_secrets(struct doctor *doctor, const struct doctor_place *place)
{
	AUTO_FREE char *path = secrets_path(place->settings_path);
	struct stat info;

	if (stat(path, &info) != 0)
		return;
	check_published(doctor, "secrets", path, place->document_root);
	if (info.st_mode & SECRETS_MODE_FORBIDDEN)
		doctor_add(doctor, FINDING_PROBLEM, "secrets",
		    arena_printf(doctor->arena, "chmod 600 %s", path),
		    "%s can be read or changed by others (mode %03o) and is not used", path,
		    (unsigned)info.st_mode & 0777);
	else
		doctor_add(doctor, FINDING_OK, "secrets", NULL, "%s is private", path);
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
		    "rollback journal (TRUNCATE) instead of WAL, which is safe and slower; a local "
		    "disk is better",
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

/* The fastest of some writes: a disk that is busy for a moment is no slow one.  -1: err. */
static int64_t write_ms(struct store *store, struct error *err)
{
	int64_t least_ms = INT64_MAX;

	for (int i = 0; i < WRITE_TRIES && least_ms > SLOW_WRITE_MS; i++) {
		int64_t begun_ms = clock_mono_ms(), took_ms;

		if (store_ping(store, err) != 0)
			return -1;
		took_ms = clock_mono_ms() - begun_ms;
		least_ms = took_ms < least_ms ? took_ms : least_ms;
	}
	return least_ms;
}

/* Only a reader of minutes lets it become so long. */
static void check_wal(struct doctor *doctor, const char *path)
{
	int64_t size_bytes = wal_bytes(path);
	struct wal_reader reader;

	if (size_bytes < LONG_WAL)
		return;
	if (wal_reader_find(path, &reader))
		doctor_add(doctor, FINDING_WARNING, "database",
		    arena_printf(doctor->arena, "end it: ps -p %lld", (long long)reader.pid),
		    "%s-wal has %lld MB and grows with each commit while process %lld (%s) reads "
		    "the database in one transaction",
		    path, (long long)(size_bytes >> 20), (long long)reader.pid, reader.name);
	else
		doctor_add(doctor, FINDING_NOTE, "database", NULL,
		    "%s-wal has %lld MB, since somebody read the database for long; the next "
		    "requests make it short again",
		    path, (long long)(size_bytes >> 20));
}

void doctor_store(struct doctor *doctor, const char *path)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_INLINE, &err);
	int64_t took_ms;

	if (!store) {
		doctor_add(doctor, FINDING_PROBLEM, "database",
		    "the sentence says what; the file must belong to the gateway's user, mode 0600",
		    "%.500s", err.text);
		return;
	}
	took_ms = write_ms(store, &err);
	if (took_ms < 0) {
		doctor_add(doctor, FINDING_PROBLEM, "database", NULL, "%.500s", err.text);
	} else {
		doctor_add(doctor, took_ms > SLOW_WRITE_MS ? FINDING_WARNING : FINDING_OK,
		    "database", took_ms > SLOW_WRITE_MS ? "put the database on a local disk" : NULL,
		    "%s took a durable write in %lld ms", path, (long long)took_ms);
	}
	check_wal(doctor, path);
	store_close(store);
}

static void check_certificates(struct doctor *doctor)
{
	struct authorities_path found;

	if (authorities_find("", &found))
		return;
	doctor_add(doctor, FINDING_WARNING, "certificates", "apt install ca-certificates",
	    "no list of certificate authorities was found: no provider can be reached over TLS");
}

void doctor_place(struct doctor *doctor, const struct doctor_place *place)
{
	AUTO_FREE char *folder = folder_of(place->database);

	check_settings(doctor, place);
	check_secrets(doctor, place);
	check_folder(doctor, folder);
	check_published(doctor, "database", folder, place->document_root);
	check_certificates(doctor);
}
