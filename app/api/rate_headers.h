#ifndef API_RATE_HEADERS_H
#define API_RATE_HEADERS_H

/*
 * What is left of the client's limits, in the headers that its SDK reads: OpenAI's x-ratelimit-*
 * with durations, Anthropic's anthropic-ratelimit-* with times.  One row a style in rate_headers.c;
 * the path that was asked chooses it.  Without limits there are no headers.
 */
#include "relay/relay.h"
#include "web/reply.h"
#include "web/request.h"

void rate_headers_set(const struct web_request *request, struct web_reply *reply,
    const struct relay_outcome *outcome);

#endif
