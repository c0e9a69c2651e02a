/*
 * The reader of Amazon's event stream: any bytes, and the same events however they are split.
 * Random bytes never have the right checksums, so the input is also read as a list of messages (a
 * byte for the length of the headers, two for that of the payload, then both), which get theirs
 * here; every cut of those must give the same.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "providers/aws_events.h"

static int keep(void *ctx, const char *event, struct slice data)
{
	struct text *all = ctx;

	text_puts(all, event);
	text_putc(all, '\n');
	text_add(all, data.ptr, data.len);
	text_putc(all, '\n');
	return 0;
}

static int read_in(struct slice bytes, size_t piece, struct text *out)
{
	struct aws_events events;
	struct error err;
	int result = 0;

	text_init(out, (size_t)16 << 20);
	aws_events_init(&events);
	for (size_t at = 0; at < bytes.len && result == 0; at += piece)
		result = aws_events_feed(&events, bytes.ptr + at,
		    bytes.len - at < piece ? bytes.len - at : piece, keep, out, &err);
	aws_events_release(&events);
	return result;
}

static void must_be_the_same(struct slice bytes, size_t piece)
{
	struct text whole, split;
	int a = read_in(bytes, bytes.len ? bytes.len : 1, &whole);
	int b = read_in(bytes, piece, &split);

	assert(a == b);
	assert(whole.len == split.len);
	assert(whole.len == 0 || memcmp(whole.bytes, split.bytes, whole.len) == 0);
	text_release(&whole);
	text_release(&split);
}

static void put_number(struct text *out, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		text_putc(out, (char)(value >> shift));
}

/* CRC-32, bit by bit: not the reader's own. */
static uint32_t sum_of(const struct text *out, size_t from)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = from; i < out->len; i++) {
		crc ^= (uint8_t)out->bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void put_message(struct text *out, const char *headers, size_t headers_len,
    const char *payload, size_t payload_len)
{
	size_t from = out->len;

	put_number(out, (uint32_t)(16 + headers_len + payload_len));
	put_number(out, (uint32_t)headers_len);
	put_number(out, sum_of(out, from));
	text_add(out, headers, headers_len);
	text_add(out, payload, payload_len);
	put_number(out, sum_of(out, from));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *at = (const char *)bytes, *end = at + size;
	struct text framed;

	must_be_the_same((struct slice){ at, size }, 3);
	text_init(&framed, (size_t)1 << 20);
	while (end - at > 3) {
		size_t headers = (uint8_t)at[0],
		       payload = (size_t)(uint8_t)at[1] << 8 | (uint8_t)at[2],
		       left = (size_t)(end - at) - 3;

		headers = headers < left ? headers : left;
		payload = payload < left - headers ? payload : left - headers;
		put_message(&framed, at + 3, headers, at + 3 + headers, payload);
		at += 3 + headers + payload;
	}
	must_be_the_same(text_slice(&framed), 1);
	must_be_the_same(text_slice(&framed), 7);
	text_release(&framed);
	return 0;
}
