#ifndef API_NOT_OFFERED_H
#define API_NOT_OFFERED_H

/*
 * Addresses that clients know from OpenAI, Google or LiteLLM and that are not here: why, and what
 * to do instead.  What LiteLLM's administrators call is told in management/elsewhere.h.
 */
#include "base/error.h"
#include "web/request.h"

/* ERROR_NOT_FOUND with that reason, or that there is no such URL.  Returns -1. */
int not_offered(const struct web_request *request, struct error *err);

#endif
