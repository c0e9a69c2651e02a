#ifndef FETCH_HANDLE_H
#define FETCH_HANDLE_H

/*
 * One libcurl handle: a multi with one easy in it, because waiting on the client's descriptor needs
 * the multi interface, and the connections of its last calls.
 *
 * Options that hold for every call are set when the handle is made; those that depend on the call
 * only when they differ from what the call before had set, because libcurl copies and checks each.
 *
 * libcurl's socket interface, with a poll(2) of our own, would spare one of its four polls a call,
 * for as much time in instructions and a table of 29 KB in each multi.
 *
 * A handle belongs to one thread at a time.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "fetch/fetch.h"

struct handle {
	CURLM *multi;
	CURL *easy;
	struct handle *next; /* in the pool */

	void *transfer; /* the call that runs, for the callbacks of fetch.c, which get the handle */
	bool has_callbacks;

	/* why the last connection could not be tried; cleared by handle_start */
	int socket_errno;     /* of socket(): our own machine's trouble */
	bool address_refused; /* the name led to an address that is never called */

	/* what is set; for handle_aim alone */
	char *url;
	CURLU *parts; /* of the URL; NULL when it has none, which libcurl will say */
	bool allow_http, allow_metadata;
	bool other_method;
	int64_t connect_timeout_ms;
	long upload_bytes;
};

/* NULL: libcurl has no more to give.  share: of DNS answers and TLS sessions. */
struct handle *handle_new(CURLSH *share);
void handle_free(struct handle *handle);

/* Did the call before go there? */
bool handle_is_for(const struct handle *handle, const char *url);
/* Destination, connection's time limit and upload buffer of the call to come. */
void handle_aim(struct handle *handle, const struct fetch_call *call, long upload_bytes);

/* These say false when libcurl fails: our own machine's trouble. */
bool handle_start(struct handle *handle);
/* Does what is ready. */
bool handle_act(struct handle *handle, bool *out_running);
/* Waits for the upstream, libcurl's timers and the client (-1: none), at most wait_ms. */
bool handle_wait(struct handle *handle, int client_fd, int wait_ms, bool *out_client_ready);
/* After the last handle_act; the result when the transfer had ended by itself. */
CURLcode handle_finish(struct handle *handle);

#endif
