#ifndef VIEWS_SELF_TEST_H
#define VIEWS_SELF_TEST_H

/*
 * Is this installation in order?  Each test looks at one thing, says what it saw and, when that is
 * not as it should be, what to do.  Harmless: one small durable write, no call to a provider.
 */
#include <jansson.h>
#include <stdint.h>

#include "relay/gateway.h"

/* {"tests": [{name, level ("ok", "warning", "error"), ok, warning, error, says, hint (or null)}],
 *  "ok": all are, "errors", "warnings"} */
json_t *self_test(
    struct gateway *gateway, const struct catalog *catalog, struct store *store, int64_t now_ms);

#endif
