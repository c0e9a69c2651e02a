#ifndef PROVIDERS_TEXT_TOKENS_H
#define PROVIDERS_TEXT_TOKENS_H

/*
 * How many tokens a text is likely to be: the estimate where a provider does not say what it
 * billed.  Three bytes count as a token, which is more than nearly any text has (English and code
 * have 3 to 4.5 bytes a token); a run of one mark or blank counts a token for each 128 of them, as
 * o200k_base has it for blanks and "=".
 */
#include <stdint.h>

#include "base/slice.h"

#define TEXT_TOKEN_BYTES_MOST 128 /* that one token stands for */

struct text_tokens {
	int64_t bytes; /* outside of runs */
	int64_t runs;  /* tokens of runs */
};

/* text: as it is, or a JSON string with its quotes and escapes. */
void text_tokens_add(struct text_tokens *into, struct slice text);
int64_t text_tokens_count(const struct text_tokens *of);

#endif
