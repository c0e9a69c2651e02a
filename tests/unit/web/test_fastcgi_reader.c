/*
 * Records of FastCGI in whatever pieces they come, and records that cannot be: they break their
 * connection and nothing else.
 */
#include "web/fastcgi_reader.h"

#include <fastcgi.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES_MAX 4096

static struct arena arena;

struct bytes {
	char at[BYTES_MAX];
	size_t len;
};

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

static void put(struct bytes *to, const void *from, size_t len)
{
	assert_true(to->len + len <= sizeof to->at);
	memcpy(to->at + to->len, from, len);
	to->len += len;
}

static void record(struct bytes *to, int type, int id, const char *content, size_t len)
{
	const unsigned char header[8] = { 1, (unsigned char)type, (unsigned char)(id >> 8),
		(unsigned char)id, (unsigned char)(len >> 8), (unsigned char)len, 3, 0 };

	put(to, header, sizeof header);
	put(to, content, len);
	put(to, "\0\0\0", 3); /* the padding */
}

#define RECORD(to, type, id, literal) record(to, type, id, literal, sizeof literal - 1)
#define BEGIN                         "\0\1\1\0\0\0\0\0"
#define PAIRS                         "\16\4REQUEST_METHODPOST\13\0REQUEST_URI"

static void whole(struct bytes *to)
{
	RECORD(to, FCGI_BEGIN_REQUEST, 258, BEGIN);
	RECORD(to, FCGI_PARAMS, 258, "\16\4REQUEST_ME");
	RECORD(to, FCGI_PARAMS, 258, "THODPOST\13\0REQUEST_URI");
	RECORD(to, FCGI_PARAMS, 258, "");
	RECORD(to, FCGI_STDIN, 258, "{\"a\":");
	RECORD(to, FCGI_STDIN, 7, "another's");
	RECORD(to, FCGI_DATA, 258, "nobody's");
	RECORD(to, FCGI_STDIN, 258, "1}");
	RECORD(to, FCGI_STDIN, 258, "");
}

static void assert_whole(struct fastcgi_reader *reader, size_t piece)
{
	struct web_request request = { .arena = &arena };

	if (reader->stage != FASTCGI_WHOLE)
		fail_msg("pieces of %zu: stage %d", piece, (int)reader->stage);
	assert_int_equal(reader->request_id, 258);
	assert_true(reader->keeps);
	assert_string_equal(reader->body.ptr, "{\"a\":1}");
	assert_int_equal(reader->body_seen, 7);
	assert_int_equal(fastcgi_variables(reader, &request), 0);
	assert_int_equal(request.variable_count, 2);
	assert_string_equal(web_request_variable(&request, "REQUEST_METHOD"), "POST");
	assert_string_equal(web_request_variable(&request, "REQUEST_URI"), "");
}

static void test_a_request_may_come_in_any_pieces_and_the_next_one_after_it(void **state)
{
	struct bytes bytes = { .len = 0 };
	struct fastcgi_reader reader;

	whole(&bytes);
	fastcgi_reader_init(&reader);
	for (size_t piece = 1; piece <= bytes.len; piece++) {
		for (size_t at = 0; at < bytes.len; at += piece)
			fastcgi_take(&reader, bytes.at + at,
			    bytes.len - at < piece ? bytes.len - at : piece);
		assert_whole(&reader, piece);
		fastcgi_reader_reset(&reader);
	}
	fastcgi_reader_release(&reader);
}

/* clang-format off */
static const struct {
	const char *what;
	struct { int type, id; const char *content; size_t len; } records[4];
	enum fastcgi_stage stage;
} turns[] = {
	{ "variables before a request",        { { FCGI_PARAMS, 1, "x", 1 } }, FASTCGI_IDLE },
	{ "a request for nobody",              { { FCGI_BEGIN_REQUEST, 0, BEGIN, 8 } }, FASTCGI_BROKEN },
	{ "a begin that is too short",         { { FCGI_BEGIN_REQUEST, 1, "\0\1", 2 } }, FASTCGI_BROKEN },
	{ "a begin that is too long",          { { FCGI_BEGIN_REQUEST, 1, BEGIN BEGIN, 16 } }, FASTCGI_BROKEN },
	{ "another role",                      { { FCGI_BEGIN_REQUEST, 1, "\0\2\0\0\0\0\0\0", 8 } }, FASTCGI_BROKEN },
	{ "two requests at a time",            { { FCGI_BEGIN_REQUEST, 1, BEGIN, 8 }, { FCGI_BEGIN_REQUEST, 2, BEGIN, 8 } }, FASTCGI_BROKEN },
	{ "a body before the head has ended",  { { FCGI_BEGIN_REQUEST, 1, BEGIN, 8 }, { FCGI_STDIN, 1, "x", 1 } }, FASTCGI_BROKEN },
	{ "variables after the head",          { { FCGI_BEGIN_REQUEST, 1, BEGIN, 8 }, { FCGI_PARAMS, 1, "", 0 }, { FCGI_PARAMS, 1, "x", 1 } }, FASTCGI_BROKEN },
	{ "a request that is taken back",      { { FCGI_BEGIN_REQUEST, 1, BEGIN, 8 }, { FCGI_PARAMS, 1, "", 0 }, { FCGI_ABORT_REQUEST, 1, "", 0 } }, FASTCGI_ABORTED },
	{ "another's request is taken back",   { { FCGI_BEGIN_REQUEST, 1, BEGIN, 8 }, { FCGI_PARAMS, 1, "", 0 }, { FCGI_ABORT_REQUEST, 2, "", 0 } }, FASTCGI_BODY },
	{ "taken back after it was whole",     { { FCGI_BEGIN_REQUEST, 1, BEGIN, 8 }, { FCGI_PARAMS, 1, "", 0 }, { FCGI_STDIN, 1, "", 0 }, { FCGI_ABORT_REQUEST, 1, "", 0 } }, FASTCGI_ABORTED },
	{ "a type that does not exist",        { { FCGI_BEGIN_REQUEST, 1, BEGIN, 8 }, { 200, 1, "x", 1 } }, FASTCGI_HEAD },
};
/* clang-format on */

static void test_records_out_of_turn(void **state)
{
	for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
		struct bytes bytes = { .len = 0 };
		struct fastcgi_reader reader;

		for (size_t k = 0; k < 4 && turns[i].records[k].type; k++)
			record(&bytes, turns[i].records[k].type, turns[i].records[k].id,
			    turns[i].records[k].content, turns[i].records[k].len);
		fastcgi_reader_init(&reader);
		fastcgi_take(&reader, bytes.at, bytes.len);
		if (reader.stage != turns[i].stage)
			fail_msg("%s: stage %d", turns[i].what, (int)reader.stage);
		fastcgi_reader_release(&reader);
	}
}

static void test_what_is_no_fastcgi_is_told_by_its_first_bytes(void **state)
{
	struct fastcgi_reader reader;

	fastcgi_reader_init(&reader);
	fastcgi_take(&reader, "GET / HTTP/1.1\r\n", 16);
	assert_int_equal(reader.stage, FASTCGI_BROKEN);
	fastcgi_reader_release(&reader);
}

/* The lengths of a name and a value; those that are negative as a C int ended the process. */
static void test_lengths_that_are_not_true_are_refused(void **state)
{
	static const struct slice pairs[] = { SLICE("\377\377\377\377"), SLICE("\1"),
		SLICE("\1\1a"), SLICE("\377\377\377\377\377\377\377\377ab"),
		SLICE("\200\0\0\1\177a"), SLICE("\200\0\0"), SLICE(PAIRS "\1"),
		SLICE("\1\200\200\200\200a") };

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct web_request request = { .arena = &arena };
		struct bytes bytes = { .len = 0 };
		struct fastcgi_reader reader;

		RECORD(&bytes, FCGI_BEGIN_REQUEST, 1, BEGIN);
		record(&bytes, FCGI_PARAMS, 1, pairs[i].ptr, pairs[i].len);
		RECORD(&bytes, FCGI_PARAMS, 1, "");
		fastcgi_reader_init(&reader);
		fastcgi_take(&reader, bytes.at, bytes.len);
		assert_int_equal(reader.stage, FASTCGI_BODY);
		if (fastcgi_variables(&reader, &request) != -1)
			fail_msg("pair %zu was read", i);
		fastcgi_reader_release(&reader);
	}
}

static void test_a_head_without_end_is_given_up(void **state)
{
	static char content[60000];
	struct bytes bytes = { .len = 0 };
	const unsigned char header[8] = { 1, FCGI_PARAMS, 0, 1, sizeof content >> 8,
		sizeof content & 255, 0, 0 };
	struct fastcgi_reader reader;

	RECORD(&bytes, FCGI_BEGIN_REQUEST, 1, BEGIN);
	fastcgi_reader_init(&reader);
	fastcgi_take(&reader, bytes.at, bytes.len);
	for (int i = 0; i < 100; i++) {
		fastcgi_take(&reader, (const char *)header, sizeof header);
		fastcgi_take(&reader, content, sizeof content);
	}
	assert_int_equal(reader.stage, FASTCGI_BROKEN);
	assert_true(fastcgi_held(&reader) < (size_t)1 << 20);
	fastcgi_reader_release(&reader);
}

static void test_of_a_body_no_more_is_kept_than_may_be(void **state)
{
	struct bytes bytes = { .len = 0 };
	struct fastcgi_reader reader;

	whole(&bytes);
	fastcgi_reader_init(&reader);
	reader.body_limit = 3;
	for (size_t at = 0; at < bytes.len; at++)
		fastcgi_take(&reader, bytes.at + at, 1);
	assert_int_equal(reader.stage, FASTCGI_WHOLE);
	assert_int_equal(reader.body_seen, 7);
	assert_string_equal(reader.body.ptr, "{\"a");
	fastcgi_drop_body(&reader);
	assert_int_equal(reader.body.room, 0);
	fastcgi_reader_release(&reader);
}

static void test_the_servers_questions_are_answered(void **state)
{
	struct bytes bytes = { .len = 0 };
	struct fastcgi_reader reader;

	RECORD(&bytes, FCGI_GET_VALUES, 0, "\17\0FCGI_MPXS_CONNS");
	RECORD(&bytes, 99, 0, "what?");
	whole(&bytes);
	fastcgi_reader_init(&reader);
	fastcgi_take(&reader, bytes.at, bytes.len);
	assert_whole(&reader, bytes.len);
	assert_int_equal(reader.replies.len, 8 + 18 + 16);
	assert_memory_equal(reader.replies.ptr, "\1\12\0\0\0\22\0\0\17\1FCGI_MPXS_CONNS0", 26);
	assert_memory_equal(reader.replies.ptr + 26, "\1\13\0\0\0\10\0\0\143\0\0\0\0\0\0\0", 16);
	fastcgi_reader_release(&reader);
}

/* Under AddressSanitizer and valgrind this says more than that it ends. */
static void test_spoiled_records_end_nothing(void **state)
{
	struct bytes good = { .len = 0 };
	unsigned seed = 1;

	whole(&good);
	for (int i = 0; i < 20000; i++) {
		struct web_request request = { .arena = &arena };
		struct bytes bad = good;
		struct fastcgi_reader reader;

		for (int k = 0; k <= i % 4; k++) {
			seed = seed * 1103515245 + 12345;
			bad.at[(seed >> 16) % bad.len] = (char)(seed >> 8);
		}
		fastcgi_reader_init(&reader);
		fastcgi_take(&reader, bad.at, bad.len);
		if (reader.stage == FASTCGI_BODY || reader.stage == FASTCGI_WHOLE)
			(void)fastcgi_variables(&reader, &request); /* either way */
		assert_true(fastcgi_held(&reader) < 16384);
		fastcgi_reader_release(&reader);
		arena_reset(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_may_come_in_any_pieces_and_the_next_one_after_it),
		cmocka_unit_test(test_records_out_of_turn),
		cmocka_unit_test(test_what_is_no_fastcgi_is_told_by_its_first_bytes),
		cmocka_unit_test(test_lengths_that_are_not_true_are_refused),
		cmocka_unit_test(test_a_head_without_end_is_given_up),
		cmocka_unit_test(test_of_a_body_no_more_is_kept_than_may_be),
		cmocka_unit_test(test_the_servers_questions_are_answered),
		cmocka_unit_test(test_spoiled_records_end_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
