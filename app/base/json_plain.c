/*
 * Plain bytes in steps of 16, and where they go on for long in blocks of 64.  See the header.
 */
#include "base/json_plain.h"

#include <stdbool.h>

#include "base/banned.h"

#define STEP_BYTES  SIXTEEN
#define BLOCK_BYTES 64

static bool block_is_plain(const char *at)
{
	return !sixteen_any(json_not_plain(sixteen_at(at)) |
			    json_not_plain(sixteen_at(at + STEP_BYTES)) |
			    json_not_plain(sixteen_at(at + 2 * STEP_BYTES)) |
			    json_not_plain(sixteen_at(at + 3 * STEP_BYTES)));
}

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte <= 0x7f && byte != '"' && byte != '\\';
}

size_t json_plain_long(const char *bytes, size_t len)
{
	size_t at = 0;
	unsigned ends;

	while (len - at >= STEP_BYTES) {
		ends = sixteen_bits(json_not_plain(sixteen_at(bytes + at)));
		if (ends)
			return at + (size_t)__builtin_ctz(ends);
		at += STEP_BYTES;
		/* Most strings end in their first step; one that does not may be a long one. */
		if (at == STEP_BYTES)
			while (len - at >= BLOCK_BYTES && block_is_plain(bytes + at))
				at += BLOCK_BYTES;
	}
	while (at < len && is_plain((unsigned char)bytes[at]))
		at++;
	return at;
}
