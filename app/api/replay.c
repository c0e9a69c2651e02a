/*
 * Answers that are sent again.  See the header.
 */
#include "api/replay.h"

#include "base/banned.h"

#define STEP_BYTES ((size_t)64 << 10) /* of a stream between two flushes */

/* Gemini streams JSON arrays as well as events. */
static int replay_begin(struct web_reply *reply, const char *content_type)
{
	return content_type && strncmp(content_type, "text/event-stream", 17) != 0
		   ? web_reply_begin_stream_as(reply, content_type)
		   : web_reply_begin_stream(reply);
}

void replay_send(
    struct web_reply *reply, const char *content_type, bool streamed, struct slice body)
{
	if (!streamed) {
		web_reply_send(reply, content_type, body);
		return;
	}
	if (replay_begin(reply, content_type) != 0)
		return;
	for (size_t at = 0, len; at < body.len; at += len) {
		len = body.len - at < STEP_BYTES ? body.len - at : STEP_BYTES;
		if (web_reply_write(reply, body.ptr + at, len) != 0 || web_reply_flush(reply) != 0)
			return;
	}
}
