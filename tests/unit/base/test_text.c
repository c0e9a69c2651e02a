/* Bounded strings, arenas, errors and ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"

static void test_the_first_failure_sticks(void **state)
{
	AUTO_TEXT struct text text = text_empty(5);

	text_puts(&text, "abc");
	text_puts(&text, "def");
	text_puts(&text, "g");
	assert_true(text_failed(&text));
	assert_string_equal(text.bytes, "abc");
}

static void test_json_strings_hold_no_raw_line_break(void **state)
{
	AUTO_TEXT struct text text = text_empty(1000);

	text_json_string(&text, "a\"\\\n\r\t\x01\x7f\xE2\x80\xA8\xC3\xA9\xFFz", 15);
	assert_string_equal(
	    text.bytes, "\"a\\\"\\\\\\n\\u000d\\u0009\\u0001\\u007f\\u2028\xC3\xA9\xEF\xBF\xBDz\"");
}

static void test_taken_text_belongs_to_the_caller(void **state)
{
	struct text text;
	char *taken;

	text_init(&text, 100);
	text_printf(&text, "%d-%s", 7, "x");
	taken = text_take(&text);
	assert_string_equal(taken, "7-x");
	assert_string_equal(text.bytes, "");
	text_release(&text);
	alloc_free_secret(taken);
}

static void test_arenas_give_zeroed_aligned_memory(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };

	for (int round = 0; round < 3; round++) {
		for (size_t size = 1; size < 100000; size = size * 3 + 1) {
			char *memory = arena_alloc(&arena, size);

			assert_int_equal((uintptr_t)memory % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(memory[i], 0);
			memset(memory, 0xAA, size);
		}
		assert_string_equal(arena_printf(&arena, "%s-%d", "a", 5), "a-5");
		arena_reset(&arena);
	}
}

static void test_prefix_keeps_the_cause_and_the_kind(void **state)
{
	struct error err;

	assert_int_equal(error_set(&err, ERROR_TOO_LARGE, "body is %d", 5), -1);
	assert_int_equal(error_prefix(&err, "request %s", "r1"), -1);
	assert_string_equal(err.text, "request r1: body is 5");
	assert_int_equal(err.kind, ERROR_TOO_LARGE);
}

static void test_every_kind_has_a_status_and_a_name(void **state)
{
	for (int kind = ERROR_NONE + 1; kind < ERROR_KIND_COUNT; kind++) {
		const struct error_info *info = error_info((enum error_kind)kind);

		assert_non_null(info->name);
		assert_true(info->status >= 400 && info->status <= 599);
	}
	assert_int_equal(error_info(ERROR_BUDGET)->status, 429);
	assert_true(error_info(ERROR_BUDGET)->no_retry);
}

static void test_ids_are_unique_and_ordered_by_time(void **state)
{
	struct digest_id before, after;

	clock_fake_start(1795430000000);
	before = digest_new_id();
	assert_string_not_equal(before.text, digest_new_id().text);
	clock_fake_advance(1);
	after = digest_new_id();
	assert_true(strcmp(before.text, after.text) < 0);
	assert_true(strcmp(digest_first_id(1795430000001).text, after.text) <= 0);
	assert_true(strcmp(digest_first_id(1795430000001).text, before.text) > 0);
	clock_fake_stop();
}

static void test_secrets_are_long_and_hashes_known(void **state)
{
	assert_int_equal(strlen(digest_new_secret().text), 43);
	assert_string_equal(digest_sha256("abc", 3).text,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(digest_equal("same", 4, "same", 4));
	assert_false(digest_equal("same", 4, "sane", 4));
	assert_false(digest_equal("same", 4, "samesame", 8));
}

static void test_the_fake_clock_stands_still_until_it_is_moved(void **state)
{
	int64_t wall, mono;

	clock_fake_start(1000);
	wall = clock_wall_ms();
	mono = clock_mono_us();
	clock_sleep_ms(250);
	assert_int_equal(clock_wall_ms() - wall, 250);
	assert_int_equal(clock_mono_us() - mono, 250000);
	clock_fake_stop();
	assert_string_equal(clock_iso(1795430000000).text, "2026-11-23T10:33:20Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_failure_sticks),
		cmocka_unit_test(test_json_strings_hold_no_raw_line_break),
		cmocka_unit_test(test_taken_text_belongs_to_the_caller),
		cmocka_unit_test(test_arenas_give_zeroed_aligned_memory),
		cmocka_unit_test(test_prefix_keeps_the_cause_and_the_kind),
		cmocka_unit_test(test_every_kind_has_a_status_and_a_name),
		cmocka_unit_test(test_ids_are_unique_and_ordered_by_time),
		cmocka_unit_test(test_secrets_are_long_and_hashes_known),
		cmocka_unit_test(test_the_fake_clock_stands_still_until_it_is_moved),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
