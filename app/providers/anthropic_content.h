#ifndef PROVIDERS_ANTHROPIC_CONTENT_H
#define PROVIDERS_ANTHROPIC_CONTENT_H

/*
 * What of a conversation is written for Anthropic, which takes no empty texts, no reasoning but its
 * own, and from newer models on no message of the assistant's at the end.
 */
#include <stdbool.h>
#include <stddef.h>

#include "chat/conversation.h"

/* Is anything written of it? */
bool anthropic_is_written(const struct chat_part *part);
bool anthropic_has_content(const struct chat_turn *turn);

/* Where the conversation ends with words of the assistant: the last of them.  Anthropic refuses
 * white space at their end.  NULL: it does not. */
const struct chat_part *anthropic_begun_answer(const struct chat_conversation *from);

/* Would the body written of it end with a message of the assistant's? */
bool anthropic_is_begun(const struct chat_conversation *conversation);

/* Cache marks of the parts, and of those in results. */
size_t anthropic_marks_in(const struct chat_part *parts, size_t count);

#endif
