#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

/*
 * One call to a provider over HTTP/1.1: it holds its thread, or where it is made in a fiber
 * (base/fiber.h) only that.  libcurl makes and verifies the connection, fetch/talk.c talks.
 *
 * The caller gives the URL, the headers to send (an allowlist: nothing else goes out but Host,
 * Content-Length, Accept, and Authorization when the URL has a user) and the body in pieces;
 * callbacks get the head and the body as they arrive.  Waiting is done on the upstream and on the
 * client's descriptor together, so a client that leaves ends the call at once.  Connections are
 * kept (fetch/links.h).
 *
 * A request is never sent twice.  A kept connection is looked at before it is used, and one that
 * the provider has closed, or on which it has sent anything, is not used.  When one is closed just
 * then and takes no byte of the request (RFC 9112, 9.3.1), another connection is tried; once it has
 * taken a byte the provider may have read and billed the request, and the call ends with
 * FETCH_NO_ANSWER.
 *
 * An answer that is not HTTP/1.1 as RFC 9112 has it is FETCH_BROKEN (fetch/http_head.h and
 * fetch/chunked.h say what is refused).  One of 300 or more that comes before the whole request has
 * gone ends the sending and counts; one below waits for the request.  What comes behind an answer
 * is of no answer: the connection is closed.
 *
 * Always: no redirects, no proxy and nothing else from the environment, no netrc, no cookies, no
 * compression asked for (a Content-Encoding that comes anyway is FETCH_BROKEN), https only unless
 * the call allows http, TLS 1.2 or later with verification, HTTP/1.1.
 *
 * Threads: a pool may be shared; a call belongs to its thread.  A pool ends after the carriers.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct fetch_pool;
struct fetch_pool *fetch_pool_new(void); /* after fork */
void fetch_pool_free(struct fetch_pool *pool);

struct fetch_header { /* both are printable ASCII without line breaks; checked again here */
	const char *name;
	const char *value;
};

#define FETCH_BODY_PIECES_MAX 96
#define FETCH_HEADERS_MAX     32

/* The answer's head.  Only headers that somebody needs are kept: content-type, retry-after,
 * retry-after-ms, x-should-retry, x-request-id, request-id, x-ratelimit-*, anthropic-ratelimit-*,
 * llm_provider ids, x-amzn-errortype. */
struct fetch_head {
	int status;
	struct fetch_header headers[FETCH_HEADERS_MAX]; /* names in lower case */
	size_t header_count;
};
const char *fetch_head_get(
    const struct fetch_head *head, const char *name); /* lower case; NULL when absent */

struct fetch_call {
	const char *method; /* "POST"; another one may have no body */
	const char *url;
	struct fetch_header headers[FETCH_HEADERS_MAX];
	size_t header_count;
	struct slice *body; /* in pieces */
	size_t body_count;
	bool comes_slowly;   /* the answer is a stream of small pieces: a small buffer will do */
	bool allow_http;     /* plain HTTP, for providers that settings mark as local */
	bool allow_metadata; /* the addresses at which a cloud keeps its machines' credentials */

	int64_t connect_timeout_ms;
	int64_t first_byte_timeout_ms; /* from the start to the head's last byte */
	int64_t idle_timeout_ms;       /* between two pieces of the body */
	int64_t total_timeout_ms;
	size_t max_body_bytes; /* 0: 64 MiB */
	/* A time limit or a leaving client does not end it once the request has been sent whole:
	 * what goes on is in fetch_result.left. */
	bool may_be_left;

	int client_fd; /* -1: none */
	/* All are optional.  Nonzero from on_head or on_body ends the call (FETCH_STOPPED). */
	int (*on_head)(void *ctx, const struct fetch_head *head);
	int (*on_body)(void *ctx, const char *bytes, size_t len);
	/* Called during silence every wake_ms (0: never); nonzero means that the client has gone
	 * (FETCH_CLIENT_GONE). */
	int (*on_silence)(void *ctx, int64_t silent_ms);
	int64_t wake_ms;
	/* Has the client gone?  Asked when client_fd becomes readable, and each wake_ms. */
	bool (*client_gone)(void *ctx);
	void *ctx;
};

enum fetch_end {
	FETCH_DONE,     /* whole answer received; any HTTP status */
	FETCH_STOPPED,  /* a callback ended it */
	FETCH_NOT_SENT, /* name, connection or TLS failed: the request cannot have been read */
	FETCH_LOCAL, /* our own machine failed (descriptors, memory): says nothing of the provider
		      */
	FETCH_NO_ANSWER, /* sent, in whole or part, then reset or closed before a status came */
	FETCH_BROKEN,    /* a status came, then the answer broke: reset, wrong length, not HTTP, too
			    large, encoded */
	FETCH_TIMEOUT_CONNECT, /* nothing sent */
	FETCH_TIMEOUT_FIRST_BYTE,
	FETCH_TIMEOUT_IDLE,
	FETCH_TIMEOUT_TOTAL,
	FETCH_CLIENT_GONE,
};

struct fetch_result {
	enum fetch_end end;
	int status;            /* 0: none came */
	bool sent;             /* any byte of the request */
	int64_t first_byte_us; /* monotonic time of the status line; 0: none */
	char detail[160];      /* for the log: no secrets, no URL */
	struct fetch_left
	    *left; /* NULL, or a call that goes on: one of the two below must follow */
};

/*
 * Goes on with a call that was left, in this thread, whichever it is, or in a fiber of the same
 * carrier where a fiber had made it, with the callbacks and limits
 * of `how`: times still count from the call's start, and what came before was given to the
 * callbacks then.  Afterwards it is over.
 */
void fetch_go_on(struct fetch_left *left, const struct fetch_call *how, struct fetch_result *out);
/* Ends it. */
void fetch_give_up(struct fetch_left *left);

/* Is the content of this media type?  Types ignore case, and parameters follow them. */
bool fetch_head_has_type(const struct fetch_head *head, const char *type);

/* The signature of a transport: the real one below, the demonstration provider's and those of
 * tests.
 */
typedef void fetch_transport(
    struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out);
fetch_transport fetch_http;

#endif
