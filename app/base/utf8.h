#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#include <stddef.h>
#include <stdint.h>

/* The length of the sequence at bytes (1 to 4), or 0 when it is not valid within len bytes (at
 * least 1). */
size_t utf8_length(const char *bytes, size_t len);

/* The code point of a sequence that is known to be valid; gives its length. */
size_t utf8_decode(const char *bytes, uint32_t *out_code);

#endif
