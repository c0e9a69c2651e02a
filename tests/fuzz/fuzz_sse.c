/*
 * The reader of event streams: any bytes, and the same events however they are split.
 */
#include <stdint.h>

#include "alike.h"
#include "base/text.h"
#include "fetch/sse_reader.h"

static int keep(void *ctx, const char *event, struct slice data)
{
	struct text *all = ctx;

	text_puts(all, event);
	text_putc(all, '\n');
	text_add(all, data.ptr, data.len);
	text_putc(all, '\n');
	return 0;
}

static int read_in(const char *bytes, size_t size, size_t piece, struct text *out)
{
	struct sse_reader reader;
	struct error err;
	int result = 0;

	text_init(out, (size_t)16 << 20);
	sse_reader_init(&reader);
	for (size_t at = 0; at < size && result == 0; at += piece)
		result = sse_reader_feed(
		    &reader, bytes + at, size - at < piece ? size - at : piece, keep, out, &err);
	if (result == 0)
		result = sse_reader_end(&reader, keep, out);
	sse_reader_release(&reader);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text whole, split;
	int a = read_in((const char *)bytes, size, size ? size : 1, &whole);
	int b = read_in((const char *)bytes, size, 3, &split);

	check_alike(a, &whole, b, &split);
	return 0;
}
