#ifndef FETCH_CHUNKED_H
#define FETCH_CHUNKED_H

/*
 * A body in chunks (RFC 9112, 7.1), however it is cut into pieces.  Extensions and trailers are
 * read over.  Strict: lines end with CRLF, a size has a digit and at most 15, a line at most 4 KiB,
 * all trailers 16 KiB; no line is continued, and a trailer has a name.  For fetch/ only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum chunked_state {
	CHUNKED_SIZE, /* its first digit */
	CHUNKED_DIGITS,
	CHUNKED_EXTENSION,
	CHUNKED_SIZE_LF,
	CHUNKED_DATA,
	CHUNKED_DATA_CR,
	CHUNKED_DATA_LF,
	CHUNKED_TRAILER, /* its first byte, or the end */
	CHUNKED_TRAILER_NAME,
	CHUNKED_TRAILER_VALUE,
	CHUNKED_TRAILER_LF,
	CHUNKED_END_LF,
	CHUNKED_END,
};

struct chunked { /* begins as zeroes */
	enum chunked_state state;
	uint64_t left;     /* of the chunk */
	size_t line_bytes; /* of a chunk's line, or of all trailers */
};

/* Reads from the front of `in` until there is a piece of the body (else it is empty), the body's
 * end (CHUNKED_END) or no more.  Returns NULL, or what is wrong, for the log. */
const char *chunked_take(struct chunked *chunked, struct slice *in, struct slice *out_data);

#endif
