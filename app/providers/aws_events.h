#ifndef PROVIDERS_AWS_EVENTS_H
#define PROVIDERS_AWS_EVENTS_H

/*
 * Cuts a byte stream into Amazon's event-stream messages (application/vnd.amazon.eventstream) and
 * tells them as server-sent events are told, so that the formats' readers need not know:
 *
 *	:event-type chunk     {"bytes": base64 of one event of the model's}: that event, by its type
 *	:event-type NAME      the payload, as event NAME
 *	exceptions, errors    {"type": "error", "error": {"type": NAME, "message": ...}} as "error"
 *
 * Both checksums are looked at; a message that is wrong or too large ends the stream.  There is no
 * end mark: a stream that was cut ends like a whole one, and the format's own last event tells.
 */
#include "base/error.h"
#include "fetch/sse_reader.h"

/* botocore 1.44.8's limits are 128 KiB of headers and 24 MiB of payload. */
#define AWS_EVENT_MAX ((size_t)24 << 20)

struct aws_events {
	struct text bytes; /* of the message that is not whole yet */
};

void aws_events_init(struct aws_events *events);
void aws_events_release(struct aws_events *events);

/* 0, or what the callback returned, or -1 with err. */
int aws_events_feed(struct aws_events *events, const char *bytes, size_t len, sse_event_fn *each,
    void *ctx, struct error *err);

#endif
