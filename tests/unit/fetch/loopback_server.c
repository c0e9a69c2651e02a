/* See the header. */
#include "loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
	struct loopback_server *server;
	int fd;
	int served;
};

static const struct loopback_play plays[] = {
	/* clang-format off */
	{ "/ok",          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}", KEEP, 0 },
	{ "/429",         "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nX-RateLimit-Remaining-Tokens: 0\r\nContent-Length: 3\r\n\r\nno!", KEEP, 0 },
	{ "/hang",        "", HANG, 0 },
	{ "/close-first", "", CLOSE, 0 },
	{ "/reset-first", "", RESET, 0 },
	{ "/reset-head",  "HTTP/1.1 200 OK\r\nContent-Type: te", RESET, 0 },
	{ "/reset-body",  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", RESET, 0 },
	{ "/short",       "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", CLOSE, 0 },
	{ "/garbage",     "220 mail.example.org ESMTP\r\n", CLOSE, 0 },
	{ "/gzip",        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", KEEP, 0 },
	{ "/identity",    "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}", KEEP, 0 },
	{ "/redirect",    "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", KEEP, 0 },
	{ "/drip",        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nh", HANG, 0 },
	{ "/continue",    "HTTP/1.1 102 Wait\r\nRetry-After: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", KEEP, 0 },
	{ "/trailer",     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\nX-Request-Id: late\r\n\r\n", KEEP, 0 },
	{ "/late",        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nlate", KEEP, 0 },
	{ "/halves",      "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhalves", KEEP, 0 },
	{ "/empty-head",  "HTTP/1.1 200 OK\r\n\r\n", CLOSE, 0 },
	{ NULL, NULL, KEEP, 0 },
	/* clang-format on */
};

unsigned long loopback_sum(unsigned long sum, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + (unsigned char)bytes[i];
	return sum;
}

static bool put(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Many headers, then one that must be seen all the same. */
static void put_many_headers(int fd, int count, const char *last)
{
	char line[128];

	put(fd, "HTTP/1.1 200 OK\r\n", 17);
	for (int i = 0; i < count; i++) {
		int len = snprintf(line, sizeof line, "X-RateLimit-Limit-%d: %064d\r\n", i, i);

		if (!put(fd, line, (size_t)len))
			return;
	}
	put(fd, last, strlen(last));
	put(fd, "Content-Length: 2\r\n\r\n{}", 23);
}

static void wait_for_close(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, 0) > 0)
		;
}

static void reset(int fd)
{
	struct linger linger = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static const struct loopback_play *find_play(const struct loopback_play *all, const char *path)
{
	while (all->path && strcmp(path, all->path) != 0)
		all++;
	return all->path ? all : NULL;
}

static bool play_out(struct connection *connection, const struct loopback_play *play)
{
	size_t len = play->len ? play->len : strlen(play->answer), at = 0,
	       step = atomic_load(&connection->server->in_bytes) ? 1 : len;
	int pause_us = atomic_load(&connection->server->pause_us);

	if (strcmp(play->path, "/late") == 0)
		usleep(200000);
	if (strcmp(play->path, "/halves") == 0) {
		at = len - 3;
		put(connection->fd, play->answer, at);
		usleep(400000);
		step = 3;
	}
	while (at < len && put(connection->fd, play->answer + at, step)) {
		at += step;
		if (pause_us > 0)
			usleep((useconds_t)pause_us);
	}
	if (play->after == HANG)
		wait_for_close(connection->fd);
	if (play->after == RESET) {
		usleep(20000); /* or the reset overtakes what was sent */
		reset(connection->fd);
	}
	return play->after == KEEP;
}

/* False: the connection is over. */
static bool play_path(struct connection *connection, const char *path)
{
	const struct loopback_play *play;

	connection->served++;
	if (strcmp(path, "/once") == 0) { /* the second request of a connection is read and lost */
		if (connection->served > 1)
			return false;
		path = "/ok";
	} else if (strcmp(path, "/many") == 0) {
		put_many_headers(connection->fd, 40, "Content-Encoding: gzip\r\n");
		return true;
	} else if (strcmp(path, "/huge") == 0) {
		put_many_headers(connection->fd, 2000, "");
		return false;
	}
	play = find_play(plays, path);
	if (!play && connection->server->plays)
		play = find_play(connection->server->plays, path);
	return play && play_out(connection, play);
}

static bool read_body(struct connection *connection, const char *begun, long have, long whole)
{
	struct loopback_server *server = connection->server;
	unsigned long sum = loopback_sum(0, begun, (size_t)have);
	char block[65536];

	while (have < whole) {
		ssize_t got = recv(connection->fd, block, sizeof block, 0);

		if (got <= 0)
			return false;
		sum = loopback_sum(sum, block, (size_t)got);
		have += got;
	}
	atomic_store(&server->body_bytes, have);
	atomic_store(&server->body_sum, sum);
	return true;
}

/* One request: its head into server->head, its path into path. */
static pthread_mutex_t head_mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the last head */

static bool read_request(struct connection *connection, char *path, size_t path_size)
{
	char head[4096];
	size_t len = 0;
	const char *end = NULL, *length;
	long have;

	while (!end) {
		ssize_t got = recv(connection->fd, head + len, sizeof head - 1 - len, 0);

		if (got <= 0)
			return false;
		len += (size_t)got;
		if (head[0] == 0x16) /* TLS, which is not spoken here */
			return false;
		head[len] = '\0';
		end = strstr(head, "\r\n\r\n");
	}
	have = (long)(head + len - (end + 4));
	length = strcasestr(head, "content-length:");
	if (sscanf(head, "%*s %63s", path) != 1 || strlen(path) >= path_size)
		return false;
	if (!read_body(connection, end + 4, have, length ? strtol(length + 15, NULL, 10) : 0))
		return false;
	pthread_mutex_lock(&head_mutex);
	memcpy(connection->server->head, head, (size_t)(end + 4 - head));
	connection->server->head[end + 4 - head] = '\0';
	pthread_mutex_unlock(&head_mutex);
	atomic_fetch_add(&connection->server->requests, 1);
	return true;
}

static void *serve_connection(void *ctx)
{
	struct connection *connection = ctx;
	char path[64];
	bool goes_on = true;

	while (goes_on && read_request(connection, path, sizeof path)) {
		goes_on = play_path(connection, path);
		atomic_fetch_add(&connection->server->played, 1);
	}
	close(connection->fd);
	atomic_fetch_add(&connection->server->closes, 1);
	free(connection);
	return NULL;
}

static void *serve(void *ctx)
{
	struct loopback_server *server = ctx;
	int one = 1, fd;

	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		struct connection *connection = calloc(1, sizeof *connection);
		pthread_t thread;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		atomic_fetch_add(&server->accepts, 1);
		*connection = (struct connection){ server, fd, 0 };
		if (pthread_create(&thread, NULL, serve_connection, connection) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

void loopback_server_start(struct loopback_server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;

	memset(server, 0, sizeof *server);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(server->listener, 64) != 0 ||
	    getsockname(server->listener, (struct sockaddr *)&address, &len) != 0 ||
	    pthread_create(&server->thread, NULL, serve, server) != 0)
		abort();
	server->port = ntohs(address.sin_port);
}

void loopback_server_stop(struct loopback_server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
	usleep(20000); /* connections whose peers are gone end by themselves */
}
