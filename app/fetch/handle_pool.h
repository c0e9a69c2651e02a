#ifndef FETCH_HANDLE_POOL_H
#define FETCH_HANDLE_POOL_H

/*
 * libcurl handles with their warm connections, last in first out: as many as were ever used at
 * once, up to a cap.  A handle is a multi with one easy in it, because waiting on the client's
 * descriptor needs the multi interface.  DNS answers and TLS sessions are shared between handles;
 * connections never are.
 */
#include <curl/curl.h>
#include <stdbool.h>

#include "fetch/fetch.h"

struct handle {
	CURLM *multi;
	CURL *easy;
	struct handle *next;
	/* why the last connection could not be tried; for the caller to clear and to read */
	int socket_errno;     /* of socket(): our own machine's trouble */
	bool address_refused; /* the name led to an address that is never called */
};

/* NULL: libcurl has no more to give. */
struct handle *handle_take(struct fetch_pool *pool);
/* keep false: its connection ended in an unknown state and is closed. */
void handle_give_back(struct fetch_pool *pool, struct handle *handle, bool keep);

#endif
