#ifndef FETCH_DESTINATION_H
#define FETCH_DESTINATION_H

/*
 * Where a URL leads: what libcurl's own reading of it says, and what a request to it begins with.
 * For fetch/ only.
 */
#include <curl/curl.h>
#include <stdbool.h>

struct destination {
	char *url;           /* as it was given */
	char *origin;        /* "https://example.org:443/": what a connection is for */
	char *host;          /* for Host: a port only when it is not the scheme's, names as they
				are asked for (xn--...) */
	char *target;        /* "/path?query" */
	char *authorization; /* "Basic ..." when the URL has a user or a password; else NULL */
	bool is_plain;       /* http:// */
	CURLcode wrong;      /* CURLE_OK, or why there is no such place; then the rest is NULL */
};

struct destination *destination_new(const char *url);
void destination_free(struct destination *to); /* NULL is fine */

#endif
