#ifndef FETCH_UNREACHED_H
#define FETCH_UNREACHED_H

/*
 * Why libcurl could not make a link, as one of fetch_end.  For fetch/ only.
 */
#include "fetch/fetch.h"
#include "fetch/link.h"

enum fetch_end unreached_end(const struct link *link);
/* For the log; no URL in it. */
const char *unreached_why(const struct link *link);

#endif
