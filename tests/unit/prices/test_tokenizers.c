/* Which model reads with which tokenizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "prices/tokenizers.h"

static void test_names_decide(void **state)
{
	static const struct {
		const char *model;
		enum tokenizer_kind kind;
	} rows[] = {
		{ "gpt-5.6", TOKENIZER_O200K },
		{ "gpt-4o-mini", TOKENIZER_O200K },
		{ "gpt-4-turbo", TOKENIZER_CL100K },
		{ "o3", TOKENIZER_O200K },
		{ "openai/gpt-oss-120b", TOKENIZER_HARMONY },
		{ "anthropic/claude-sonnet-4.5", TOKENIZER_CLAUDE },
		{ "claude-3-haiku-20240307", TOKENIZER_CLAUDE },
		{ "claude-opus-4-7", TOKENIZER_CLAUDE_MARKED },
		{ "claude-haiku-5-5", TOKENIZER_CLAUDE_MARKED },
		{ "claude-next", TOKENIZER_CLAUDE_MARKED },
		{ "deepseek-r1-distill-llama-70b", TOKENIZER_LLAMA3 },
		{ "meta-llama/Llama-3.3-70B-Instruct-Turbo", TOKENIZER_LLAMA3 },
		{ "Qwen/Qwen3-32B", TOKENIZER_QWEN },
		{ "qwen3.8-max", TOKENIZER_NFC },
		{ "grok-4.6", TOKENIZER_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(tokenizer_of(rows[i].model, TOKENIZER_UNKNOWN), rows[i].kind);
	assert_int_equal(tokenizer_of("m", TOKENIZER_BYTE_LEVEL), TOKENIZER_BYTE_LEVEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names_decide) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
