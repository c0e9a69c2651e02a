/*
 * Writing an answer in the form that CGI and FastCGI share: "Status: 200 OK", headers, an empty
 * line, the body.  The lines of the head are written as its headers are set, and leave together
 * with the body.
 */
#include "web/reply_channel.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/number.h"

#include "base/banned.h"

/* clang-format off */
/* Apache passes the text after "Status:" on as the status line, so it has its words. */
static const struct reason {
	int status;
	const char *text;
} reasons[] = {
	{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
	{ 301, "Moved Permanently" }, { 302, "Found" }, { 303, "See Other" }, { 304, "Not Modified" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 402, "Payment Required" }, { 403, "Forbidden" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 409, "Conflict" },
	{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" }, { 500, "Internal Server Error" }, { 501, "Not Implemented" },
	{ 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" }, { 529, "Overloaded" },
};

/* Web servers act on these when a program sends them: they serve files or start new requests. */
static const struct slice server_commands[] = {
	SLICE("Status"), SLICE("X-Sendfile"), SLICE("X-Sendfile2"), SLICE("X-LIGHTTPD-send-file"),
	SLICE("X-Accel-Redirect"), SLICE("X-Accel-Charset"),
};
/* clang-format on */

#define HEAD_BYTES    1024 /* more than the answer to a call of a model has */
#define HEADERS_FIRST 16

static const char *reason_of(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Status";
}

void web_reply_init(
    struct web_reply *reply, struct arena *arena, const struct reply_channel *channel, bool no_body)
{
	reply->arena = arena;
	reply->channel = *channel;
	reply->headers = NULL;
	reply->header_count = reply->header_room = 0;
	reply->head = (struct arena_bytes){ arena_room(arena, HEAD_BYTES), 0, HEAD_BYTES };
	reply->status = 200;
	reply->no_body = no_body;
	reply->begun = false;
	reply->gone = false;
	reply->streamed = false;
	reply->record = reply->copy = NULL;
}

void web_reply_copy(struct web_reply *reply, struct text *copy)
{
	reply->copy = copy;
}

void web_reply_record(struct web_reply *reply, struct text *record)
{
	reply->record = record;
}

int web_reply_status_of(const struct web_reply *reply)
{
	return reply->status;
}

bool web_reply_streamed(const struct web_reply *reply)
{
	return reply->streamed;
}

static bool is_same_name(struct slice a, struct slice b)
{
	return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* Its index, or header_count when it is not set. */
static size_t find_header(const struct web_reply *reply, struct slice name)
{
	size_t i = 0;

	while (i < reply->header_count &&
	       !is_same_name((struct slice){ reply->head.ptr + reply->headers[i].at,
				 reply->headers[i].name_len },
		   name))
		i++;
	return i;
}

const char *web_reply_header_of(const struct web_reply *reply, const char *name)
{
	size_t index = find_header(reply, slice_of(name));
	const struct reply_header *header;

	if (index == reply->header_count)
		return NULL;
	header = &reply->headers[index];
	return arena_copy_slice(
	    reply->arena, (struct slice){ reply->head.ptr + header->at + header->name_len + 2,
			      header->value_len });
}

/* A recorded answer is completed for the record, whoever is there. */
static int result_of(const struct web_reply *reply)
{
	return reply->gone && !reply->record ? -1 : 0;
}

void web_reply_status(struct web_reply *reply, int status)
{
	reply->status = status;
}

static bool name_is_fit(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
		    c != '-' && c != '_')
			return false;
	}
	for (size_t i = 0; i < sizeof server_commands / sizeof server_commands[0]; i++)
		if (is_same_name(name, server_commands[i]))
			return false;
	return name.len > 0;
}

static void reply_drop(struct slice name)
{
	log_event(LOG_WARNING, "header_dropped",
	    "a header of %zu bytes of name was not sent: its name is not for programs to send, or "
	    "name or value holds a byte outside 0x20-0x7e",
	    name.len);
}

static bool value_is_fit(struct slice value)
{
	return value.ptr && slice_is_printable(value);
}

/* What stands behind the value moves. */
static void replace_value(struct web_reply *reply, size_t index, struct slice value)
{
	struct reply_header *header = &reply->headers[index];
	struct arena_bytes *head = &reply->head;
	size_t begin = header->at + header->name_len + 2, end = begin + header->value_len,
	       behind = head->len - end;

	if (value.len > header->value_len)
		(void)arena_bytes_room(head, value.len - header->value_len, reply->arena);
	memmove(head->ptr + begin + value.len, head->ptr + end, behind);
	memcpy(head->ptr + begin, value.ptr, value.len);
	head->len = begin + value.len + behind;
	for (size_t i = index + 1; i < reply->header_count; i++)
		reply->headers[i].at += value.len - header->value_len;
	header->value_len = value.len;
}

static void make_room(struct web_reply *reply)
{
	size_t room = reply->header_room ? reply->header_room * 2 : HEADERS_FIRST;
	struct reply_header *headers = arena_room(reply->arena, room * sizeof *headers);

	if (reply->header_count)
		memcpy(headers, reply->headers, reply->header_count * sizeof *headers);
	reply->headers = headers;
	reply->header_room = room;
}

static void add_line(struct web_reply *reply, struct slice name, struct slice value)
{
	size_t at = reply->head.len;
	char *line = arena_bytes_room(&reply->head, name.len + 2 + value.len + 2, reply->arena);

	line = slice_put(slice_put(line, name), slice_of(": "));
	(void)slice_put(slice_put(line, value), slice_of("\r\n")); /* the end of the room */
	if (reply->header_count == reply->header_room)
		make_room(reply);
	reply->headers[reply->header_count++] = (struct reply_header){ at, name.len, value.len };
}

void web_reply_add(struct web_reply *reply, struct slice name, struct slice value)
{
	if (!value_is_fit(value))
		reply_drop(name);
	else if (reply->header_count == REPLY_HEADERS_MAX)
		log_event(LOG_WARNING, "header_dropped", "an answer has more than %d headers",
		    REPLY_HEADERS_MAX);
	else
		add_line(reply, name, value);
}

void web_reply_add_int(struct web_reply *reply, struct slice name, int64_t value)
{
	struct number_text text = number_text(value);

	web_reply_add(reply, name, number_slice(&text));
}

/* Sets or replaces; the name is fit. */
static void set_header(struct web_reply *reply, struct slice name, struct slice value)
{
	size_t index = find_header(reply, name);

	if (index == reply->header_count)
		web_reply_add(reply, name, value);
	else if (value_is_fit(value))
		replace_value(reply, index, value);
	else
		reply_drop(name);
}

void web_reply_header(struct web_reply *reply, const char *name, const char *value)
{
	if (name_is_fit(slice_of(name)))
		set_header(reply, slice_of(name), slice_of(value));
	else
		reply_drop(slice_of(name));
}

void web_reply_header_int(struct web_reply *reply, const char *name, long long value)
{
	web_reply_header(reply, name, number_text(value).text);
}

static int write_bytes(struct web_reply *reply, const char *bytes, size_t len)
{
	if (!reply->gone && len > 0 && reply->channel.write(reply->channel.ctx, bytes, len) < 0)
		reply->gone = true;
	return result_of(reply);
}

static int write_body(struct web_reply *reply, const char *bytes, size_t len)
{
	if (reply->record)
		text_add(reply->record, bytes, len);
	if (reply->copy)
		text_add(reply->copy, bytes, len);
	return write_bytes(reply, bytes, len);
}

/* Status line, headers and empty line. */
static int send_head(struct web_reply *reply)
{
	struct number_text status = number_text(reply->status);
	struct arena_bytes line = { .ptr = NULL };

	arena_bytes_add(&line, slice_of("Status: "), reply->arena);
	arena_bytes_add(&line, number_slice(&status), reply->arena);
	arena_bytes_add(&line, slice_of(" "), reply->arena);
	arena_bytes_add(&line, slice_of(reason_of(reply->status)), reply->arena);
	arena_bytes_add(&line, slice_of("\r\n"), reply->arena);
	arena_bytes_add(&reply->head, slice_of("\r\n"), reply->arena);
	reply->begun = true;
	(void)write_bytes(reply, line.ptr, line.len); /* a failure sticks */
	return write_bytes(reply, reply->head.ptr, reply->head.len);
}

void web_reply_send(struct web_reply *reply, const char *content_type, struct slice body)
{
	bool bodiless = reply->status == 204 || reply->status == 304;
	struct number_text length = number_text((int64_t)body.len);

	if (reply->begun) {
		log_event(LOG_ERROR, "answered_twice", "a second answer (status %d) was not sent",
		    reply->status);
		return;
	}
	if (content_type && !bodiless)
		set_header(reply, slice_of("Content-Type"), slice_of(content_type));
	set_header(reply, slice_of("X-Content-Type-Options"), slice_of("nosniff"));
	if (!bodiless)
		set_header(reply, slice_of("Content-Length"), number_slice(&length));
	if (send_head(reply) == 0 && !reply->no_body && !bodiless)
		write_body(reply, body.ptr, body.len);
}

int web_reply_begin_stream(struct web_reply *reply)
{
	return web_reply_begin_stream_as(reply, "text/event-stream; charset=utf-8");
}

int web_reply_begin_stream_as(struct web_reply *reply, const char *content_type)
{
	if (reply->begun)
		return result_of(reply);
	reply->streamed = true;
	web_reply_header(reply, "Content-Type", content_type);
	web_reply_header(reply, "Cache-Control", "no-cache, no-transform");
	web_reply_header(reply, "X-Accel-Buffering", "no");
	web_reply_header(reply, "X-Content-Type-Options", "nosniff");
	if (send_head(reply) < 0)
		return -1;
	return web_reply_flush(reply);
}

int web_reply_write(struct web_reply *reply, const char *bytes, size_t len)
{
	if (reply->no_body)
		return result_of(reply);
	return write_body(reply, bytes, len);
}

int web_reply_flush(struct web_reply *reply)
{
	if (!reply->gone && reply->channel.flush(reply->channel.ctx) < 0)
		reply->gone = true;
	return result_of(reply);
}

bool web_reply_begun(const struct web_reply *reply)
{
	return reply->begun;
}

bool web_reply_gone(const struct web_reply *reply)
{
	return reply->gone && !reply->record;
}
