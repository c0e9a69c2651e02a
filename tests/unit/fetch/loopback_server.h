#ifndef TESTS_LOOPBACK_SERVER_H
#define TESTS_LOOPBACK_SERVER_H

/*
 * An HTTP server on 127.0.0.1 that plays the good and the bad: the path of the URL says which
 * (loopback_server.c has a row for each).  A thread a connection; what it saw is counted.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* What follows an answer. */
enum loopback_after { KEEP, CLOSE, RESET, HANG };

struct loopback_play {
	const char *path, *answer;
	enum loopback_after after;
	size_t len; /* of an answer with a NUL in it; 0: up to its end */
};

struct loopback_server {
	const struct loopback_play *plays; /* a test's own, besides; the last one's path is NULL */
	atomic_bool in_bytes;              /* these go out byte by byte, */
	atomic_int pause_us;               /* with so long after each piece */
	int listener, port;
	pthread_t thread;
	atomic_int accepts;     /* connections */
	atomic_int closes;      /* of connections, by the server */
	atomic_int requests;    /* whole requests read */
	atomic_int played;      /* of them, and answered */
	atomic_long body_bytes; /* of the last request */
	atomic_ulong body_sum;  /* of the last request: a checksum that knows the order */
	char head[4096];        /* of the last request */
};

/* A server outlives its stop: connections end when their peers go.  So it is never on a stack. */
void loopback_server_start(struct loopback_server *server);
void loopback_server_stop(struct loopback_server *server);

/* The checksum of bytes, continued from sum. */
unsigned long loopback_sum(unsigned long sum, const char *bytes, size_t len);

#endif
