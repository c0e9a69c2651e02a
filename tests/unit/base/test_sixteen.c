/* Sixteen bytes at a time: bits of comparisons, and words found at every place of a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/sixteen.h"

static void test_each_byte_has_its_bit(void **state)
{
	char bytes[SIXTEEN];

	for (unsigned place = 0; place < SIXTEEN; place++) {
		memset(bytes, 'a', sizeof bytes);
		bytes[place] = 'b';
		assert_int_equal(sixteen_bits(sixteen_at(bytes) == 'b'), 1U << place);
		assert_int_equal(sixteen_bits(sixteen_at(bytes) == 'a'), 0xffff ^ 1U << place);
		assert_int_equal(sixteen_below(1U << place | 0x8000), (1U << place) - 1);
	}
	assert_int_equal(sixteen_below(0), 0xffff);
}

static void test_a_word_is_found_at_every_place(void **state)
{
	static const struct slice word = SLICE("\"reasoning\"");
	char text[80];

	for (size_t len = 0; len <= sizeof text; len++)
		for (size_t at = 0; at < len; at++) {
			size_t put = len - at < word.len ? len - at : word.len;

			memset(text, '"', sizeof text);
			memcpy(text + at, word.ptr, put);
			assert_int_equal(
			    sixteen_holds((struct slice){ text, len }, word), put == word.len);
			if (at > 0) /* one that begins and does not go on is none */
				text[at - 1] = 'r';
			assert_int_equal(
			    sixteen_holds((struct slice){ text, len }, word), put == word.len);
		}
	assert_false(sixteen_holds((struct slice){ NULL, 0 }, word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_byte_has_its_bit),
		cmocka_unit_test(test_a_word_is_found_at_every_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
