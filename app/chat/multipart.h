#ifndef CHAT_MULTIPART_H
#define CHAT_MULTIPART_H

/*
 * Bodies of multipart/form-data (RFC 7578): found by scanning, with the bytes left as they are, so
 * that parts which are passed on are not copied.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

#define MULTIPART_PARTS_MAX 128

struct multipart_part {
	struct slice name;  /* of the field, as it is written between the quotes */
	struct slice value; /* its bytes */
	struct slice whole; /* from its boundary's line to before the next one's CRLF */
	bool file;          /* it has a file name */
};

/* The boundary of a Content-Type, in the arena; NULL: it is no such form, or has none that RFC 2046
 * allows. */
const char *multipart_boundary(const char *content_type, struct arena *arena);

/* All parts in their order; ERROR_BAD_REQUEST says what is wrong. */
int multipart_read(struct slice body, const char *boundary, struct arena *arena,
    struct multipart_part **out, size_t *out_count, struct error *err);

#endif
