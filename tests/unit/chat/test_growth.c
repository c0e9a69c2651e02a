/* What vendors add to a body: kinds that were found by searching with real tokenizers
 * (tests/bound). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chat/growth.h"

static struct growth grown(const char *body)
{
	struct json_tally tally;
	struct growth growth;

	assert_int_equal(json_scan_tally(slice_of(body), &tally, NULL), 0);
	growth_of(slice_of(body), &tally, &growth);
	return growth;
}

static void test_compact_json_is_written_with_spaces(void **state)
{
	/* [1, 2, 3]: a value on a line of its own is 8 more, the list is one too */
	assert_int_equal(grown("[1,2,3]").json_bytes, 2 + 4 * 8);
	/* the same as a tool's result, which is a string here */
	assert_int_equal(grown("\"[1,2,3]\"").json_bytes, 2 + 8);
	assert_int_equal(grown("{\"a\":1}").json_bytes, 1 + 2 * 8);
}

static void test_an_exponent_is_written_in_full(void **state)
{
	assert_int_equal(grown("1e15").json_bytes, 8 + 22);
	assert_int_equal(grown("[2.5E+10]").json_bytes, 2 * 8 + 22);
	assert_int_equal(grown("\"[1e15,1e15]\"").json_bytes, 8 + 1 + 2 * 22);
	assert_int_equal(grown("\"3e5\"").json_bytes, 8 + 22);
	/* hexadecimal digits and words are no numbers */
	assert_int_equal(grown("\"d41e8 0x3e8 he1e there\"").json_bytes, 8);
}

/* Sixteen bytes are looked at together, and counts are kept in a byte each for a while. */
static void test_it_is_found_wherever_it_stands(void **state)
{
	static char body[10000];

	for (size_t before = 0; before < 70; before++) {
		(void)snprintf(
		    body, sizeof body, "\"%*s1e15 ,x:%*s\"", (int)before + 1, "", 40, "");
		assert_int_equal(grown(body).json_bytes, 8 + 22 + 2);
	}
	memset(body, ',', sizeof body - 1);
	body[0] = body[sizeof body - 2] = '"';
	assert_int_equal(grown(body).json_bytes, 8 + sizeof body - 3);
	for (size_t at = 1; at + 16 < sizeof body; at += 16)
		memcpy(body + at, "   \xE0\xA5\x98          ", 16);
	assert_int_equal(grown(body).nfc_bytes, 3 * ((sizeof body - 17 + 15) / 16));
}

static void test_normal_forms_make_characters_longer(void **state)
{
	/* U+0958 is two characters in NFC */
	assert_int_equal(grown("\"\xE0\xA5\x98\"").nfc_bytes, 3);
	assert_int_equal(grown("\"\\u0958\"").nfc_bytes, 3);
	/* U+1D160 is three of four bytes */
	assert_int_equal(grown("\"\xF0\x9D\x85\xA0\"").nfc_bytes, 8);
	assert_int_equal(grown("\"\xEF\xB7\xBA\"").nfkc_bytes, 30);
	assert_int_equal(grown("\"\xEF\xB7\xBA\"").nfc_bytes, 0);
	/* Hangul and Han stay as they are */
	assert_int_equal(grown("\"\xED\x95\x9C\xE6\xBC\xA2\"").nfkc_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compact_json_is_written_with_spaces),
		cmocka_unit_test(test_an_exponent_is_written_in_full),
		cmocka_unit_test(test_it_is_found_wherever_it_stands),
		cmocka_unit_test(test_normal_forms_make_characters_longer),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
