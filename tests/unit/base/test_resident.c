/* After the start's pages are given back everything is still there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/resident.h"

static const char words[] = "constants of the program, its libraries' code, and the heap";

static long resident_kb(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[200];
	long kb = 0;

	assert_non_null(status);
	while (fgets(line, sizeof line, status))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	fclose(status);
	return kb;
}

static void test_what_was_given_back_comes_back_when_it_is_needed(void **state)
{
	char *kept = strdup(words);
	struct digest_hex before = digest_sha256(words, sizeof words);

	for (int i = 0; i < 3; i++) {
		struct digest_hex after;

		resident_trim();
		after = digest_sha256(kept, sizeof words);
		assert_string_equal(after.text, before.text);
		assert_string_equal(kept, words);
	}
	free(kept);
}

static void test_the_process_becomes_smaller(void **state)
{
	long before = resident_kb();

	resident_trim();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(resident_kb() < before);
#else
	assert_true(before > 0);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_process_becomes_smaller),
		cmocka_unit_test(test_what_was_given_back_comes_back_when_it_is_needed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
