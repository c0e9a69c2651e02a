#ifndef API_IDEMPOTENT_H
#define API_IDEMPOTENT_H

/*
 * Idempotency-Key: wraps the handler of a route.  The first request runs the handler while its
 * answer is recorded on its way to the client; it is completed and kept also when the client
 * leaves, since that is what a retry is for.  A second one gets the same bytes, whole or as a
 * stream, with `idempotent-replayed: true`; while the first still runs it waits for it, for up to
 * 25 s, and is then told 409 with Retry-After, which SDKs repeat by themselves.  Another body under
 * the same key is 422.
 */
#include <stdbool.h>

#include "api/api.h"
#include "web/router.h"

/* Has the request such a key, and is it for a route that calls models? */
bool idempotent_wanted(const struct web_request *request);

void idempotent_handle(struct api *api, const struct route *route,
    const struct web_request *request, struct slice parameter, struct web_reply *reply);

#endif
