#ifndef BASE_JSON_PLAIN_H
#define BASE_JSON_PLAIN_H

/*
 * How far the plain bytes of a JSON string reach: ASCII that is no quote, no backslash and no
 * control character (RFC 8259, section 7).  Large bodies are mostly such bytes and are walked
 * several times, so they are taken in blocks.
 *
 * The answer may be up to seven less than the truth: the reader goes on byte by byte from there.
 */
#include <stddef.h>

size_t json_plain_bytes(const char *bytes, size_t len);

#endif
