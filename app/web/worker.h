#ifndef WEB_WORKER_H
#define WEB_WORKER_H

/*
 * Serving: fibers that answer FastCGI, or one answer under CGI.
 *
 * FastCGI: a request has a fiber (base/fiber.h) from the moment in which it is whole until its
 * answer is, and holds no thread while it waits.  One that comes while max_requests are being
 * answered is handled with `refused` of kind ERROR_OVERLOADED.  Kept connections, requests on their
 * way and answers whose reader is slow have no fiber.  SIGTERM, SIGINT or SIGUSR1 drains: nothing
 * new is accepted, running requests go on for drain_ms, then worker_serve returns. The handler runs
 * in a fiber with an empty arena and must have answered when it returns.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "web/reply.h"
#include "web/request.h"

struct worker_limits { /* of a request */
	int64_t body_bytes;
	int64_t answer_ms; /* from its first byte until the last of its answer has been taken */
	int64_t reader_ms; /* of that, for how long in all it may wait for the reader; 0: all
			      of it */
};

struct worker_options {
	int listen_fd;    /* 0 when a web server started us */
	int max_requests; /* answered at a time */
	int processes;    /* of this kind, which share the processors; 0: not known */
	void (*limits)(void *ctx, struct worker_limits *out); /* asked for each request */
	int64_t drain_ms;
	/* Asked about a request whose body is on its way: may it come?  -1 and `refused`: no, and
	 * it will not be kept.  *out_known: it has a key that is in force, and so more time and
	 * room. */
	int (*judge)(
	    void *ctx, const struct web_request *request, bool *out_known, struct error *refused);
	/* A body over the limit, a bad path, a short body, too much to do: handle is called all the
	 * same, with `refused` saying what is wrong, so that the error is told in the client's own
	 * format. */
	void (*handle)(void *ctx, const struct web_request *request, const struct error *refused,
	    struct web_reply *reply);
	void (*tick)(void *ctx); /* about once a second, from the calling thread: housekeeping */
	/* No request runs any more: ends what requests left behind in fibers.  NULL: nothing. */
	void (*ending)(void *ctx);
	void (*reload)(void *ctx); /* SIGHUP came; from the calling thread */
	pid_t parent; /* a drain begins when this process is no longer the parent; 0: it may go */
	void *ctx;
};

/* How many threads serve in one process: as many as there are processors for it, so that none is
 * idle while requests wait; two at least in all processes, so that a long computation holds up half
 * of the requests at most; and no more than a process has room for. */
int worker_carriers(int processors, int processes);

/* Returns 0 after a drain. */
int worker_serve(const struct worker_options *options, struct error *err);

/* Answers the one request that the environment describes, from stdin to stdout. SIGTERM and SIGPIPE
 * mean that the client has gone. */
int worker_answer_cgi(const struct worker_options *options, char **environment, struct error *err);

/* Were we started by a web server?  FastCGI: descriptor 0 is a listening socket. */
bool worker_is_fastcgi(void);
bool worker_is_cgi(char **environment); /* GATEWAY_INTERFACE or REQUEST_METHOD is set */

/* "unix:/run/sideways.sock" (mode 0660) or "127.0.0.1:9000"; ":9000" means loopback.  Backlog 1024.
 */
int worker_listen(const char *address, struct error *err);

/* The listening socket that systemd (or who does as it does: LISTEN_PID, LISTEN_FDS) handed over,
 * or -1.  It stays open while the gateway restarts, so that no request finds the door closed. */
int worker_inherited(void);

/* Forks `count` workers over one listening socket, starts those that die again (with a growing
 * pause), and passes on what it is told (web/told.h).  In each child run(ctx) is called and its
 * result is the exit status; its parent is this process, and it should end when that is gone. */
int worker_supervise(int count, int (*run)(void *ctx), void *ctx, struct error *err);

/* True once a drain has begun: readiness says so. */
bool worker_draining(void);
/* What is left of its drain_ms; 0 before and after. */
int64_t worker_drain_left_ms(void);

#endif
