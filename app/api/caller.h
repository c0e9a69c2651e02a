#ifndef API_CALLER_H
#define API_CALLER_H

/*
 * Who asked, as the client tells it, for the log and the sums by user and tag.  Nothing of it is
 * proven, so nothing is decided by it.
 */
#include "chat/chat_request.h"
#include "telemetry/request_log.h"
#include "web/request.h"

/*
 * In the request's arena.  The user: "user", else "safety_identifier", else metadata.user_id
 * (Anthropic).  Tags, at most ten: metadata.tags, else "tags", else the header x-litellm-tags with
 * commas between, as LiteLLM takes them.  What is longer than a line of a table is cut off.
 */
struct request_caller caller_read(
    const struct web_request *request, const struct chat_request *chat);

#endif
