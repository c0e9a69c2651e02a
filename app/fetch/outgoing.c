/*
 * A request on its way out.  See the header.
 */
#include "fetch/outgoing.h"

#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/number.h"

#include "base/banned.h"

#define WITH_HEAD_BYTES ((size_t)65536) /* a smaller body leaves with its head */
#define JOIN_BYTES      ((size_t)16384) /* smaller pieces are joined; a record of TLS has as many */

static bool is_sent(const struct fetch_header *header)
{
	return header->value[strspn(header->value, " ")] != '\0';
}

/* One of the call's own stands for ours. */
static bool says(const struct fetch_call *call, const char *name)
{
	for (size_t i = 0; i < call->header_count; i++)
		if (strcasecmp(call->headers[i].name, name) == 0)
			return true;
	return false;
}

/* The lines of the head in order, each in parts; at most so many for each header. */
#define PARTS_MAX (16 + 4 * FETCH_HEADERS_MAX)

struct head_parts {
	struct slice all[PARTS_MAX];
	size_t count, bytes;
};

static void add_part(struct head_parts *parts, const char *text)
{
	parts->all[parts->count] = slice_of(text);
	parts->bytes += parts->all[parts->count++].len;
}

static void add_line(struct head_parts *parts, const char *name, const char *value)
{
	add_part(parts, name);
	add_part(parts, ": ");
	add_part(parts, value);
	add_part(parts, "\r\n");
}

static void add_own(
    struct head_parts *parts, const struct fetch_call *call, const struct destination *to)
{
	if (!says(call, "Host"))
		add_line(parts, "Host", to->host);
	if (to->authorization && !says(call, "Authorization"))
		add_line(parts, "Authorization", to->authorization);
	if (!says(call, "Accept"))
		add_line(parts, "Accept", "*/*");
}

/* NULL: a header is not printable. */
static bool compose_head(struct head_parts *parts, const struct fetch_call *call,
    const struct destination *to, const char *length)
{
	add_part(parts, call->method ? call->method : "POST");
	add_part(parts, " ");
	add_part(parts, to->target);
	add_part(parts, " HTTP/1.1\r\n");
	add_own(parts, call, to);
	for (size_t i = 0; i < call->header_count; i++) {
		const struct fetch_header *header = &call->headers[i];

		if (!slice_is_printable(slice_of(header->name)) ||
		    !slice_is_printable(slice_of(header->value)))
			return false;
		if (is_sent(header))
			add_line(parts, header->name, header->value);
	}
	if (*length)
		add_line(parts, "Content-Length", length);
	add_part(parts, "\r\n");
	return true;
}

static size_t join_body(struct outgoing *out, char *at, size_t room)
{
	size_t filled = 0;

	while (filled < room && out->piece < out->call->body_count) {
		const struct slice *piece = &out->call->body[out->piece];
		size_t left = piece->len - out->piece_at,
		       take = left < room - filled ? left : room - filled;

		(void)slice_put(at + filled, (struct slice){ piece->ptr + out->piece_at, take });
		filled += take;
		out->piece_at += take;
		if (out->piece_at == piece->len) {
			out->piece++;
			out->piece_at = 0;
		}
	}
	return filled;
}

static size_t body_bytes(const struct fetch_call *call)
{
	size_t total = 0;

	for (size_t i = 0; i < call->body_count; i++)
		total += call->body[i].len;
	return total;
}

bool outgoing_begin(
    struct outgoing *out, const struct fetch_call *call, const struct destination *to)
{
	bool has_body = !call->method || strcmp(call->method, "GET") != 0;
	size_t total = body_bytes(call);
	struct head_parts parts;
	struct number_text length = number_text((int64_t)total);
	char *at;

	parts.count = parts.bytes = 0;
	if (!compose_head(&parts, call, to, has_body ? length.text : ""))
		return false;
	*out = (struct outgoing){ .call = call,
		.room = parts.bytes + (total < WITH_HEAD_BYTES ? total : JOIN_BYTES) };
	at = out->joined = alloc_grow(NULL, out->room, 1);
	for (size_t i = 0; i < parts.count; i++)
		at = slice_put(at, parts.all[i]);
	out->len = parts.bytes;
	if (has_body)
		out->len += join_body(out, at, out->room - parts.bytes);
	else
		out->piece = call->body_count;
	return true;
}

struct slice outgoing_next(struct outgoing *out)
{
	if (out->at == out->len && out->piece < out->call->body_count) {
		const struct slice *piece = &out->call->body[out->piece];

		if (piece->len - out->piece_at >= JOIN_BYTES)
			return (
			    struct slice){ piece->ptr + out->piece_at, piece->len - out->piece_at };
		out->at = 0;
		out->len = join_body(out, out->joined, out->room);
	}
	return (struct slice){ out->joined + out->at, out->len - out->at };
}

void outgoing_gone(struct outgoing *out, size_t len)
{
	if (out->at < out->len) {
		out->at += len;
		return;
	}
	out->piece_at += len;
	if (out->piece_at == out->call->body[out->piece].len) {
		out->piece++;
		out->piece_at = 0;
	}
}

void outgoing_release(struct outgoing *out)
{
	free(out->joined);
	*out = (struct outgoing){ .call = NULL };
}
