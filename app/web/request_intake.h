#ifndef WEB_REQUEST_INTAKE_H
#define WEB_REQUEST_INTAKE_H

/*
 * From a CGI environment and a source of body bytes to a web_request.  Used by the FastCGI
 * threads, by the CGI answer and by tests.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "web/request.h"

struct body_source {
	/* Bytes read (up to len, at least 1), 0 at the end, -1 when the source broke. */
	long (*read)(void *ctx, char *bytes, size_t len);
	void *ctx;
	bool has_end; /* FastCGI marks the end of a body; a CGI program must not read beyond
			 CONTENT_LENGTH */
};

/*
 * Fills request, whose arena, client_fd and variables are set.  Returns 0, or -1 with err saying
 * what is to be refused; then the request can still be answered: every text is set and the body is
 * empty.  The body is read to its end in either case; *out_unread tells that it was given up, being
 * endless or too long, and the connection cannot be used again.
 */
int request_intake(struct web_request *request, const struct body_source *source,
    int64_t max_body_bytes, bool *out_unread, struct error *err);

#endif
