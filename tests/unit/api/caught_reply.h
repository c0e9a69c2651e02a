#ifndef TESTS_UNIT_API_CAUGHT_REPLY_H
#define TESTS_UNIT_API_CAUGHT_REPLY_H

/*
 * A reply whose bytes are kept instead of sent, and a request to answer with it.
 */
#include "base/arena.h"
#include "base/text.h"
#include "web/reply_channel.h"
#include "web/request.h"

struct caught_reply {
	struct arena arena;
	struct text sent; /* head and body as a web server would get them */
	struct web_reply reply;
	struct web_request request; /* POST of a path, id "req_1" */
	struct web_variable variables[1];
};

static inline int caught_write(void *ctx, const char *bytes, size_t len)
{
	struct caught_reply *caught = ctx;

	text_add(&caught->sent, bytes, len);
	return 0;
}

static inline int caught_flush(void *ctx)
{
	return 0;
}

static inline void caught_begin(struct caught_reply *caught, const char *path)
{
	const struct reply_channel channel = { caught_write, caught_flush, caught };

	*caught = (struct caught_reply){ .request = { .id = "req_1",
					     .method = "POST",
					     .path = path,
					     .query = "",
					     .base_path = "",
					     .client_fd = -1 } };
	arena_init(&caught->arena);
	text_init(&caught->sent, 1 << 20);
	caught->request.arena = &caught->arena;
	caught->request.variables = caught->variables;
	web_reply_init(&caught->reply, &caught->arena, &channel, false);
}

static inline void caught_variable(struct caught_reply *caught, const char *name, const char *value)
{
	caught->variables[0] = (struct web_variable){ .name = slice_of(name), .value = value };
	caught->request.variable_count = 1;
	web_request_index(&caught->request);
}

static inline void caught_end(struct caught_reply *caught)
{
	text_release(&caught->sent);
	arena_release(&caught->arena);
}

#endif
