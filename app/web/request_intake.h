#ifndef WEB_REQUEST_INTAKE_H
#define WEB_REQUEST_INTAKE_H

/*
 * From a CGI environment and a body to a web_request: in two steps where the body has been
 * collected (FastCGI), in one where it is read from a source (CGI).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "web/request.h"

/*
 * Fills request, whose arena, client_fd and variables are set, but for the body.  Returns 0, or -1
 * with err saying what is to be refused; then the request can still be answered.  *out_announced:
 * the length that CONTENT_LENGTH tells, -1 when none is told.
 */
int request_head(
    struct web_request *request, int64_t max_body_bytes, int64_t *out_announced, struct error *err);

/* The body that came: what was kept of it, and how many bytes there were.  A NUL stands behind
 * what was kept, which must stay as long as the request. */
int request_body(struct web_request *request, int64_t announced, int64_t max_body_bytes,
    struct slice kept, int64_t came, struct error *err);

struct body_source {
	/* Bytes read (up to len, at least 1), 0 at the end, -1 when the source broke. */
	long (*read)(void *ctx, char *bytes, size_t len);
	void *ctx;
	bool has_end; /* FastCGI marks the end of a body; a CGI program must not read beyond
			 CONTENT_LENGTH */
};

/*
 * Both in one, -1 as above.  The body is read to its end in either case; *out_unread tells that it
 * was given up, being endless or too long, and the connection cannot be used again.
 */
int request_intake(struct web_request *request, const struct body_source *source,
    int64_t max_body_bytes, bool *out_unread, struct error *err);

#endif
