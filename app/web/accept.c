/*
 * Accepting.  See the header.
 */
#include "web/accept.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

#include "base/banned.h"

/* FCGI_WEB_SERVER_ADDRS: over TCP anybody could speak FastCGI and say who he is. */
static bool peer_is_allowed(const struct sockaddr_storage *peer)
{
	const char *allowed = getenv("FCGI_WEB_SERVER_ADDRS"), *at;
	char text[INET_ADDRSTRLEN];
	struct sockaddr_in in;
	size_t len;

	if (peer->ss_family != AF_INET || !allowed || !*allowed)
		return true;
	memcpy(&in, peer, sizeof in);
	if (!inet_ntop(AF_INET, &in.sin_addr, text, sizeof text))
		return false;
	len = strlen(text);
	for (at = allowed; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, text, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

int accept_connection(int listen_fd, bool *out_exhausted)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof peer;
	int fd = accept4(listen_fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

	*out_exhausted =
	    fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS);
	if (fd < 0 || peer_is_allowed(&peer))
		return fd;
	log_event(
	    LOG_WARNING, "accept", "a connection from outside of FCGI_WEB_SERVER_ADDRS was closed");
	close(fd);
	return -1;
}
