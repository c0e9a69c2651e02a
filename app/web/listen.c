/*
 * Sockets to listen on, and how the process was started.  Declared in worker.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "web/worker.h"

#include "base/banned.h"

#define TAKE_TRIES   20 /* two seconds in sum */
#define TAKE_WAIT_MS 100
#define BACKLOG      4096 /* beyond it nginx answers 502; the kernel cuts it to net.core.somaxconn */

bool worker_is_fastcgi(void)
{
	int listening = 0;
	socklen_t size = sizeof listening;

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
	       listening;
}

bool worker_is_cgi(char **environment)
{
	for (; environment && *environment; environment++)
		if (strncmp(*environment, "GATEWAY_INTERFACE=", 18) == 0 ||
		    strncmp(*environment, "REQUEST_METHOD=", 15) == 0)
			return true;
	return false;
}

static int listen_fail(int fd, const char *address, struct error *err)
{
	int why = errno;

	if (fd >= 0)
		close(fd);
	return error_set(err, ERROR_USAGE, "cannot listen on %s: %s", address, strerror(why));
}

/* A socket file that nobody listens on is left over from a process that was killed.  It is a
 * socket: connecting to any other file is refused in the same way. */
static bool is_left_over(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool dead = fd >= 0 &&
		    connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
		    errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return dead;
}

/* A gateway before this one that was killed may have a worker that ends within moments and still
 * holds the socket. */
static int take_path(int fd, const struct sockaddr_un *address)
{
	for (int tries = 0;; tries++) {
		if (is_left_over(address))
			(void)unlink(address->sun_path); /* bind tells when it is still there */
		if (bind(fd, (const struct sockaddr *)address, sizeof *address) == 0)
			return 0;
		if (errno != EADDRINUSE || tries == TAKE_TRIES)
			return -1;
		clock_sleep_ms(TAKE_WAIT_MS);
	}
}

static int listen_unix(const char *path, const char *shown, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat there;
	int fd;

	if (!*path)
		return error_set(err, ERROR_USAGE, "'%s' has no path; write unix:PATH", shown);
	if (strlen(path) >= sizeof address.sun_path)
		return error_set(err, ERROR_USAGE,
		    "cannot listen on %s: the path is longer than %zu bytes", shown,
		    sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &there) == 0 && !S_ISSOCK(there.st_mode))
		return error_set(err, ERROR_USAGE,
		    "cannot listen on %s: what is there is not a socket, and is left as it is; "
		    "name another path",
		    shown);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || take_path(fd, &address) != 0 || chmod(path, 0660) != 0 ||
	    listen(fd, BACKLOG) != 0)
		return listen_fail(fd, shown, err);
	return fd;
}

static int listen_tcp(const char *text, struct error *err)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_in address = { .sin_family = AF_INET };
	char host[64] = "127.0.0.1";
	int64_t port;
	int fd, on = 1;

	if (!colon || (size_t)(colon - text) >= sizeof host ||
	    number_whole(slice_of(colon + 1), 1, 65535, &port, NULL) != 0)
		return error_set(err, ERROR_USAGE,
		    "'%s' is not an address; write unix:PATH or HOST:PORT, as 127.0.0.1:9000",
		    text);
	if (colon > text && !(colon == text + 9 && strncmp(text, "localhost", 9) == 0))
		snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return error_set(
		    err, ERROR_USAGE, "'%s' is not an IPv4 address; write 127.0.0.1:PORT", host);
	address.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(fd, BACKLOG) != 0)
		return listen_fail(fd, text, err);
	return fd;
}

int worker_listen(const char *address, struct error *err)
{
	return strncmp(address, "unix:", 5) == 0 ? listen_unix(address + 5, address, err)
						 : listen_tcp(address, err);
}

#define FIRST_HANDED_OVER 3 /* by systemd's convention: behind standard input, output and error */

int worker_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int64_t named = 0, fds = 0;
	int listening = 0;
	socklen_t size = sizeof listening;

	if (!pid || !count || number_whole(slice_of(pid), 1, INT32_MAX, &named, NULL) != 0 ||
	    number_whole(slice_of(count), 1, 1, &fds, NULL) != 0 || named != getpid())
		return -1;
	(void)unsetenv("LISTEN_PID"); /* they were for this process, not for its children */
	(void)unsetenv("LISTEN_FDS");
	if (getsockopt(FIRST_HANDED_OVER, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
	    !listening)
		return -1;
	(void)fcntl(FIRST_HANDED_OVER, F_SETFD, FD_CLOEXEC); /* nothing is executed later anyway */
	return FIRST_HANDED_OVER;
}
