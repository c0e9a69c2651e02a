#ifndef PROVIDERS_ANTHROPIC_THINKING_H
#define PROVIDERS_ANTHROPIC_THINKING_H

/*
 * How much a model of Anthropic's is to think: older ones by a budget in tokens, newer ones by an
 * effort.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "chat/conversation.h"
#include "providers/provider.h"

/* Writes the member thinking, where there is one.  Returns whether the model will think, which
 * forbids sampling.  limit: the max_tokens that is sent. */
bool anthropic_thinking_put(struct text *json, const struct chat_conversation *from,
    const struct model_traits *traits, int64_t limit);

/* Is it to think by a budget, and the client's limit (0: none) leaves it none? */
bool anthropic_has_no_room(
    const struct chat_conversation *from, const struct model_traits *traits, int64_t limit);

/* What a model that knows efforts is told; EFFORT_UNSET: nothing. */
enum chat_effort anthropic_effort(const struct chat_conversation *from);

#endif
