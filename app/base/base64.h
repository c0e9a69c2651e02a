#ifndef BASE_BASE64_H
#define BASE_BASE64_H

/*
 * Base64 as in RFC 4648, section 4: the alphabet with + and /, padded.
 */
#include "base/arena.h"
#include "base/slice.h"

struct slice base64_encode(struct slice bytes, struct arena *arena);
/* Padding may be missing.  {NULL, 0} when a byte is no base64. */
struct slice base64_decode(struct slice text, struct arena *arena);

#endif
