#ifndef CHAT_PROMPT_COUNT_H
#define CHAT_PROMPT_COUNT_H

/*
 * The most tokens that a body's text becomes as input, counted with the model's own vocabulary.
 *
 * Every text and name in the body is counted exactly as the tokenizer would count it alone; what a
 * vendor writes around them (roles, quotes, a tool's signature) is allowed for by a few tokens
 * each.  Clients' formats differ in names and not in what they hold, so one walk serves all.
 */
#include <stdint.h>

#include "base/slice.h"
#include "vocabulary/vocabulary.h"

/* body is proven JSON without media data. */
int64_t prompt_count(struct slice body, enum vocabulary_id vocabulary);

#endif
