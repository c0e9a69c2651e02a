#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

/*
 * One request from a web server, the same for FastCGI and CGI.
 *
 * The path is canonical: taken from REQUEST_URI, the base path (SCRIPT_NAME or the configured one)
 * stripped, percent-decoded once; NUL, control bytes, "..", "//", %2f and %5c are refused.
 * The same string routes and authorises.  The body is read whole, within the limit, before the
 * handler runs, also when the answer will be an error (unread bytes break kept connections).
 *
 * Everything lives in the request's arena.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct web_variable {
	struct slice name;
	const char *value;
	const struct web_variable *next; /* in the same place of the index */
};

#define WEB_VARIABLE_PLACES 32

struct web_request {
	struct arena *arena;
	const char *id;        /* time-ordered; told to the client, written to the log */
	int64_t started_us;    /* monotonic, when the request was accepted */
	const char *method;    /* "POST" */
	const char *path;      /* "/v1/chat/completions" */
	const char *query;     /* raw, "" when none */
	const char *base_path; /* "/cgi-bin/sideways.cgi", "" at the root: for links */
	const char *content_type;
	struct slice body;
	bool https;
	bool detached; /* the answer is wanted also when the client leaves: it never counts as gone
			*/
	int client_fd; /* watched for a client that leaves; -1 under CGI */
	struct web_variable *variables; /* CGI's, in the order in which they came */
	size_t variable_count;
	const struct web_variable *places[WEB_VARIABLE_PLACES]; /* the index of their names */
};

/* Takes the variables from an environment ("NAME=value", NULL-terminated), which must stay. */
void web_request_take(struct web_request *request, const char *const *environment);

/* Who fills in the variables makes their index with this. */
void web_request_index(struct web_request *request);

/* The first variable of this name, and the next of the same name; NULL: there is none. */
const struct web_variable *web_request_first(const struct web_request *request, struct slice name);
const struct web_variable *web_request_next(const struct web_variable *variable);

/* A CGI variable ("HTTP_X_STAINLESS_RETRY_COUNT"), or NULL. */
static inline const char *web_request_variable(const struct web_request *request, const char *name)
{
	const struct web_variable *found = web_request_first(request, slice_of(name));

	return found ? found->value : NULL;
}

/* A header whose values are a list: those of all of its lines, with commas between (RFC 9110, 5.3).
 * Some servers hand each line over by itself.  NULL: there is none. */
const char *web_request_list(const struct web_request *request, const char *name);

/* The key the client presents: x-litellm-api-key, else Authorization: Bearer, x-api-key, api-key or
 * x-goog-api-key, else "?key=" at Gemini's paths (never logged here), also where the server hides
 * the header (REDIRECT_HTTP_AUTHORIZATION).  NULL when there is none, with a sentence in err that
 * names the directive that is missing under Apache; two different ones are ERROR_BAD_REQUEST. */
const char *web_request_key(const struct web_request *request, struct error *err);

/* How the web server hands requests over: "cgi", "fastcgi", or "proxy" (FastCGI by Apache's
 * mod_proxy_fcgi). */
const char *web_request_way(const struct web_request *request);

/* Has the client gone away, as far as can be seen now?  (A closed connection, an abort record,
 * SIGTERM under CGI.) */
bool web_request_client_gone(const struct web_request *request);

#endif
