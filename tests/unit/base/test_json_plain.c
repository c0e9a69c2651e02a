/*
 * Plain bytes of JSON strings: each byte value at each place of a block.
 */
#include "base/json_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 160

static bool is_plain(int byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void test_every_byte_is_found_at_every_place(void **state)
{
	char text[TEXT_BYTES];

	for (int byte = 0; byte < 256; byte++)
		for (size_t place = 0; place < TEXT_BYTES; place++) {
			size_t end = is_plain(byte) ? TEXT_BYTES : place;

			memset(text, 'a', sizeof text);
			text[place] = (char)byte;
			assert_int_equal(json_plain_bytes(text, sizeof text), end);
		}
}

static void test_short_texts_are_not_read_past_their_end(void **state)
{
	char text[TEXT_BYTES];

	memset(text, 'a', sizeof text);
	for (size_t len = 0; len < TEXT_BYTES; len++)
		assert_int_equal(json_plain_bytes(text, len), len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_is_found_at_every_place),
		cmocka_unit_test(test_short_texts_are_not_read_past_their_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
