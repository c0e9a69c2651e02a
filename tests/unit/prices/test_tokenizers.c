/* Which model reads with which tokenizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/model_rows.h"
#include "models/model_traits.h"
#include "prices/tokenizers.h"

static enum tokenizer_kind of(const char *model, enum tokenizer_kind otherwise)
{
	return tokenizer_named(model_traits_find("anybody", model).tokenizer, otherwise);
}

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
		{ "claude-2.1", TOKENIZER_CLAUDE_2 },
		{ "anthropic.claude-instant-v1", TOKENIZER_CLAUDE_2 },
		{ "anthropic.claude-v2:1", TOKENIZER_CLAUDE_2 },
		{ "claude-opus-4-7", TOKENIZER_CLAUDE_MARKED },
		{ "claude-haiku-5-5", TOKENIZER_CLAUDE_MARKED },
		{ "claude-next", TOKENIZER_CLAUDE_MARKED },
		{ "deepseek-r1-distill-llama-70b", TOKENIZER_LLAMA3 },
		{ "open-mistral-nemo-2407", TOKENIZER_TEKKEN },
		{ "mistral-large-2411", TOKENIZER_SENTENCEPIECE },
		{ "gemma-3-27b-it", TOKENIZER_GEMMA },
		{ "google/gemma-2-9b-it", TOKENIZER_SENTENCEPIECE },
		{ "gemini-2.5-flash", TOKENIZER_GEMINI },
		{ "gemini-3.1-pro-preview", TOKENIZER_GEMINI },
		{ "gemini-3.8-flash", TOKENIZER_SENTENCEPIECE }, /* its tokenizer is told nowhere */
		{ "meta-llama/Llama-3.3-70B-Instruct-Turbo", TOKENIZER_LLAMA3 },
		{ "Qwen/Qwen3-32B", TOKENIZER_QWEN },
		{ "qwen3.8-max", TOKENIZER_NFC },
		{ "Qwen/Qwen3.6-27B", TOKENIZER_QWEN_3_5 },
		{ "qwen3.5-plus", TOKENIZER_QWEN_3_5 },
		{ "grok-4.6", TOKENIZER_UNKNOWN },
		/* Names that only look like those of a vocabulary's models. */
		{ "codellama/CodeLlama-34b-Instruct-hf", TOKENIZER_SENTENCEPIECE },
		{ "huggyllama/llama-30b", TOKENIZER_SENTENCEPIECE },
		{ "open-llama-3b-v2", TOKENIZER_SENTENCEPIECE },
		{ "google/paligemma-3b-mix", TOKENIZER_SENTENCEPIECE },
		{ "deepseek-coder-33b-instruct", TOKENIZER_UNKNOWN },
		{ "deepseek-ai/DeepSeek-V2.5", TOKENIZER_UNKNOWN },
		{ "deepseek/deepseek-r1-0528-qwen3-8b", TOKENIZER_NFC },
		{ "deepseek-r1-distill-qwen-32b", TOKENIZER_QWEN },
		/* And those that are. */
		{ "llama3", TOKENIZER_LLAMA3 },
		{ "llama3.2:3b", TOKENIZER_LLAMA3 },
		{ "meta.llama3-70b-instruct-v1:0", TOKENIZER_LLAMA3 },
		{ "Meta-Llama-3-8B", TOKENIZER_LLAMA3 },
		{ "gemma3:27b", TOKENIZER_GEMMA },
		{ "gemma-3n-e4b-it", TOKENIZER_GEMMA },
		{ "deepseek-chat", TOKENIZER_DEEPSEEK },
		{ "deepseek-v3.2", TOKENIZER_DEEPSEEK },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(of(rows[i].model, TOKENIZER_UNKNOWN), rows[i].kind);
	assert_int_equal(of("m", TOKENIZER_BYTE_LEVEL), TOKENIZER_BYTE_LEVEL);
}

static void test_every_tokenizer_of_the_table_is_known(void **state)
{
	size_t said = 0;

	for (size_t i = 0; i < model_rows_count; i++) {
		struct model_traits traits = { .known = false };

		assert_null(model_row_read(model_rows[i], &traits));
		said += traits.tokenizer.len > 0;
		if (traits.tokenizer.len > 0 && !slice_is(traits.tokenizer, "unknown"))
			assert_int_not_equal(tokenizer_named(traits.tokenizer, TOKENIZER_UNKNOWN),
			    TOKENIZER_UNKNOWN);
	}
	assert_true(said > 0);
	assert_int_equal(tokenizer_named(slice_of("misspelt"), TOKENIZER_O200K), TOKENIZER_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names_decide),
		cmocka_unit_test(test_every_tokenizer_of_the_table_is_known) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
