/* Changes as bytes: what was written is what is read, for each statement and parameter of sql/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/change.h"
#include "store/sql_parameter.h"

static void bind_each_of(struct change *change, enum sql_name name)
{
	change_add(change, name);
	for (const struct sql_parameter *p = sql_texts[name].parameters; p->name; p++)
		change_bind_int(change, p->name, 1000 * (int64_t)sql_sign_number(p->sign) - 1500);
}

static void assert_same_values(const struct change *is, const struct change *was)
{
	assert_int_equal(is->values.len, was->values.len);
	assert_memory_equal(is->values.ptr, was->values.ptr, was->values.len);
	for (int i = 0; i < was->count; i++) {
		assert_int_equal(is->statements[i].name, was->statements[i].name);
		assert_int_equal(is->statements[i].values, was->statements[i].values);
		assert_int_equal(is->statements[i].addends, was->statements[i].addends);
	}
}

static void test_each_parameter_of_each_statement_comes_back(void **state)
{
	for (int name = 0; name < SQL_NAME_COUNT; name++) {
		struct change *change = change_new(), *read;
		AUTO_ARENA struct arena arena = { 0 };

		bind_each_of(change, (enum sql_name)name);
		read = change_read(change_write(change, &arena));
		assert_non_null(read);
		assert_int_equal(change_count(read), 1);
		assert_same_values(read, change);
		change_free(read);
		change_free(change);
	}
}

/* Numbers of a version of the program whose statements and parameters stand in another order. */
static void number_anew(struct change *change)
{
	for (int i = 0; i < change->count; i++) {
		struct change_values values = change_values_of(change, i);
		struct change_value value;
		const char *next;

		for (char *at = (char *)values.keys; at < values.end; at = (char *)next) {
			next = change_value_take(at, &value);
			value.head.sign ^= 0x55;
			memcpy(at, &value.head, sizeof value.head);
		}
		change->statements[i].name ^= 0x3ff;
	}
}

static void test_another_versions_numbers_are_found_by_their_names(void **state)
{
	struct change *change = change_new(), *other = change_new(), *read;
	AUTO_ARENA struct arena arena = { 0 };

	for (int name = 0; name < SQL_NAME_COUNT; name++) {
		bind_each_of(change, (enum sql_name)name);
		bind_each_of(other, (enum sql_name)name);
	}
	number_anew(other);
	assert_memory_not_equal(other->values.ptr, change->values.ptr, change->values.len);
	read = change_read(change_write(other, &arena));
	assert_non_null(read);
	assert_same_values(read, change);
	change_free(read);
	change_free(other);
	change_free(change);
}

static void test_names_that_have_gone_are_refused(void **state)
{
	struct change *change = change_new();
	AUTO_ARENA struct arena arena = { 0 };
	struct change_value_head head;

	change_add(change, SQL_STORE_PING);
	change_bind_int(change, ":at_ms", 1);
	change->statements[0].hash++;
	assert_null(change_read(change_write(change, &arena)));
	change->statements[0].hash--;
	memcpy(&head, change->values.ptr, sizeof head);
	head.sign += 1 << 8;
	memcpy(change->values.ptr, &head, sizeof head);
	assert_null(change_read(change_write(change, &arena)));
	change_free(change);
}

static const int64_t numbers[] = { 0, 255, VALUE_LOW_MAX, VALUE_LOW_MAX + INT64_C(1), -1, INT64_MAX,
	INT64_MIN };
static const char *const texts[] = { "", "a", "\xc3\xa4\n", NULL };
#define NUMBERS (sizeof numbers / sizeof numbers[0])
#define TEXTS   (sizeof texts / sizeof texts[0])

static struct change *one_of_each(void)
{
	struct change *change = change_new();

	for (size_t i = 0; i < NUMBERS; i++) {
		change_add(change, SQL_STORE_PING);
		change_bind_int(change, ":at_ms", numbers[i]);
		change_must_touch(change);
	}
	for (size_t i = 0; i < TEXTS; i++) {
		change_add(change, SQL_STORE_PING);
		change_bind_text(change, ":at_ms", texts[i]);
	}
	change_add_sum(change, SQL_LEASE_LESS);
	change_bind_int(change, ":window_id", 70000);
	change_bind_addend(change, ":nano", -7);
	return change;
}

/* The values of one_of_each, as they are bound. */
static void assert_values_of_each(const struct change *change)
{
	const char *at = change->values.ptr;
	struct change_value value;

	for (size_t i = 0; i < NUMBERS; i++) {
		at = change_value_take(at, &value);
		assert_int_equal(value.number, numbers[i]);
	}
	for (size_t i = 0; i < TEXTS; i++) {
		at = change_value_take(at, &value);
		assert_int_equal(value.head.kind, texts[i] ? VALUE_TEXT : VALUE_NULL);
		if (texts[i])
			assert_string_equal(value.text, texts[i]);
	}
}

static void test_values_come_back_as_they_were(void **state)
{
	struct change *change = one_of_each(), *read;
	AUTO_ARENA struct arena arena = { 0 };

	assert_values_of_each(change);
	read = change_read(change_write(change, &arena));
	assert_non_null(read);
	assert_values_of_each(read);
	assert_same_values(read, change);
	for (int i = 0; i < change->count; i++) {
		assert_int_equal(read->statements[i].is_sum, change->statements[i].is_sum);
		assert_int_equal(read->statements[i].must_touch, change->statements[i].must_touch);
		assert_int_equal(read->statements[i].depends, change->statements[i].depends);
	}
	assert_int_equal(change_sum_of(read, SQL_LEASE_LESS, ":window_id", 70000, ":nano"), -7);
	change_free(read);
	change_free(change);
}

/* What is cut is no change; what is turned is none, or another one.  It is never read beyond its
 * end. */
static void test_what_is_damaged_is_no_change(void **state)
{
	struct change *change = one_of_each();
	AUTO_ARENA struct arena arena = { 0 };
	struct slice bytes;

	bytes = change_write(change, &arena);
	for (size_t len = 0; len < bytes.len; len++)
		assert_null(change_read((struct slice){ bytes.ptr, len }));
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
		cmocka_unit_test(test_another_versions_numbers_are_found_by_their_names),
		cmocka_unit_test(test_names_that_have_gone_are_refused),
		cmocka_unit_test(test_values_come_back_as_they_were),
		cmocka_unit_test(test_what_is_damaged_is_no_change),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
