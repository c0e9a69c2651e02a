/*
 * UTF-8 (RFC 3629) and base64 (RFC 4648): what they take and what they refuse.
 */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/error.h"

/* clang-format off */
static const struct {
	const char *bytes;
	size_t len, is;
} sequences[] = {
	{ "a", 1, 1 }, { "\x7f", 1, 1 },
	{ "\xc2\x80", 2, 2 }, { "\xdf\xbf", 2, 2 },
	{ "\xe0\xa0\x80", 3, 3 }, { "\xef\xbf\xbf", 3, 3 }, { "\xed\x9f\xbf", 3, 3 },
	{ "\xf0\x90\x80\x80", 4, 4 }, { "\xf4\x8f\xbf\xbf", 4, 4 },
	{ "\x80", 1, 0 }, { "\xff", 1, 0 },
	{ "\xc0\xaf", 2, 0 }, { "\xc1\xbf", 2, 0 },         /* overlong */
	{ "\xe0\x9f\xbf", 3, 0 }, { "\xf0\x8f\xbf\xbf", 4, 0 },
	{ "\xed\xa0\x80", 3, 0 }, { "\xed\xbf\xbf", 3, 0 }, /* surrogates */
	{ "\xf4\x90\x80\x80", 4, 0 }, { "\xf5\x80\x80\x80", 4, 0 },
	{ "\xc2", 1, 0 }, { "\xe2\x82", 2, 0 }, { "\xf0\x9f\x98", 3, 0 }, /* cut */
	{ "\xc2" "a", 2, 0 }, { "\xe2\x82" "a", 3, 0 },
};
static const char *const vectors[][2] = { /* RFC 4648, section 10 */
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};
/* clang-format on */

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static void test_sequences_are_whole_shortest_and_in_range(void **state)
{
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
		if (utf8_length(sequences[i].bytes, sequences[i].len) != sequences[i].is)
			fail_msg(
			    "sequence %zu (0x%02x...)", i, (unsigned char)sequences[i].bytes[0]);
}

static void test_base64_as_published(void **state)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct slice text = base64_encode(slice_of(vectors[i][0]), &arena), back;

		assert_int_equal(text.len, strlen(vectors[i][1]));
		assert_memory_equal(text.ptr, vectors[i][1], text.len);
		back = base64_decode(text, &arena);
		assert_int_equal(back.len, strlen(vectors[i][0]));
		assert_memory_equal(back.ptr, vectors[i][0], back.len);
	}
}

static void test_base64_without_padding_and_what_is_none(void **state)
{
	static const char *const bad[] = { "Zm9v!", "Zm 9v", "Zg=a", "=", "Zm9v\xc3", "Z" };
	struct slice bytes = base64_decode(slice_of("Zm8"), &arena);

	assert_int_equal(bytes.len, 2);
	assert_memory_equal(bytes.ptr, "fo", 2);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (base64_decode(slice_of(bad[i]), &arena).ptr)
			fail_msg("'%s' is taken", bad[i]);
}

/* Names of clients stand in errors, and what does not fit is cut. */
static void test_an_error_has_no_half_characters(void **state)
{
	struct error err = { 0 };
	char name[700] = "";

	for (size_t i = 0; i + 3 < sizeof name; i += 3)
		memcpy(name + i, "\xe0\xa4\xaa", 4);
	for (size_t lead = 0; lead < 3; lead++) {
		error_set(&err, ERROR_NOT_FOUND, "%.*s%s", (int)lead, "ab", name);
		for (size_t at = 0, step; err.text[at]; at += step)
			assert_true((step = utf8_length(err.text + at, strlen(err.text + at))) > 0);
		assert_in_range(strlen(err.text), sizeof err.text - 4, sizeof err.text - 1);
	}
	error_set(&err, ERROR_NOT_FOUND, "no '%.4s' here", name);
	assert_string_equal(err.text, "no '\xe0\xa4\xaa' here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences_are_whole_shortest_and_in_range),
		cmocka_unit_test(test_an_error_has_no_half_characters),
		cmocka_unit_test(test_base64_as_published),
		cmocka_unit_test(test_base64_without_padding_and_what_is_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
