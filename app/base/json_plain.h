#ifndef BASE_JSON_PLAIN_H
#define BASE_JSON_PLAIN_H

/*
 * How far the plain bytes of a JSON string reach: ASCII that is no quote, no backslash and no
 * control character (RFC 8259, section 7).  Bodies are mostly such bytes, in names of ten as in
 * texts of a million, so many are looked at together.
 */
#include <stddef.h>

size_t json_plain_bytes(const char *bytes, size_t len);

#endif
