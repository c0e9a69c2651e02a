#ifndef CHAT_CHAT_EVENT_H
#define CHAT_CHAT_EVENT_H

/*
 * The neutral answer, event by event: a provider's format makes these of its stream or of its whole
 * reply, a client's format makes its own stream of them, or a whole reply of all of them
 * (chat/chat_reply.h).
 *
 * Order: START; then for each choice any TEXT, REASONING, SIGNATURE, REFUSAL, IMAGE and tool calls
 * (TOOL_BEGIN, then TOOL_ARGUMENTS with the same tool number until the next begins); FINISH for
 * each choice; USAGE at most once, the totals; END.  Slices live as long as the call that passes
 * the event on.
 */
#include <stdint.h>

#include "base/slice.h"
#include "chat/conversation.h"
#include "prices/cost.h"

enum chat_event_kind {
	EVENT_START,          /* id, model; usage when the input is known already */
	EVENT_TEXT,           /* text */
	EVENT_REASONING,      /* text */
	EVENT_SIGNATURE,      /* signature of the reasoning before it; redacted: it stands alone */
	EVENT_REFUSAL,        /* text */
	EVENT_IMAGE,          /* text: its address; the picture itself as a data: URL */
	EVENT_TOOL_BEGIN,     /* tool, id, name, signature, declared */
	EVENT_TOOL_ARGUMENTS, /* tool, text: a piece of JSON text */
	EVENT_LOGPROBS,       /* text: JSON of OpenAI's logprobs object */
	EVENT_FINISH,         /* finish, text: the stop sequence that was met */
	EVENT_USAGE,          /* usage */
	EVENT_PING,
	EVENT_END,
	EVENT_FAILED, /* text: what went wrong, id: its code; nothing follows.  Only formats that
			 tell of it in their own events take it (Responses) */
};

enum chat_finish {
	FINISH_STOP,
	FINISH_STOP_SEQUENCE,
	FINISH_LENGTH,
	FINISH_TOOLS,
	FINISH_FILTER,
	FINISH_CONTEXT, /* ran into the window */
};

struct chat_event {
	enum chat_event_kind kind;
	int choice; /* from 0 */
	int tool;   /* of a choice, from 0 in the order of their beginnings */
	struct slice text, id, name, model, signature;
	enum wire_format_id signed_by;
	bool redacted;
	enum chat_finish finish;
	const struct usage *usage;
	const struct chat_tool *declared; /* NULL: a function, or a tool that the client has not */
};

/* Nonzero: nobody listens any more; stop. */
typedef int chat_emit(void *ctx, const struct chat_event *event);

#endif
