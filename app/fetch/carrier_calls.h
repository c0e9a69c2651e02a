#ifndef FETCH_CARRIER_CALLS_H
#define FETCH_CARRIER_CALLS_H

/*
 * All calls that fibers of one carrier make (base/fiber.h): one libcurl multi, whose connections
 * they share, driven by the carrier's loop on the carrier's own stack.  What comes of an answer is
 * kept until the call's fiber takes it; so libcurl's depth, TLS and all, is nothing to the small
 * stacks of fibers, and a callback of a call may wait.
 *
 * A connection that waits in libcurl for the next call stays in the epoll set, so that the next
 * call finds it there.  For fetch/ only.
 */
#include "fetch/handle.h"

/* Those of the carrier on whose fiber this runs; NULL: libcurl has no more to give. */
struct carrier_calls *carrier_calls_of(struct fetch_pool *pool, CURLSH *share);

/* A handle with the carrier's multi, for which there is one idle or room for another. */
struct handle *carrier_calls_take(struct carrier_calls *calls, const char *url);
void carrier_calls_give_back(struct handle *handle);

#endif
