#ifndef PROVIDERS_PROVIDER_BUILD_H
#define PROVIDERS_PROVIDER_BUILD_H

/*
 * Writes a call in a format, and makes of it what a cloud takes: the body's last changes, the type
 * that is accepted, a signature.
 */
#include "providers/provider.h"

int provider_build(const struct provider_call *call, const struct wire_format *format,
    struct arena *arena, struct fetch_call *out, struct error *err);

#endif
