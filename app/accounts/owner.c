/*
 * Process identity from /proc.  See the header; ledger_owner is declared in ledger.h.
 */
#include "accounts/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "accounts/ledger.h"

#include "base/banned.h"

static struct {
	pthread_mutex_t
	    mutex; /* guards the making of the name; pid tells whether it is this process's */
	pid_t pid;
	char boot[48];
	char place[176]; /* "host|boot|namespace|" */
	char name[240];
} self = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void read_line(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	out[got > 0 ? got : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

/* Field 22 of /proc/PID/stat, in clock ticks since boot; the name in field 2 may hold spaces and
 * brackets.  0: no such process, or one that has ended and whose parent has not asked for it (state
 * Z): in a container whose first process asks for nobody's end, that is for ever. */
static unsigned long long start_time(long pid)
{
	char path[40], line[1024], *at;
	unsigned long long start = 0;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	read_line(path, line, sizeof line);
	at = strrchr(line, ')');
	if (at && strncmp(at, ") Z", 3) == 0)
		return 0;
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		start = strtoull(at, NULL, 10);
	return start;
}

static void make_name_locked(void)
{
	char host[65] = "", space[48] = "";
	ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);

	space[len > 0 ? len : 0] = '\0';
	(void)gethostname(host, sizeof host - 1); /* too long: its beginning will do */
	read_line("/proc/sys/kernel/random/boot_id", self.boot, sizeof self.boot);
	snprintf(self.place, sizeof self.place, "%s|%s|%s|", host, self.boot, space);
	snprintf(self.name, sizeof self.name, "%s%ld|%llu", self.place, (long)getpid(),
	    start_time(getpid()));
	self.pid = getpid();
}

const char *ledger_owner(void)
{
	pthread_mutex_lock(&self.mutex);
	if (self.pid != getpid())
		make_name_locked();
	pthread_mutex_unlock(&self.mutex);
	return self.name;
}

const char *owner_boot(void)
{
	(void)ledger_owner(); /* reads it */
	return self.boot;
}

static bool same_host_other_boot(const char *owner)
{
	const char *host_end = strchr(owner, '|'), *own_end = strchr(self.place, '|');
	size_t len = host_end ? (size_t)(host_end - owner) : 0;

	if (!host_end || !own_end || len != (size_t)(own_end - self.place) ||
	    strncmp(owner, self.place, len) != 0)
		return false;
	return strncmp(host_end + 1, own_end + 1, 36) != 0; /* a boot id has 36 characters */
}

bool owner_is_here(const char *owner)
{
	(void)ledger_owner(); /* makes the place */
	return strncmp(owner, self.place, strlen(self.place)) == 0;
}

bool owner_is_dead(const char *owner)
{
	char *end;
	long pid;

	if (strcmp(owner, ledger_owner()) == 0)
		return false;
	if (strncmp(owner, self.place, strlen(self.place)) != 0)
		return same_host_other_boot(owner);
	pid = strtol(owner + strlen(self.place), &end, 10);
	return *end == '|' && start_time(pid) != strtoull(end + 1, NULL, 10);
}
