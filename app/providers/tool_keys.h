#ifndef PROVIDERS_TOOL_KEYS_H
#define PROVIDERS_TOOL_KEYS_H

/*
 * Keys of the properties in tools' schemas, in the form that Anthropic takes, and the client's own
 * again in the arguments of calls.  OData's $top and $filter, filter[id], names of other scripts:
 * one such key refuses the whole request.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "chat/conversation.h"

/* Changes schemas and the arguments of earlier calls in a copied conversation whose tools still
 * have the client's names. */
void tool_keys_fit(struct chat_conversation *conversation, struct arena *arena);

/* How many bytes the same adds at most, of a conversation that stays as it is. */
int64_t tool_keys_added_bytes(const struct chat_conversation *conversation, struct arena *arena);

/* Does the tool have keys that were changed? */
bool tool_keys_differ(const struct chat_tool *tool, struct arena *arena);

/* A call's whole arguments with the client's own keys; as they are where they are no JSON. */
struct slice tool_keys_own(
    const struct chat_tool *tool, struct slice arguments, struct arena *arena);

#endif
