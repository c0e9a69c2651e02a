#ifndef CHAT_RESPONSES_ANSWER_H
#define CHAT_RESPONSES_ANSWER_H

/*
 * The response object of OpenAI's Responses format, and its items, as JSON.  For responses_out.c,
 * which fills them from events.  All is the arena's.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "chat/client_format.h"

#define RESPONSES_ITEMS_MAX 256

struct responses_item {
	enum part_kind kind;          /* of text, refusals, reasoning, images or calls */
	int number;                   /* of a call */
	const struct chat_tool *tool; /* as the client declared it; NULL: a function */
	struct slice name, call_id;   /* of a call; name: an image's type */
	struct slice signature;       /* of reasoning: what must come back to whoever reasoned */
	struct arena_bytes text;      /* or arguments, or an image in base64 */
	bool done;
};

struct responses_state {
	struct responses_item items[RESPONSES_ITEMS_MAX];
	int count;
	int sequence;
	struct slice model;
	struct usage usage;
	enum chat_finish finish;
	struct slice failure, failure_code; /* of a stream that broke off */
};

/* The id of an item, as a member of this name. */
void responses_put_item_id(struct text *json, const char *name, const struct responses_item *item,
    int index, const struct answer_about *about, struct arena *arena);
void responses_put_item(struct text *json, const struct responses_item *item, int index,
    const struct answer_about *about, struct arena *arena);
/* A part of a message, and of a summary. */
void responses_put_part(struct text *json, enum part_kind kind, struct slice text);
void responses_put_summary(struct text *json, struct slice text);

/* The whole; over: with its items, its usage and the state that it ended in. */
void responses_put(struct text *json, const struct responses_state *state,
    const struct answer_about *about, bool over, struct arena *arena);
/* Why an answer is incomplete; NULL: it is complete. */
const char *responses_incomplete(enum chat_finish finish);

#endif
