/*
 * See the header.  A message (big endian):
 *
 *	u32 total length, u32 length of the headers, u32 CRC-32 of these 8 bytes
 *	headers: u8 length, name, u8 type, value
 *	payload
 *	u32 CRC-32 of everything before it
 */
#include "providers/aws_events.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

#define PRELUDE_BYTES 12
#define AROUND_BYTES  16 /* prelude and the last checksum */
#define HEADERS_MAX   ((size_t)128 << 10)

struct message {
	struct slice kind, event, exception, code, text; /* headers whose names begin with ':' */
	struct slice payload;
};

/* CRC-32 as zlib has it, a half byte at a time. */
static uint32_t crc32_of(const unsigned char *bytes, size_t len)
{
	static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
		0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc = table[(crc ^ bytes[i]) & 15] ^ (crc >> 4);
		crc = table[(crc ^ (bytes[i] >> 4)) & 15] ^ (crc >> 4);
	}
	return ~crc;
}

static uint32_t big_endian(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The length of a header's value, and in *at where it begins; -1: it is none, or over the end. */
static long value_length(const unsigned char **at, const unsigned char *end, int type)
{
	static const short fixed[10] = { 0, 0, 1, 2, 4, 8, -1, -1, 8, 16 };
	long len;

	if (type > 9)
		return -1;
	len = fixed[type];
	if (len < 0) {
		if (end - *at < 2)
			return -1;
		len = (long)(*at)[0] << 8 | (*at)[1];
		*at += 2;
	}
	return end - *at < len ? -1 : len;
}

static void note_header(struct message *message, struct slice name, struct slice value)
{
	const struct {
		const char *name;
		struct slice *to;
	} known[] = { { ":message-type", &message->kind }, { ":event-type", &message->event },
		{ ":exception-type", &message->exception }, { ":error-code", &message->code },
		{ ":error-message", &message->text } };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (slice_is(name, known[i].name))
			*known[i].to = value;
}

static bool read_headers(const unsigned char *at, const unsigned char *end, struct message *message)
{
	while (at < end) {
		size_t name_len = *at++;
		struct slice name = { (const char *)at, name_len };
		long len;
		int type;

		if ((size_t)(end - at) < name_len + 1)
			return false;
		at += name_len;
		type = *at++;
		len = value_length(&at, end, type);
		if (len < 0)
			return false;
		if (type == 7)
			note_header(message, name, (struct slice){ (const char *)at, (size_t)len });
		at += len;
	}
	return true;
}

/* 1: *out is a message of *out_len bytes; 0: more must come; -1: it is broken. */
static int cut_message(struct slice bytes, struct message *out, size_t *out_len)
{
	const unsigned char *at = (const unsigned char *)bytes.ptr;
	size_t total, headers;

	if (bytes.len < PRELUDE_BYTES)
		return 0;
	total = big_endian(at);
	headers = big_endian(at + 4);
	if (crc32_of(at, 8) != big_endian(at + 8) || total < AROUND_BYTES ||
	    total > AWS_EVENT_MAX || headers > HEADERS_MAX || headers > total - AROUND_BYTES)
		return -1;
	if (bytes.len < total)
		return 0;
	*out = (struct message){ .kind = { NULL, 0 } };
	if (crc32_of(at, total - 4) != big_endian(at + total - 4) ||
	    !read_headers(at + PRELUDE_BYTES, at + PRELUDE_BYTES + headers, out))
		return -1;
	out->payload =
	    (struct slice){ bytes.ptr + PRELUDE_BYTES + headers, total - AROUND_BYTES - headers };
	*out_len = total;
	return 1;
}

/* ---- telling ---- */

static int tell_failure(const struct message *message, struct slice name, struct arena *arena,
    sse_event_fn *each, void *ctx)
{
	bool good = json_scan_check(message->payload, NULL) == 0 &&
		    json_scan_type(message->payload) == JSON_MAP;
	struct slice text =
	    good ? json_as_slice(json_member(message->payload, "message"), arena) : message->text;
	AUTO_TEXT struct text json = text_empty(AWS_EVENT_MAX);

	json_write(&json, "{type:'error', error:{type:%, message:%}}", name,
	    text.ptr ? text : slice_of(""));
	return each(ctx, "error", text_slice(&json));
}

/* One event of the model's, in base64. */
static int tell_chunk(
    struct slice payload, struct arena *arena, sse_event_fn *each, void *ctx, struct error *err)
{
	struct slice data = { NULL, 0 };
	const char *type = NULL;

	if (json_scan_check(payload, NULL) == 0 && json_scan_type(payload) == JSON_MAP)
		data = base64_decode(json_as_slice(json_member(payload, "bytes"), arena), arena);
	if (data.ptr && json_scan_check(data, NULL) == 0 && json_scan_type(data) == JSON_MAP)
		type = json_as_text(json_member(data, "type"), arena);
	if (!data.ptr)
		return error_set(err, ERROR_UPSTREAM, "a chunk of the stream has no bytes");
	return each(ctx, type && strlen(type) < 64 ? type : "", data);
}

static int tell(const struct message *message, struct arena *arena, sse_event_fn *each, void *ctx,
    struct error *err)
{
	const char *name;

	if (slice_is(message->kind, "exception"))
		return tell_failure(message, message->exception, arena, each, ctx);
	if (slice_is(message->kind, "error"))
		return tell_failure(message, message->code, arena, each, ctx);
	if (slice_is(message->event, "chunk"))
		return tell_chunk(message->payload, arena, each, ctx, err);
	if (message->event.len == 0 || message->payload.len == 0)
		return 0;
	name = arena_copy_slice(arena, message->event);
	return each(ctx, name, message->payload);
}

void aws_events_init(struct aws_events *events)
{
	text_init(&events->bytes, AWS_EVENT_MAX + ((size_t)1 << 20));
}

void aws_events_release(struct aws_events *events)
{
	text_release(&events->bytes);
}

/* What is left over moves to the front. */
static void take_off(struct text *bytes, size_t len)
{
	memmove(bytes->bytes, bytes->bytes + len, bytes->len - len + 1);
	bytes->len -= len;
}

int aws_events_feed(struct aws_events *events, const char *bytes, size_t len, sse_event_fn *each,
    void *ctx, struct error *err)
{
	size_t used = 0, one = 0;
	int found, result = 0;

	text_add(&events->bytes, bytes, len);
	if (text_failed(&events->bytes))
		return error_set(err, ERROR_UPSTREAM, "an event of the stream is too large");
	do {
		struct slice rest = { events->bytes.bytes + used, events->bytes.len - used };
		struct message message = { .kind = { NULL, 0 } };
		AUTO_ARENA struct arena arena = { .first = NULL };

		found = cut_message(rest, &message, &one);
		if (found <= 0)
			break;
		arena_init(&arena);
		result = tell(&message, &arena, each, ctx, err);
		used += one;
	} while (result == 0);
	take_off(&events->bytes, used);
	if (result == 0 && found < 0)
		return error_set(err, ERROR_UPSTREAM,
		    "the stream is no event stream of Amazon's, or was damaged");
	return result;
}
