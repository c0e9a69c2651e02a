#ifndef BASE_SIXTEEN_H
#define BASE_SIXTEEN_H

/*
 * Sixteen bytes looked at together: a type of which compilers make SSE2, AVX or NEON.  A comparison
 * gives all ones in each byte where it holds.  Bytes above 0x7f are negative.
 */
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

static inline bool sixteen_any(sixteen found)
{
	uint64_t halves[2];

	memcpy(halves, &found, sizeof halves);
	return (halves[0] | halves[1]) != 0;
}

#endif
