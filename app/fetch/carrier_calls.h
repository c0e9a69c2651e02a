#ifndef FETCH_CARRIER_CALLS_H
#define FETCH_CARRIER_CALLS_H

/*
 * The calls of a carrier's fibers: libcurl makes their connections by its socket interface, and
 * the carrier hears of those that it has made.  For fetch/ only.
 */
#include "fetch/links.h"

/* The carrier's own, made at the first call; NULL: libcurl has no more to give. */
struct links *carrier_calls_of(struct fetch_pool *pool, CURLSH *share);

/* Events of its socket are the connection's from now on, until they are of nobody. */
void carrier_calls_know(struct link *link);
void carrier_calls_forget(struct links *all, int fd);
/* What the carrier has to hear of it.  False: the kernel refuses. */
bool carrier_calls_arm(struct link *link, uint32_t events);

#endif
