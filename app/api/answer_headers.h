#ifndef API_ANSWER_HEADERS_H
#define API_ANSWER_HEADERS_H

/*
 * What the answer's headers tell of the way a request went, under x-sideways-* and, where LiteLLM
 * has a name for it, under that too.  On a stream they are sent with the first byte, so cost and
 * overhead are those known by then.
 */
#include "relay/relay.h"
#include "web/reply.h"
#include "web/request.h"

void answer_headers_set(const struct web_request *request, struct web_reply *reply,
    const struct relay_outcome *outcome);

#endif
