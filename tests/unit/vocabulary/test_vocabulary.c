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

/* As ctok 1.3.0 counts them for Claude 3 and 4.8, without the frame of 7 and 6 tokens. */
static const struct {
	const char *text;
	int claude_3, claude_4_8;
} claude_rows[] = {
	/* clang-format off */
	{ "Hello, world!", 4, 6 },
	{ "it's the dog's, I'LL we've x'S", 15, 16 },
	{ "NASA likes tokenizers; iOS, GaN and WiFi too", 13, 24 },
	{ "static int64_t within(int64_t value, int64_t most)\n{\n\treturn value < 0;\n}\n\nx", 33, 33 },
	{ "Y,N,Y,N,Y,N", 11, 14 },
	{ "~ ~ ~ ~", 4, 10 },
	{ "A1B2C3 D4E5", 11, 11 },
	{ "\303\234berraschung na\303\257ve fa\303\247ade \305\222UVRE \316\243\316\212\316\243\316\245\316\246\316\237\316\243", 22, 33 },
	{ "a \344\273\212\345\244\251\345\244\251\346\260\224\345\276\210\345\245\275\357\274\214\346\210\221\344\273\254\345\216\273\345\205\254\345\233\255\343\200\202", 15, 15 },
	{ "a \354\225\210\353\205\225\355\225\230\354\204\270\354\232\224 \354\227\254\353\237\254\353\266\204", 12, 12 },
	{ "a (b) c  (d)\011e \n f", 15, 15 },
	{ "don\342\200\231t \342\200\234quote\342\200\235 me", 6, 8 },
	{ "\340\244\271\340\244\277\340\244\250\340\245\215\340\244\246\340\245\200 \340\244\255\340\244\276\340\244\267\340\244\276", 10, 10 },
	{ "x 'REXX' a 'b'", 12, 12 },
	{ "a\015b\302\240d", 2, 3 },
	{ "\342\206\201\341\202\267\341\202\267J\341\202\257", 15, 11 },
	{ "\342\205\257\342\206\201\342\205\257\342\205\257 x\342\206\201", 18, 17 },
	{ "\342\206\201a \342\206\201A", 8, 8 },
	{ "a \327\211's a", 8, 8 },
	{ "x \340\250\263\341\202\252\341\202\252\341\202\252\341\202\252\341\202\252\341\202\252 y", 29, 22 },
	{ "x \342\204\252\342\204\246 \315\204 \357\254\254\340\245\230a\342\200\200\315\276 y", 19, 20 },
	{ "\304\260stanbul Stra\341\272\236e \307\205x W\304\260z", 16, 18 },
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

static void test_claude_counts_as_in_ctok(void **state)
{
	static struct vocabulary_memo memos[2];

	vocabulary_memo_begin(&memos[0], 0);
	vocabulary_memo_begin(&memos[1], 0);
	for (int again = 0; again < 2; again++)
		for (size_t i = 0; i < sizeof claude_rows / sizeof claude_rows[0]; i++) {
			const char *text = claude_rows[i].text;

			assert_int_equal(
			    tokens(VOCABULARY_CLAUDE, text, &memos[0]), claude_rows[i].claude_3);
			assert_int_equal(tokens(VOCABULARY_CLAUDE_MARKED, text, &memos[1]),
			    claude_rows[i].claude_4_8);
		}
}

/* Cut into parts that are tiled at once, whose tokens are a few more together. */
static void test_a_long_word_of_claudes_counts_by_its_parts(void **state)
{
	static struct vocabulary_memo memo;
	static char run[100001];

	vocabulary_memo_begin(&memo, sizeof run);
	memset(run, 'x', sizeof run - 1);
	assert_in_range(tokens(VOCABULARY_CLAUDE, run, &memo), 12500, 13500);
	memset(run, ' ', sizeof run - 1);
	assert_in_range(tokens(VOCABULARY_CLAUDE, run, &memo), 6250, 6500);
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
		cmocka_unit_test(test_claude_counts_as_in_ctok),
		cmocka_unit_test(test_a_long_word_of_claudes_counts_by_its_parts),
		cmocka_unit_test(test_a_long_run_counts_at_most_its_bytes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
