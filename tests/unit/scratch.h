#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

/*
 * A folder for one test and the path of a database in it; nothing is left behind of either.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCRATCH_FOLDER_BYTES 64
#define SCRATCH_PATH_BYTES   96

/* 0, or -1 when no folder can be made: a set-up function returns it. */
static inline int scratch_make(char folder[SCRATCH_FOLDER_BYTES], char path[SCRATCH_PATH_BYTES])
{
	snprintf(folder, SCRATCH_FOLDER_BYTES, "/tmp/sideways-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, SCRATCH_PATH_BYTES, "%s/s.db", folder);
	return 0;
}

/* 0, or -1 when something else was left in the folder: a tear-down function returns it. */
static inline int scratch_remove(const char *folder, const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal", "-line", "-recall",
		"-turn" };
	char name[SCRATCH_PATH_BYTES + 16];

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

#endif
