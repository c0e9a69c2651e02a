#ifndef PROVIDERS_COUNT_CALL_H
#define PROVIDERS_COUNT_CALL_H

/*
 * The question how many tokens a call's input has, to the provider that would answer the call:
 * Anthropic's count_tokens and Gemini's countTokens.  Both cost nothing and have limits of their
 * own.
 */
#include "providers/provider.h"

struct count_call {
	struct fetch_call call;
	struct slice body; /* of the question, in the arena */
	struct slice talk; /* the list of messages in it */
};

/* Has the format a counting address? */
bool count_call_possible(const struct wire_format *format);

/* From a call that format has built.  False: it has another form than expected, and is not asked.
 */
bool count_call_make(const struct wire_format *format, const struct fetch_call *built,
    struct arena *arena, struct count_call *out);

/* The answer's figure; false: there is none. */
bool count_call_read(const struct wire_format *format, struct slice body, int64_t *out_tokens);

#endif
