/* Events out of streams: every recorded one, split at every byte, and with every kind of line end.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fetch/sse_reader.h"

static int collect(void *ctx, const char *event, struct slice data)
{
	struct text *out = ctx;

	text_printf(out, "[%s]", event);
	text_add(out, data.ptr, data.len);
	text_putc(out, '\n');
	return 0;
}

static void read_split(struct slice bytes, size_t split, struct text *out)
{
	struct sse_reader reader;
	struct error err;

	text_clear(out);
	sse_reader_init(&reader);
	assert_int_equal(sse_reader_feed(&reader, bytes.ptr, split, collect, out, &err), 0);
	assert_int_equal(
	    sse_reader_feed(&reader, bytes.ptr + split, bytes.len - split, collect, out, &err), 0);
	assert_int_equal(sse_reader_end(&reader, collect, out), 0);
	sse_reader_release(&reader);
}

static void assert_reads(const char *stream, const char *events)
{
	AUTO_TEXT struct text out = text_empty(1 << 20);
	size_t len = strlen(stream);

	for (size_t split = 0; split <= len; split++) {
		read_split((struct slice){ stream, len }, split, &out);
		assert_string_equal(out.bytes, events);
	}
}

static void test_the_forms_of_the_standard(void **state)
{
	assert_reads("data: a\n\n", "[]a\n");
	assert_reads("data:a\r\n\r\ndata: b\r\rdata:  c\n\n", "[]a\n[]b\n[] c\n");
	assert_reads("\xEF\xBB\xBF"
		     "data: a\n\n",
	    "[]a\n");
	assert_reads(": comment\n\ndata: a\n: in between\ndata: b\n\n", "[]a\nb\n");
	assert_reads("event: x\ndata: a\nid: 1\nretry: 5\n\nevent: y\n\n", "[x]a\n");
	assert_reads("data\n\n", "[]\n");
	assert_reads("nonsense\ndata: a", "[]a\n");
	assert_reads("data: a\n\ndata: [DONE]\n\n", "[]a\n[][DONE]\n");
	assert_reads("", "");
}

static char *with_line_ends(const char *text, const char *end)
{
	struct text out;

	text_init(&out, 1 << 20);
	for (; *text; text++) {
		if (*text == '\r')
			continue;
		if (*text == '\n')
			text_puts(&out, end);
		else
			text_putc(&out, *text);
	}
	return text_take(&out);
}

static void check_file(const char *path)
{
	static const char *const ends[] = { "\n", "\r\n", "\r" };
	AUTO_TEXT struct text whole, want, got;
	FILE *file = fopen(path, "r");
	char block[4096];
	size_t len;

	assert_non_null(file);
	text_init(&whole, 1 << 20);
	text_init(&want, 1 << 20);
	text_init(&got, 1 << 20);
	while ((len = fread(block, 1, sizeof block, file)) > 0)
		text_add(&whole, block, len);
	fclose(file);
	read_split(text_slice(&whole), 0, &want);
	assert_true(want.len > 0);
	for (size_t e = 0; e < 3; e++) {
		char *variant = with_line_ends(whole.bytes, ends[e]);

		for (size_t split = 0; split <= strlen(variant); split++) {
			read_split(slice_of(variant), split, &got);
			if (strcmp(got.bytes, want.bytes) != 0)
				fail_msg("%s split at %zu (line end %zu)", path, split, e);
		}
		free(variant);
	}
}

static void test_recorded_streams_read_the_same_however_they_are_split(void **state)
{
	char folder[512], path[1024];
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	snprintf(folder, sizeof folder, "%s/tests/fixtures/sse",
	    getenv("top_srcdir") ? getenv("top_srcdir") : ".");
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (!strstr(entry->d_name, ".sse"))
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		check_file(path);
		count++;
	}
	closedir(dir);
	assert_true(count >= 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_forms_of_the_standard),
		cmocka_unit_test(test_recorded_streams_read_the_same_however_they_are_split),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
