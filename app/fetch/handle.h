#ifndef FETCH_HANDLE_H
#define FETCH_HANDLE_H

/*
 * One libcurl handle: an easy in a multi.  Without fibers the multi is its own, because waiting on
 * the client's descriptor needs the multi interface, and holds the connections of its last calls;
 * all calls of a carrier share one (fetch/carrier_calls.h).
 *
 * Options that hold for every call are set when the handle is made; those that depend on the call
 * only when they differ from what the call before had set, because libcurl copies and checks each.
 *
 * A handle belongs to one thread, or to one fiber of its carrier, at a time.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fiber.h"
#include "fetch/fetch.h"

/* What the calls of a carrier have in common. */
struct shared_multi {
	CURLM *multi;
	CURLSH *share;
	int running;   /* calls */
	bool is_tight; /* its last socket says that more than half of the descriptors are in use */
	/* A socket was made for a connection, or else is closed: nothing that was known of it
	 * holds. */
	void (*forget)(struct shared_multi *shared, int fd, bool made);
};

struct handle {
	struct shared_multi *shared; /* NULL: the multi is its own */
	CURLM *multi;
	CURL *easy;
	struct handle *next; /* in the pool */

	void *transfer; /* the call that runs, for the callbacks of fetch.c, which get the handle */
	bool has_callbacks;

	/* where calls share a multi */
	struct fiber *fiber; /* that waits for it; NULL: nobody does */
	bool ended;          /* with this result: */
	CURLcode code;
	int64_t started_us;
	int watched_fd; /* the client's; -1: none yet */

	/* why the last connection could not be tried; cleared by handle_start */
	int socket_errno;     /* of socket(): our own machine's trouble */
	bool address_refused; /* the name led to an address that is never called */

	/* what is set; for handle_aim alone */
	char *url;
	CURLU *parts; /* of the URL; NULL when it has none, which libcurl will say */
	bool allow_http, allow_metadata;
	bool other_method;
	int64_t connect_timeout_ms;
	long upload_bytes, receive_bytes;
};

/* NULL: libcurl has no more to give.  share: of DNS answers and TLS sessions. */
struct handle *handle_new(CURLSH *share, struct shared_multi *shared);
void handle_free(struct handle *handle);

/* Takes one out of a list, first of those whose call before went there; NULL: it is empty. */
struct handle *handle_pick(struct handle **list, const char *url);
/* Destination, connection's time limit and buffers of the call to come. */
void handle_aim(struct handle *handle, const struct fetch_call *call, long upload_bytes);

/* Its transfer has ended, or something came: whoever waits for it goes on. */
void handle_ended(struct handle *handle, CURLcode code);
void handle_wake(struct handle *handle);

/* These say false when libcurl fails: our own machine's trouble. */
bool handle_start(struct handle *handle);
/* Does what is ready; the carrier has done it where calls share a multi. */
bool handle_act(struct handle *handle, bool *out_running);
/* Waits for the upstream, libcurl's timers and the client (-1: none), at most wait_ms. */
bool handle_wait(struct handle *handle, int client_fd, int wait_ms, bool *out_client_ready);
/* Its client is no longer watched. */
void handle_unwatch(struct handle *handle);
/* After the last handle_act; the result when the transfer had ended by itself. */
CURLcode handle_finish(struct handle *handle);

#endif
