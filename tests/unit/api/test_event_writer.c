/*
 * Framing of streams, new and replayed: server-sent events, and Gemini's JSON array.
 */
#include "api/event_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "api/replay.h"
#include "caught_reply.h"

static struct caught_reply caught;
static struct event_writer writer;

static int set_up(void **state)
{
	caught_begin(&caught, "/v1/chat/completions");
	writer = (struct event_writer){ .reply = &caught.reply };
	return 0;
}

static int tear_down(void **state)
{
	caught_end(&caught);
	return 0;
}

static const char *body(void)
{
	const char *end = strstr(caught.sent.bytes, "\r\n\r\n");

	assert_non_null(end);
	return end + 4;
}

static void put(const char *name, const char *data)
{
	assert_int_equal(event_writer_put(&writer, name, slice_of(data)), 0);
}

static void test_events_have_names_and_data(void **state)
{
	put("", "{}");
	put("error", "{\"a\":1}");
	assert_int_equal(event_writer_end(&writer), 0);
	assert_string_equal(body(), "data: {}\n\nevent: error\ndata: {\"a\":1}\n\n");
	assert_string_equal(
	    web_reply_header_of(&caught.reply, "Content-Type"), "text/event-stream; charset=utf-8");
}

/* A line break inside the data would end the event. */
static void test_several_lines_are_several_data_lines(void **state)
{
	put("", "one\ntwo\n");
	assert_string_equal(body(), "data: one\ndata: two\ndata: \n\n");
}

static void test_a_keep_alive_is_a_comment(void **state)
{
	assert_int_equal(event_writer_keep_alive(&writer), 0);
	put("", "{}");
	assert_string_equal(body(), ": keep-alive\n\ndata: {}\n\n");
}

/* Two empty lines, for Go's reader looks for pairs of them. */
static void test_where_comments_are_not_read_empty_lines_keep_alive(void **state)
{
	writer.no_comments = true;
	assert_int_equal(event_writer_keep_alive(&writer), 0);
	put("", "{}");
	assert_int_equal(event_writer_keep_alive(&writer), 0);
	assert_string_equal(body(), "\n\ndata: {}\n\n\n\n");
}

static void test_an_array_is_json_with_or_without_elements(void **state)
{
	json_t *array;

	writer.as_array = true;
	assert_int_equal(event_writer_keep_alive(&writer), 0);
	put("ignored", "{\"a\":1}");
	assert_int_equal(event_writer_keep_alive(&writer), 0);
	put("", "{\"a\":2}");
	assert_int_equal(event_writer_end(&writer), 0);
	array = json_loads(body(), 0, NULL);
	assert_int_equal(json_array_size(array), 2);
	json_decref(array);
	tear_down(state);
	set_up(state);
	writer.as_array = true;
	assert_int_equal(event_writer_begin(&writer), 0);
	assert_int_equal(event_writer_end(&writer), 0);
	assert_string_equal(body(), "[]");
}

static void test_a_replay_is_the_same_bytes(void **state)
{
	replay_send(&caught.reply, "text/event-stream", true, slice_of("data: {}\n\n"));
	assert_true(web_reply_streamed(&caught.reply));
	assert_string_equal(body(), "data: {}\n\n");
	tear_down(state);
	set_up(state);
	replay_send(&caught.reply, "application/json", false, slice_of("{}"));
	assert_false(web_reply_streamed(&caught.reply));
	assert_string_equal(web_reply_header_of(&caught.reply, "Content-Type"), "application/json");
	assert_string_equal(body(), "{}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_events_have_names_and_data),
		TEST(test_several_lines_are_several_data_lines),
		TEST(test_a_keep_alive_is_a_comment),
		TEST(test_where_comments_are_not_read_empty_lines_keep_alive),
		TEST(test_an_array_is_json_with_or_without_elements),
		TEST(test_a_replay_is_the_same_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
