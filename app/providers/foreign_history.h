#ifndef PROVIDERS_FOREIGN_HISTORY_H
#define PROVIDERS_FOREIGN_HISTORY_H

/*
 * A conversation that was served by several providers carries state that only one of them knows.
 * Where it goes to a provider of the client's own format the body is passed on untouched but for
 * this:
 *
 *	Anthropic   refuses thinking without its signature: such blocks (another provider's
 *		    reasoning) are left out
 *	Gemini      3 and later refuse a call without a signature: the first one of a turn gets
 *		    Google's stand-in
 *	OpenAI      refuses ids that hold Gemini's signature (chat_signed_id): they are cut, and
 *		    messages with thinking_blocks or images: they are left out;
 *		    others with its format know the role `developer` as `system` only, and
 *		    demand or refuse reasoning_content, or want it in the content (struct
 *		    openai_history)
 *
 *	Responses   has no reasoning but what it encrypted itself, because nothing is stored: other
 *		    reasoning is left out; ids as above
 *
 * Each takes the list of messages, proven to be JSON, and returns the new one in the arena, or NULL
 * when nothing in it is foreign.  Bytes elsewhere in the list stay as they are.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"

const char *history_for_anthropic(struct slice messages, struct arena *arena);
const char *history_for_gemini(struct slice contents, struct arena *arena);

struct openai_history {
	bool developer_is_known;
	bool
	    fill_reasoning; /* turns with calls get an empty reasoning_content, if they have none */
	bool drop_reasoning; /* reasoning_content is refused */
	bool drop_unknown;   /* and so is whatever the format did not have at first */
	bool tag_reasoning;  /* it stands in the content (call_with_thoughts) */
	struct slice hint;   /* a system message in front; {NULL, 0}: none */
};
const char *history_for_openai(
    struct slice messages, const struct openai_history *as, struct arena *arena);
const char *history_for_responses(struct slice input, bool searches, struct arena *arena);

/* Google's documented stand-in for a signature that does not exist. */
#define GEMINI_NO_SIGNATURE "skip_thought_signature_validator"

#endif
