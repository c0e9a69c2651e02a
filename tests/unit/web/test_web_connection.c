/*
 * Answers whose reader is slow or gone, and how long a request may take that is on its way.
 */
#include "web/collect.h"

#include <fastcgi.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define ANSWER_MS 150

static int ends[2]; /* the connection's, and the web server's */
static struct web_connection *connection;
static struct web_home home;
static char room[65536];

static void limits(void *ctx, struct worker_limits *out)
{
	*out = (struct worker_limits){ .body_bytes = 1000, .answer_ms = ANSWER_MS };
}

static const struct worker_options options = { .limits = limits };

static int set_up(void **state)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
		return -1;
	connection = web_connection_new(ends[0], &home);
	return 0;
}

static int tear_down(void **state)
{
	web_connection_free(connection);
	close(ends[1]);
	return 0;
}

/* From a server that keeps connections, if keeps; the body is a few bytes, or its end is missing.
 */
static void ask(bool keeps, bool ended)
{
	const char begin[] = { 1, 1, 0, 1, 0, 8, 0, 0, 0, 1, (char)keeps, 0, 0, 0, 0, 0 };
	static const char rest[] = "\1\4\0\1\0\0\0\0"
				   "\1\5\0\1\0\2\0\0{}"
				   "\1\5\0\1\0\0\0\0";
	size_t len = sizeof rest - 1 - (ended ? 0 : 8);

	assert_int_equal(write(ends[1], begin, sizeof begin), sizeof begin);
	assert_int_equal(write(ends[1], rest, len), (ssize_t)len);
	assert_int_equal(web_connection_read(connection, &options, room, sizeof room),
	    ended ? CAME_REQUEST : CAME_PART);
}

/* What the web server reads by now. */
static size_t read_all(void)
{
	size_t all = 0;
	ssize_t got;

	while ((got = read(ends[1], room, sizeof room)) > 0)
		all += (size_t)got;
	return all;
}

static int write_many(size_t bytes)
{
	struct reply_channel channel = web_connection_channel(connection);
	static char piece[10000];
	int result = 0;

	for (size_t at = 0; at < bytes && result == 0; at += sizeof piece)
		result = channel.write(channel.ctx, piece, sizeof piece);
	return result;
}

static void test_a_whole_answer_leaves_a_kept_connection_ready(void **state)
{
	for (int i = 0; i < 3; i++) {
		ask(true, true);
		assert_int_equal(write_many(10000), 0);
		assert_int_equal(web_connection_finish(connection), LEFT_KEPT);
		assert_int_equal(read_all(), 8 + 10000 + 8 + 16);
	}
	ask(false, true);
	assert_int_equal(web_connection_finish(connection), LEFT_CLOSED);
	assert_int_equal(read_all(), 8 + 16);
}

static void test_a_slow_reader_holds_no_thread_for_less_than_a_megabyte(void **state)
{
	const size_t bytes = 800000, records = (bytes + 65527) / 65528;
	int64_t begun_ms = clock_mono_ms();
	enum web_connection_left left;
	size_t came = 0;

	ask(true, true);
	assert_int_equal(write_many(bytes), 0);
	left = web_connection_finish(connection);
	assert_int_equal(left, LEFT_LEAVING);
	assert_true(clock_mono_ms() - begun_ms < ANSWER_MS);
	while (left == LEFT_LEAVING) {
		came += read_all();
		left = web_connection_send_on(connection);
	}
	assert_int_equal(left, LEFT_KEPT);
	came += read_all();
	assert_true(came >= bytes + 8 * records + 24 && came < bytes + 8 * records + 1000);
}

static void test_one_that_reads_nothing_is_given_up_when_its_time_is_over(void **state)
{
	int64_t begun_ms = clock_mono_ms();

	ask(true, true);
	assert_int_equal(write_many((size_t)8 << 20), -1);
	assert_true(clock_mono_ms() - begun_ms >= ANSWER_MS - 1);
	assert_true(clock_mono_ms() - begun_ms < 20 * ANSWER_MS);
	assert_int_equal(web_connection_finish(connection), LEFT_CLOSED);
}

static void test_a_slow_reader_is_given_up_before_the_requests_own_time_is_over(void **state)
{
	int64_t begun_ms = clock_mono_ms();

	ask(true, true);
	connection->limits.answer_ms = 3600000;
	connection->limits.reader_ms = ANSWER_MS;
	assert_int_equal(write_many((size_t)8 << 20), -1);
	assert_true(clock_mono_ms() - begun_ms >= ANSWER_MS - 1);
	assert_int_equal(web_connection_finish(connection), LEFT_CLOSED);
}

static void test_one_that_has_hung_up_is_not_waited_for(void **state)
{
	ask(true, true);
	connection->limits.answer_ms = 3600000;
	shutdown(ends[1], SHUT_WR);
	assert_int_equal(write_many((size_t)8 << 20), -1);
}

static void test_an_early_answer_is_followed_by_what_is_left_of_the_body(void **state)
{
	ask(true, false);
	assert_int_equal(write_many(10000), 0);
	assert_int_equal(web_connection_finish(connection), LEFT_LINGERING);
	assert_int_equal(write(ends[1], "more", 4), 4); /* nothing is reset */
	assert_int_equal(web_connection_read_over(connection, room, sizeof room), LEFT_LINGERING);
	assert_int_equal(read_all(), 8 + 10000 + 8 + 16);
	shutdown(ends[1], SHUT_WR);
	assert_int_equal(web_connection_read_over(connection, room, sizeof room), LEFT_CLOSED);
}

static void test_a_body_that_was_cut_is_no_request(void **state)
{
	ask(true, false);
	shutdown(ends[1], SHUT_WR);
	assert_int_equal(web_connection_read(connection, &options, room, sizeof room), CAME_END);
}

/* ---- times ---- */

static int64_t due_in(void)
{
	return collect_due_ms(connection) - connection->began_us / 1000;
}

static void test_how_long_a_request_may_be_on_its_way(void **state)
{
	connection->reader.stage = FASTCGI_HEAD;
	assert_int_equal(due_in(), 30000);
	connection->reader.stage = FASTCGI_BODY;
	assert_int_equal(due_in(), 250);
	connection->judged = true;
	assert_int_equal(due_in(), 10000); /* a form of the panel */
	connection->known = true;
	assert_int_equal(due_in(), 30000); /* a byte now and then gains nothing */
	connection->reader.body_seen = 60000;
	assert_int_equal(due_in(), 90000);
	connection->reader.body_seen = 30 << 20;
	assert_int_equal(due_in(), 600000);
	collect_refuse(connection, ERROR_UNAUTHENTICATED, "no key was sent");
	collect_refuse(connection, ERROR_OVERLOADED, "too late to matter");
	assert_true(collect_due_ms(connection) - clock_mono_ms() <= 2000);
	assert_int_equal(connection->refused->kind, ERROR_UNAUTHENTICATED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_whole_answer_leaves_a_kept_connection_ready),
		TEST(test_a_slow_reader_holds_no_thread_for_less_than_a_megabyte),
		TEST(test_one_that_reads_nothing_is_given_up_when_its_time_is_over),
		TEST(test_a_slow_reader_is_given_up_before_the_requests_own_time_is_over),
		TEST(test_one_that_has_hung_up_is_not_waited_for),
		TEST(test_an_early_answer_is_followed_by_what_is_left_of_the_body),
		TEST(test_a_body_that_was_cut_is_no_request),
		TEST(test_how_long_a_request_may_be_on_its_way),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
