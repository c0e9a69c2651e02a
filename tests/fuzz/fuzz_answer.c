/*
 * An answer of HTTP/1.1: any bytes as a head and a body in chunks, and the same however they are
 * split.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "alike.h"
#include "base/text.h"
#include "fetch/chunked.h"
#include "fetch/http_head.h"

/* The head, and where it ends; NULL: it is wrong, or not whole. */
static const char *read_head(struct slice *rest, struct http_head *head)
{
	struct slice line, name, value;

	memset(head, 0, sizeof *head);
	if (rest->len == 0 || http_head_line(rest, &line) || !line.ptr ||
	    http_head_status(head, line))
		return NULL;
	assert(head->status >= 100 && head->status < 1000 && head->status != 101);
	while (rest->len > 0 && !http_head_line(rest, &line) && line.ptr) {
		assert(!memchr(line.ptr, '\r', line.len) && !memchr(line.ptr, '\n', line.len));
		if (line.len == 0)
			return http_head_end(head) ? NULL : rest->ptr;
		if (http_head_field(head, line, &name, &value))
			return NULL;
		assert(name.len > 0 && name.ptr == line.ptr);
		assert(value.len == 0 || value.ptr + value.len <= line.ptr + line.len);
	}
	return NULL;
}

/* What was read of the body, and how it ended: 1, or 0 when it is wrong or not whole. */
static int read_chunks(struct slice all, size_t piece, struct text *out)
{
	struct chunked chunked = { CHUNKED_SIZE, 0, 0 };

	text_init(out, (size_t)16 << 20);
	while (all.len > 0 && chunked.state != CHUNKED_END) {
		size_t len = all.len < piece ? all.len : piece;
		struct slice in = { all.ptr, len }, data;

		do {
			if (chunked_take(&chunked, &in, &data))
				return 0;
			text_add(out, data.ptr, data.len);
		} while (data.len > 0);
		assert(in.len == 0 || chunked.state == CHUNKED_END);
		all.ptr += len - in.len;
		all.len -= len - in.len;
	}
	return chunked.state == CHUNKED_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct slice rest = { (const char *)bytes, size };
	struct http_head head;
	struct text whole, split;
	int a, b;

	if (size == 0 || !read_head(&rest, &head) || http_head_body(&head) != HTTP_BODY_CHUNKED)
		return 0;
	a = read_chunks(rest, size, &whole);
	b = read_chunks(rest, 1, &split);
	check_alike(a, &whole, b, &split);
	return 0;
}
