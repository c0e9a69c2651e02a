#ifndef API_CALLER_H
#define API_CALLER_H

/*
 * Who asked, as the client tells it: for the log, the sums by user and tag, and their budgets.
 * Nothing of it is proven; a key that must not choose needs a budget of its own.
 */
#include "chat/chat_request.h"
#include "settings/settings.h"
#include "telemetry/request_log.h"
#include "web/request.h"

/*
 * In the request's arena.  The user, in LiteLLM's order: the headers x-litellm-customer-id and
 * x-litellm-end-user-id, "user", litellm_metadata.user, metadata.user_id (Anthropic),
 * "safety_identifier".  Tags: all of key_tags (a JSON array, or NULL), then litellm_metadata.tags,
 * metadata.tags, "tags", the header x-litellm-tags with commas between: all that are in `budgets`,
 * and others until there are ten.  What is longer than a line of a table is cut off.  Fields of a
 * form count as members.
 */
struct request_caller caller_read(const struct web_request *request,
    const struct chat_request *chat, const char *key_tags, const struct named_budgets *budgets);

/* Does the client name tags of its own? */
bool caller_names_tags(const struct web_request *request, const struct chat_request *chat);

#endif
