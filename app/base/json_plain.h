#ifndef BASE_JSON_PLAIN_H
#define BASE_JSON_PLAIN_H

/*
 * How far the plain bytes of a JSON string reach: ASCII that is no quote, no backslash and no
 * control character (RFC 8259, section 7).  Bodies are mostly such bytes, in names of ten as in
 * texts of a million, so many are looked at together.
 */
#include <stddef.h>

#include "base/sixteen.h"

/* All ones where a byte is not plain.  Bytes above 0x7f are negative, so they are below 0x20 as
 * well. */
static inline sixteen json_not_plain(sixteen bytes)
{
	return (sixteen)(bytes == '"') | (sixteen)(bytes == '\\') | (sixteen)(bytes < 0x20);
}

size_t json_plain_long(const char *bytes, size_t len); /* of those that are many, or at an end */

static inline size_t json_plain_bytes(const char *bytes, size_t len)
{
	unsigned ends = len < SIXTEEN ? 0 : sixteen_bits(json_not_plain(sixteen_at(bytes)));

	return ends ? (size_t)__builtin_ctz(ends) : json_plain_long(bytes, len);
}

#endif
