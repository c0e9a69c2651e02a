/* How many threads serve in a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/worker.h"

static void test_processes_share_the_processors(void **state)
{
	static const struct {
		int processors, processes, threads;
	} cases[] = {
		{ 1, 0, 2 },
		{ 1, 1, 2 },
		{ 2, 1, 2 },
		{ 8, 1, 8 },
		{ 16, 1, 16 },
		{ 64, 1, 16 },
		{ 1, 2, 1 },
		{ 2, 2, 1 },
		{ 2, 4, 1 },
		{ 3, 2, 2 },
		{ 8, 2, 4 },
		{ 9, 4, 3 },
		/* a process has room for 16 */
		{ 34, 2, 16 },
		{ 64, 2, 16 },
		{ 128, 3, 16 },
		{ 1024, 2, 16 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(
		    worker_carriers(cases[i].processors, cases[i].processes), cases[i].threads);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_share_the_processors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
