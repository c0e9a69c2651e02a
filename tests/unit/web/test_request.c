/*
 * The key that a client presents, wherever a server puts it, and a client that leaves.
 */
#include "web/request.h"

#include <fastcgi.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static struct error err;

static int set_up(void **state)
{
	arena_init(&arena);
	err = (struct error){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static const char *key_of(const char *const *environment)
{
	struct web_request request = { .arena = &arena };

	web_request_take(&request, environment);
	return web_request_key(&request, &err);
}

/* clang-format off */
static const char *const carriers[][3] = {
	{ "HTTP_AUTHORIZATION=Bearer sk-a" },
	{ "HTTP_AUTHORIZATION=bearer   sk-a  " },
	{ "HTTP_AUTHORIZATION=BEARER\tsk-a" },
	{ "HTTP_X_API_KEY=sk-a" },
	{ "HTTP_API_KEY=sk-a" },
	{ "HTTP_X_GOOG_API_KEY=sk-a" },
	{ "REDIRECT_HTTP_AUTHORIZATION=Bearer sk-a" },
	{ "REDIRECT_REDIRECT_HTTP_AUTHORIZATION=Bearer sk-a" },
	{ "HTTP_AUTHORIZATION=Basic dTpw", "HTTP_X_API_KEY=sk-a" },
	{ "HTTP_AUTHORIZATION=", "REDIRECT_HTTP_AUTHORIZATION=Bearer sk-a" },
	{ "HTTP_AUTHORIZATION=Bearer sk-a", "HTTP_X_API_KEY=sk-a " },
};
static const struct {
	const char *environment[3];
	enum error_kind kind;
	const char *says;
} refused[] = {
	{ { "REQUEST_METHOD=GET" }, ERROR_UNAUTHENTICATED, "no key was sent" },
	{ { "SERVER_SOFTWARE=Apache/2.4.62 (Debian)" }, ERROR_UNAUTHENTICATED, "CGIPassAuth On" },
	{ { "HTTP_AUTHORIZATION=Basic dTpw" }, ERROR_UNAUTHENTICATED, "not 'Bearer KEY'" },
	{ { "HTTP_AUTHORIZATION=Bearersk-a" }, ERROR_UNAUTHENTICATED, "not 'Bearer KEY'" },
	{ { "HTTP_AUTHORIZATION=Bearer sk-a", "HTTP_X_API_KEY=sk-b" }, ERROR_BAD_REQUEST, "two different keys" },
	{ { "HTTP_X_API_KEY=sk-a, sk-b" }, ERROR_UNAUTHENTICATED, "two headers joined" },
	{ { "HTTP_X_API_KEY=sk-\xc3\xa4" }, ERROR_UNAUTHENTICATED, "printable ASCII" },
	{ { "REDIRECT_REDIRECT_REDIRECT_HTTP_AUTHORIZATION=Bearer sk-a" }, ERROR_UNAUTHENTICATED, "no key was sent" },
	{ { "XHTTP_X_API_KEY=sk-a" }, ERROR_UNAUTHENTICATED, "no key was sent" },
};
/* clang-format on */

static void test_a_key_is_found_in_every_disguise(void **state)
{
	for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
		const char *key = key_of(carriers[i]);

		if (!key || strcmp(key, "sk-a") != 0)
			fail_msg("%s: %s", carriers[i][0], key ? key : err.text);
	}
}

static void test_what_is_no_key_is_refused_with_what_to_do(void **state)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		if (key_of(refused[i].environment))
			fail_msg("%s is taken", refused[i].environment[0]);
		assert_int_equal(err.kind, refused[i].kind);
		if (!strstr(err.text, refused[i].says))
			fail_msg("%s: %s", refused[i].environment[0], err.text);
	}
}

static void test_a_refused_key_is_not_in_the_error(void **state)
{
	char entry[700] = "HTTP_X_API_KEY=";
	const char *const environment[] = { entry, NULL };

	memset(entry + 15, 'k', 600);
	assert_null(key_of(environment));
	assert_non_null(strstr(err.text, "600 bytes, limit 512"));
	assert_null(strstr(err.text, "kkk"));
}

static void test_variables_are_found_by_their_whole_name(void **state)
{
	static const char *const environment[] = { "HTTPS_X=1", "HTTPS=on", "EMPTY=", NULL };
	struct web_request request = { .arena = &arena };

	web_request_take(&request, environment);
	assert_string_equal(web_request_variable(&request, "HTTPS"), "on");
	assert_string_equal(web_request_variable(&request, "EMPTY"), "");
	assert_null(web_request_variable(&request, "HTTP"));
}

static void test_how_the_server_hands_requests_over(void **state)
{
	static const char *const proxy[] = { "SCRIPT_FILENAME=proxy:fcgi://x/", NULL };
	static const char *const nothing[] = { NULL };
	struct web_request request = { .arena = &arena, .client_fd = 3 };

	web_request_take(&request, proxy);
	assert_string_equal(web_request_way(&request), "proxy");
	web_request_take(&request, nothing);
	assert_string_equal(web_request_way(&request), "fastcgi");
	request.client_fd = -1;
	assert_string_equal(web_request_way(&request), "cgi");
}

static void test_a_client_is_gone_when_its_connection_ends_or_is_aborted(void **state)
{
	const FCGI_Header record = { .version = FCGI_VERSION_1, .type = FCGI_ABORT_REQUEST };
	const FCGI_Header other = { .version = FCGI_VERSION_1, .type = FCGI_STDIN };
	FCGI_Header read_back;
	struct web_request request = { 0 };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	request.client_fd = ends[0];
	assert_false(web_request_client_gone(&request));
	assert_int_equal(write(ends[1], &other, sizeof other), sizeof other);
	assert_false(web_request_client_gone(&request));
	assert_int_equal(read(ends[0], &read_back, sizeof read_back), sizeof read_back);
	assert_int_equal(write(ends[1], &record, sizeof record), sizeof record);
	assert_true(web_request_client_gone(&request));
	request.detached = true;
	assert_false(web_request_client_gone(&request));
	request.detached = false;
	assert_int_equal(read(ends[0], &read_back, sizeof read_back), sizeof read_back);
	assert_false(web_request_client_gone(&request));
	close(ends[1]);
	assert_true(web_request_client_gone(&request));
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_key_is_found_in_every_disguise),
		cmocka_unit_test(test_what_is_no_key_is_refused_with_what_to_do),
		cmocka_unit_test(test_a_refused_key_is_not_in_the_error),
		cmocka_unit_test(test_variables_are_found_by_their_whole_name),
		cmocka_unit_test(test_how_the_server_hands_requests_over),
		cmocka_unit_test(test_a_client_is_gone_when_its_connection_ends_or_is_aborted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
