#ifndef PROVIDERS_USAGE_FLOOR_H
#define PROVIDERS_USAGE_FLOOR_H

/*
 * Counts that cannot be true: usage of next to nothing beside text that fills pages.  Whoever
 * believed them would charge nothing; the estimate is charged instead.
 */
#include "chat/chat_event.h"
#include "prices/cost.h"
#include "providers/provider.h"

/* Is there less output in the count than text_bytes of it can be, or no input at all?  The
 * provider's own cost is believed where it tells one above zero. */
bool usage_is_absurd(const struct usage *usage, int64_t text_bytes);

/* What the text of a whole answer is likely to have cost: for one that tells no usage.  Log
 * probabilities and the JSON around it are none. */
int64_t usage_text_tokens(const struct wire_format *format, struct slice body, struct arena *arena);

/* Likely counts in the place of those that are not known. */
void usage_estimate(struct usage *usage, int64_t input_tokens, int64_t output_tokens);

/* A whole answer: absurd counts are not known (usage->known), so that they are estimated.  Looks at
 * the text only where the body is so large that they may be absurd. */
void usage_check_whole(
    decode_whole *decode, struct slice body, struct arena *arena, struct usage *usage);

#endif
