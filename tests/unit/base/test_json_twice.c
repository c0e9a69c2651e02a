/* Names that stand twice in one object: found wherever a provider could read the other one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/json_scan.h"
#include "base/json_twice.h"

static void expect(const char *text, const char *name, bool maybe)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct json_tally tally;
	struct slice found;

	assert_int_equal(json_scan_tally(slice_of(text), &tally, NULL), 0);
	found = json_twice(slice_of(text), &arena);
	if (tally.maybe_twice != maybe)
		fail_msg("%s: maybe_twice is %d", text, tally.maybe_twice);
	if (name)
		assert_true(slice_is(found, name));
	else
		assert_null(found.ptr);
}

static void test_a_name_that_stands_twice_is_found(void **state)
{
	expect("{\"a\":{\"n\":1,\"m\":2,\"n\":3}}", "n", true);
	expect("{\"a\":[0,[{\"n\":1},{\"m\":1,\"m\":1}]]}", "m", true);
	expect("{\"a\":{\"n\":1,\"\\u006e\":3}}", "n", true);
	expect("{\"input\":[{\"role\":1,\"role\":2}]}", "role", true);
	expect("{\"a\":[{\"input\":{\"x\":1,\"x\":2}},{\"n\":1,\"n\":2}]}", "n", true);
	expect("{\"a\":{\"input\":3,\"b\":{\"n\":1,\"n\":2}}}", "n", true);
}

static void test_names_of_other_objects_and_free_ones_are_not(void **state)
{
	expect("{\"a\":{\"n\":1},\"b\":{\"n\":1}}", NULL, false);
	expect("{\"a\":{\"n\":{\"n\":{\"n\":1}}}}", NULL, false);
	expect("{\"a\":[{\"input\":{\"x\":1,\"x\":2}}]}", NULL, false);
	expect("{\"tools\":[{\"parameters\":{\"a\":[{\"x\":1,\"x\":2}]}}]}", NULL, false);
	expect("{\"a\":{\"\\u0061\":1}}", NULL, true);
	expect("[1,{},[]]", NULL, false);
	expect("\"a\"", NULL, false);
}

/* Too far down to be told apart while the text is read. */
static void test_names_far_below_are_looked_at_again(void **state)
{
	expect("[[[[[[[[[[[[[[[{\"a\":1,\"b\":1}]]]]]]]]]]]]]]]", NULL, false);
	expect("[[[[[[[[[[[[[[[{\"a\":1,\"a\":1}]]]]]]]]]]]]]]]", "a", true);
	expect("[[[[[[[[[[[[[[[[{\"a\":1,\"b\":1}]]]]]]]]]]]]]]]]", NULL, true);
	expect("[[[[[[[[[[[[[[[[{\"a\":1,\"a\":1}]]]]]]]]]]]]]]]]", "a", true);
}

/* Names that often stand together have bits of their own, or each body would be walked again. */
static void test_usual_bodies_are_not_looked_at_again(void **state)
{
	expect("{\"messages\":[{\"role\":1,\"content\":[{\"type\":1,\"text\":1,\"image_url\":"
	       "{\"url\":1,\"detail\":1},\"cache_control\":{\"type\":1,\"ttl\":1}}],"
	       "\"tool_calls\":[{\"id\":1,\"type\":1,\"index\":1,\"function\":{\"name\":1,"
	       "\"arguments\":1}}],\"tool_call_id\":1,\"name\":1,\"reasoning_content\":1}],"
	       "\"tools\":[{\"type\":1,\"function\":{\"name\":1,\"description\":1,\"strict\":1,"
	       "\"parameters\":{\"type\":1}}}],\"stream_options\":{\"include_usage\":1}}",
	    NULL, false);
	expect("{\"messages\":[{\"role\":1,\"content\":[{\"type\":1,\"id\":1,\"name\":1,"
	       "\"input\":{},\"cache_control\":{\"type\":1}},{\"type\":1,\"tool_use_id\":1,"
	       "\"content\":[{\"type\":1,\"text\":1}],\"is_error\":1,\"cache_control\":{}},"
	       "{\"type\":1,\"thinking\":1,\"signature\":1},{\"type\":1,\"source\":{\"type\":1,"
	       "\"media_type\":1,\"data\":1}}]}],\"tools\":[{\"name\":1,\"description\":1,"
	       "\"input_schema\":{},\"cache_control\":{}}],\"thinking\":{\"type\":1,"
	       "\"budget_tokens\":1}}",
	    NULL, false);
	expect("{\"contents\":[{\"role\":1,\"parts\":[{\"text\":1,\"thought\":1,"
	       "\"thoughtSignature\":1,\"functionCall\":{\"name\":1,\"args\":1,\"id\":1},"
	       "\"functionResponse\":{\"name\":1,\"response\":1,\"id\":1},\"inlineData\":{"
	       "\"mimeType\":1,\"data\":1}}]}],\"generationConfig\":{\"temperature\":1,\"topP\":1,"
	       "\"topK\":1,\"maxOutputTokens\":1,\"stopSequences\":1,\"thinkingConfig\":{"
	       "\"thinkingBudget\":1,\"includeThoughts\":1}},\"tools\":[{\"functionDeclarations\":["
	       "{\"name\":1,\"description\":1,\"parameters\":1}]}]}",
	    NULL, false);
	expect("{\"input\":[{\"type\":1,\"role\":1,\"id\":1,\"status\":1,\"content\":[{\"type\":1,"
	       "\"text\":1,\"annotations\":1}]},{\"type\":1,\"call_id\":1,\"name\":1,"
	       "\"arguments\":1,\"id\":1,\"status\":1},{\"type\":1,\"call_id\":1,\"output\":1},"
	       "{\"type\":1,\"id\":1,\"summary\":1,\"encrypted_content\":1}],\"tools\":[{"
	       "\"type\":1,\"name\":1,\"description\":1,\"strict\":1,\"parameters\":1}],"
	       "\"reasoning\":{\"effort\":1,\"summary\":1},\"text\":{\"format\":{\"type\":1,"
	       "\"name\":1,\"strict\":1,\"schema\":1},\"verbosity\":1}}",
	    NULL, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_name_that_stands_twice_is_found),
		cmocka_unit_test(test_names_of_other_objects_and_free_ones_are_not),
		cmocka_unit_test(test_names_far_below_are_looked_at_again),
		cmocka_unit_test(test_usual_bodies_are_not_looked_at_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
