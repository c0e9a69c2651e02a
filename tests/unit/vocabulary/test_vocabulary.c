/* Counts as tiktoken 0.14, tokenizers 0.23 and mistral-common 1.13 have them: o200k, cl100k, Qwen
 * 3, DeepSeek V3, then cl100k for Llama 3, tekken, Gemma 3, Qwen 3.5; tests/bound compares many
 * more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "vocabulary/vocabulary.h"

static const struct {
	const char *text;
	int tokens[VOCABULARY_COUNT]; /* 0: not compared, as text that Qwen would bring into NFC
					 first */
} rows[] = {
	/* clang-format off */
	{ "<td>  a</td> <b> x\t\t\ty > </p> z\n\n\n", { 0, 0, 0, 0, 0, 0, 0, 15, 19 } },
	{ "Hello, world!", { 0, 4, 4, 4, 4, 4, 4, 4, 4 } },
	{ "static int64_t within(int64_t value, int64_t most)\n{\n\treturn value < 0;\n}\n", { 0, 23, 23, 26, 23, 23, 26, 35, 30 } },
	{ "  \n\n   x", { 0, 3, 3, 3, 3, 3, 4, 4, 3 } },
	{ "I'LL we've ABCdef HTTPServer", { 0, 8, 9, 9, 9, 9, 9, 10, 9 } },
	{ "12345678 3.14", { 0, 7, 7, 13, 7, 7, 13, 13, 13 } },
	{ "\303\234berraschung na\303\257ve fa\303\247ade", { 0, 6, 9, 9, 7, 9, 5, 5, 7 } },
	{ "\344\273\212\345\244\251\345\244\251\346\260\224\345\276\210\345\245\275\357\274\214\346\210\221\344\273\254\345\216\273\345\205\254\345\233\255\343\200\202", { 0, 9, 15, 8, 7, 15, 11, 8, 7 } },
	{ "\354\225\210\353\205\225\355\225\230\354\204\270\354\232\224 \354\227\254\353\237\254\353\266\204", { 0, 3, 8, 4, 7, 8, 6, 2, 4 } },
	{ "https://example.com/a/b//c", { 0, 8, 8, 8, 8, 8, 8, 11, 8 } },
	{ "'\305\277 it's", { 0, 3, 5, 4, 4, 5, 5, 5, 5 } },
	{ "\307\205abc \340\245\230\314\201", { 0, 6, 7, 0, 7, 7, 7, 5, 0 } },
	{ "{\"a\":[1,2,3]}", { 0, 9, 9, 9, 9, 9, 9, 9, 9 } },
	{ "====================================================================================================", { 0, 2, 3, 3, 3, 3, 4, 7, 3 } },
	{ " yyyy", { 0, 0, 0, 0, 0, 0, 0, 3, 0 } }, /* Gemma has it as a token that is never made */
	{ "(yyyy)", { 0, 0, 0, 0, 0, 0, 0, 3, 0 } },
	{ "", { 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ "\360\237\216\211\360\237\221\251\342\200\215\360\237\221\251\342\200\215\360\237\221\247", { 0, 10, 16, 8, 10, 16, 18, 6, 16 } },
	{ " \302\240\342\200\203x", { 0, 3, 4, 4, 3, 4, 5, 7, 4 } },
	{ "\316\251\346\274\242A\346\274\242", { 0, 4, 7, 4, 4, 7, 6, 4, 4 } },
	/* clang-format on */
};

static int64_t tokens(enum vocabulary_id id, const char *text, struct vocabulary_memo *memo)
{
	return vocabulary_tokens(id, (struct slice){ text, strlen(text) }, memo);
}

static void test_texts_have_as_many_tokens_as_at_the_vendor(void **state)
{
	static struct vocabulary_memo memos[VOCABULARY_COUNT];

	for (int id = 0; id < VOCABULARY_COUNT; id++)
		vocabulary_memo_begin(&memos[id], 0);
	for (int again = 0; again < 2; again++) /* from memory, too */
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			for (int id = VOCABULARY_O200K; id <= VOCABULARY_QWEN_3_5; id++)
				if (rows[i].tokens[id] || !*rows[i].text)
					assert_int_equal(tokens((enum vocabulary_id)id,
							     rows[i].text, &memos[id]),
					    rows[i].tokens[id]);
}

/* Long pieces would take long to merge: they count by their bytes at most. */
static void test_a_long_run_counts_at_most_its_bytes(void **state)
{
	static struct vocabulary_memo memo;
	static char run[100001];

	vocabulary_memo_begin(&memo, sizeof run);
	memset(run, 'a', sizeof run - 1);
	assert_int_equal(tokens(VOCABULARY_O200K, run, &memo), 100000);
	run[400] = '\0';
	assert_in_range(tokens(VOCABULARY_O200K, run, &memo), 25, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_have_as_many_tokens_as_at_the_vendor),
		cmocka_unit_test(test_a_long_run_counts_at_most_its_bytes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
