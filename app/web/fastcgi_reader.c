/*
 * Records one after the other: eight bytes of header, content, padding.  See the header, and the
 * FastCGI specification, sections 3 to 5.
 */
#include "web/fastcgi_reader.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

/* Web servers take heads of 8 to 64 KB, and add some variables of their own. */
#define VARIABLES_BYTES_MAX ((size_t)256 << 10)
#define VARIABLES_MAX       1024
#define REPLIES_BYTES_MAX   4096 /* a server asks once, when it starts */
#define ROOM_FIRST          1024
#define ROOM_KEPT           ((size_t)64 << 10) /* from one request to the next */

/* ---- bytes ---- */

static void bytes_add(struct fastcgi_bytes *bytes, const char *more, size_t len)
{
	if (bytes->len + len + 1 > bytes->room) {
		size_t room = bytes->room ? bytes->room : ROOM_FIRST;

		while (room < bytes->len + len + 1)
			room *= 2;
		bytes->ptr = alloc_grow(bytes->ptr, room, 1);
		bytes->room = room;
	}
	memcpy(bytes->ptr + bytes->len, more, len);
	bytes->len += len;
	bytes->ptr[bytes->len] = '\0';
}

static void bytes_free(struct fastcgi_bytes *bytes)
{
	free(bytes->ptr);
	*bytes = (struct fastcgi_bytes){ NULL, 0, 0 };
}

static void bytes_clear(struct fastcgi_bytes *bytes)
{
	bytes->len = 0;
	if (bytes->room > ROOM_KEPT)
		bytes_free(bytes);
}

void fastcgi_reader_init(struct fastcgi_reader *reader)
{
	*reader = (struct fastcgi_reader){ .body_limit = INT64_MAX };
}

void fastcgi_reader_reset(struct fastcgi_reader *reader)
{
	struct fastcgi_bytes variables = reader->variables, body = reader->body;

	bytes_free(&reader->replies);
	bytes_clear(&variables);
	bytes_clear(&body);
	fastcgi_reader_init(reader);
	reader->variables = variables;
	reader->body = body;
}

void fastcgi_reader_release(struct fastcgi_reader *reader)
{
	bytes_free(&reader->variables);
	bytes_free(&reader->body);
	bytes_free(&reader->replies);
}

void fastcgi_drop_body(struct fastcgi_reader *reader)
{
	reader->body_limit = 0;
	bytes_free(&reader->body);
}

void fastcgi_drop_variables(struct fastcgi_reader *reader)
{
	bytes_free(&reader->variables);
}

size_t fastcgi_held(const struct fastcgi_reader *reader)
{
	return reader->variables.room + reader->body.room;
}

/* ---- records ---- */

static void fastcgi_reader_fail(struct fastcgi_reader *reader)
{
	reader->stage = FASTCGI_BROKEN;
}

static unsigned type_of(const struct fastcgi_reader *reader)
{
	return reader->header[1];
}

static unsigned id_of(const struct fastcgi_reader *reader)
{
	return (unsigned)reader->header[2] << 8 | reader->header[3];
}

/* The web server's question is not known, or has no answer: section 4.2. */
static void answer_unknown(struct fastcgi_reader *reader)
{
	const char record[16] = { FCGI_VERSION_1, FCGI_UNKNOWN_TYPE, 0, 0, 0, 8, 0, 0,
		(char)type_of(reader) };

	bytes_add(&reader->replies, record, sizeof record);
}

/* FCGI_GET_VALUES: how many connections and requests at a time it is for the server to choose, and
 * requests do not share a connection; section 4.1.  A value that was not asked for does no harm. */
static void answer_values(struct fastcgi_reader *reader)
{
	static const char value[] = "\x0f\x01"
				    "FCGI_MPXS_CONNS0";
	const char header[8] = { FCGI_VERSION_1, FCGI_GET_VALUES_RESULT, 0, 0, 0,
		sizeof value - 1 };

	bytes_add(&reader->replies, header, sizeof header);
	bytes_add(&reader->replies, value, sizeof value - 1);
}

static void take_question(struct fastcgi_reader *reader)
{
	if (reader->replies.len > REPLIES_BYTES_MAX)
		fastcgi_reader_fail(reader);
	else if (type_of(reader) == FCGI_GET_VALUES)
		answer_values(reader);
	else
		answer_unknown(reader);
}

static void begin_request(struct fastcgi_reader *reader)
{
	if (reader->stage != FASTCGI_IDLE || id_of(reader) == 0 ||
	    reader->content_left != sizeof reader->begin) {
		fastcgi_reader_fail(reader);
		return;
	}
	reader->stage = FASTCGI_HEAD;
	reader->request_id = id_of(reader);
}

/* May such a record of the request come now? */
static bool is_in_turn(const struct fastcgi_reader *reader)
{
	switch (type_of(reader)) {
	case FCGI_PARAMS:
		return reader->stage == FASTCGI_HEAD &&
		       reader->variables.len + reader->content_left <= VARIABLES_BYTES_MAX;
	case FCGI_STDIN:
		return reader->stage != FASTCGI_HEAD;
	default:
		return true;
	}
}

/* A header is complete.  What belongs to no request that runs, and what this program has no use
 * for, is read over, as the specification wants it. */
static void judge_record(struct fastcgi_reader *reader)
{
	reader->content_left = (size_t)reader->header[4] << 8 | reader->header[5];
	reader->padding_left = reader->header[6];
	reader->begin_len = 0;
	if (reader->header[0] != FCGI_VERSION_1)
		fastcgi_reader_fail(reader);
	else if (type_of(reader) == FCGI_BEGIN_REQUEST)
		begin_request(reader);
	else if (id_of(reader) == 0)
		take_question(reader);
	else if (reader->stage != FASTCGI_IDLE && id_of(reader) == reader->request_id &&
		 !is_in_turn(reader))
		fastcgi_reader_fail(reader);
}

static void take_begin(struct fastcgi_reader *reader, const char *bytes, size_t len)
{
	memcpy(reader->begin + reader->begin_len, bytes, len);
	reader->begin_len += len;
	if (reader->begin_len < sizeof reader->begin)
		return;
	if (reader->begin[0] != 0 || reader->begin[1] != FCGI_RESPONDER)
		fastcgi_reader_fail(reader);
	reader->keeps = reader->begin[2] & FCGI_KEEP_CONN;
}

static void fastcgi_reader_take_body(struct fastcgi_reader *reader, const char *bytes, size_t len)
{
	int64_t room = reader->body_limit - (int64_t)reader->body.len;
	bool whole_so_far = (int64_t)reader->body.len == reader->body_seen;

	reader->body_seen += (int64_t)len;
	if (room <= 0 || !whole_so_far)
		return;
	bytes_add(&reader->body, bytes, (int64_t)len < room ? len : (size_t)room);
}

static void take_content(struct fastcgi_reader *reader, const char *bytes, size_t len)
{
	const unsigned type = type_of(reader);

	if (type == FCGI_BEGIN_REQUEST)
		take_begin(reader, bytes, len);
	else if (id_of(reader) != reader->request_id)
		return;
	else if (type == FCGI_PARAMS)
		bytes_add(&reader->variables, bytes, len);
	else if (type == FCGI_STDIN && reader->stage == FASTCGI_BODY)
		fastcgi_reader_take_body(reader, bytes, len);
}

/* A record without content ends a stream. */
static void end_record(struct fastcgi_reader *reader)
{
	const unsigned type = type_of(reader);
	const bool empty = reader->header[4] == 0 && reader->header[5] == 0;

	reader->header_len = 0;
	if (reader->stage == FASTCGI_IDLE || id_of(reader) != reader->request_id)
		return;
	if (type == FCGI_ABORT_REQUEST)
		reader->stage = FASTCGI_ABORTED;
	else if (type == FCGI_PARAMS && empty)
		reader->stage = FASTCGI_BODY;
	else if (type == FCGI_STDIN && empty && reader->stage == FASTCGI_BODY)
		reader->stage = FASTCGI_WHOLE;
}

static size_t take_header(struct fastcgi_reader *reader, const char *bytes, size_t len)
{
	size_t want = sizeof reader->header - reader->header_len;

	if (len > want)
		len = want;
	memcpy(reader->header + reader->header_len, bytes, len);
	reader->header_len += len;
	if (reader->header_len == sizeof reader->header)
		judge_record(reader);
	return len;
}

void fastcgi_take(struct fastcgi_reader *reader, const char *bytes, size_t len)
{
	while (len > 0 && reader->stage < FASTCGI_ABORTED) {
		size_t took;

		if (reader->header_len < sizeof reader->header) {
			took = take_header(reader, bytes, len);
		} else if (reader->content_left > 0) {
			took = len < reader->content_left ? len : reader->content_left;
			take_content(reader, bytes, took);
			reader->content_left -= took;
		} else {
			took = len < reader->padding_left ? len : reader->padding_left;
			reader->padding_left -= took;
		}
		bytes += took;
		len -= took;
		if (reader->stage < FASTCGI_ABORTED &&
		    reader->header_len == sizeof reader->header && !reader->content_left &&
		    !reader->padding_left)
			end_record(reader);
	}
}

/* ---- variables ---- */

/* One byte, or four with the highest bit set; 0: not all of it is there. */
static size_t read_length(const struct fastcgi_bytes *from, size_t at, size_t *out)
{
	const unsigned char *bytes;

	if (!from->ptr || at >= from->len)
		return 0;
	bytes = (const unsigned char *)from->ptr + at;
	if (bytes[0] < 0x80) {
		*out = bytes[0];
		return 1;
	}
	if (from->len - at < 4)
		return 0;
	*out = (size_t)(bytes[0] & 0x7f) << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 |
	       bytes[3];
	return 4;
}

/* A name and its value; the place behind them, or 0 when their lengths are not true. */
static size_t read_pair(
    const struct fastcgi_bytes *from, size_t at, struct slice *out_name, struct slice *out_value)
{
	size_t took = read_length(from, at, &out_name->len), left;

	if (!took)
		return 0;
	at += took;
	took = read_length(from, at, &out_value->len);
	if (!took)
		return 0;
	at += took;
	left = from->len - at;
	if (out_name->len > left || out_value->len > left - out_name->len)
		return 0;
	out_name->ptr = from->ptr + at;
	out_value->ptr = from->ptr + at + out_name->len;
	return at + out_name->len + out_value->len;
}

static int count_pairs(const struct fastcgi_bytes *from, size_t *out_count)
{
	struct slice name, value;
	size_t at = 0;

	for (*out_count = 0; at < from->len; ++*out_count) {
		at = read_pair(from, at, &name, &value);
		if (!at || *out_count == VARIABLES_MAX)
			return -1;
	}
	return 0;
}

/* The byte behind a value belongs to the next pair's length, which has been read by then.  Reading
 * twice would find it changed, so the text is a copy in the arena. */
int fastcgi_variables(struct fastcgi_reader *reader, struct web_request *request)
{
	struct fastcgi_bytes copy = reader->variables;
	size_t count, at = 0, next;
	char *end_of_value = NULL;

	request->variable_count = 0;
	request->variables = NULL;
	if (count_pairs(&reader->variables, &count) != 0)
		return -1;
	copy.ptr = arena_room(request->arena, copy.len + 1);
	if (copy.len)
		memcpy(copy.ptr, reader->variables.ptr, copy.len);
	request->variables = arena_room(request->arena, count * sizeof *request->variables);
	for (; request->variable_count < count; at = next) {
		struct web_variable *variable = &request->variables[request->variable_count++];
		struct slice value = { NULL, 0 };

		next = read_pair(&copy, at, &variable->name, &value);
		variable->value = value.ptr;
		if (end_of_value)
			*end_of_value = '\0';
		end_of_value = copy.ptr + next;
	}
	if (end_of_value)
		*end_of_value = '\0';
	web_request_index(request);
	return 0;
}
