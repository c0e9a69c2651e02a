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

static inline bool sixteen_any(sixteen found)
{
	uint64_t halves[2];

	memcpy(halves, &found, sizeof halves);
	return (halves[0] | halves[1]) != 0;
}

#endif
