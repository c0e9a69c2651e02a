/*
 * Reading a request: its variables, its path, its body.
 *
 * The body is read whole before anything is answered, because unread bytes break connections that
 * servers keep.  Its length is CONTENT_LENGTH, to the byte; without one (a chunked body that the
 * server passes on as it comes) everything up to the end of the stream.  The first thing that is
 * wrong is what is told.
 */
#include "web/request_intake.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/digest.h"
#include "web/request_path.h"

#include "base/banned.h"

/* A refused body is read to its end up to this size, so that the client gets its answer; one that
 * is larger costs the client its connection. Twice the default limit and more. */
#define DRAIN_BYTES_MAX (INT64_C(128) * 1024 * 1024)
#define PIECE_BYTES     16384

/*
 * Variables that decide who asks, what is asked or how much follows: two of one name with different
 * values mean that somebody reads the other one.  lighttpd passes "X-Api-Key" and "X_Api_Key" as
 * one name twice.
 */
/* clang-format off */
enum single {
	REQUEST_METHOD, REQUEST_URI, QUERY_STRING, SCRIPT_NAME, PATH_INFO, SCRIPT_FILENAME, BASE_PATH,
	CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING, TRANSFER_ENCODING, HTTPS,
	SINGLE_READ, /* those above are read here, those below only watched */
	SINGLE_COUNT = SINGLE_READ + 14
};
static const struct slice single_names[SINGLE_COUNT] = {
	[REQUEST_METHOD]    = SLICE("REQUEST_METHOD"),
	[REQUEST_URI]       = SLICE("REQUEST_URI"),
	[QUERY_STRING]      = SLICE("QUERY_STRING"),
	[SCRIPT_NAME]       = SLICE("SCRIPT_NAME"),
	[PATH_INFO]         = SLICE("PATH_INFO"),
	[SCRIPT_FILENAME]   = SLICE("SCRIPT_FILENAME"),
	[BASE_PATH]         = SLICE("SIDEWAYS_BASE_PATH"),
	[CONTENT_LENGTH]    = SLICE("CONTENT_LENGTH"),
	[CONTENT_TYPE]      = SLICE("CONTENT_TYPE"),
	[CONTENT_ENCODING]  = SLICE("HTTP_CONTENT_ENCODING"),
	[TRANSFER_ENCODING] = SLICE("HTTP_TRANSFER_ENCODING"),
	[HTTPS]             = SLICE("HTTPS"),
	SLICE("HTTP_AUTHORIZATION"), SLICE("REDIRECT_HTTP_AUTHORIZATION"), SLICE("HTTP_X_API_KEY"),
	SLICE("HTTP_API_KEY"), SLICE("HTTP_X_GOOG_API_KEY"), SLICE("HTTP_HOST"), SLICE("HTTP_COOKIE"),
	SLICE("HTTP_CONTENT_LENGTH"), SLICE("HTTP_IDEMPOTENCY_KEY"), SLICE("HTTP_FORWARDED"),
	SLICE("HTTP_X_FORWARDED_FOR"), SLICE("HTTP_X_FORWARDED_PROTO"), SLICE("HTTP_X_FORWARDED_HOST"),
	SLICE("REMOTE_ADDR"),
};
/* clang-format on */

struct variables {
	const char *values[SINGLE_COUNT];
};

static int collect_variables(
    struct variables *variables, const struct web_request *request, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < SINGLE_COUNT; i++) {
		const struct web_variable *one = web_request_first(request, single_names[i]);

		variables->values[i] = one ? one->value : NULL;
		while (result == 0 && one && (one = web_request_next(one)) != NULL)
			if (strcmp(variables->values[i], one->value) != 0)
				result = error_set(err, ERROR_BAD_REQUEST,
				    "%s came twice with different values", single_names[i].ptr);
	}
	return result;
}

static int take_path(
    struct web_request *request, const struct variables *variables, bool refused, struct error *err)
{
	struct canonical_path path = { .path = "/", .base_path = "", .query = "" };
	struct path_variables from = {
		.request_uri = variables->values[REQUEST_URI],
		.query_string = variables->values[QUERY_STRING],
		.script_name = variables->values[SCRIPT_NAME],
		.path_info = variables->values[PATH_INFO],
		.script_filename = variables->values[SCRIPT_FILENAME],
		.mounted_at = variables->values[BASE_PATH],
	};
	int result = request_path(&from, request->arena, &path, refused ? NULL : err);

	request->path = path.path;
	request->base_path = path.base_path;
	request->query = path.query;
	return result;
}

static bool is_https(const struct variables *variables)
{
	const char *https = variables->values[HTTPS];

	return https && https[0] && strcmp(https, "off") != 0 && strcmp(https, "0") != 0;
}

static int check_method(struct web_request *request, struct error *err)
{
	if (!request->method || !request->method[0]) {
		request->method = "GET";
		return error_set(err, ERROR_BAD_REQUEST, "the web server passed no REQUEST_METHOD");
	}
	for (const char *at = request->method; *at; at++)
		if (*at < 'A' || *at > 'Z')
			return error_set(
			    err, ERROR_BAD_REQUEST, "method: not made of capital letters");
	return 0;
}

/* The length that was declared, -1 when none was, -2 when it is no number. */
static int64_t declared_length(const char *text)
{
	int64_t length = 0;

	if (!text || !text[0] || strcmp(text, "-1") == 0) /* Caddy, of a chunked body */
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || length > (INT64_MAX - 9) / 10)
			return -2;
		length = length * 10 + (*text - '0');
	}
	return length;
}

static int refuse_number(struct error *err)
{
	return error_set(err, ERROR_BAD_REQUEST, "CONTENT_LENGTH is not a whole number");
}

static int refuse_large(int64_t length, int64_t limit, struct error *err)
{
	return error_set(err, ERROR_TOO_LARGE, "body is %lld bytes, limit %lld", (long long)length,
	    (long long)limit);
}

static int refuse_short(int64_t came, int64_t announced, struct error *err)
{
	return error_set(err, ERROR_BAD_REQUEST,
	    "body: ended after %lld of the %lld bytes that CONTENT_LENGTH promised",
	    (long long)came, (long long)announced);
}

static int refuse_long(int64_t announced, struct error *err)
{
	return error_set(err, ERROR_BAD_REQUEST,
	    "body: longer than the %lld bytes that CONTENT_LENGTH promised", (long long)announced);
}

/* Reads on to the end without keeping anything. */
static void drain(
    const struct body_source *source, int64_t already, int64_t declared, bool *out_unread)
{
	char piece[PIECE_BYTES];
	int64_t seen = already;

	*out_unread = true;
	if (!source->has_end && declared < 0)
		return;
	while (seen <= DRAIN_BYTES_MAX && (source->has_end || seen < declared)) {
		size_t want = sizeof piece;
		if (!source->has_end && declared - seen < (int64_t)want)
			want = (size_t)(declared - seen);
		long got = source->read(source->ctx, piece, want);
		if (got < 0)
			return;
		if (got == 0)
			break;
		seen += got;
	}
	*out_unread = seen > DRAIN_BYTES_MAX;
}

/* Up to len bytes; fewer only at the end or when the source broke. */
static size_t read_up_to(const struct body_source *source, char *bytes, size_t len)
{
	size_t have = 0;

	while (have < len) {
		long got = source->read(source->ctx, bytes + have, len - have);
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	return have;
}

static int read_declared(struct web_request *request, const struct body_source *source,
    int64_t declared, bool *out_unread, struct error *err)
{
	size_t len = (size_t)declared;
	char *bytes = arena_room(request->arena, len + 1);
	size_t have = read_up_to(source, bytes, len);
	char extra;

	if (have < len) {
		*out_unread = true;
		return refuse_short((int64_t)have, declared, err);
	}
	if (source->has_end && source->read(source->ctx, &extra, 1) > 0) {
		drain(source, declared + 1, declared, out_unread);
		return refuse_long(declared, err);
	}
	bytes[len] = '\0';
	request->body = (struct slice){ bytes, len };
	return 0;
}

/* A body of unknown length: blocks that double, in the arena (which keeps the old ones: at most as
 * much again). */
static int read_to_end(struct web_request *request, const struct body_source *source, int64_t limit,
    bool *out_unread, struct error *err)
{
	size_t size = PIECE_BYTES, have = 0;
	char *bytes = arena_alloc(request->arena, size + 1);

	for (;;) {
		have += read_up_to(source, bytes + have, size - have);
		if (have < size)
			break;
		if ((int64_t)have > limit) {
			drain(source, (int64_t)have, INT64_MAX, out_unread);
			return error_set(err, ERROR_TOO_LARGE,
			    "body: more than %lld bytes, which is the limit", (long long)limit);
		}
		char *larger = arena_alloc(request->arena, size * 2 + 1);
		memcpy(larger, bytes, have);
		bytes = larger;
		size *= 2;
	}
	if ((int64_t)have > limit)
		return refuse_large((int64_t)have, limit, err);
	bytes[have] = '\0';
	request->body = (struct slice){ bytes, have };
	return 0;
}

static int request_intake_take_body(struct web_request *request, const struct variables *variables,
    const struct body_source *source, int64_t limit, bool *out_unread, struct error *err)
{
	int64_t declared = declared_length(variables->values[CONTENT_LENGTH]);
	const char *encoding = variables->values[TRANSFER_ENCODING];
	int result = 0;

	if (declared == -2) {
		drain(source, 0, -1, out_unread);
		return refuse_number(err);
	}
	if (declared > limit) {
		if (declared > DRAIN_BYTES_MAX)
			*out_unread = true;
		else
			drain(source, 0, declared, out_unread);
		return refuse_large(declared, limit, err);
	}
	if (declared > 0 || (declared == 0 && source->has_end))
		result = read_declared(request, source, declared, out_unread, err);
	else if (declared < 0 && (source->has_end || (encoding && encoding[0])))
		result = read_to_end(request, source, limit, out_unread, err);
	return result;
}

/* The limit of a body is one of what it holds; unpacked it could be a thousand times as much. */
static int check_encoding(const struct variables *variables, struct error *err)
{
	const char *encoding = variables->values[CONTENT_ENCODING];

	if (!encoding || !encoding[0] || strcasecmp(encoding, "identity") == 0)
		return 0;
	return error_set(err, ERROR_ENCODING,
	    "Content-Encoding '%.20s': compressed requests are not accepted; send the body as it "
	    "is",
	    encoding);
}

/* Whether the head was refused. */
static bool take_head(struct web_request *request, struct variables *variables, struct error *err)
{
	bool refused = collect_variables(variables, request, err) < 0;

	if (!request->started_us)
		request->started_us = clock_mono_us();
	request->id = arena_copy(request->arena, digest_new_id().text);
	request->body = (struct slice){ "", 0 };
	request->method = variables->values[REQUEST_METHOD];
	request->content_type = variables->values[CONTENT_TYPE];
	if (!request->content_type)
		request->content_type = "";
	request->https = is_https(variables);
	refused |= check_method(request, refused ? NULL : err) < 0;
	refused |= take_path(request, variables, refused, err) < 0;
	refused |= check_encoding(variables, refused ? NULL : err) < 0;
	return refused;
}

int request_head(
    struct web_request *request, int64_t max_body_bytes, int64_t *out_announced, struct error *err)
{
	struct variables variables = { { NULL } };
	bool refused = take_head(request, &variables, err);
	int64_t declared = declared_length(variables.values[CONTENT_LENGTH]);

	*out_announced = declared < 0 ? -1 : declared;
	if (refused)
		return -1;
	if (declared == -2)
		return refuse_number(err);
	return declared > max_body_bytes ? refuse_large(declared, max_body_bytes, err) : 0;
}

int request_body(struct web_request *request, int64_t announced, int64_t max_body_bytes,
    struct slice kept, int64_t came, struct error *err)
{
	if (announced >= 0 && came < announced)
		return refuse_short(came, announced, err);
	if (announced >= 0 && came > announced)
		return refuse_long(announced, err);
	if (came > max_body_bytes)
		return refuse_large(came, max_body_bytes, err);
	if (kept.len)
		request->body = kept;
	return 0;
}

int request_intake(struct web_request *request, const struct body_source *source,
    int64_t max_body_bytes, bool *out_unread, struct error *err)
{
	struct variables variables = { { NULL } };
	bool refused = take_head(request, &variables, err);

	*out_unread = false;
	refused |= request_intake_take_body(request, &variables, source, max_body_bytes, out_unread,
		       refused ? NULL : err) < 0;
	if (refused)
		request->body = (struct slice){ "", 0 };
	return refused ? -1 : 0;
}
