/* Thinking that max_tokens does not hold in is part of the bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "prices/price_row.h"
#include "prices/thinking.h"

static struct price price_of(const char *provider, const char *model, const char *parameter)
{
	struct settings_pair pair = { .name = (char *)(parameter ? parameter : ""),
		.value = (char *)(parameter ? strchr(parameter, '\0') + 1 : "") };
	struct deployment deployment = { .provider = (char *)provider };
	struct price price;

	deployment.parameters = (struct settings_pairs){ &pair, parameter ? 1 : 0 };
	price_clear(&price);
	price.input_pico = 1000000;
	price.output_pico = 2000000;
	price.max_output_tokens = 8192;
	thinking_find(&deployment, model, &price);
	return price;
}

static void test_thinking_is_added_to_the_limit(void **state)
{
	struct price price = price_of("dashscope", "qwen-plus", NULL);
	struct bound_input input = {
		.choices = 1, .output_tokens = 16, .thinking = THINKING_ON, .thinking_budget = 38000
	};
	struct bound bound;

	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.output_tokens, 38016);
	assert_int_equal(bound.cost_nano, 64 * 1000 + 38016 * 2000);
}

static void test_who_thinks_beyond_the_limit(void **state)
{
	static const struct {
		const char *provider, *model, *parameter;
		enum thinking_wish wish;
		int64_t budget, tokens;
	} cases[] = {
		/* clang-format off */
		{ "dashscope", "qwen-plus", NULL, THINKING_UNSAID, 0, 0 },
		{ "dashscope", "qwen-plus", NULL, THINKING_ON, 0, 81920 },
		{ "dashscope", "qwen-plus", NULL, THINKING_OFF, 500, 0 },
		{ "dashscope", "qwen-plus", NULL, THINKING_UNSAID, 500, 500 },
		{ "dashscope", "qwen-plus", "enable_thinking\0true", THINKING_UNSAID, 0, 81920 },
		{ "dashscope", "qwen-plus", "enable_thinking\0true", THINKING_OFF, 0, 0 },
		{ "dashscope", "qwen3.7-max", NULL, THINKING_UNSAID, 0, 81920 },
		{ "dashscope", "qwen3.7-max", NULL, THINKING_OFF, 0, 0 },
		{ "dashscope", "qwen3.7-max", "enable_thinking\0false", THINKING_UNSAID, 0, 0 },
		{ "dashscope", "qwen3.7-max", "thinking_budget\0" "2000", THINKING_UNSAID, 0, 2000 },
		{ "dashscope", "qwen3.7-max", "thinking_budget\0" "2000", THINKING_UNSAID, 9000, 9000 },
		{ "dashscope", "qwen3-vl-235b-a22b-thinking", NULL, THINKING_OFF, 0, 81920 },
		{ "dashscope", "qwen3-vl-235b-a22b-instruct", NULL, THINKING_UNSAID, 0, 0 },
		{ "dashscope", "qwq-plus", NULL, THINKING_OFF, 0, 81920 },
		/* who may stand behind an address of one's own */
		{ "openai", "qwen-plus", NULL, THINKING_ON, 38000, 38000 },
		{ "openai", "gpt-4o", NULL, THINKING_UNSAID, 0, 0 },
		{ "anthropic", "claude-haiku-4-5", NULL, THINKING_ON, 38000, 0 },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct price price =
		    price_of(cases[i].provider, cases[i].model, cases[i].parameter);
		struct bound_input input = { .thinking = cases[i].wish,
			.thinking_budget = cases[i].budget };

		if (thinking_beyond_limit(&price, &input) != cases[i].tokens)
			fail_msg("case %zu: %s", i, cases[i].model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thinking_is_added_to_the_limit),
		cmocka_unit_test(test_who_thinks_beyond_the_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
