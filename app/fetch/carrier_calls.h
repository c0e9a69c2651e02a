#ifndef FETCH_CARRIER_CALLS_H
#define FETCH_CARRIER_CALLS_H

/*
 * The calls of a carrier's fibers: libcurl makes their connections by its socket interface, and
 * the carrier hears of those that it has made.  For fetch/ only.
 */
#include "fetch/fetch.h"
#include "fetch/links.h"

/* The carrier's own, made at the first call; NULL: libcurl has no more to give. */
struct links *carrier_calls_of(struct fetch_pool *pool, CURLSH *share);

#endif
