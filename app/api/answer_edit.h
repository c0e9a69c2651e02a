#ifndef API_ANSWER_EDIT_H
#define API_ANSWER_EDIT_H

/*
 * What is changed in an answer on its way to the client, whole or an event of a stream, also where
 * it is passed on as it came:
 *
 *	model       becomes the name that was asked for (sideways_settings.answer_model: asked)
 *	reasoning   of OpenRouter, Groq and vLLM stands as reasoning_content, too: most clients of
 *		    OpenAI's chat look there
 *
 *	cost        of the answer stands as usage.cost (include_cost_in_streaming_usage)
 *
 * Bytes elsewhere stay as they are.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

struct answer_edit {
	const char *model;        /* NULL: as the provider named it */
	bool is_chat;             /* the client speaks OpenAI's chat */
	const int64_t *cost_nano; /* NULL: not told; below 0: not known yet */
};

/* The answer itself when nothing is to be changed, else a new one in the arena. */
struct slice answer_edit(const struct answer_edit *edit, struct slice json, struct arena *arena);

#endif
