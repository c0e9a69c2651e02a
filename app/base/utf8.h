#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the sequence at bytes (1 to 4), or 0 when it is not valid within len bytes (at
 * least 1). */
size_t utf8_length(const char *bytes, size_t len);

/* Is all of a text valid? */
bool utf8_is_valid(const char *text);
/* What is not becomes '?'. */
void utf8_mend(char *text);

/* The code point of a sequence that is known to be valid; gives its length. */
static inline size_t utf8_decode(const char *bytes, uint32_t *out_code)
{
	const unsigned char *at = (const unsigned char *)bytes;

	if (at[0] < 0x80) {
		*out_code = at[0];
		return 1;
	}
	*out_code = (at[0] & 0x1FU) << 6 | (at[1] & 0x3FU);
	if (at[0] < 0xE0)
		return 2;
	*out_code = (*out_code & 0x3FFU) << 6 | (at[2] & 0x3FU);
	if (at[0] < 0xF0)
		return 3;
	*out_code = (*out_code & 0x7FFFU) << 6 | (at[3] & 0x3FU);
	return 4;
}

#endif
