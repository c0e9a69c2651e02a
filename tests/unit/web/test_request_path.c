/*
 * One path from the variables of each kind of server, and what is refused because two readers could
 * understand it in two ways.
 */
#include "web/request_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

/* clang-format off */
static const struct {
	const char *server;
	struct path_variables variables;
	const char *path, *base, *query;
} good[] = {
	{ "at the root", { .request_uri = "/v1/models?limit=2" }, "/v1/models", "", "limit=2" },
	{ "lighttpd, mounted", { .request_uri = "/gw/v1/models", .script_name = "/gw", .path_info = "/v1/models" }, "/v1/models", "/gw", "" },
	{ "a CGI by its name", { .request_uri = "/cgi-bin/sideways.cgi/v1/models", .script_name = "/cgi-bin/sideways.cgi", .path_info = "/v1/models" },
	  "/v1/models", "/cgi-bin/sideways.cgi", "" },
	{ "a CGI that a rewrite hides", { .request_uri = "/gw/v1/models", .script_name = "/gw/sideways.cgi", .path_info = "/v1/models" }, "/v1/models", "/gw", "" },
	{ "Apache's proxy", { .request_uri = "/gw/v1/x", .script_name = "/gw/v1/x", .script_filename = "proxy:fcgi://localhost:9000/v1/x" }, "/v1/x", "/gw", "" },
	{ "nginx with the configuration's word", { .request_uri = "/llm/v1/x?a=/b", .script_name = "/llm/v1/x", .mounted_at = "/llm/" }, "/v1/x", "/llm", "a=/b" },
	{ "the mount point alone", { .request_uri = "/gw", .mounted_at = "/gw" }, "/", "/gw", "" },
	{ "a name that only begins like the mount point", { .request_uri = "/gwen/v1", .mounted_at = "/gw" }, "/gwen/v1", "", "" },
	{ "the absolute form", { .request_uri = "http://host/v1/x?q" }, "/v1/x", "", "q" },
	{ "no REQUEST_URI", { .script_name = "/app.cgi", .path_info = "/v1/x", .query_string = "q=1" }, "/v1/x", "/app.cgi", "q=1" },
	{ "encoded bytes, decoded once", { .request_uri = "/v1/models/openai%3Agpt%2525" }, "/v1/models/openai:gpt%25", "", "" },
	{ "a model's name with an encoded slash", { .request_uri = "/gw/v1/models/vendor%2Fa%20b", .script_name = "/gw", .path_info = "/v1/models/vendor/a b" },
	  "/v1/models/vendor/a b", "/gw", "" },
	{ "a deployment's, too", { .request_uri = "/openai/deployments/vendor%2fa/chat/completions" }, "/openai/deployments/vendor/a/chat/completions", "", "" },
	{ "nothing", { .request_uri = "" }, "/", "", "" },
	{ "an URL in the query", { .request_uri = "/v1/x?u=http://a/b" }, "/v1/x", "", "u=http://a/b" },
};

static const struct {
	const char *uri, *says;
} bad[] = {
	{ "/v1/%2e%2e/admin", "'..' segment" },
	{ "/v1/../admin", "'..' segment" },
	{ "/v1/./x", "'.' segment" },
	{ "/..", "'..' segment" },
	{ "//admin/keys", "'//'" },
	{ "/v1//x", "'//'" },
	{ "/v1%2fmodels/a", "encoded '/'" },
	{ "/v1/models%2fa", "encoded '/'" },
	{ "/admin/keys%2fx", "encoded '/'" },
	{ "/v1/models/a%2f..%2f..%2fadmin", "'..' segment" },
	{ "/v1/models/%2fadmin", "'//'" },
	{ "/v1/a%5Cb", "encoded '\\'" },
	{ "/v1/a\\b", "backslash" },
	{ "/v1/%00", "control byte (0x00)" },
	{ "/v1/%0d%0aX: y", "control byte (0x0d)" },
	{ "/v1/%7f", "control byte (0x7f)" },
	{ "/v1/%", "two hex digits" },
	{ "/v1/%4", "two hex digits" },
	{ "/v1/%zz", "two hex digits" },
	{ "v1/models", "does not begin with '/'" },
};
/* clang-format on */

static void test_every_server_gives_the_same_path(void **state)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct canonical_path path;
		struct error err = { 0 };

		if (request_path(&good[i].variables, &arena, &path, &err) != 0)
			fail_msg("%s: %s", good[i].server, err.text);
		if (strcmp(path.path, good[i].path) != 0 ||
		    strcmp(path.base_path, good[i].base) != 0 ||
		    strcmp(path.query, good[i].query) != 0)
			fail_msg("%s: '%s' at '%s', query '%s'", good[i].server, path.path,
			    path.base_path, path.query);
	}
}

static void test_what_can_be_read_in_two_ways_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct path_variables variables = { .request_uri = bad[i].uri };
		struct canonical_path path;
		struct error err = { 0 };

		assert_int_equal(request_path(&variables, &arena, &path, &err), -1);
		assert_int_equal(err.kind, ERROR_BAD_REQUEST);
		if (!strstr(err.text, bad[i].says))
			fail_msg("%s: %s", bad[i].uri, err.text);
	}
}

static void test_a_path_without_end_is_refused(void **state)
{
	char *uri = arena_alloc(&arena, 20000);
	const struct path_variables variables = { .request_uri = uri };
	struct canonical_path path;
	struct error err = { 0 };

	memset(uri, 'a', 19999);
	uri[0] = '/';
	assert_int_equal(request_path(&variables, &arena, &path, &err), -1);
	assert_non_null(strstr(err.text, "19999 bytes, limit 16384"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_server_gives_the_same_path),
		cmocka_unit_test(test_what_can_be_read_in_two_ways_is_refused),
		cmocka_unit_test(test_a_path_without_end_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
