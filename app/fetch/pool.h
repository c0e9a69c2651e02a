#ifndef FETCH_POOL_H
#define FETCH_POOL_H

/*
 * What calls of one pool have in common: DNS answers and TLS sessions; and where this thread keeps
 * its connections.  For fetch/ only.
 */
#include "fetch/fetch.h"
#include "fetch/links.h"

/* In a fiber its carrier's, else the pool's own.  NULL: libcurl has no more to give. */
struct links *pool_links(struct fetch_pool *pool);

#endif
