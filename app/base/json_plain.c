/*
 * Plain bytes in steps of 16, and where they go on for long in blocks of 64.  See the header.
 */
#include "base/json_plain.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/sixteen.h"

#include "base/banned.h"

#define STEP_BYTES  SIXTEEN
#define BLOCK_BYTES 64

/* All ones where a byte is not plain.  Bytes above 0x7f are negative, so they are below 0x20 as
 * well. */
static sixteen not_plain(sixteen bytes)
{
	return (sixteen)(bytes == '"') | (sixteen)(bytes == '\\') | (sixteen)(bytes < 0x20);
}

static bool block_is_plain(const char *at)
{
	return !sixteen_any(not_plain(sixteen_at(at)) | not_plain(sixteen_at(at + STEP_BYTES)) |
			    not_plain(sixteen_at(at + 2 * STEP_BYTES)) |
			    not_plain(sixteen_at(at + 3 * STEP_BYTES)));
}

static size_t plain_in_step(const char *at)
{
	sixteen found = not_plain(sixteen_at(at));
	uint64_t halves[2];

	memcpy(halves, &found, sizeof halves);
	if (halves[0])
		return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
	if (halves[1])
		return 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8;
	return STEP_BYTES;
}

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte <= 0x7f && byte != '"' && byte != '\\';
}

size_t json_plain_bytes(const char *bytes, size_t len)
{
	size_t at = 0, plain;

	while (len - at >= STEP_BYTES) {
		plain = plain_in_step(bytes + at);
		at += plain;
		if (plain < STEP_BYTES)
			return at;
		/* Most strings end in their first step; one that does not may be a long one. */
		if (at == STEP_BYTES)
			while (len - at >= BLOCK_BYTES && block_is_plain(bytes + at))
				at += BLOCK_BYTES;
	}
	while (at < len && is_plain((unsigned char)bytes[at]))
		at++;
	return at;
}
