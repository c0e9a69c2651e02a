/* Changes as bytes: what was written is what is read, for each statement and parameter of sql/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/change.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_"

/* Binds every parameter of the statement to a number of its own; how many. */
static int bind_all_of(struct change *change, enum sql_name name, struct arena *arena)
{
	int count = 0;

	change_add(change, name);
	for (const char *at = strchr(sql_texts[name].text, ':'); at; at = strchr(at + 1, ':')) {
		size_t len = 1 + strspn(at + 1, NAME_CHARS);
		const char *parameter = arena_copy_slice(arena, (struct slice){ at, len });
		bool known = false;

		for (int i = 0; i < change->value_count; i++)
			known |= strcmp(change->values[i].parameter, parameter) == 0;
		if (!known)
			change_bind_int(change, parameter, 1000 * count++ - 500);
	}
	return count;
}

/* So no two names have one hash. */
static void test_each_parameter_of_each_statement_comes_back(void **state)
{
	for (int name = 0; name < SQL_NAME_COUNT; name++) {
		struct change *change = change_new(), *read;
		AUTO_ARENA struct arena arena = { 0 };

		(void)bind_all_of(change, (enum sql_name)name, &arena);
		read = change_read(change_write(change, &arena));
		assert_non_null(read);
		assert_int_equal(change_count(read), 1);
		assert_int_equal(read->statements[0].name, name);
		assert_int_equal(read->value_count, change->value_count);
		for (int i = 0; i < change->value_count; i++) {
			assert_string_equal(read->values[i].parameter, change->values[i].parameter);
			assert_int_equal(read->values[i].number, change->values[i].number);
		}
		change_free(read);
		change_free(change);
	}
}

static struct change *one_of_each(void)
{
	static const int64_t numbers[] = { 0, 255, 256, -1, INT64_MAX, INT64_MIN };
	static const char *const texts[] = { "", "a", "\xc3\xa4\n", NULL };
	struct change *change = change_new();

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		change_add(change, SQL_STORE_PING);
		change_bind_int(change, ":at_ms", numbers[i]);
		change_must_touch(change);
	}
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		change_add(change, SQL_STORE_PING);
		change_bind_text(change, ":at_ms", texts[i]);
	}
	change_add_sum(change, SQL_LEASE_LESS);
	change_bind_addend(change, ":nano", -7);
	change_bind_int(change, ":window_id", 70000);
	return change;
}

static void test_values_come_back_as_they_were(void **state)
{
	struct change *change = one_of_each(), *read;
	AUTO_ARENA struct arena arena = { 0 };

	read = change_read(change_write(change, &arena));
	assert_non_null(read);
	assert_int_equal(read->value_count, change->value_count);
	for (int i = 0; i < change->count; i++) {
		assert_int_equal(read->statements[i].is_sum, change->statements[i].is_sum);
		assert_int_equal(read->statements[i].must_touch, change->statements[i].must_touch);
		assert_int_equal(read->statements[i].depends, change->statements[i].depends);
	}
	for (int i = 0; i < change->value_count; i++) {
		const struct change_value *was = &change->values[i], *is = &read->values[i];

		assert_int_equal(is->number, was->number);
		assert_int_equal(is->adds, was->adds);
		assert_int_equal(is->is_null, was->is_null);
		assert_int_equal(!is->text, !was->text);
		if (was->text)
			assert_string_equal(is->text, was->text);
	}
	change_free(read);
	change_free(change);
}

/* Whatever is cut or turned is no change, or another one; it is never read beyond its end. */
static void test_what_is_damaged_is_no_change(void **state)
{
	struct change *change = one_of_each();
	AUTO_ARENA struct arena arena = { 0 };
	struct slice bytes;
	size_t whole = 0;

	bytes = change_write(change, &arena);
	for (size_t len = 1; len < bytes.len; len++) {
		struct change *read = change_read((struct slice){ bytes.ptr, len });

		whole += read != NULL; /* cut between two statements */
		change_free(read);
	}
	assert_true(whole < 11);
	for (size_t at = 0; at < bytes.len; at++) {
		char *damaged = arena_copy_slice(&arena, bytes);

		damaged[at] = (char)~damaged[at];
		change_free(change_read((struct slice){ damaged, bytes.len }));
	}
	change_free(change);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_parameter_of_each_statement_comes_back),
		cmocka_unit_test(test_values_come_back_as_they_were),
		cmocka_unit_test(test_what_is_damaged_is_no_change),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
