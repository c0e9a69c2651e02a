/*
 * Bodies: promised lengths that are kept or not, limits, and the end that must be read in any case,
 * because unread bytes break a connection that is kept.
 */
#include "web/request_intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 1000

static struct arena arena;
static struct error err;
static struct web_request request;
static bool unread;

struct source { /* left bytes of 'b', then the end */
	int64_t left;
	size_t most; /* at a time */
	bool breaks; /* instead of the end */
};

static long take(void *ctx, char *bytes, size_t len)
{
	struct source *from = ctx;

	if (from->left == 0)
		return from->breaks ? -1 : 0;
	if (len > from->most)
		len = from->most;
	if ((int64_t)len > from->left)
		len = (size_t)from->left;
	memset(bytes, 'b', len);
	from->left -= (int64_t)len;
	return (long)len;
}

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

static int intake(struct source *from, bool has_end, const char *length, const char *extra)
{
	char declared[64];
	const char *environment[5] = { "REQUEST_METHOD=POST", "REQUEST_URI=/v1/x" };
	const struct body_source source = { take, from, has_end };
	size_t count = 2;

	snprintf(declared, sizeof declared, "CONTENT_LENGTH=%s", length ? length : "");
	if (length)
		environment[count++] = declared;
	if (extra)
		environment[count++] = extra;
	err = (struct error){ 0 };
	request = (struct web_request){ .arena = &arena, .client_fd = -1 };
	web_request_take(&request, environment);
	return request_intake(&request, &source, LIMIT, &unread, &err);
}

/* clang-format off */
static const struct {
	const char *what;
	struct source source;
	bool has_end;
	const char *length;
	int64_t body;        /* -1: refused */
	const char *says;
	bool unread;
	int64_t left;        /* in the source afterwards */
} cases[] = {
	{ "CGI, as promised",                  { 300, 7, false },     false, "300",   300, NULL, false, 0 },
	{ "CGI reads no further",              { 500, 100, false },   false, "300",   300, NULL, false, 200 },
	{ "CGI without a length has no body",  { 500, 100, false },   false, NULL,    0,   NULL, false, 500 },
	{ "FastCGI, as promised",              { 300, 7, false },     true,  "300",   300, NULL, false, 0 },
	{ "FastCGI without a length",          { 999, 100, false },   true,  NULL,    999, NULL, false, 0 },
	{ "exactly the limit",                 { 1000, 100, false },  true,  "1000",  1000, NULL, false, 0 },
	{ "an empty body",                     { 0, 100, false },     true,  "0",     0,   NULL, false, 0 },
	{ "one byte over the limit",           { 1001, 100, false },  true,  "1001",  -1,  "body is 1001 bytes, limit 1000", false, 0 },
	{ "CGI over the limit is read to its end", { 5000, 100, false }, false, "5000", -1, "body is 5000 bytes", false, 0 },
	{ "no length, over the limit",         { 40000, 900, false }, true,  NULL,    -1,  "more than 1000 bytes", false, 0 },
	{ "fewer than promised",               { 200, 100, false },   true,  "300",   -1,  "ended after 200 of the 300 bytes", true, 0 },
	{ "a source that breaks",              { 200, 100, true },    true,  "300",   -1,  "ended after 200 of the 300 bytes", true, 0 },
	{ "more than promised",                { 400, 100, false },   true,  "300",   -1,  "longer than the 300 bytes", false, 0 },
	{ "a length that is no number",        { 400, 100, false },   true,  "3e2",   -1,  "not a whole number", false, 0 },
	{ "a chunked body behind Caddy",       { 400, 100, false },   true,  "-1",    400, NULL, false, 0 },
	{ "a negative length",                 { 400, 100, false },   false, "-2",    -1,  "not a whole number", true, 400 },
	{ "a length beyond all numbers",       { 400, 100, false },   false, "99999999999999999999", -1, "not a whole number", true, 400 },
	{ "too long to be read to its end",    { 400, 100, false },   false, "999999999999", -1, "limit 1000", true, 400 },
};
/* clang-format on */

static void test_bodies_and_their_lengths(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct source source = cases[i].source;
		int result = intake(&source, cases[i].has_end, cases[i].length, NULL);

		if (cases[i].body < 0 ? result != -1 || !strstr(err.text, cases[i].says)
				      : result != 0 || (int64_t)request.body.len != cases[i].body)
			fail_msg("%s: %d, %zu bytes, %s", cases[i].what, result, request.body.len,
			    err.text);
		if (cases[i].body < 0)
			assert_int_equal(request.body.len, 0);
		if (unread != cases[i].unread || source.left != cases[i].left)
			fail_msg("%s: unread %d, left %lld", cases[i].what, unread,
			    (long long)source.left);
	}
}

static void test_a_variable_that_came_twice_with_two_values_is_refused(void **state)
{
	struct source none = { 0, 1, false };

	assert_int_equal(intake(&none, true, NULL, "REQUEST_URI=/v1/y"), -1);
	assert_non_null(strstr(err.text, "REQUEST_URI came twice"));
	assert_int_equal(intake(&none, true, NULL, "REQUEST_URI=/v1/x"), 0);
	assert_string_equal(request.path, "/v1/x");
}

static void test_a_refused_request_can_still_be_answered(void **state)
{
	struct source none = { 0, 1, false };

	assert_int_equal(intake(&none, true, NULL, "REQUEST_METHOD=get"), -1);
	assert_int_equal(strlen(request.id), 26);
	assert_string_equal(request.content_type, "");
	assert_string_equal(request.query, "");
	assert_non_null(request.path);
}

static void test_https_is_what_the_server_says(void **state)
{
	static const struct {
		const char *variable;
		bool https;
	} words[] = { { "HTTPS=on", true }, { "HTTPS=1", true }, { "HTTPS=off", false },
		{ "HTTPS=", false }, { "HTTPS=0", false }, { "HTTP_HTTPS=on", false } };
	struct source none = { 0, 1, false };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		assert_int_equal(intake(&none, true, NULL, words[i].variable), 0);
		assert_int_equal(request.https, words[i].https);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies_and_their_lengths),
		cmocka_unit_test(test_a_variable_that_came_twice_with_two_values_is_refused),
		cmocka_unit_test(test_a_refused_request_can_still_be_answered),
		cmocka_unit_test(test_https_is_what_the_server_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
