#ifndef API_EVENT_WRITER_H
#define API_EVENT_WRITER_H

/*
 * A stream's framing on its way to a client: server-sent events, or the elements of a JSON array
 * (what Gemini's API sends without alt=sse).
 */
#include <stdbool.h>

#include "web/reply.h"

struct event_writer {
	struct web_reply *reply;
	bool as_array;
	bool no_comments; /* Google's SDKs take them for JSON */
	bool any;         /* an event has been written */
};

/* Sends the headers if none were sent. */
int event_writer_begin(struct event_writer *writer);
/* Writes, and leaves the sending to web_reply_flush or to the answer's end.  name "" for none. Data
 * of several lines is sent as several data lines, which a reader joins again. */
int event_writer_put(struct event_writer *writer, const char *name, struct slice data);
/* Something that every reader skips. */
int event_writer_keep_alive(struct event_writer *writer);
int event_writer_end(struct event_writer *writer);

#endif
