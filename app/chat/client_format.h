#ifndef CHAT_CLIENT_FORMAT_H
#define CHAT_CLIENT_FORMAT_H

/*
 * The wire formats that clients speak, one row each: how a body is read, and how a neutral answer
 * is written, whole or event by event.  Errors are api/'s, because they tell of budgets.
 *
 * Two readings of a body: `read` finds what the relay has to know (model, limits, what it weighs)
 * and `converse` makes the neutral conversation, when a provider of another format is to get it.
 */
#include "base/arena.h"
#include "chat/chat_reply.h"
#include "chat/chat_request.h"

/* What an answer says beside what the model said. */
struct answer_about {
	struct slice id;    /* the request's id: makes the answer's ids */
	struct slice model; /* as the client asked for it */
	int64_t created_s;  /* since 1970 */
	bool usage_wanted;
	int64_t input_estimate; /* tokens, for a start that has to say before the provider counts */
};

/* A stream on its way to a client.  write gets one server-sent event: its name ("" for none) and
 * its data; nonzero: the client has gone. */
struct client_stream {
	struct arena *arena;
	const struct answer_about *about;
	int (*write)(void *ctx, const char *event, struct slice data);
	void *ctx;
	void *state; /* the format's own, in the arena; NULL at first */
};

struct client_format {
	enum wire_format_id id;
	const char *name;
	/* NULL: media_read.  path_model: from the URL, NULL when the body names the model;
	 * path_stream: the URL asks for a stream. */
	int (*read)(struct slice body, const char *path_model, bool path_stream,
	    struct arena *arena, struct chat_request *out, struct error *err);
	int (*converse)(const struct chat_request *request, struct arena *arena,
	    struct chat_conversation *out, struct error *err);
	/* One neutral event to none or some of the format's own. */
	int (*stream_event)(struct client_stream *stream, const struct chat_event *event);
	struct slice (*write_reply)(
	    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena);
	/* What becomes of an answer that is passed on; NULL: it stays as it is. */
	struct slice (*finish)(struct slice body, const struct chat_request *request,
	    const struct usage *usage, struct arena *arena);
	const char *done; /* data of an event that ends a stream; NULL: there is none */
};

const struct client_format *client_format(enum wire_format_id id);

#endif
