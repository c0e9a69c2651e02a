#ifndef PROVIDERS_SIGV4_H
#define PROVIDERS_SIGV4_H

/*
 * AWS's signature, version 4, by OpenSSL: libcurl's own signs paths with a colon wrongly in the
 * versions that Debian 12 and 13 have, and bodies that are read piece by piece in all
 * (docs/providers.md).
 *
 * Signed are host, x-amz-date, content-type, x-amz-security-token, and the extra headers whose name
 * begins with x-amz; nothing that a proxy may change.
 */
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "fetch/fetch.h"
#include "providers/provider.h"

/* Adds x-amz-date, the session's token where there is one, and Authorization to a call whose body
 * and other headers are whole. */
int sigv4_sign_call(const struct cloud_grant *grant, const char *region, const char *service,
    struct arena *arena, struct fetch_call *call, struct error *err);

/* The same at a time given, for tests. */
int sigv4_sign_at(const struct cloud_grant *grant, const char *region, const char *service,
    int64_t wall_ms, struct arena *arena, struct fetch_call *call, struct error *err);

#endif
