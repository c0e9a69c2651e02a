#ifndef PROVIDERS_GEMINI_THINKING_H
#define PROVIDERS_GEMINI_THINKING_H

/*
 * How much a model of Gemini's is to think: 2.5 by a budget in tokens, 3 and later by a level.
 */
#include <stdint.h>

#include "base/text.h"
#include "chat/conversation.h"
#include "models/model_traits.h"

/* Writes the thinkingConfig, or nothing.  The conversation is fitted to the model (model_fit.h);
 * limit: the maxOutputTokens that is sent, 0: none. */
void gemini_put_thinking(struct text *json, const struct chat_conversation *from,
    const struct model_traits *traits, int64_t limit);

#endif
