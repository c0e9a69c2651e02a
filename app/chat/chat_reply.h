#ifndef CHAT_CHAT_REPLY_H
#define CHAT_CHAT_REPLY_H

/*
 * A whole neutral answer, collected from events: what a client format writes when no stream was
 * asked for.  Everything is in the collector's arena.
 */
#include "base/arena.h"
#include "chat/chat_event.h"

#define REPLY_CHOICES_MAX 128

struct chat_choice {
	struct chat_part
	    *parts; /* text, reasoning, refusal, images and tool calls in their order */
	size_t part_count;
	enum chat_finish finish;
	struct slice stop_sequence;
	struct slice logprobs; /* JSON */
	bool finished;
};

struct chat_reply {
	struct slice id, model; /* as the provider named them; may be absent */
	struct chat_choice *choices;
	size_t choice_count;
	struct usage usage;
};

struct chat_collector {
	struct arena *arena;
	struct chat_reply reply;
	struct arena_bytes *open; /* the text of the open part, one a choice */
	size_t room;
};

void chat_collector_init(struct chat_collector *collector, struct arena *arena);
/* A chat_emit; ctx is the collector. */
int chat_collector_event(void *ctx, const struct chat_event *event);

/* Has the choice a tool call? */
bool chat_choice_has_tools(const struct chat_choice *choice);

/* Has a filter stopped each of its choices? */
bool chat_reply_is_filtered(const struct chat_reply *reply);

#endif
