#ifndef FETCH_SSE_READER_H
#define FETCH_SSE_READER_H

/*
 * Cuts a byte stream into server-sent events (WHATWG HTML, section 9.2): LF, CRLF and CR, comments,
 * "data:" with and without a space, several data lines joined by LF, a BOM, splits at any byte.
 * Events without data are dropped; an event that the end cuts off (no empty line) is told by
 * sse_reader_end.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"
#include "base/text.h"

#define SSE_EVENT_MAX ((size_t)32 << 20) /* one event, bytes: 4K pictures have above 10 MB */

struct sse_reader {
	struct text line;
	struct text data;
	char event[64];
	bool has_data, after_cr, begun;
};

/* event is "" when the stream names none.  Nonzero ends the feeding and is returned. */
typedef int sse_event_fn(void *ctx, const char *event, struct slice data);

void sse_reader_init(struct sse_reader *reader);
void sse_reader_release(struct sse_reader *reader);
/* 0, or what the callback returned, or -1 with err when an event is over SSE_EVENT_MAX. */
int sse_reader_feed(struct sse_reader *reader, const char *bytes, size_t len, sse_event_fn *each,
    void *ctx, struct error *err);
/* Did the stream stop inside an event?  (Some providers leave out the last empty line: then its
 * data is delivered here.) */
int sse_reader_end(struct sse_reader *reader, sse_event_fn *each, void *ctx);

#endif
