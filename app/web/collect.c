/*
 * Times and sizes of requests on their way, and what they are refused with.  See the header.
 */
#include "web/collect.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "web/request_intake.h"

#include "base/banned.h"

/* The web server has the whole head before it says a word. */
#define HEAD_MS 30000

/* Whoever sends at all has sent the rest of a small request by then. */
#define JUDGED_AFTER_MS 250
#define LARGE_BYTES     ((size_t)64 << 10)

/* A refused request is answered when its body has ended, as servers that keep connections want it,
 * or so long after it was refused. */
#define REFUSED_MS 2000

/* Without a key: a form of the panel.  With one: 30 s and a second for each 1000 bytes, as Apache's
 * mod_reqtimeout counts, so that a photo comes through by a bad telephone line and a byte now and
 * then does not. */
#define OPEN_MS         10000
#define BODY_MS         30000
#define BYTES_A_MS      1
#define BODY_MOST_MS    600000
#define OPEN_BODY_BYTES ((int64_t)1 << 20)

static int64_t began_ms(const struct web_connection *connection)
{
	return connection->began_us / 1000;
}

bool collect_is_large(const struct web_connection *connection)
{
	return connection->reader.stage == FASTCGI_BODY && !connection->judged &&
	       connection->reader.body.len > LARGE_BYTES;
}

void collect_refuse(struct web_connection *connection, enum error_kind kind, const char *text)
{
	fastcgi_drop_body(&connection->reader);
	if (connection->refused)
		return;
	connection->refused = alloc_zero(1, sizeof *connection->refused);
	connection->refused_us = clock_mono_us();
	(void)error_set(connection->refused, kind, "%s", text);
}

/* FNV-1a.  Who chooses addresses so that they fall on one place shares it with himself. */
static size_t collect_place_of(const char *address)
{
	uint32_t hash = 2166136261u;

	for (; *address; address++)
		hash = (hash ^ (unsigned char)*address) * 16777619u;
	return 1 + hash % (CONNECTION_PLACES - 1); /* 0: not known yet */
}

void collect_judge(
    struct web_connection *connection, const struct worker_options *options, struct arena *arena)
{
	struct web_request request = { .arena = arena, .client_fd = connection->fd };
	struct error refused = { 0 };
	int64_t announced;
	const char *address;

	connection->judged = true;
	if (fastcgi_variables(&connection->reader, &request) != 0) {
		collect_refuse(
		    connection, ERROR_BAD_REQUEST, "the web server's variables cannot be read");
		return;
	}
	address = web_request_variable(&request, "REMOTE_ADDR");
	connection->address = address ? collect_place_of(address) : 0;
	if (request_head(&request, connection->limits.body_bytes, &announced, &refused) != 0 ||
	    (options->judge &&
		options->judge(options->ctx, &request, &connection->known, &refused) != 0))
		collect_refuse(connection, refused.kind, refused.text);
	else if (!connection->known && connection->limits.body_bytes > OPEN_BODY_BYTES)
		connection->limits.body_bytes = OPEN_BODY_BYTES;
	if (connection->reader.body_limit > connection->limits.body_bytes)
		connection->reader.body_limit = connection->limits.body_bytes + 1;
}

static int64_t body_ms(const struct web_connection *connection)
{
	int64_t ms = BODY_MS + connection->reader.body_seen / BYTES_A_MS;

	if (!connection->known)
		return OPEN_MS;
	return ms < BODY_MOST_MS ? ms : BODY_MOST_MS;
}

int64_t collect_due_ms(const struct web_connection *connection)
{
	if (connection->reader.stage < FASTCGI_BODY)
		return began_ms(connection) + HEAD_MS;
	if (connection->refused)
		return connection->refused_us / 1000 + REFUSED_MS;
	if (!connection->judged)
		return began_ms(connection) + JUDGED_AFTER_MS;
	return began_ms(connection) + body_ms(connection);
}

static int refuse_slow(const struct web_connection *connection, struct error *err)
{
	return error_set(err, ERROR_SLOW_BODY,
	    "body: %lld bytes came in %lld s, and then no more in time; send it in one go",
	    (long long)connection->reader.body_seen,
	    (long long)((clock_mono_us() - connection->began_us) / 1000000));
}

int collect_request(struct web_connection *connection, struct web_request *out_request,
    struct error *room, const struct error **out_refused)
{
	const struct fastcgi_reader *reader = &connection->reader;
	int64_t limit = connection->limits.body_bytes, announced;
	int result;

	if (fastcgi_variables(&connection->reader, out_request) != 0)
		return -1;
	fastcgi_drop_variables(&connection->reader);
	result = request_head(out_request, limit, &announced, room);
	*out_refused = connection->refused ? connection->refused : room;
	if (result != 0 || connection->refused)
		return 0;
	result =
	    reader->stage == FASTCGI_WHOLE
		? request_body(out_request, announced, limit,
		      (struct slice){ reader->body.ptr, reader->body.len }, reader->body_seen, room)
		: refuse_slow(connection, room);
	if (result == 0)
		*out_refused = NULL;
	return 0;
}
