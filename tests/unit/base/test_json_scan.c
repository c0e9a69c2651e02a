/* The JSON scanner: what is JSON and what is not, and what the cursors find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/json_scan.h"

static const char *const good[] = { "{}", "[]", "null", "true", "false", "0", "-0", "1", "-1",
	"1.5", "1e5", "1E+5", "1.0e-10", " 1 ", "\"\"", "\"a\"", "\"\\n\\\"\\\\\\/\\b\\f\\r\\t\"",
	"\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\xC3\xA9\"", "\"\xE2\x82\xAC\"",
	"\"\xF0\x9F\x98\x80\"", "\"\\u0000\"", "[[],{},[{}]]", "[1,2,3]", "[ 1 , 2 ]", "{\"a\":1}",
	"{\"a\":[1,{\"b\":null}],\"c\":\"x\"}", "{\"\":0}", "{\"a\":1,\"a\":2}",
	"\n\t\r {\"a\" : 1}\n", "123456789012345678901234567890", "[1e999]" };
static const char *const bad[] = { "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]",
	"[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}",
	"{\"a\":1 \"b\":2}", "[}", "{]", "tru", "nul", "falsey", "True", "01", "-", "+1", "1.",
	".5", "1e", "1e+", "0x1", "NaN", "Infinity", "\"", "\"a", "\"\\x\"", "\"\\u12\"",
	"\"\\u12g4\"", "\"\n\"", "\"\t\"", "\"\x01\"", "\"\xC0\x80\"", "\"\xC3\"",
	"\"\xED\xA0\x80\"", "\"\xF5\x80\x80\x80\"", "\"\xFF\"", "\"\xE0\x80\x80\"", "1 2", "{} {}",
	"'a'", "{\"a\\u0000b\":1}", "// c\n1", "\xEF\xBB\xBF{}" };

static void test_a_byte_order_mark_is_left_out_before_json_only(void **state)
{
	static const struct {
		const char *text;
		size_t without;
	} rows[] = { { "\xEF\xBB\xBF{}", 3 }, { "\xEF\xBB\xBF\r\n[]", 3 }, { "\xEF\xBB\xBFx", 0 },
		{ "\xEF\xBB\xBF", 0 }, { "{}", 0 }, { "", 0 } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_ptr_equal(
		    json_without_mark(slice_of(rows[i].text)).ptr, rows[i].text + rows[i].without);
}

static void test_what_is_json_is_accepted(void **state)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct error err = { 0 };

		if (json_scan_check(slice_of(good[i]), &err) != 0)
			fail_msg("%s: %s", good[i], err.text);
	}
}

static void test_what_is_not_json_is_refused_with_the_place(void **state)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct error err = { 0 };

		if (json_scan_check(slice_of(bad[i]), &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.kind, ERROR_BAD_REQUEST);
	}
	assert_int_equal(json_scan_check((struct slice){ "\"a\0b\"", 5 }, NULL), -1);
}

static void test_depth_is_limited(void **state)
{
	char deep[2 * JSON_DEPTH_MAX + 3];

	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_int_equal(json_scan_check((struct slice){ deep, 2 * JSON_DEPTH_MAX }, NULL), 0);
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	assert_int_equal(json_scan_check((struct slice){ deep, JSON_DEPTH_MAX + 1 }, NULL), -1);
}

static void test_every_prefix_of_a_document_is_refused(void **state)
{
	static const char text[] =
	    "{\"model\":\"m\",\"n\":[1,2.5e3,{\"k\":null}],\"t\":true,\"u\":\"\\u00e9\xC3\xA9\"}";

	for (size_t len = 0; len + 1 < sizeof text - 1; len++)
		assert_int_equal(json_scan_check((struct slice){ text, len }, NULL), -1);
	assert_int_equal(json_scan_check(slice_of(text), NULL), 0);
}

static void test_cursors_walk_members_and_elements_in_place(void **state)
{
	struct slice object =
	    slice_of("{ \"x\" : 1 , \"m\\u006fdel\":\"a\\nb\", \"l\":[1,\"two\",{\"k\":2}] }");
	struct json_cursor cursor = json_cursor(object);

	assert_true(json_next(&cursor));
	assert_true(json_key_is(&cursor, "x") && slice_is(cursor.value, "1") &&
		    slice_is(cursor.whole, "\"x\" : 1"));
	assert_true(json_next(&cursor));
	assert_true(json_key_is(&cursor, "model"));
	assert_true(json_next(&cursor));
	cursor = json_cursor(cursor.value);
	assert_true(json_next(&cursor) && slice_is(cursor.value, "1"));
	assert_true(json_next(&cursor) && slice_is(cursor.value, "\"two\""));
	assert_true(json_next(&cursor) && slice_is(cursor.value, "{\"k\":2}"));
	assert_false(json_next(&cursor));
	assert_false(json_next(&cursor));
}

static void test_several_members_are_found_in_one_walk(void **state)
{
	static const struct slice names[] = { SLICE("a"), SLICE("model"), SLICE("none"),
		SLICE("b") };
	struct slice found[4];

	json_members(
	    slice_of("{\"b\":[1],\"m\\u006fdel\":\"m\",\"a\":1,\"a\":{\"b\":2}}"), names, 4, found);
	assert_true(slice_is(found[0], "{\"b\":2}"));
	assert_true(slice_is(found[1], "\"m\""));
	assert_null(found[2].ptr);
	assert_true(slice_is(found[3], "[1]"));
	json_members(slice_of("[1]"), names, 4, found);
	assert_null(found[0].ptr);
}

static void test_a_value_that_is_known_is_passed_over(void **state)
{
	struct slice object = slice_of("{\"a\":1,\"large\":[\"x\",{\"y\":2}],\"b\":3}");
	struct json_cursor cursor = json_cursor(object);

	cursor.known = json_member(object, "large");
	assert_true(json_next(&cursor) && slice_is(cursor.value, "1"));
	assert_true(json_next(&cursor) && slice_is(cursor.whole, "\"large\":[\"x\",{\"y\":2}]"));
	assert_true(json_next(&cursor) && json_key_is(&cursor, "b") && slice_is(cursor.value, "3"));
	assert_false(json_next(&cursor));
}

static void test_the_scan_counts_what_is_not_ascii(void **state)
{
	struct json_tally tally;

	assert_int_equal(
	    json_scan_tally(
		slice_of("{\"\xC3\xA9\":\"a\\n\xE2\x82\xAC\\\\u\",\"b\":[\"\\u00e9\\u00E9\"]}"),
		&tally, NULL),
	    0);
	assert_int_equal(tally.non_ascii_bytes, 5);
	assert_int_equal(tally.unicode_escapes, 2);
	assert_int_equal(tally.values, 4);
}

static void test_values_are_read_by_their_type(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	int64_t number = 7;
	bool yes = false;

	assert_true(json_as_int(slice_of("1e3"), &number) && number == 1000);
	assert_true(json_as_int(slice_of("-12"), &number) && number == -12);
	assert_true(json_as_int(slice_of("9223372036854775807"), &number) && number == INT64_MAX);
	assert_false(json_as_int(slice_of("-9223372036854775808"), &number));
	assert_true(json_as_int(slice_of("1.0"), &number) && number == 1);
	assert_false(json_as_int(slice_of("1.5"), &number));
	assert_false(json_as_int(slice_of("\"1\""), &number));
	assert_false(json_as_int(slice_of("99999999999999999999"), &number));
	assert_int_equal(number, 1);
	assert_true(json_as_bool(slice_of("true"), &yes) && yes);
	assert_false(json_as_bool(slice_of("1"), &yes));
	assert_string_equal(json_as_text(slice_of("\"a\\u00e9\\ud83d\\ude00\\n\""), &arena),
	    "a\xC3\xA9\xF0\x9F\x98\x80\n");
	assert_string_equal(json_as_text(slice_of("\"\\ud800x\""), &arena), "\xEF\xBF\xBDx");
	assert_null(json_as_text(slice_of("\"a\\u0000\""), &arena));
	assert_null(json_as_text(slice_of("1"), &arena));
}

static void test_the_last_of_two_members_counts_and_a_missing_one_is_null(void **state)
{
	assert_true(slice_is(json_member(slice_of("{\"a\":1,\"a\":2}"), "a"), "2"));
	assert_null(json_member(slice_of("{\"a\":1}"), "b").ptr);
	assert_null(json_member(slice_of("[1]"), "a").ptr);
	assert_int_equal(json_scan_type(json_member(slice_of("{}"), "a")), JSON_MISSING);
}

static void test_quotes_and_brackets_inside_strings_end_nothing(void **state)
{
	const char *const text = "{ \"a\\\\\" : \"\\\\\\\\\", \"b\\\"}\":[\"]\\\"]\", "
				 "{\"x\":\"}\"}, -1e5 ] , \"c\":null}";
	struct json_cursor member;

	assert_int_equal(json_scan_check(slice_of(text), NULL), 0);
	member = json_cursor(slice_of(text));
	assert_true(json_next(&member));
	assert_true(slice_is(member.key, "a\\\\"));
	assert_true(slice_is(member.value, "\"\\\\\\\\\""));
	assert_true(json_next(&member));
	assert_true(slice_is(member.key, "b\\\"}"));
	assert_true(slice_is(member.value, "[\"]\\\"]\", {\"x\":\"}\"}, -1e5 ]"));
	assert_true(json_next(&member));
	assert_true(slice_is(member.key, "c") && slice_is(member.value, "null"));
	assert_false(json_next(&member));
	assert_false(json_next(&member));
}

/* Cursors want checked text; on other text they may find nonsense, and they end within it. */
static void test_a_cursor_ends_in_any_text(void **state)
{
	static const char whole[] = "{\"a\":[1,{\"b\":\"c\\\"\"},],\x01\"d\":,\"e\" 1,:\"f\"}}]\"";

	for (size_t from = 0; from < sizeof whole; from++)
		for (size_t len = 0; from + len < sizeof whole; len++) {
			char *copy = malloc(len + 1); /* so that sanitizers see its end */
			struct json_cursor cursor;
			size_t items = 0;

			memcpy(copy, whole + from, len);
			for (cursor = json_cursor((struct slice){ copy, len }); json_next(&cursor);)
				assert_true(++items <= len);
			free(copy);
		}
}

static void test_a_text_is_compared_as_it_is_read(void **state)
{
	static const struct {
		const char *json, *text;
		bool is, begins;
	} cases[] = {
		{ "\"fast\"", "fast", true, true },
		{ "\"f\\u0061st\"", "fast", true, true },
		{ "\"faster\"", "fast", false, true },
		{ "\"fas\"", "fast", false, false },
		{ "\"\\/\"", "/", true, true },
		{ "\"\"", "", true, true },
		{ "\"fast\\u0000\"", "fast", false, true },
		{ "fast", "fast", false, false },
		{ "true", "true", false, false },
		{ NULL, "", false, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(json_text_is(slice_of(cases[i].json), cases[i].text), cases[i].is);
		assert_int_equal(
		    json_text_begins(slice_of(cases[i].json), cases[i].text), cases[i].begins);
	}
}

/* DeepSeek and OpenRouter send it before an answer, while a request waits. */
static void test_white_space_around_a_text_changes_nothing(void **state)
{
	struct arena arena;
	int64_t number = 0;
	bool truth = false;

	arena_init(&arena);
	assert_int_equal(json_scan_type(slice_of("\n\n {\"a\":1}")), JSON_MAP);
	assert_int_equal(json_scan_type(slice_of("\r\n\t[]\n")), JSON_LIST);
	assert_int_equal(json_scan_type(slice_of(" \n")), JSON_MISSING);
	assert_true(json_as_int(json_member(slice_of(" \n{\"a\":1}"), "a"), &number));
	assert_int_equal(number, 1);
	assert_true(json_as_int(slice_of("\n 7\n"), &number));
	assert_int_equal(number, 7);
	assert_true(json_as_bool(slice_of(" true "), &truth) && truth);
	assert_string_equal(json_as_text(slice_of("\n\"a\" "), &arena), "a");
	assert_true(slice_is(json_as_slice(slice_of(" \"b\"\n"), &arena), "b"));
	assert_true(json_text_is(slice_of(" \"fast\" "), "fast"));
	arena_release(&arena);
}

/* Ends are looked for in steps of sixteen bytes: whatever stands where in a step, they are found.
 */
static void test_ends_are_found_at_every_place_of_a_step(void **state)
{
	static const char *const texts[] = { "", "]", "}", "[", "{", ",", "\\\"", "\\\\",
		"\\\\\\\"", "\\\"]\\\\", "{\\\"a\\\":[]}", "\xC3\xA9" };
	static const char *const forms[][3] = { { "", "\"", "\"" }, { "[", "\"", "\"]" },
		{ "{\"", "", "\":[]}" }, { "[[[[1,", "[{},\"", "\"]]]]]" },
		{ "{\"a\":\"", "", "\",\"b\":{}}" } };
	static const char blanks[] = "                                        ";

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t j = 0; j < sizeof forms / sizeof forms[0]; j++)
			for (int before = 0; before < 40; before++) {
				AUTO_ARENA struct arena arena = { 0 };
				const char *first =
				    arena_printf(&arena, "%s%.*s%s%s%s", forms[j][0], before,
					blanks, forms[j][1], texts[i], forms[j][2]);
				const char *list =
				    arena_printf(&arena, "[%s,\"]\",%s]", first, first);
				struct json_cursor item = json_cursor(slice_of(list));
				const char *skipped = first + strspn(first, " ");

				assert_int_equal(json_scan_check(slice_of(list), NULL), 0);
				assert_true(json_next(&item) && slice_is(item.value, skipped));
				assert_true(json_next(&item) && slice_is(item.value, "\"]\""));
				assert_true(json_next(&item) && slice_is(item.value, skipped));
				assert_false(json_next(&item));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_are_found_at_every_place_of_a_step),
		cmocka_unit_test(test_white_space_around_a_text_changes_nothing),
		cmocka_unit_test(test_a_byte_order_mark_is_left_out_before_json_only),
		cmocka_unit_test(test_what_is_json_is_accepted),
		cmocka_unit_test(test_what_is_not_json_is_refused_with_the_place),
		cmocka_unit_test(test_depth_is_limited),
		cmocka_unit_test(test_every_prefix_of_a_document_is_refused),
		cmocka_unit_test(test_cursors_walk_members_and_elements_in_place),
		cmocka_unit_test(test_quotes_and_brackets_inside_strings_end_nothing),
		cmocka_unit_test(test_a_cursor_ends_in_any_text),
		cmocka_unit_test(test_several_members_are_found_in_one_walk),
		cmocka_unit_test(test_a_value_that_is_known_is_passed_over),
		cmocka_unit_test(test_the_scan_counts_what_is_not_ascii),
		cmocka_unit_test(test_values_are_read_by_their_type),
		cmocka_unit_test(test_a_text_is_compared_as_it_is_read),
		cmocka_unit_test(test_the_last_of_two_members_counts_and_a_missing_one_is_null),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
