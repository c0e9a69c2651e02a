#ifndef PROVIDERS_PASSING_CALL_H
#define PROVIDERS_PASSING_CALL_H

/*
 * Requests of pass_through_endpoints: the client's method, body, query and content type, with the
 * headers of the settings and none of the client's keys.  Any answer is one.  For media_call.c.
 */
#include "providers/provider.h"

int passing_build(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err);
int passing_read_reply(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err);

#endif
