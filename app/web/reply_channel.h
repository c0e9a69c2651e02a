#ifndef WEB_REPLY_CHANNEL_H
#define WEB_REPLY_CHANNEL_H

/*
 * What stands behind a web_reply: the way its bytes leave.  A FastCGI stream and standard output
 * are two; a test may bring its own and look at what came.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "web/reply.h"

struct reply_channel {
	int (*write)(void *ctx, const char *bytes,
	    size_t len); /* may keep them until flush; -1: nobody is there */
	int (*flush)(void *ctx);
	void *ctx;
};

#define REPLY_HEADERS_MAX 64

struct web_reply {
	struct arena *arena;
	struct reply_channel channel;
	struct arena_bytes head; /* the lines of the headers that are set, "name: value\r\n" each */
	struct reply_header {
		size_t at; /* where its line begins in head */
		size_t name_len, value_len;
	} * headers;
	size_t header_count, header_room;
	int status;
	bool no_body; /* HEAD */
	bool begun;
	bool gone;
	bool streamed;
	struct text *record; /* of web_reply_record; NULL: none */
	struct text *copy;   /* of web_reply_copy; NULL: none */
};

/* Headers live in the arena.  no_body: the request was HEAD, so only the head is sent. */
void web_reply_init(struct web_reply *reply, struct arena *arena,
    const struct reply_channel *channel, bool no_body);

#endif
