/*
 * The clients' table beside the management's: the one that is asked first hides nothing of the
 * other.
 */
#include "api/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "management/management.h"

static void assert_clients_alone(const char *pattern, const char *parameter)
{
	const char *hole = strstr(pattern, "{}");
	struct web_request request = { .method = "GET" };
	char path[128];

	snprintf(path, sizeof path, "%.*s%s%s", (int)(hole ? hole - pattern : 0), pattern,
	    hole ? parameter : pattern, hole ? hole + 2 : "");
	request.path = path;
	if (management_wanted(&request))
		fail_msg("%s is the management's, too", path);
}

static void test_no_path_of_clients_is_the_managements(void **state)
{
	/* What the management's paths end with. */
	static const char *const parameters[] = { "m", "info", "list", "new", "update", "delete" };

	for (size_t i = 0; i < api_route_count; i++)
		for (size_t j = 0; j < sizeof parameters / sizeof parameters[0]; j++)
			assert_clients_alone(api_routes[i].path, parameters[j]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_path_of_clients_is_the_managements),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
