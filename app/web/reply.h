#ifndef WEB_REPLY_H
#define WEB_REPLY_H

/*
 * The answer.  Either whole: headers are set, then web_reply_send; or a stream:
 * web_reply_begin_stream, web_reply_write and web_reply_flush until the end.  A whole reply is
 * complete before its first byte is sent. Header names and values with bytes outside 0x20-0x7e are
 * dropped with a log line: none can split a header. Failures of writing mean that the client has
 * gone; they stick, and web_reply_gone tells.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/text.h"

struct web_reply;

void web_reply_status(struct web_reply *reply, int status);
/* Sets or replaces; value is copied. */
void web_reply_header(struct web_reply *reply, const char *name, const char *value);
void web_reply_header_int(struct web_reply *reply, const char *name, long long value);
/* Adds a header by one of the program's own names that nothing else sets before: there is no search
 * for another of that name. */
void web_reply_add(struct web_reply *reply, struct slice name, struct slice value);
void web_reply_add_int(struct web_reply *reply, struct slice name, int64_t value);

/* Sends status, headers, Content-Length and body. */
void web_reply_send(struct web_reply *reply, const char *content_type, struct slice body);

/* Sends the headers of an event stream: text/event-stream, Cache-Control: no-cache, no-transform,
 * X-Accel-Buffering: no, X-Content-Type-Options: nosniff; flushed at once. */
int web_reply_begin_stream(struct web_reply *reply);
/* The same for a stream that is no event stream (Gemini's JSON array). */
int web_reply_begin_stream_as(struct web_reply *reply, const char *content_type);
int web_reply_write(
    struct web_reply *reply, const char *bytes, size_t len); /* -1: the client has gone */
int web_reply_flush(struct web_reply *reply);

/* Copies the body, whole or streamed, into a text while it is sent, and goes on without a failure
 * when the client has gone; NULL ends it.  What is over the text's maximum sets text_failed. */
void web_reply_record(struct web_reply *reply, struct text *record);

/* Copies the body and changes nothing else: a client that leaves ends the answer. */
void web_reply_copy(struct web_reply *reply, struct text *copy);

int web_reply_status_of(const struct web_reply *reply);
const char *web_reply_header_of(const struct web_reply *reply, const char *name); /* or NULL */
bool web_reply_streamed(const struct web_reply *reply);

bool web_reply_begun(const struct web_reply *reply); /* has a byte been sent? */
bool web_reply_gone(const struct web_reply *reply);

#endif
