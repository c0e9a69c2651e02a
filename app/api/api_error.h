#ifndef API_API_ERROR_H
#define API_API_ERROR_H

/*
 * Errors in the client's shape (api/wire_style.h): OpenAI's {"error":{"message","type","param",
 * "code"}}, Anthropic's {"type":"error","error":{"type","message"},"request_id"}, Google's
 * google.rpc.Status; with the status, Retry-After and x-should-retry that make the SDKs do the
 * right thing.  A refusal by a budget says
 * which, in error.budget.  What is wrong inside (store, settings) goes to the log with the
 * request's id; the client is told the id.
 */
#include "base/arena.h"
#include "base/error.h"
#include "relay/relay.h"
#include "web/reply.h"
#include "web/request.h"

/* Sends the whole answer.  outcome may be NULL. */
void api_error_send(const struct web_request *request, struct web_reply *reply,
    const struct error *err, const struct relay_outcome *outcome);

/* The error object as one line of JSON, for an event in a stream that has begun. */
struct slice api_error_json(const struct web_request *request, const struct error *err,
    const struct relay_outcome *outcome);

/* Its parts, for formats that tell of a failure inside their stream. */
const char *api_error_message(const struct web_request *request, const struct error *err);
const char *api_error_code(const struct error *err, const struct relay_outcome *outcome);

#endif
