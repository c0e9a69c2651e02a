#ifndef MANAGEMENT_MANAGEMENT_H
#define MANAGEMENT_MANAGEMENT_H

/*
 * The management API: LiteLLM's calls for keys, teams, budgets, models, spend and logs, with the
 * master key, or a key of the role admin (or viewer, where nothing is changed).  docs/admin-api.md
 * is its manual.
 */
#include <stdbool.h>

#include "base/error.h"
#include "relay/gateway.h"
#include "web/reply.h"
#include "web/request.h"

/* Is it for this API (by its path, whatever the method)? */
bool management_wanted(const struct web_request *request);
/* Is it a call of LiteLLM's API that is not here, and management_handle says what is instead?  To
 * be asked last: such an address may be one of pass_through_endpoints. */
bool management_explains(const struct web_request *request);

/* refused: what is wrong with the request already, or NULL. */
void management_handle(struct gateway *gateway, const struct web_request *request,
    const struct error *refused, struct web_reply *reply);

#endif
