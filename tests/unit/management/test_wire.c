/*
 * Dollars as numbers: what goes out is the amount, in as few digits as name it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/json_read.h"
#include "base/number.h"
#include "management/wire.h"

static void expect(json_t *value, const char *wanted)
{
	AUTO_TEXT struct text out = text_empty(1 << 20);

	wire_write(&out, value);
	assert_string_equal(out.bytes, wanted);
	json_decref(value);
}

static void test_amounts_are_short(void **state)
{
	expect(wire_dollars(0), "0");
	expect(wire_dollars(100000000), "0.1");
	expect(wire_dollars(300000000), "0.3");
	expect(wire_dollars(1), "1e-09");
	expect(wire_dollars(INT64_C(1234567123456789)), "1234567.123456789");
	expect(wire_dollars(INT64_C(5000000000)), "5");
	expect(wire_dollars_a_token(2500000), "2.5e-06");
}

static void test_an_amount_survives_the_way_out_and_in(void **state)
{
	for (int i = 0; i < 20000; i++) {
		AUTO_TEXT struct text out = text_empty(100);
		int64_t nano, back;
		json_t *value;

		digest_random(&nano, sizeof nano);
		nano &= (INT64_C(1) << (10 + i % 43)) - 1; /* up to nine million dollars */
		value = wire_dollars(nano);
		wire_write(&out, value);
		json_decref(value);
		assert_int_equal(number_scaled(text_slice(&out), 9, &back, NULL), 0);
		/* An amount with more than 15 digits may come back as the text of its double, which
		 * rounds up to at most the next nano-dollar. */
		if (nano < INT64_C(1000000000000000))
			assert_int_equal(back, nano);
		else
			assert_true(back - nano <= 1 && nano - back <= 1);
	}
}

static void test_everything_else_is_plain_json(void **state)
{
	AUTO_JSON json_t *value = json_read(
	    slice_of("{\"a\":[1,true,null,\"x\\\"\\u0001</script>\"],\"\\n\":{},\"b\":[]}"), NULL);
	AUTO_TEXT struct text out = text_empty(1000);
	AUTO_JSON json_t *back = NULL;

	wire_write(&out, value);
	back = json_read(text_slice(&out), NULL);
	assert_non_null(back);
	assert_true(json_equal(value, back));
}

static void test_money_of_a_view_that_is_missing_is_null(void **state)
{
	AUTO_JSON json_t *view = json_object();

	expect(wire_money(view, "spent"), "null");
	expect(wire_money(NULL, "spent"), "null");
	expect(wire_same(view, "x"), "null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amounts_are_short),
		cmocka_unit_test(test_an_amount_survives_the_way_out_and_in),
		cmocka_unit_test(test_everything_else_is_plain_json),
		cmocka_unit_test(test_money_of_a_view_that_is_missing_is_null),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
