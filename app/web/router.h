#ifndef WEB_ROUTER_H
#define WEB_ROUTER_H

/*
 * Which function answers.  One table of rows; the path is matched as it stands, with at most one
 * "{}" that takes the rest of the path, or what stands before the literal behind it.  A path that
 * is known under another method is 405 with Allow.
 */
#include <stddef.h>

#include "base/slice.h"
#include "web/reply.h"
#include "web/request.h"

enum route_need {
	NEED_NOTHING, /* open to all: health */
	NEED_KEY,     /* the handler authenticates a virtual key */
	NEED_TOKEN,   /* the handler checks the token of `sideways doctor` */
};

struct route {
	const char *method;
	const char *path; /* "/v1/models/{}" */
	enum route_need need;
	void (*handle)(void *ctx, const struct web_request *request, struct slice parameter,
	    struct web_reply *reply);
};

enum route_found { ROUTE_FOUND, ROUTE_UNKNOWN, ROUTE_OTHER_METHOD };

/* parameter is what "{}" matched, percent-decoded already (it is part of the path).  For
 * ROUTE_OTHER_METHOD *out_allow is "GET, POST". HEAD is served by GET rows. */
enum route_found router_find(const struct route *routes, size_t count,
    const struct web_request *request, const struct route **out_route, struct slice *out_parameter,
    char out_allow[64]);

#endif
