/*
 * /proc/locks, by the inode of the index.  The index itself must not be opened: closing it would
 * drop the locks that SQLite has on it in this process.  See the header.
 */
#include "store/wal_reader.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"

#include "base/banned.h"

/* A reader locks one of five bytes (sqlite.org/walformat.html, "WAL Locks"). */
#define READ_FIRST 123
#define READ_LAST  127

static void name_of(long long pid, char name[16])
{
	AUTO_FREE char *path = alloc_printf("/proc/%lld/comm", pid);
	FILE *file = fopen(path, "re");

	name[0] = '\0';
	if (!file)
		return;
	if (fgets(name, 16, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

/* "1: POSIX  ADVISORY  READ 16725 00:1b:404878 124 124" */
static bool is_reader(const char *line, const struct stat *index, long long *pid)
{
	unsigned major_number, minor_number;
	unsigned long long inode;
	long long first, last;

	if (sscanf(line, "%*d: POSIX %*s READ %lld %x:%x:%llu %lld %lld", pid, &major_number,
		&minor_number, &inode, &first, &last) != 6)
		return false;
	return inode == (unsigned long long)index->st_ino && major_number == major(index->st_dev) &&
	       minor_number == minor(index->st_dev) && first <= READ_LAST && last >= READ_FIRST;
}

bool wal_reader_find(const char *database, struct wal_reader *out)
{
	AUTO_FREE char *path = alloc_printf("%s-shm", database);
	char line[200], own[16];
	struct stat index;
	bool found = false;
	FILE *locks;

	if (stat(path, &index) != 0 || !(locks = fopen("/proc/locks", "re")))
		return false;
	name_of(getpid(), own);
	while (!found && fgets(line, sizeof line, locks)) {
		long long pid;

		if (!is_reader(line, &index, &pid))
			continue;
		name_of(pid, out->name);
		out->pid = (pid_t)pid;
		found = strcmp(out->name, own) != 0;
	}
	fclose(locks);
	return found;
}

int64_t wal_bytes(const char *database)
{
	AUTO_FREE char *path = alloc_printf("%s-wal", database);
	struct stat info;

	return stat(path, &info) == 0 ? info.st_size : 0;
}
