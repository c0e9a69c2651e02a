/* Counts that are remembered are those of the very text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chat/prompt_count.h"
#include "vocabulary/known_texts.h"

static void test_only_the_same_text_of_the_same_vocabulary_is_known(void **state)
{
	char text[KNOWN_TEXT_BYTES + 1];
	struct slice all = { text, KNOWN_TEXT_BYTES }, less = { text, KNOWN_TEXT_BYTES - 1 };
	struct known_text known, other;
	int64_t tokens;

	memset(text, 'x', sizeof text);
	known = known_text_of(VOCABULARY_O200K, all, 0);
	assert_false(known_text_find(&known, &tokens));
	known_text_keep(&known, 77);
	assert_true(known_text_find(&known, &tokens));
	assert_int_equal(tokens, 77);
	other = known_text_of(VOCABULARY_QWEN, all, 0);
	assert_false(known_text_find(&other, &tokens));
	other = known_text_of(VOCABULARY_O200K, less, 0);
	assert_false(known_text_find(&other, &tokens));
	other = known_text_of(VOCABULARY_O200K, all, 1);
	assert_false(known_text_find(&other, &tokens));
	text[KNOWN_TEXT_BYTES - 1] = 'y';
	other = known_text_of(VOCABULARY_O200K, all, 0);
	assert_false(known_text_find(&other, &tokens));
}

/* More texts than there are slots, each again and again: what is remembered of one is never told
 * of another. */
static void test_a_body_counts_the_same_again(void **state)
{
	char body[KNOWN_TEXT_BYTES * 2];
	int64_t first[200];

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 40000; i += round == 1 ? 1 : 200) {
			int64_t tokens;

			(void)snprintf(body, sizeof body,
			    "{\"messages\":[{\"role\":\"user\",\"content\":\"%0300d %d "
			    "%.*s\"}]}",
			    0, i, i % 50, "words of many kinds, some longer than others, you know");
			tokens = prompt_count(slice_of(body), VOCABULARY_O200K);
			if (round == 0)
				first[i / 200] = tokens;
			else if (i % 200 == 0)
				assert_int_equal(tokens, first[i / 200]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_same_text_of_the_same_vocabulary_is_known),
		cmocka_unit_test(test_a_body_counts_the_same_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
