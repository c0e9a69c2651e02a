#ifndef PROVIDERS_CALL_INDEX_H
#define PROVIDERS_CALL_INDEX_H

/*
 * Which call of an answer a piece of an OpenAI tool call belongs to.  By the format its index says
 * so; there are providers that give every call of an answer index 0 (Ollama), or none.  A new id or
 * name at an index begins a new call, and so do new arguments for a call without an id whose own
 * are whole.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

#define CALL_INDEX_MAX 128 /* calls of one choice */

struct call_arguments {
	int depth; /* brackets that are open */
	bool begun, quoted, escaped;
};

struct call {
	int64_t index; /* the provider's */
	struct slice id, name;
	struct call_arguments arguments; /* so far */
	bool named_again;                /* since they are whole */
};

struct call_index {
	struct call calls[CALL_INDEX_MAX];
	int count;
};

/* The call's own number from 0 on; -1: there are too many.  *out_begins: it is a new one.  call is
 * an element of tool_calls. */
int call_index_of(
    struct call_index *calls, struct slice call, bool *out_begins, struct arena *arena);

#endif
