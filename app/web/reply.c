/*
 * Writing an answer in the form that CGI and FastCGI share: "Status: 200 OK", headers, an empty
 * line, the body.  The head is built in one piece and leaves together with the body.
 */
#include "web/reply_channel.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"

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
static const char *const server_commands[] = {
	"Status", "X-Sendfile", "X-Sendfile2", "X-LIGHTTPD-send-file", "X-Accel-Redirect", "X-Accel-Charset",
};
/* clang-format on */

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
	reply->header_count = 0;
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

const char *web_reply_header_of(const struct web_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
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

static bool name_is_fit(const char *name)
{
	for (const char *at = name; *at; at++)
		if ((*at < 'a' || *at > 'z') && (*at < 'A' || *at > 'Z') &&
		    (*at < '0' || *at > '9') && *at != '-' && *at != '_')
			return false;
	for (size_t i = 0; i < sizeof server_commands / sizeof server_commands[0]; i++)
		if (strcasecmp(name, server_commands[i]) == 0)
			return false;
	return name[0] != '\0';
}

static bool value_is_fit(const char *value)
{
	for (const char *at = value; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			return false;
	return true;
}

static struct reply_header *header_slot(struct web_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return &reply->headers[i];
	if (reply->header_count == REPLY_HEADERS_MAX)
		return NULL;
	return &reply->headers[reply->header_count++];
}

void web_reply_header(struct web_reply *reply, const char *name, const char *value)
{
	if (!name_is_fit(name) || !value || !value_is_fit(value)) {
		log_event(LOG_WARNING, "header_dropped",
		    "a header of %zu bytes of name was not sent: its name is not for programs to "
		    "send, or "
		    "name or value holds a byte outside 0x20-0x7e",
		    strlen(name));
		return;
	}
	struct reply_header *slot = header_slot(reply, name);
	if (!slot) {
		log_event(LOG_WARNING, "header_dropped", "an answer has more than %d headers",
		    REPLY_HEADERS_MAX);
		return;
	}
	slot->name = arena_copy(reply->arena, name);
	slot->value = arena_copy(reply->arena, value);
}

void web_reply_header_int(struct web_reply *reply, const char *name, long long value)
{
	web_reply_header(reply, name, arena_printf(reply->arena, "%lld", value));
}

static char *append(char *at, const char *text)
{
	size_t len = strlen(text);

	memcpy(at, text, len);
	return at + len;
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

/* Status line, headers and empty line, written as one piece. */
static int send_head(struct web_reply *reply)
{
	char *status = arena_printf(
	    reply->arena, "Status: %d %s\r\n", reply->status, reason_of(reply->status));
	size_t size = strlen(status) + 2;

	for (size_t i = 0; i < reply->header_count; i++)
		size += strlen(reply->headers[i].name) + strlen(reply->headers[i].value) + 4;
	char *head = arena_alloc(reply->arena, size);
	char *at = append(head, status);
	for (size_t i = 0; i < reply->header_count; i++) {
		at = append(at, reply->headers[i].name);
		at = append(at, ": ");
		at = append(at, reply->headers[i].value);
		at = append(at, "\r\n");
	}
	append(at, "\r\n");
	reply->begun = true;
	return write_bytes(reply, head, size);
}

void web_reply_send(struct web_reply *reply, const char *content_type, struct slice body)
{
	bool bodiless = reply->status == 204 || reply->status == 304;

	if (reply->begun) {
		log_event(LOG_ERROR, "answered_twice", "a second answer (status %d) was not sent",
		    reply->status);
		return;
	}
	if (content_type && !bodiless)
		web_reply_header(reply, "Content-Type", content_type);
	web_reply_header(reply, "X-Content-Type-Options", "nosniff");
	if (!bodiless)
		web_reply_header_int(reply, "Content-Length", (long long)body.len);
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
