#ifndef BOUND_TEXT_BOUND_H
#define BOUND_TEXT_BOUND_H

/* Our bound of a text alone, as app/relay/weigh.c makes it of a body. */
#include <stdint.h>

#include "base/slice.h"
#include "prices/cost.h"
#include "prices/tokenizers.h"

/* What the input of a request comes to; -1 for what has no bound. */
int64_t bound_input_tokens(const struct bound_input *input, enum tokenizer_kind kind);

/* Counts with the vocabulary, unless BOUND_BY_BYTES is set. */
void bound_count_body(struct bound_input *input, enum tokenizer_kind kind, struct slice body);

/* Of a body as the vocabulary counts it, without margins; -1 where none does. */
int64_t bound_bare_tokens(struct slice body, enum tokenizer_kind kind);

/* text is a JSON string with its quotes.  Without what is given to any request, and where it is
 * counted the count alone, without margins, so that nothing hides behind them. */
int64_t bound_alone_tokens(struct slice text, enum tokenizer_kind kind);

#endif
