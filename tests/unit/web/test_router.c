/*
 * Which row of a route table answers.
 */
#include "web/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct route routes[] = {
	{ "GET", "/v1/models", NEED_KEY, NULL },
	{ "GET", "/v1/models/{}", NEED_KEY, NULL },
	{ "GET", "/v1/models/special", NEED_KEY, NULL },
	{ "POST", "/v1/models/{}:generate", NEED_KEY, NULL },
	{ "POST", "/v1/jobs", NEED_KEY, NULL },
	{ "GET", "/v1/jobs", NEED_KEY, NULL },
	{ "POST", "/v1/jobs/{}/cancel", NEED_KEY, NULL },
};

/* clang-format off */
static const struct {
	const char *method, *path;
	const char *row;       /* NULL: none */
	const char *parameter; /* or what Allow says; NULL: the path is unknown */
} cases[] = {
	{ "GET",    "/v1/models",            "/v1/models",         "" },
	{ "HEAD",   "/v1/models",            "/v1/models",         "" },
	{ "GET",    "/v1/models/a",          "/v1/models/{}",      "a" },
	{ "GET",    "/v1/models/openai/gpt", "/v1/models/{}",      "openai/gpt" },
	{ "GET",    "/v1/models/special",    "/v1/models/special", "" },
	{ "POST",   "/v1/models/a:generate", "/v1/models/{}:generate", "a" },
	{ "POST",   "/v1/jobs/7/cancel",     "/v1/jobs/{}/cancel", "7" },
	{ "POST",   "/v1/jobs/7/8/cancel",   "/v1/jobs/{}/cancel", "7/8" },
	{ "POST",   "/v1/jobs//cancel",      NULL, NULL },
	{ "GET",    "/v1/models/",           NULL, NULL },
	{ "GET",    "/v1/model",             NULL, NULL },
	{ "GET",    "/v1/modelsx",           NULL, NULL },
	{ "DELETE", "/v1/models",            NULL, "GET" },
	{ "PUT",    "/v1/jobs",              NULL, "POST, GET" },
	{ "get",    "/v1/models",            NULL, "GET" },
	{ "HEAD",   "/v1/jobs/7/cancel",     NULL, "POST" },
};
/* clang-format on */

static void test_rows_are_found_by_path_and_method(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct web_request request = { .method = cases[i].method,
			.path = cases[i].path };
		const struct route *row = NULL;
		struct slice parameter = { "", 0 };
		char allow[64] = "";
		enum route_found found = router_find(
		    routes, sizeof routes / sizeof routes[0], &request, &row, &parameter, allow);

		if (cases[i].row) {
			if (found != ROUTE_FOUND || strcmp(row->path, cases[i].row) != 0 ||
			    parameter.len != strlen(cases[i].parameter) ||
			    memcmp(parameter.ptr, cases[i].parameter, parameter.len) != 0)
				fail_msg("%s %s", cases[i].method, cases[i].path);
		} else if (cases[i].parameter) {
			assert_int_equal(found, ROUTE_OTHER_METHOD);
			assert_string_equal(allow, cases[i].parameter);
		} else if (found != ROUTE_UNKNOWN) {
			fail_msg("%s %s is known", cases[i].method, cases[i].path);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_found_by_path_and_method),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
