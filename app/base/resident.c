/*
 * Giving back what only the start needed: free heap, and pages of code and constants.  See the
 * header.
 *
 * Only mappings of files are dropped that may not be written and of which no page is the process's
 * own (relocated constants are): there madvise(2) MADV_DONTNEED loses nothing.
 */
#include "base/resident.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/banned.h"

/* Sanitizers map so much that looking through it takes longer than the start. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TRIMS false
#else
#define TRIMS true
#endif

#define MAPPED_LEAST (4 << 20) /* larger pieces are mapped, and go back when they are free */
#define KEPT_MOST    (4 << 20) /* free at the end of each heap, of which there are eight at most */
#define FREE_MUCH    ((size_t)8 << 20)

struct mapping {
	uintptr_t begin, end;
	bool of_file, writable;
};

/* "7f00-7f10 r-xp 00000000 fe:00 1234  /usr/lib/libc.so.6" (proc_pid_maps(5)) */
static bool is_mapping(const char *line, struct mapping *out)
{
	unsigned long begin, end, inode;
	char access[5];

	if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &begin, &end, access, &inode) != 4)
		return false;
	*out = (struct mapping){ begin, end, inode != 0, access[1] == 'w' };
	return true;
}

static void resident_drop(const struct mapping *mapping)
{
	if (mapping->of_file && !mapping->writable)
		(void)madvise((void *)mapping->begin, mapping->end - mapping->begin,
		    MADV_DONTNEED); /* a kernel that will not: it stays as it is */
}

void resident_trim(void)
{
	FILE *smaps = TRIMS ? fopen("/proc/self/smaps", "re") : NULL;
	struct mapping mapping = { 0 };
	char line[512];

	while (smaps && fgets(line, sizeof line, smaps)) {
		if (is_mapping(line, &mapping))
			continue;
		if (strncmp(line, "Anonymous:", 10) == 0 && strstr(line, " 0 kB"))
			resident_drop(&mapping);
	}
	if (smaps)
		(void)fclose(smaps); /* it was only read */
	(void)malloc_trim(0);
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_LEAST);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_MOST);
}

void resident_rest(void)
{
	if (TRIMS && mallinfo2().fordblks > FREE_MUCH)
		(void)malloc_trim(0);
}
