/*
 * Framing of streams.  See the header.
 */
#include "api/event_writer.h"

#include <string.h>

#include "base/banned.h"

static int put(struct event_writer *writer, const char *text)
{
	return web_reply_write(writer->reply, text, strlen(text));
}

int event_writer_begin(struct event_writer *writer)
{
	if (web_reply_begun(writer->reply))
		return 0;
	return writer->as_array
		   ? web_reply_begin_stream_as(writer->reply, "application/json; charset=utf-8")
		   : web_reply_begin_stream(writer->reply);
}

static int put_lines(struct event_writer *writer, struct slice data)
{
	const char *end = data.ptr + data.len;

	for (const char *at = data.ptr, *line_end; at <= end; at = line_end + 1) {
		line_end = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		if (!line_end)
			line_end = end;
		if (put(writer, "data: ") != 0 ||
		    web_reply_write(writer->reply, at, (size_t)(line_end - at)) != 0 ||
		    put(writer, "\n") != 0)
			return -1;
	}
	return put(writer, "\n");
}

static int put_element(struct event_writer *writer, struct slice data)
{
	return put(writer, writer->any ? ",\r\n" : "[") != 0
		   ? -1
		   : web_reply_write(writer->reply, data.ptr, data.len);
}

static int put_event(struct event_writer *writer, const char *name, struct slice data)
{
	if (writer->as_array)
		return put_element(writer, data);
	if (*name &&
	    (put(writer, "event: ") != 0 || put(writer, name) != 0 || put(writer, "\n") != 0))
		return -1;
	return put_lines(writer, data);
}

int event_writer_put(struct event_writer *writer, const char *name, struct slice data)
{
	if (event_writer_begin(writer) != 0 || put_event(writer, name, data) != 0)
		return -1;
	writer->any = true;
	return 0;
}

/* Where comments are not read (findings/google-sdks-read-half-of-sse.sh), empty lines are: a pair
 * of them, for Go's reader looks for pairs. */
int event_writer_keep_alive(struct event_writer *writer)
{
	if (event_writer_begin(writer) != 0 ||
	    put(writer, writer->as_array || writer->no_comments ? "\n\n" : ": keep-alive\n\n") != 0)
		return -1;
	return web_reply_flush(writer->reply);
}

int event_writer_end(struct event_writer *writer)
{
	if (!writer->as_array)
		return 0;
	return put(writer, writer->any ? "]" : "[]");
}
