/* A level that a model lacks becomes the nearest that it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/effort.h"

#define LEVEL(effort) (1U << (effort))

static void test_the_nearest_level_is_taken_and_of_two_the_lower(void **state)
{
	const unsigned usual =
	    LEVEL(EFFORT_NONE) | LEVEL(EFFORT_LOW) | LEVEL(EFFORT_MEDIUM) | LEVEL(EFFORT_HIGH);
	const unsigned ends = LEVEL(EFFORT_LOW) | LEVEL(EFFORT_HIGH);

	assert_int_equal(effort_nearest(EFFORT_MINIMAL, usual), EFFORT_LOW);
	assert_int_equal(effort_nearest(EFFORT_MAX, usual), EFFORT_HIGH);
	assert_int_equal(effort_nearest(EFFORT_MEDIUM, ends), EFFORT_LOW);
	assert_int_equal(effort_nearest(EFFORT_HIGH, ends), EFFORT_HIGH);
}

static void test_none_is_no_level_that_thinks(void **state)
{
	assert_int_equal(effort_nearest(EFFORT_NONE, LEVEL(EFFORT_NONE)), EFFORT_UNSET);
	assert_int_equal(effort_nearest(EFFORT_LOW, LEVEL(EFFORT_NONE)), EFFORT_UNSET);
	assert_int_equal(
	    effort_nearest(EFFORT_NONE, LEVEL(EFFORT_LOW) | LEVEL(EFFORT_HIGH)), EFFORT_LOW);
	assert_int_equal(effort_nearest(EFFORT_LOW, 0), EFFORT_UNSET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_nearest_level_is_taken_and_of_two_the_lower),
		cmocka_unit_test(test_none_is_no_level_that_thinks),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
