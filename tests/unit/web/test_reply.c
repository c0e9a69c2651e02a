/*
 * The head of an answer: headers are set, replaced and kept out.
 */
#include "web/reply_channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct text sent;
static struct web_reply reply;

static int keep(void *ctx, const char *bytes, size_t len)
{
	text_add(&sent, bytes, len);
	return 0;
}

static int flush(void *ctx)
{
	return 0;
}

static int set_up(void **state)
{
	const struct reply_channel channel = { keep, flush, NULL };

	arena_init(&arena);
	text_init(&sent, 1 << 20);
	web_reply_init(&reply, &arena, &channel, false);
	return 0;
}

static int tear_down(void **state)
{
	text_release(&sent);
	arena_release(&arena);
	return 0;
}

static void test_a_replaced_header_keeps_its_place(void **state)
{
	web_reply_header(&reply, "X-First", "12");
	web_reply_header(&reply, "X-Second", "b");
	web_reply_header(&reply, "X-Third", "c");
	web_reply_header(&reply, "x-first", "a value that is longer");
	web_reply_header(&reply, "X-Second", "");
	web_reply_header_int(&reply, "X-Third", -3);
	assert_string_equal(web_reply_header_of(&reply, "X-FIRST"), "a value that is longer");
	assert_string_equal(web_reply_header_of(&reply, "X-Second"), "");
	assert_null(web_reply_header_of(&reply, "X-Fourth"));
	web_reply_send(&reply, "text/plain", slice_of("body"));
	assert_string_equal(sent.bytes, "Status: 200 OK\r\n"
					"X-First: a value that is longer\r\n"
					"X-Second: \r\n"
					"X-Third: -3\r\n"
					"Content-Type: text/plain\r\n"
					"X-Content-Type-Options: nosniff\r\n"
					"Content-Length: 4\r\n"
					"\r\n"
					"body");
}

static void test_an_added_header_is_replaced_like_any_other(void **state)
{
	web_reply_add(&reply, slice_of("Content-Type"), slice_of("text/html"));
	web_reply_add_int(&reply, slice_of("X-Number"), INT64_MIN);
	web_reply_send(&reply, "text/plain", slice_of(""));
	assert_non_null(strstr(sent.bytes, "Content-Type: text/plain\r\n"));
	assert_null(strstr(sent.bytes, "text/html"));
	assert_non_null(strstr(sent.bytes, "X-Number: -9223372036854775808\r\n"));
}

static void test_no_value_splits_a_header_and_no_name_commands_the_server(void **state)
{
	web_reply_header(&reply, "X-Split", "a\r\nX-Mine: b");
	web_reply_add(&reply, slice_of("X-Added"), slice_of("caf\xC3\xA9"));
	web_reply_header(&reply, "x-accel-redirect", "/etc/passwd");
	web_reply_header(&reply, "Status", "500");
	web_reply_header(&reply, "X Space", "a");
	web_reply_header(&reply, "", "a");
	web_reply_header(&reply, "X-Null", NULL);
	web_reply_status(&reply, 404);
	web_reply_send(&reply, NULL, slice_of(""));
	assert_string_equal(sent.bytes, "Status: 404 Not Found\r\n"
					"X-Content-Type-Options: nosniff\r\n"
					"Content-Length: 0\r\n"
					"\r\n");
}

static void test_headers_beyond_the_most_are_left_out(void **state)
{
	char name[32];

	for (int i = 0; i < REPLY_HEADERS_MAX + 5; i++) {
		snprintf(name, sizeof name, "X-Many-%d", i);
		web_reply_header(&reply, name, "a value that makes the head longer than its room");
	}
	web_reply_status(&reply, 299);
	web_reply_send(&reply, NULL, slice_of(""));
	assert_non_null(strstr(sent.bytes, "Status: 299 Status\r\nX-Many-0: a value"));
	assert_non_null(strstr(sent.bytes, "X-Many-63: a value"));
	assert_null(strstr(sent.bytes, "X-Many-64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_replaced_header_keeps_its_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_an_added_header_is_replaced_like_any_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_no_value_splits_a_header_and_no_name_commands_the_server, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_headers_beyond_the_most_are_left_out, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
