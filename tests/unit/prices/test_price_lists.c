/* Price lists of others, as rows of a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prices/price_lists.h"
#include "prices/price_row.h"
#include "prices/rates.h"

static char *table;

static int drop_table(void **state)
{
	free(table);
	table = NULL;
	return 0;
}

static void read_list(const char *list)
{
	struct price_lists_note note;
	struct error err = { 0 };

	free(table);
	table = price_lists_table(slice_of(list), "2026-11-30", &note, &err);
	if (!table)
		fail_msg("%s", err.text);
}

/* The line of a model, and its price. */
static bool find_row(const char *name, struct price *out, char line[1024])
{
	struct price_columns columns;
	const char *at;
	char wanted[128];

	(void)snprintf(line, 1024, "%.*s", (int)strcspn(table, "\n"), table);
	assert_true(price_columns_read(line, &columns));
	(void)snprintf(wanted, sizeof wanted, "\n%s\t", name);
	at = strstr(table, wanted);
	if (!at)
		return false;
	(void)snprintf(line, 1024, "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
	if (price_row_parse(&columns, line, out))
		fail_msg("%s", price_row_parse(&columns, line, out));
	return true;
}

/* One model of genai-prices' deepseek with these prices. */
static struct price of_genai(const char *prices)
{
	struct price price;
	char list[4096], line[1024];

	(void)snprintf(list, sizeof list,
	    "[{\"id\": \"deepseek\", \"models\": [{\"id\": \"m\", \"prices\": %s}]}]", prices);
	read_list(list);
	assert_true(find_row("deepseek\tm", &price, line));
	return price;
}

/* Dollars per million at a length, as input, output and cached input are billed. */
static void costs(
    const struct price *price, int64_t tokens, int64_t input, int64_t output, int64_t cached)
{
	struct rates rates = rates_for(price, tokens);

	assert_int_equal(rates.input, input);
	assert_int_equal(rates.output, output);
	assert_int_equal(rates.cache_read, cached);
}

/* Of litellm's list, of 2026-11: dashscope's qwen-plus and what names several lengths. */
static void test_each_range_of_a_list_has_its_price(void **state)
{
	struct price price;
	char line[1024];

	read_list("{\"dashscope/q\": {\"litellm_provider\": \"dashscope\", \"tiered_pricing\": ["
		  "{\"range\": [0, 32000], \"input_cost_per_token\": 1e-6, "
		  "\"output_cost_per_token\": 4e-6, \"cache_read_input_token_cost\": 1e-7},"
		  "{\"range\": [128000, 256000], \"input_cost_per_token\": 3e-6, "
		  "\"output_cost_per_token\": 1.2e-5},"
		  "{\"range\": [32000, 128000], \"input_cost_per_token\": 2e-6, "
		  "\"output_cost_per_token\": 8e-6, \"cache_read_input_token_cost\": 2e-7}]},"
		  "\"openai/o\": {\"litellm_provider\": \"openai\", "
		  "\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 2e-6, "
		  "\"input_cost_per_token_above_128k_tokens\": 2e-6, "
		  "\"output_cost_per_token_above_256k_tokens\": 6e-6, "
		  "\"input_cost_per_token_above_256k_tokens\": 3e-6}}");
	assert_true(find_row("dashscope\tq", &price, line));
	costs(&price, 32000, 1000000, 4000000, 100000);
	costs(&price, 32001, 2000000, 8000000, 200000);
	costs(&price, 128001, 3000000, 12000000, 200000);
	assert_int_equal(price.long_from_tokens, 32000);
	assert_int_equal(price.long_input_pico, 3000000);
	assert_true(find_row("openai\to", &price, line));
	costs(&price, 128001, 2000000, 2000000, 2000000);
	costs(&price, 256001, 3000000, 6000000, 3000000);
	price =
	    of_genai("{\"input_mtok\": {\"base\": 1, \"tiers\": [{\"start\": 1000, \"price\": 2}, "
		     "{\"start\": 2000, \"price\": 3}]}, \"output_mtok\": {\"base\": 10, "
		     "\"tiers\": [{\"start\": 2000, \"price\": 20}]}}");
	costs(&price, 1001, 2000000, 10000000, 2000000);
	costs(&price, 2001, 3000000, 20000000, 3000000);
	price = of_genai("[{\"constraint\": {\"start_date\": \"2026-01-01\"}, \"prices\": "
			 "{\"output_mtok\": 10, \"input_mtok\": {\"base\": 1, \"tiers\": "
			 "[{\"start\": 1000, \"price\": 2}, {\"start\": 2000, \"price\": 3}]}}}]");
	costs(&price, 1001, 2000000, 10000000, 2000000);
	costs(&price, 2001, 3000000, 10000000, 3000000);
}

/* More than there is room for: the dearest from the lowest on. */
static void test_of_many_ranges_the_dearest_counts(void **state)
{
	struct price price =
	    of_genai("{\"input_mtok\": {\"base\": 1, \"tiers\": [{\"start\": 1, \"price\": 2}, "
		     "{\"start\": 2, \"price\": 3}, {\"start\": 3, \"price\": 4}, "
		     "{\"start\": 4, \"price\": 5}, {\"start\": 5, \"price\": 6}]}, "
		     "\"output_mtok\": 10}");

	costs(&price, 1, 1000000, 10000000, 1000000);
	costs(&price, 2, 6000000, 10000000, 6000000);
}

static void has_hours(const struct price *price, const char *words)
{
	AUTO_TEXT struct text text = text_empty(4096);

	price_hours_write(&price->off_peak, &text);
	text_putc(&text, '\0');
	assert_string_equal(text.bytes, words);
}

#define LESS                                                                                       \
	"{\"prices\": {\"input_mtok\": 0.15, \"cache_read_mtok\": 0.003, \"output_mtok\": 0.6}}"
#define DEAR "{\"input_mtok\": 0.3, \"cache_read_mtok\": 0.006, \"output_mtok\": 1.2}"
#define AT(from, to, prices)                                                                       \
	"{\"constraint\": {\"start_time\": \"" from "\", \"end_time\": \"" to                      \
	"\"}, \"prices\": " prices "}"

/* deepseek-flash in genai-prices 0.2.3. */
static void test_two_dear_windows_leave_the_cheap_hours(void **state)
{
	struct price price = of_genai("[" LESS "," AT("01:00:00Z", "04:00:00Z", DEAR) "," AT(
	    "06:00:00Z", "10:00:00Z", DEAR) "]");

	assert_int_equal(price.input_pico, 300000);
	assert_int_equal(price.output_pico, 1200000);
	assert_int_equal(price.cache_read_pico, 6000);
	assert_int_equal(price.off_input_pico, 150000);
	assert_int_equal(price.off_output_pico, 600000);
	assert_int_equal(price.off_cache_read_pico, 3000);
	has_hours(&price, "Mon-Sun 00:00-01:00, 04:00-06:00, 10:00-24:00");
}

static void test_a_cheap_window_over_midnight_and_in_other_zones(void **state)
{
#define CHEAP "{\"input_mtok\": 1, \"output_mtok\": 2}"
#define FULL  "{\"prices\": {\"input_mtok\": 2, \"output_mtok\": 4}}"
	struct price price = of_genai("[" FULL "," AT("16:30:00Z", "00:30:00Z", CHEAP) "]");

	assert_int_equal(price.input_pico, 2000000);
	has_hours(&price, "Mon-Sun 00:00-00:30, 16:30-24:00");
	price = of_genai("[" FULL "," AT("00:30:00+08:00", "08:30:00+08:00", CHEAP) "]");
	has_hours(&price, "Mon-Sun 00:00-00:30, 16:30-24:00");
	price = of_genai("[" FULL "," AT("16:35", "23:50", CHEAP) "]"); /* whole quarters */
	has_hours(&price, "Mon-Sun 16:45-23:45");
	assert_int_equal(price.off_output_pico, 2000000);
}

static void test_what_is_not_understood_is_held_at_the_dearest(void **state)
{
	static const char *const conditions[] = {
		"{\"start_time\": \"25:00\", \"end_time\": \"26:00\"}",
		"{\"start_time\": \"01:00\"}",
		"{\"start_time\": \"01:00X\", \"end_time\": \"04:00X\"}", "{\"weekdays\": [1, 2]}"
	};

	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		char prices[512];
		struct price price;

		(void)snprintf(prices, sizeof prices,
		    "[" LESS ", {\"constraint\": %s, \"prices\": " DEAR "}]", conditions[i]);
		price = of_genai(prices);
		assert_int_equal(price.input_pico, 300000);
		assert_false(price.off_peak.any);
	}
}

/* Dearer in one figure, cheaper in another: each is held at its dearest. */
static void test_the_hold_is_the_dearest_of_each_figure(void **state)
{
	struct price price = of_genai("[{\"prices\": {\"input_mtok\": 3, \"output_mtok\": 4}}," AT(
	    "01:00Z", "04:00Z", "{\"input_mtok\": 1, \"output_mtok\": 5}") "]");

	assert_int_equal(price.input_pico, 3000000);
	assert_int_equal(price.output_pico, 5000000);
	assert_true(price.off_peak.any);
	assert_true(price.off_input_pico == 1000000 && price.off_output_pico == 5000000);
}

static void test_prices_that_begin_on_a_day(void **state)
{
	struct price price, after;
	char line[1024];

	price = of_genai(
	    "[" LESS ","
	    "{\"constraint\": {\"start_date\": \"2026-09-10\"}, \"prices\": {\"input_mtok\": 0.2, "
	    "\"output_mtok\": 0.7}},"
	    "{\"constraint\": {\"start_date\": \"2027-01-01\"}, \"prices\": {\"input_mtok\": 0.5, "
	    "\"output_mtok\": 2}}," AT("01:00Z", "04:00Z", DEAR) "]");
	assert_int_equal(price.input_pico, 300000);
	assert_int_equal(price.off_input_pico, 200000);
	assert_string_equal(price.goes_on_as, "m@2027-01-01");
	assert_int_equal(price.changes_ms, INT64_C(1798761600000));
	assert_true(find_row("deepseek\tm@2027-01-01", &after, line));
	assert_int_equal(after.input_pico, 500000); /* the dear window is now the cheap one */
	assert_int_equal(after.off_input_pico, 300000);
	has_hours(&after, "Mon-Sun 01:00-04:00");
	assert_int_equal(after.changes_ms, 0);
}

static void test_names_that_are_written_out(void **state)
{
	struct price price;
	char line[1024];

	read_list(
	    "[{\"id\": \"google\", \"models\": [{\"id\": \"gemini-9-flash\", \"match\": {\"or\": "
	    "[{\"equals\": \"gemini-flash-latest\"}, {\"starts_with\": \"gemini-9-flash\"}]}, "
	    "\"prices\": {\"input_mtok\": 1, \"output_mtok\": 2}}]}]");
	assert_true(find_row("gemini\tgemini-flash-latest", &price, line));
	assert_int_equal(price.output_pico, 2000000);
	assert_true(find_row("gemini\tgemini-9-flash", &price, line));
}

static void test_ends_and_successors_stay_known(void **state)
{
	struct price price;
	char line[1024];

	read_list(
	    "{\"gemini/gemini-2.5-pro\": {\"litellm_provider\": \"gemini\", \"mode\": \"chat\", "
	    "\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": 1e-05},"
	    "\"gpt-9\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", "
	    "\"deprecation_date\": \"2027-02-03\","
	    "\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": 1e-05}}");
	assert_true(find_row("gemini\tgemini-2.5-pro", &price, line));
	assert_string_equal(price.goes_on_as, "gemini-3.8-flash");
	assert_true(price.changes_ms > 0);
	assert_int_equal(price.max_output_tokens, 65536);
	assert_true(find_row("openai\tgpt-9", &price, line));
	assert_string_equal(price.retires, "2027-02-03");
}

/* So that it can be said where the model is asked for. */
static void test_what_is_no_price_stays_in_its_cell(void **state)
{
	static const struct {
		const char *list, *name, *wrong;
	} rows[] = {
		{ "{\"gpt-9\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", "
		  "\"input_cost_per_token\": \"a\\tb\", \"output_cost_per_token\": 1e-05}}",
		    "openai\tgpt-9", "input_cost_per_token: \"a\\tb\"" },
		{ "{\"gpt-9\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", "
		  "\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": -1e-05}}",
		    "openai\tgpt-9", "output_cost_per_token: -1" },
		{ "{\"gpt-9\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", "
		  "\"input_cost_per_token\": 2.5, \"output_cost_per_token\": 1e-05}}",
		    "openai\tgpt-9", "input_cost_per_token: 2.5" },
		{ "{\"openai\": {\"models\": {\"gpt-9\": {\"cost\": {\"input\": true, "
		  "\"output\": 1}}}}}",
		    "openai\tgpt-9", "input: true" },
		{ "[{\"id\": \"openai\", \"models\": [{\"id\": \"gpt-9\", \"prices\": "
		  "[{\"prices\": "
		  "{\"input_mtok\": {\"base\": \"x\"}, \"output_mtok\": 1}}]}]}]",
		    "openai\tgpt-9", "base: \"x\"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct price_columns columns;
		struct slice value;
		char wanted[64], header[1024];
		const char *line;

		read_list(rows[i].list);
		(void)snprintf(header, sizeof header, "%.*s", (int)strcspn(table, "\n"), table);
		assert_true(price_columns_read(header, &columns));
		(void)snprintf(wanted, sizeof wanted, "\n%s\t", rows[i].name);
		line = strstr(table, wanted);
		assert_non_null(line);
		assert_non_null(price_row_wrong(&columns, line + 1, &value));
		assert_memory_equal(value.ptr, rows[i].wrong, strlen(rows[i].wrong));
	}
}

/* As litellm 1.110.2 and genai-prices 0.2.3 have gemini-3-pro-image and gemini-omni-1.1-flash. */
static void test_pictures_that_a_conversation_makes_have_their_price(void **state)
{
	struct price price;
	char line[1024];

	read_list("{\"gemini/a\": {\"litellm_provider\": \"gemini\", "
		  "\"mode\": \"image_generation\", \"supported_endpoints\": "
		  "[\"/v1/chat/completions\", \"/v1/images/generations\"], "
		  "\"input_cost_per_token\": 2e-06, \"output_cost_per_token\": 1.2e-05, "
		  "\"output_cost_per_image_token\": 0.00012, \"output_cost_per_image\": 0.134},"
		  "\"gemini/b\": {\"litellm_provider\": \"gemini\", \"mode\": \"chat\", "
		  "\"input_cost_per_token\": 1.5e-06, \"output_cost_per_token\": 9e-06, "
		  "\"output_cost_per_video_token\": 1.75e-05}}");
	assert_true(find_row("gemini\ta", &price, line));
	assert_int_equal(price.mode, MODE_CHAT);
	assert_int_equal(price.output_pico, 12000000);
	assert_int_equal(price.image_output_pico, 120000000);
	assert_int_equal(price.per_image_nano, PRICE_UNKNOWN);
	assert_true(find_row("gemini\tb", &price, line));
	assert_int_equal(price.image_output_pico, 17500000);
	price = of_genai("{\"input_mtok\": 2, \"output_mtok\": 12, \"output_image_mtok\": 120, "
			 "\"input_image_mtok\": 3, \"input_video_mtok\": 4}");
	assert_int_equal(price.image_output_pico, 120000000);
	assert_int_equal(price.image_input_pico, 4000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_range_of_a_list_has_its_price),
		cmocka_unit_test(test_of_many_ranges_the_dearest_counts),
		cmocka_unit_test(test_two_dear_windows_leave_the_cheap_hours),
		cmocka_unit_test(test_a_cheap_window_over_midnight_and_in_other_zones),
		cmocka_unit_test(test_what_is_not_understood_is_held_at_the_dearest),
		cmocka_unit_test(test_the_hold_is_the_dearest_of_each_figure),
		cmocka_unit_test(test_prices_that_begin_on_a_day),
		cmocka_unit_test(test_names_that_are_written_out),
		cmocka_unit_test(test_what_is_no_price_stays_in_its_cell),
		cmocka_unit_test(test_pictures_that_a_conversation_makes_have_their_price),
		cmocka_unit_test(test_ends_and_successors_stay_known),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, drop_table);
}
