#ifndef API_API_H
#define API_API_H

/*
 * What clients see: the routes of the OpenAI API and of health, over one gateway.
 */
#include <stdbool.h>

#include "base/error.h"
#include "relay/gateway.h"
#include "web/reply.h"
#include "web/request.h"

struct api {
	struct gateway gateway;
	int64_t pinged_ms; /* readiness: when the store was last asked, atomic */
	int ping_failed;   /* and what it said, atomic */
};

/* A worker_options.handle; ctx is a struct api. */
void api_handle(void *ctx, const struct web_request *request, const struct error *refused,
    struct web_reply *reply);

/* A worker_options.judge. */
int api_judge(void *ctx, const struct web_request *request, bool *out_known, struct error *refused);

/* Is it an address of the gateway's own, so that a pass_through_endpoints entry there is not
 * reached? */
bool api_has_path(const char *path);

#endif
