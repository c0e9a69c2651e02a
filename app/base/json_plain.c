/*
 * Plain bytes in blocks of 64, then of eight.  See the header.
 */
#include "base/json_plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

#define BLOCK_BYTES 64

/* A type of which compilers make SSE2, AVX or NEON. */
typedef signed char vector __attribute__((vector_size(16)));

static vector all(char byte)
{
	vector result;

	memset(&result, byte, sizeof result);
	return result;
}

/* Bytes above 0x7f are negative, so they are below 0x20 as well. */
static bool block_is_plain(const char *at)
{
	const vector quote = all('"'), escape = all('\\'), first_plain = all(0x20);
	vector found = all(0);
	uint64_t halves[2];

	for (size_t i = 0; i < BLOCK_BYTES; i += sizeof found) {
		vector bytes;

		memcpy(&bytes, at + i, sizeof bytes);
		found |= (bytes == quote) | (bytes == escape) | (bytes < first_plain);
	}
	memcpy(halves, &found, sizeof halves);
	return (halves[0] | halves[1]) == 0;
}

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* The same for eight bytes.  A borrow may mark a plain byte above one that is not. */
static bool eight_are_plain(const char *at)
{
	uint64_t word, quote, escape;

	memcpy(&word, at, 8);
	quote = word ^ (ONES * '"');
	escape = word ^ (ONES * '\\');
	return (((word - ONES * 0x20) | (quote - ONES) | (escape - ONES) | word) & HIGHS) == 0;
}

size_t json_plain_bytes(const char *bytes, size_t len)
{
	size_t at = 0;

	while (len - at >= BLOCK_BYTES && block_is_plain(bytes + at))
		at += BLOCK_BYTES;
	while (len - at >= 8 && eight_are_plain(bytes + at))
		at += 8;
	return at;
}
