#ifndef BASE_SIXTEEN_H
#define BASE_SIXTEEN_H

/*
 * Sixteen bytes looked at together: a type of which compilers make SSE2, AVX or NEON.  A comparison
 * gives all ones in each byte where it holds.  Bytes above 0x7f are negative.
 */
#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

#define SIXTEEN 16

typedef signed char sixteen __attribute__((vector_size(SIXTEEN)));

static inline sixteen sixteen_at(const char *bytes)
{
	sixteen out;

	memcpy(&out, bytes, sizeof out);
	return out;
}

/* A bit for each byte of a comparison, that of the first byte lowest. */
static inline unsigned sixteen_bits(sixteen found)
{
#ifdef __SSE2__
	typedef char bytes __attribute__((vector_size(SIXTEEN)));

	return (unsigned)__builtin_ia32_pmovmskb128((bytes)found);
#else
	/* In each half byte i keeps bit i, and the product sums them up in its highest byte. */
	const uint64_t diagonal = UINT64_C(0x8040201008040201), ones = UINT64_C(0x0101010101010101);
	uint64_t halves[2];

	memcpy(halves, &found, sizeof halves);
	return (unsigned)((le64toh(halves[0]) & diagonal) * ones >> 56) |
	       (unsigned)((le64toh(halves[1]) & diagonal) * ones >> 56) << 8;
#endif
}

/* Those below the lowest that is set; all where none is. */
static inline unsigned sixteen_below(unsigned bits)
{
	return (bits - 1) & ~bits & 0xffff;
}

/* Does the word, of two bytes or more, stand anywhere?  Its first two bytes are looked for, so it
 * is quick where they seldom stand together. */
static inline bool sixteen_holds(struct slice s, struct slice word)
{
	size_t last = s.len - SIXTEEN - 1;

	if (s.len <= SIXTEEN)
		return s.len > 0 && memmem(s.ptr, s.len, word.ptr, word.len);
	for (size_t at = 0;; at = at + SIXTEEN < last ? at + SIXTEEN : last) {
		sixteen first = sixteen_at(s.ptr + at) == (signed char)word.ptr[0],
			second = sixteen_at(s.ptr + at + 1) == (signed char)word.ptr[1];

		for (unsigned found = sixteen_bits(first & second); found; found &= found - 1) {
			size_t from = at + (size_t)__builtin_ctz(found);

			if (s.len - from >= word.len &&
			    memcmp(s.ptr + from, word.ptr, word.len) == 0)
				return true;
		}
		if (at == last)
			return false;
	}
}

static inline bool sixteen_any(sixteen found)
{
	uint64_t halves[2];

	memcpy(halves, &found, sizeof halves);
	return (halves[0] | halves[1]) != 0;
}

#endif
