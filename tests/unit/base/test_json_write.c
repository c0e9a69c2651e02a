/* What base/json_write.h and json_set_all (base/json_build.h) make of patterns and values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/json_build.h"
#include "base/json_write.h"

static void assert_written(struct text *text, const char *expected)
{
	assert_string_equal(text->bytes, expected);
	text_release(text);
}

static void test_a_pattern_reads_as_the_document_that_it_makes(void **state)
{
	struct text t;

	text_init(&t, 1000);
	json_write(&t, "{type:'tool', name:%, n:%, on:%b, raw:%r, k:%, none:null, one:1}", "a\"b",
	    7, true, slice_of("[1]"), slice_of("c"));
	assert_written(&t, "{\"type\":\"tool\",\"name\":\"a\\\"b\",\"n\":7,\"on\":true,\"raw\":[1],"
			   "\"k\":\"c\",\"none\":null,\"one\":1}");
}

static void test_commas_write_themselves_between_calls(void **state)
{
	struct text t;

	text_init(&t, 1000);
	json_write(&t, "{a:[");
	for (int i = 0; i < 3; i++)
		json_write(&t, "%", i);
	json_write(&t, "], %:{}, b:", "name");
	json_write(&t, "{c:%}}", (size_t)5);
	assert_written(&t, "{\"a\":[0,1,2],\"name\":{},\"b\":{\"c\":5}}");
}

static void test_what_is_absent_breaks_nothing(void **state)
{
	struct slice none = { NULL, 0 };
	struct text t;

	text_init(&t, 1000);
	json_write(&t, "{a:%, b:%, c:%r, d:%b, e:''}", (const char *)NULL, none, none, 0);
	assert_written(&t, "{\"a\":\"\",\"b\":\"\",\"c\":null,\"d\":false,\"e\":\"\"}");
}

static void test_the_largest_numbers_are_whole(void **state)
{
	struct text t;

	text_init(&t, 1000);
	json_write(&t, "[%, %]", INT64_MAX, INT64_MIN);
	assert_written(&t, "[9223372036854775807,-9223372036854775808]");
}

static void test_members_are_set_by_type_and_mark(void **state)
{
	json_t *object = json_object();
	char *told;

	json_set_all(object, "id n good? no? spent$ made@ never@ list none", "x", 3, 2, 0,
	    INT64_C(1500000000), INT64_C(1795430000000), 0, json_array(), json_null());
	json_set_all(object, "text", (const char *)NULL);
	told = json_dumps(object, JSON_COMPACT);
	assert_string_equal(told,
	    "{\"id\":\"x\",\"n\":3,\"good\":true,\"no\":false,\"spent_nano\":1500000000,"
	    "\"spent_usd\":\"1.5\",\"made\":\"2026-11-23T10:33:20Z\",\"never\":null,\"list\":["
	    "],"
	    "\"none\":null,\"text\":null}");
	free(told);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pattern_reads_as_the_document_that_it_makes),
		cmocka_unit_test(test_commas_write_themselves_between_calls),
		cmocka_unit_test(test_what_is_absent_breaks_nothing),
		cmocka_unit_test(test_the_largest_numbers_are_whole),
		cmocka_unit_test(test_members_are_set_by_type_and_mark),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
