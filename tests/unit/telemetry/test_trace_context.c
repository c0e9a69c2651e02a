/*
 * W3C Trace Context: what counts as a traceparent, and ids of our own.
 */
#include "telemetry/trace_context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static void test_a_traceparent_is_read(void **state)
{
	struct trace_context context;

	assert_true(trace_context_read("00-" TRACE "-" PARENT "-01", &context));
	assert_string_equal(context.trace_id, TRACE);
	assert_string_equal(context.parent_id, PARENT);
	assert_string_equal(context.flags, "01");
	assert_true(context.sampled);
	assert_true(trace_context_read("00-" TRACE "-" PARENT "-02", &context));
	assert_false(context.sampled);
}

static void test_a_later_version_may_have_more(void **state)
{
	struct trace_context context;

	assert_true(trace_context_read("cc-" TRACE "-" PARENT "-01", &context));
	assert_true(trace_context_read("cc-" TRACE "-" PARENT "-01-what-comes", &context));
	assert_false(trace_context_read("cc-" TRACE "-" PARENT "-01.what", &context));
	assert_false(trace_context_read("00-" TRACE "-" PARENT "-01-what-comes", &context));
}

static void test_what_the_standard_calls_invalid_counts_as_absent(void **state)
{
	static const char *const bad[] = { NULL, "", "00", "ff-" TRACE "-" PARENT "-01",
		"00-00000000000000000000000000000000-" PARENT "-01",
		"00-" TRACE "-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01", "00-" TRACE "-" PARENT "-0",
		"00-" TRACE "-" PARENT "-0g", "00-" TRACE "-" PARENT " 01",
		" 00-" TRACE "-" PARENT "-01", "0-" TRACE "-" PARENT "-01",
		"00-" TRACE PARENT "--01",
		"00-" TRACE "-" PARENT "-01, 00-" TRACE "-" PARENT "-01" };
	struct trace_context context;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(trace_context_read(bad[i], &context));
}

static void test_ids_are_made_of_the_request(void **state)
{
	struct trace_context one, same, other;
	struct trace_span_id root = trace_span_id_of("01kabc", 0);

	trace_context_new("01kabc", &one);
	trace_context_new("01kabc", &same);
	trace_context_new("01kabd", &other);
	assert_string_equal(one.trace_id, same.trace_id);
	assert_string_not_equal(one.trace_id, other.trace_id);
	assert_int_equal(strlen(one.trace_id), 32);
	assert_string_equal(one.parent_id, "");
	assert_true(one.sampled);
	assert_int_equal(strlen(root.text), 16);
	assert_string_equal(root.text, trace_span_id_of("01kabc", 0).text);
	assert_string_not_equal(root.text, trace_span_id_of("01kabc", 1).text);
	assert_string_not_equal(
	    trace_span_id_of("01kabc", 1).text, trace_span_id_of("01kabc", -1).text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_traceparent_is_read),
		cmocka_unit_test(test_a_later_version_may_have_more),
		cmocka_unit_test(test_what_the_standard_calls_invalid_counts_as_absent),
		cmocka_unit_test(test_ids_are_made_of_the_request),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
