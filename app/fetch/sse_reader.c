/*
 * Server-sent events out of a byte stream.  See the header.
 */
#include "fetch/sse_reader.h"

#include <string.h>

#include "base/banned.h"

void sse_reader_init(struct sse_reader *reader)
{
	memset(reader, 0, sizeof *reader);
	text_init(&reader->line, SSE_EVENT_MAX);
	text_init(&reader->data, SSE_EVENT_MAX);
}

void sse_reader_release(struct sse_reader *reader)
{
	text_release(&reader->line);
	text_release(&reader->data);
}

/* An empty line: the event is complete. */
static int dispatch(struct sse_reader *reader, sse_event_fn *each, void *ctx)
{
	int result = 0;

	if (reader->has_data)
		result = each(ctx, reader->event, text_slice(&reader->data));
	text_clear(&reader->data);
	reader->has_data = false;
	reader->event[0] = '\0';
	return result;
}

static bool field_is(struct slice name, const char *field)
{
	return slice_is(name, field);
}

static void take_field(struct sse_reader *reader, struct slice line)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	struct slice name = { line.ptr, colon ? (size_t)(colon - line.ptr) : line.len };
	struct slice value = { line.ptr + line.len, 0 };

	if (colon) {
		value.ptr = colon + 1;
		value.len = line.len - name.len - 1;
		if (value.len && value.ptr[0] == ' ') {
			value.ptr++;
			value.len--;
		}
	}
	if (field_is(name, "data")) {
		if (reader->has_data)
			text_putc(&reader->data, '\n');
		text_add(&reader->data, value.ptr, value.len);
		reader->has_data = true;
	} else if (field_is(name, "event")) {
		size_t len =
		    value.len < sizeof reader->event ? value.len : sizeof reader->event - 1;

		memcpy(reader->event, value.ptr, len);
		reader->event[len] = '\0';
	}
}

static int take_line(struct sse_reader *reader, struct slice line, sse_event_fn *each, void *ctx)
{
	if (!reader->begun && line.len >= 3 && memcmp(line.ptr, "\xEF\xBB\xBF", 3) == 0)
		line = (struct slice){ line.ptr + 3, line.len - 3 };
	reader->begun = true;
	if (line.len == 0)
		return dispatch(reader, each, ctx);
	if (line.ptr[0] != ':')
		take_field(reader, line);
	return 0;
}

/* The bytes up to a line's end; at[len] is it. */
static size_t line_length(const char *at, size_t left, bool *ended)
{
	const char *lf = memchr(at, '\n', left),
		   *cr = memchr(at, '\r', lf ? (size_t)(lf - at) : left);
	const char *end = cr ? cr : lf;

	*ended = end != NULL;
	return end ? (size_t)(end - at) : left;
}

int sse_reader_feed(struct sse_reader *reader, const char *bytes, size_t len, sse_event_fn *each,
    void *ctx, struct error *err)
{
	int result = 0;

	while (len > 0 && result == 0) {
		bool ended;
		size_t part;

		if (reader->after_cr && *bytes == '\n') { /* the second half of a CRLF */
			reader->after_cr = false;
			bytes++;
			len--;
			continue;
		}
		reader->after_cr = false;
		part = line_length(bytes, len, &ended);
		if (ended && reader->line.len == 0) {
			result = take_line(reader, (struct slice){ bytes, part }, each, ctx);
		} else {
			text_add(&reader->line, bytes, part);
			if (ended) {
				result = take_line(reader, text_slice(&reader->line), each, ctx);
				text_clear(&reader->line);
			}
		}
		if (text_failed(&reader->line) || text_failed(&reader->data))
			return error_set(err, ERROR_UPSTREAM, "an event is larger than %zu bytes",
			    SSE_EVENT_MAX);
		if (ended)
			reader->after_cr = bytes[part] == '\r';
		bytes += part + ended;
		len -= part + ended;
	}
	return result;
}

int sse_reader_end(struct sse_reader *reader, sse_event_fn *each, void *ctx)
{
	int result = 0;

	if (reader->line.len > 0) {
		result = take_line(reader, text_slice(&reader->line), each, ctx);
		text_clear(&reader->line);
	}
	return result == 0 ? dispatch(reader, each, ctx) : result;
}
