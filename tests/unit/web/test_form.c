/* Forms, queries and cookies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "web/form.h"

static void test_fields_are_decoded(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct form form;

	assert_int_equal(
	    form_parse(slice_of("a=1+2&b=%3Cx%3E&c&d=++&a=second&&"), &arena, &form, NULL), 0);
	assert_int_equal(form.count, 5);
	assert_string_equal(form_get(&form, "a"), "1 2");
	assert_string_equal(form_get(&form, "b"), "<x>");
	assert_string_equal(form_get(&form, "c"), "");
	assert_null(form_text(&form, "d", &arena));
	assert_null(form_get(&form, "e"));
	assert_false(form_is_set(&form, "c"));
}

static void test_what_two_readers_could_take_differently_is_refused(void **state)
{
	const char *bad[] = { "a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "%c0%af=1" };
	AUTO_ARENA struct arena arena = { 0 };
	struct form form;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(form_parse(slice_of(bad[i]), &arena, &form, NULL), -1);
}

static void test_too_many_fields_are_refused(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	AUTO_TEXT struct text text = text_empty(10000);
	struct form form;

	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		text_puts(&text, "a=1&");
	assert_int_equal(form_parse(text_slice(&text), &arena, &form, NULL), 0);
	text_puts(&text, "a=1");
	assert_int_equal(form_parse(text_slice(&text), &arena, &form, NULL), -1);
}

static void test_only_known_fields_are_taken(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct form form;

	assert_int_equal(form_parse(slice_of("alias=x&models=y"), &arena, &form, NULL), 0);
	assert_int_equal(form_only(&form, "models alias", NULL), 0);
	assert_int_equal(form_only(&form, "models alia", NULL), -1);
	assert_int_equal(form_only(&form, "models aliases", NULL), -1);
}

static void test_a_cookie_is_found_once_or_not_at_all(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };

	assert_string_equal(form_cookie("a=1; sid=xyz; b=2", "sid", &arena), "xyz");
	assert_string_equal(form_cookie("sid=xyz", "sid", &arena), "xyz");
	assert_null(form_cookie("sid=xyz; sid=abc", "sid", &arena));
	assert_null(form_cookie("xsid=xyz", "sid", &arena));
	assert_null(form_cookie(NULL, "sid", &arena));
}

static void test_encoding_survives_a_round_trip(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct form form;
	const char *value = "a/b?c=d&e \"<\xC3\xA9>%";

	const char *encoded = form_encode(value, &arena);

	assert_string_equal(form_encode_path("/a b/\xC3\xA9?#", &arena), "/a%20b/%C3%A9%3F%23");
	assert_int_equal(
	    strspn(encoded, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF%-_.~"), strlen(encoded));
	assert_int_equal(
	    form_parse(slice_of(arena_printf(&arena, "x=%s", encoded)), &arena, &form, NULL), 0);
	assert_string_equal(form_get(&form, "x"), value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_decoded),
		cmocka_unit_test(test_what_two_readers_could_take_differently_is_refused),
		cmocka_unit_test(test_too_many_fields_are_refused),
		cmocka_unit_test(test_only_known_fields_are_taken),
		cmocka_unit_test(test_a_cookie_is_found_once_or_not_at_all),
		cmocka_unit_test(test_encoding_survives_a_round_trip),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
