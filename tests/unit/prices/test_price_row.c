/* Rows to figures, and the built-in table, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "prices/price_file.h"
#include "prices/price_row.h"
#include "prices/price_rows.h"

static void test_every_built_in_row_is_sound(void **state)
{
	struct price_columns columns;
	int faults = 0;
	assert_true(price_columns_read(price_rows_header, &columns));
	assert_true(price_rows_count > 1000);
	for (size_t i = 0; i < price_rows_count; i++) {
		struct price price;
		const char *fault = price_row_parse(&columns, price_rows[i].line, &price);
		bool priced =
		    price.input_pico != PRICE_UNKNOWN && price.output_pico != PRICE_UNKNOWN;
		if (!fault && !priced)
			fault = "input or output is not known";
		if (!fault && price.long_from_tokens > 0 &&
		    (price.long_input_pico == PRICE_UNKNOWN ||
			price.long_output_pico == PRICE_UNKNOWN))
			fault = "a length from which another price holds, and no such price";
		if (fault) {
			print_message(
			    "# %s %s: %s\n", price_rows[i].provider, price_rows[i].model, fault);
			faults++;
		}
	}
	assert_int_equal(faults, 0);
}

static void test_built_in_rows_are_sorted_for_bsearch(void **state)
{
	for (size_t i = 1; i < price_rows_count; i++)
		assert_true(price_row_compare(&price_rows[i - 1], &price_rows[i]) < 0);
}

#define HEADER                                                                                     \
	"provider\tmodel\tmode\tinput\toutput\tcache_read\tcache_write_1h\tlong_context_"          \
	"from\tlong_input\tas_of"

static const char *fault_of(const char *line, struct price *out)
{
	struct price_columns columns;
	assert_true(price_columns_read(HEADER, &columns));
	return price_row_parse(&columns, line, out);
}

static void test_a_blank_is_not_a_zero(void **state)
{
	struct price price;
	assert_null(fault_of("openai\tm\tchat\t0.15\t0.6\t\t\t\t\t2026-01-02", &price));
	assert_int_equal(price.input_pico, 150000);
	assert_int_equal(price.output_pico, 600000);
	assert_true(price.cache_read_pico == PRICE_UNKNOWN);
	assert_int_equal(price.long_from_tokens, 0);
	assert_true(price.per_request_nano == PRICE_UNKNOWN);
	assert_string_equal(price.as_of, "2026-01-02");
	assert_null(fault_of("openai\tm\tembedding\t0.02\t\t\t\t\t\t2026-01-02", &price));
	assert_int_equal(price.output_pico, 0);
}

static void test_rows_that_cannot_be_true_are_found(void **state)
{
	static const char *const lines[] = {
		"openai\tm\tchat\t0.15\t0\t\t\t\t\t2026-01-02",
		"openai\tm\tchat\t0\t0.6\t\t\t\t\t2026-01-02",
		"openai\tm\tchat\t0.15\t0.6\t0.2\t\t\t\t2026-01-02",
		"openai\tm\tchat\t0.15\t0.6\t\t3\t\t\t2026-01-02",
		"openai\tm\tchat\t1\t2\t\t\t1000\t0.5\t2026-01-02",
		"openai\tm\tchat\t-1\t2\t\t\t\t\t2026-01-02",
		"openai\tm\tchat\tcheap\t2\t\t\t\t\t2026-01-02",
		"openai\tm\tchat\t9999999\t2\t\t\t\t\t2026-01-02",
		"openai\tm\tchat\t1\t2",
	};
	struct price price;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		assert_non_null(fault_of(lines[i], &price));
	assert_null(fault_of("ollama\tm\tchat\t0\t0\t\t\t\t\t2026-01-02", &price));
}

static void test_headers_need_their_columns(void **state)
{
	struct price_columns columns;
	assert_false(price_columns_read("", &columns));
	assert_false(price_columns_read("provider\tmodel\tinput\toutput", &columns));
	assert_true(price_columns_read("as_of\tmodel\tprovider\toutput\tinput", &columns));
}

static void test_json_maps_give_the_same_figures(void **state)
{
	struct price price;
	assert_true(price_json_parse(
	    "{\"input\":0.28,\"output\":\"0.42\",\"per_request\":0.01,\"other\":1}", &price));
	assert_int_equal(price.input_pico, 280000);
	assert_int_equal(price.output_pico, 420000);
	assert_int_equal(price.per_request_nano, 10000000);
	assert_false(price_json_parse("{\"input\":-1}", &price));
	assert_false(price_json_parse("[1]", &price));
}

static void test_naming_input_and_output_drops_the_other_tariff(void **state)
{
	struct price price, over;
	price_clear(&price);
	price_clear(&over);
	over.long_from_tokens = over.per_request_nano = PRICE_UNKNOWN;
	price.input_pico = price.output_pico = 100;
	price.cache_read_pico = 10;
	price.long_from_tokens = 5;
	price.max_input_tokens = 7;
	over.output_pico = 50;
	price_overlay(&price, &over);
	assert_int_equal(price.cache_read_pico, 10);
	assert_int_equal(price.output_pico, 50);
	over.input_pico = 0;
	price_overlay(&price, &over);
	assert_int_equal(price.input_pico, 0);
	assert_true(price.cache_read_pico == PRICE_UNKNOWN);
	assert_int_equal(price.long_from_tokens, 0);
	assert_int_equal(price.max_input_tokens, 7);
	assert_string_equal(price.as_of, "settings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_built_in_row_is_sound),
		cmocka_unit_test(test_built_in_rows_are_sorted_for_bsearch),
		cmocka_unit_test(test_a_blank_is_not_a_zero),
		cmocka_unit_test(test_rows_that_cannot_be_true_are_found),
		cmocka_unit_test(test_headers_need_their_columns),
		cmocka_unit_test(test_json_maps_give_the_same_figures),
		cmocka_unit_test(test_naming_input_and_output_drops_the_other_tariff),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
