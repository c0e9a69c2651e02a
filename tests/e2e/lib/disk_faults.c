/*
 * A disk that fails, by LD_PRELOAD: the file that DISK_FAULTS names holds a word, or nothing while
 * all is well.  "eio": writes to the database do not reach the disk.  "enospc": there is no room.
 * "slow": syncing takes two seconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int is_told(const char *wish)
{
	const char *name = getenv("DISK_FAULTS");
	char word[16] = "";
	int fd = name ? (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY) : -1;

	if (fd < 0)
		return 0;
	syscall(SYS_read, fd, word, sizeof word - 1);
	syscall(SYS_close, fd);
	return strncmp(word, wish, strlen(wish)) == 0;
}

static int sync_or_fail(int fd, const char *name)
{
	const struct timespec long_time = { 2, 0 };
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

	if (is_told("eio")) {
		errno = EIO;
		return -1;
	}
	if (is_told("slow"))
		nanosleep(&long_time, NULL);
	return real(fd);
}

int fsync(int fd)
{
	return sync_or_fail(fd, "fsync");
}

int fdatasync(int fd)
{
	return sync_or_fail(fd, "fdatasync");
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t) =
	    (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");

	if (is_told("enospc")) {
		errno = ENOSPC;
		return -1;
	}
	return real(fd, bytes, len, at);
}
