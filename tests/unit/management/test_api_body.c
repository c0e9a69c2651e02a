/*
 * Bodies against a table of fields: what is taken, kept, refused and never heard of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "management/api_body.h"

static const struct body_field fields[] = {
	{ "max_budget", FIELD_MONEY, FIELD_USED, NULL },
	{ "alias", FIELD_TEXT, FIELD_USED, NULL },
	{ "names", FIELD_NAMES, FIELD_USED, NULL },
	{ "count", FIELD_WHOLE, FIELD_USED, NULL },
	{ "on", FIELD_BOOL, FIELD_USED, NULL },
	{ "user_id", FIELD_TEXT, FIELD_KEPT, NULL },
	{ "guard", FIELD_LIST, FIELD_REFUSED, "there is none" },
};

static struct arena arena;
static struct web_request request;
static struct api_call call;
static struct api_body body;
static struct error err;

static int read_body(const char *json)
{
	json_decref(call.notices);
	request = (struct web_request){ .path = "/x", .body = slice_of(json) };
	call = (struct api_call){ .request = &request, .arena = &arena };
	err = (struct error){ 0 };
	return api_body_read(&call, fields, sizeof fields / sizeof fields[0], &body, &err);
}

static int set_up(void **state)
{
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	json_decref(call.notices);
	call.notices = NULL;
	arena_release(&arena);
	return 0;
}

static void test_amounts_are_read_from_their_digits(void **state)
{
	assert_int_equal(read_body("{\"max_budget\":0.1}"), 0);
	assert_int_equal(body_money(&body, "max_budget", -1), 100000000);
	assert_int_equal(read_body("{\"max_budget\":1234567.123456789}"), 0);
	assert_int_equal(body_money(&body, "max_budget", -1), INT64_C(1234567123456789));
	assert_int_equal(read_body("{\"max_budget\":null}"), 0);
	assert_int_equal(body_state(&body, "max_budget"), FIELD_NULL);
	assert_int_equal(read_body(""), 0);
	assert_int_equal(body_state(&body, "max_budget"), FIELD_ABSENT);
}

static void test_wrong_types_are_422_and_name_the_field(void **state)
{
	static const char *const bad[] = { "{\"max_budget\":\"1\"}", "{\"max_budget\":-1}",
		"{\"max_budget\":1e300}", "{\"alias\":1}", "{\"alias\":\"a\\u0000b\"}",
		"{\"names\":[1]}", "{\"names\":{}}", "{\"count\":1.5}", "{\"count\":-1}",
		"{\"on\":1}", "{\"user_id\":[]}" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(read_body(bad[i]), -1);
		assert_int_equal(call.status, 422);
		assert_non_null(strstr(bad[i], call.param));
	}
}

static void test_an_unknown_field_gets_the_nearest_name(void **state)
{
	assert_int_equal(read_body("{\"max_bugdet\":1}"), -1);
	assert_int_equal(call.status, 422);
	assert_string_equal(
	    err.text, "'max_bugdet' is not a field of /x; did you mean 'max_budget'?");
	assert_int_equal(read_body("{\"zebra\":1}"), -1);
	assert_string_equal(err.text, "'zebra' is not a field of /x");
}

static void test_a_refused_field_may_be_empty(void **state)
{
	static const char *const empty[] = { "null", "[]", "{}", "\"\"", "0", "0.0", "false" };

	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		assert_int_equal(read_body(arena_printf(&arena, "{\"guard\":%s}", empty[i])), 0);
	assert_int_equal(read_body("{\"guard\":[\"pii\"]}"), -1);
	assert_int_equal(err.kind, ERROR_BAD_REQUEST);
	assert_int_equal(call.status, 0);
	assert_string_equal(call.param, "guard");
}

static void test_a_kept_field_is_kept_and_noticed(void **state)
{
	assert_int_equal(read_body("{\"user_id\":\"u\"}"), 0);
	assert_string_equal(body.extra, "{\"user_id\":\"u\"}");
	assert_int_equal(json_array_size(call.notices), 1);
	assert_int_equal(read_body("{\"user_id\":null}"), 0);
	assert_string_equal(body.extra, "{\"user_id\":null}");
	assert_null(call.notices);
}

static void test_what_is_no_object_is_refused(void **state)
{
	static const char *const bad[] = { "[]", "1", "{", "{\"on\":true", "\xff" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(read_body(bad[i]), -1);
}

static void test_spans_have_units(void **state)
{
	int64_t ms;

	(void)read_body("");
	assert_int_equal(api_span(&call, "d", "30d", &ms, &err), 0);
	assert_int_equal(ms, INT64_C(30) * 86400000);
	assert_int_equal(api_span(&call, "d", "1mo", &ms, &err), 0);
	assert_int_equal(ms, INT64_C(30) * 86400000);
	assert_int_equal(api_span(&call, "d", "11000d", &ms, &err), -1);
	assert_int_equal(api_span(&call, "d", "3 days", &ms, &err), -1);
	assert_int_equal(api_span(&call, "d", "", &ms, &err), -1);
	assert_int_equal(api_span(&call, "d", "-1d", &ms, &err), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_amounts_are_read_from_their_digits),
		TEST(test_wrong_types_are_422_and_name_the_field),
		TEST(test_an_unknown_field_gets_the_nearest_name),
		TEST(test_a_refused_field_may_be_empty),
		TEST(test_a_kept_field_is_kept_and_noticed),
		TEST(test_what_is_no_object_is_refused),
		TEST(test_spans_have_units),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
