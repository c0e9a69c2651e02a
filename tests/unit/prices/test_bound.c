/* The most that a call can cost, also as properties over random requests and usages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "prices/cost.h"
#include "prices/price_row.h"
#include "prices/rates.h"

/* The same numbers in every run. */
static uint64_t random_state = 88172645463325252u;

static int64_t random_below(int64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (int64_t)(random_state % (uint64_t)below);
}

static int64_t sometimes(int64_t below)
{
	return random_below(2) ? PRICE_UNKNOWN : random_below(below);
}

static struct price random_price(void)
{
	struct price price;
	price_clear(&price);
	price.input_pico = random_below(20000000);
	price.output_pico = random_below(80000000);
	price.cache_read_pico = sometimes(20000000);
	price.cache_write_pico = sometimes(40000000);
	price.cache_write_1h_pico = sometimes(60000000);
	price.reasoning_pico = sometimes(90000000);
	price.audio_output_pico = sometimes(90000000);
	price.image_input_pico = sometimes(60000000);
	price.image_output_pico = sometimes(300000000);
	price.per_request_nano = random_below(2) ? random_below(1000000) : 0;
	price.max_input_tokens = sometimes(1000000);
	price.max_output_tokens = 1 + random_below(100000);
	if (random_below(2)) {
		price.long_from_tokens = 1 + random_below(5000);
		price.long_input_pico = sometimes(40000000);
		price.long_output_pico = sometimes(90000000);
		price.long_cache_read_pico = sometimes(9000000);
	}
	if (random_below(2))
		price.flex = (struct served_prices){ sometimes(40000000), sometimes(90000000),
			sometimes(9000000) };
	if (price.max_input_tokens == 0)
		price.max_input_tokens = 1;
	return price;
}

static struct bound_input random_input(void)
{
	struct bound_input input = { 0 };
	input.text_bytes = random_below(20000);
	input.non_ascii_bytes = random_below(input.text_bytes + 1);
	input.json_growth = random_below(500);
	input.nfc_growth = random_below(100);
	input.nfkc_growth = input.nfc_growth + random_below(500);
	input.images = random_below(3);
	input.choices = 1 + random_below(4);
	input.output_tokens = 1 + random_below(5000);
	input.prediction_bytes = random_below(2) ? random_below(1000) : 0;
	input.tools = random_below(2) != 0;
	input.audio_output = random_below(4) == 0;
	input.cache_long = random_below(2) != 0;
	input.cache_marks = input.cache_long || random_below(2) != 0;
	return input;
}

static struct usage random_usage(const struct bound *bound, const struct bound_input *input)
{
	struct usage usage = { .known = true, .reported_cost_nano = -1 };
	int64_t most = bound->output_tokens * input->choices;
	usage.input_tokens = random_below(bound->input_tokens + 1);
	usage.cached_tokens = random_below(usage.input_tokens + 1);
	usage.cache_write_tokens = random_below(usage.input_tokens - usage.cached_tokens + 1);
	if (!input->cache_marks)
		usage.cache_write_tokens = 0;
	usage.cache_write_1h_tokens =
	    input->cache_long && random_below(2)
		? usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
		: 0;
	usage.output_tokens = random_below(4) ? random_below(most + 1) : most;
	usage.reasoning_tokens = random_below(usage.output_tokens + 1);
	if (input->audio_output)
		usage.audio_output_tokens = usage.output_tokens - usage.reasoning_tokens;
	else
		usage.image_output_tokens = random_below(usage.output_tokens + 1);
	if (input->images > 0)
		usage.image_input_tokens = random_below(usage.input_tokens + 1);
	usage.served = random_below(2) ? SERVED_FLEX : SERVED_STANDARD; /* as it may be asked */
	return usage;
}

static void test_no_usage_within_the_limits_costs_more_than_the_bound(void **state)
{
	for (int i = 0; i < 200000; i++) {
		struct price price = random_price();
		struct bound_input input = random_input();
		struct bound bound;
		enum tokenizer_kind kind = (enum tokenizer_kind)random_below(TOKENIZER_COUNT);
		price.reasoning_apart = random_below(5) == 0;
		price.thinks = (enum price_thinks)random_below(4);
		input.thinking = (enum thinking_wish)random_below(3);
		input.thinking_budget = random_below(2) ? 1 + random_below(50000) : 0;
		assert_true(bound_of(&price, &input, kind, &bound, NULL));
		struct usage usage = random_usage(&bound, &input);
		assert_true(cost_of(&price, &usage) <= bound.cost_nano);
	}
}

static void test_affordable_output_is_the_largest_that_is(void **state)
{
	int found = 0;
	for (int i = 0; i < 200000; i++) {
		struct price price = random_price();
		struct bound_input input = random_input();
		struct bound bound;
		int64_t nano = random_below(random_below(2) ? 2000000000 : 50000000);
		int64_t most = bound_affordable_output(&price, &input, TOKENIZER_BYTE_LEVEL, nano);
		assert_true(most >= 0 && most <= INT32_MAX);
		if (most > 0) {
			input.output_tokens = most;
			assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
			assert_true(bound.cost_nano <= nano);
			found++;
		}
		if (most < INT32_MAX) {
			input.output_tokens = most + 1;
			assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
			assert_true(bound.cost_nano > nano);
		}
	}
	assert_true(found > 20000);
}

static struct price plain(void)
{
	struct price price;
	price_clear(&price);
	price.input_pico = 1000000;
	price.output_pico = 2000000;
	price.max_output_tokens = 100;
	return price;
}

static void test_text_counts_by_tokenizer(void **state)
{
	struct price price = plain();
	struct bound_input input = {
		.text_bytes = 1500,
		.non_ascii_bytes = 100,
		.json_growth = 100,
		.nfc_growth = 10,
		.nfkc_growth = 80,
		.choices = 1,
	};
	struct bound bound;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.input_tokens, 1664);
	assert_int_equal(bound.output_tokens, 100);
	assert_int_equal(bound.cost_nano, 1664000 + 200000);
	assert_true(bound_of(&price, &input, TOKENIZER_SENTENCEPIECE, &bound, NULL));
	assert_int_equal(bound.input_tokens, 1764);
	assert_true(bound_of(&price, &input, TOKENIZER_UNKNOWN, &bound, NULL));
	assert_int_equal(bound.input_tokens, 1680 + 100 + 105 + 192);
	assert_true(bound_of(&price, &input, TOKENIZER_QWEN, &bound, NULL));
	assert_int_equal(bound.input_tokens, 1610 + 64);
	assert_true(bound_of(&price, &input, TOKENIZER_CLAUDE_MARKED, &bound, NULL));
	assert_int_equal(bound.input_tokens, 3 * 1680 + 100 + 105 + 64);
	input.tools = true;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.input_tokens, 1664 + 512);
	price.max_input_tokens = 1000;
	assert_true(bound_of(&price, &input, TOKENIZER_UNKNOWN, &bound, NULL));
	assert_int_equal(bound.input_tokens, 1000);
}

static void test_the_cache_is_written_only_where_it_is_asked_for(void **state)
{
	struct price price = plain();
	struct bound_input input = { .text_bytes = 1000 - 64, .choices = 1, .output_tokens = 1 };
	struct bound bound;

	price.output_pico = 0;
	price.cache_write_pico = 1250000;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.cost_nano, 1250000); /* OpenAI writes unasked */
	price.cache_write_1h_pico = 2000000;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.cost_nano, 1000000);
	input.cache_marks = true;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.cost_nano, 1250000);
	input.cache_long = true;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.cost_nano, 2000000);
}

static void test_a_count_by_the_vocabulary_stands_for_the_bytes(void **state)
{
	struct price price = plain();
	struct bound_input input = {
		.text_bytes = 1100, .counted_bytes = 1000, .counted_tokens = 250, .choices = 1
	};
	struct bound bound;

	assert_true(bound_of(&price, &input, TOKENIZER_O200K, &bound, NULL));
	assert_int_equal(bound.input_tokens, 250 + 100 + 16); /* what was added counts by bytes */
	input.counted_tokens = 5000;
	assert_true(bound_of(&price, &input, TOKENIZER_O200K, &bound, NULL));
	assert_int_equal(bound.input_tokens, 1100 + 16);
}

static void test_images_count_their_cap(void **state)
{
	struct price price = plain();
	struct bound_input input = { .text_bytes = 10, .images = 2, .choices = 1 };
	struct bound bound;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.input_tokens, 74 + 2 * 24600);
	price.image_tokens = 1445;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.input_tokens, 74 + 2 * 1445);
}

static void test_without_a_limit_there_is_no_bound(void **state)
{
	struct price price = plain();
	struct bound_input input = { .text_bytes = 10, .choices = 1, .server_tools = true };
	struct bound bound;
	const char *why = NULL;
	assert_false(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, &why));
	assert_non_null(strstr(why, "tools"));
	input.server_tools = false;
	input.unbounded_parts = 1;
	assert_false(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, &why));
	assert_non_null(strstr(why, "max_input_tokens"));
	assert_int_equal(
	    bound_affordable_output(&price, &input, TOKENIZER_BYTE_LEVEL, INT64_MAX), 0);
	price.max_input_tokens = 5000;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, &why));
	assert_int_equal(bound.input_tokens, 5000);
	price.max_output_tokens = PRICE_UNKNOWN;
	assert_false(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, &why));
	assert_non_null(strstr(why, "max_output_tokens"));
	price.output_pico = PRICE_UNKNOWN;
	assert_false(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, &why));
	assert_string_equal(why, "the model has no price");
}

/* Three dollars a million of input, one of output, a window of 1000. */
static struct price of_tools(void)
{
	struct price price = plain();

	price.input_pico = 3000000;
	price.output_pico = 1000000;
	price.max_input_tokens = 1000;
	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		price.per_use_nano[id] = PRICE_UNKNOWN;
	price.per_use_nano[SERVER_WEB_SEARCH] = 10000000;
	price.per_use_nano[SERVER_FILE_SEARCH] = 2500000;
	return price;
}

static void test_uses_of_tools_read_windows_and_cost_their_price(void **state)
{
	struct price price = of_tools();
	struct bound_input input = {
		.text_bytes = 10, .choices = 1, .output_tokens = 100, .windows = 5
	};
	struct bound bound;
	const char *why = NULL;

	input.uses.of[SERVER_WEB_SEARCH] = 3;
	input.uses.of[SERVER_FILE_SEARCH] = 2;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.input_tokens, 6 * 1000);
	assert_int_equal(bound.cost_nano, 6000 * 3000 + 100 * 1000 + 3 * 10000000 + 2 * 2500000);
	assert_int_equal(bound.uses.of[SERVER_WEB_SEARCH], 3);
	input.uses_shared = true; /* each of the five may be the dearest */
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.cost_nano, 6000 * 3000 + 100 * 1000 + 5 * 10000000);
	input.asked_all = 1;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.cost_nano, 6000 * 3000 + 100 * 1000 + 10000000);
	input.uses.of[SERVER_X_SEARCH] = 1;
	assert_false(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, &why));
	assert_non_null(strstr(why, "no price"));
}

static void test_a_fee_for_the_request_counts_once(void **state)
{
	struct price price = of_tools();
	struct bound_input input = { .text_bytes = 10, .choices = 1, .output_tokens = 100 };
	struct usage usage = { .known = true, .reported_cost_nano = -1 };
	struct bound bound;

	price.once = 1U << SERVER_WEB_SEARCH;
	input.windows = input.uses.of[SERVER_WEB_SEARCH] = 4;
	usage.uses.of[SERVER_WEB_SEARCH] = 9;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.cost_nano, 5000 * 3000 + 100 * 1000 + 10000000);
	assert_int_equal(cost_of(&price, &usage), 10000000);
	usage.uses.of[SERVER_WEB_SEARCH] = 0;
	assert_int_equal(cost_of(&price, &usage), 0);
}

static void test_what_the_client_sends_may_be_above_the_models_maximum(void **state)
{
	struct price price = plain();
	struct bound_input input = { .choices = 3, .output_tokens = 1000 };
	struct bound bound;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.output_tokens, 1000);
	assert_int_equal(bound.cost_nano, 64000 + 3 * 1000 * 2000);
}

static void test_reasoning_billed_apart_doubles_the_limit(void **state)
{
	struct price price = plain();
	struct bound_input input = { .choices = 1, .output_tokens = 1000 };
	struct bound bound;
	price.reasoning_apart = true;
	assert_true(bound_of(&price, &input, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.output_tokens, 2000);
	assert_int_equal(bound.cost_nano, 64000 + 2 * 1000 * 2000);
}

static void test_a_window_counts_for_each_text_of_embeddings(void **state)
{
	struct price price = plain();
	struct bound_input one = { .text_bytes = 1 << 20, .output_tokens = 1 };
	struct bound_input many = { .text_bytes = 1 << 20, .output_tokens = 1, .inputs = 7 };
	struct bound bound;

	price.max_input_tokens = 8191;
	assert_true(bound_of(&price, &one, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.input_tokens, 8191);
	assert_true(bound_of(&price, &many, TOKENIZER_BYTE_LEVEL, &bound, NULL));
	assert_int_equal(bound.input_tokens, 7 * 8191);
}

static void test_absurd_sizes_saturate(void **state)
{
	struct price price = plain();
	price.input_pico = price.output_pico = 1000000000000;
	price.per_request_nano = INT64_MAX;
	struct bound_input input = { .text_bytes = INT64_MAX,
		.non_ascii_bytes = INT64_MAX,
		.json_growth = INT64_MAX,
		.nfkc_growth = INT64_MAX,
		.images = INT64_MAX,
		.choices = INT64_MAX,
		.output_tokens = INT64_MAX,
		.prediction_bytes = INT64_MAX,
		.thinking = THINKING_ON,
		.thinking_budget = INT64_MAX,
		.audio_output = true,
		.tools = true,
		.inputs = INT64_MAX };
	price.thinks = THINKS_BY_DEFAULT;
	struct bound bound;
	assert_true(bound_of(&price, &input, TOKENIZER_UNKNOWN, &bound, NULL));
	assert_true(bound.cost_nano == RATES_NANO_MAX);
	assert_int_equal(bound_affordable_output(&price, &input, TOKENIZER_UNKNOWN, 1000), 0);
	assert_int_equal(bound_affordable_output(&price, &input, TOKENIZER_UNKNOWN, -1), 0);
}

static void test_a_price_of_zero_affords_any_output(void **state)
{
	struct price price = plain();
	price.input_pico = price.output_pico = 0;
	struct bound_input input = { .text_bytes = 10, .choices = 1 };
	assert_int_equal(
	    bound_affordable_output(&price, &input, TOKENIZER_BYTE_LEVEL, 0), INT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_usage_within_the_limits_costs_more_than_the_bound),
		cmocka_unit_test(test_affordable_output_is_the_largest_that_is),
		cmocka_unit_test(test_text_counts_by_tokenizer),
		cmocka_unit_test(test_the_cache_is_written_only_where_it_is_asked_for),
		cmocka_unit_test(test_a_count_by_the_vocabulary_stands_for_the_bytes),
		cmocka_unit_test(test_images_count_their_cap),
		cmocka_unit_test(test_without_a_limit_there_is_no_bound),
		cmocka_unit_test(test_uses_of_tools_read_windows_and_cost_their_price),
		cmocka_unit_test(test_a_fee_for_the_request_counts_once),
		cmocka_unit_test(test_what_the_client_sends_may_be_above_the_models_maximum),
		cmocka_unit_test(test_reasoning_billed_apart_doubles_the_limit),
		cmocka_unit_test(test_a_window_counts_for_each_text_of_embeddings),
		cmocka_unit_test(test_absurd_sizes_saturate),
		cmocka_unit_test(test_a_price_of_zero_affords_any_output),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
