/*
 * Reading and writing without waiting, and the one wait that there is.  See the header.
 */
#include "web/web_connection.h"

#include <errno.h>
#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

#define SEND_BYTES   ((size_t)64 << 10)  /* so many are sent before anybody asks for it */
#define AHEAD_BYTES  ((size_t)1 << 20)   /* an answer may be ahead of its reader by */
#define AHEAD_ALL    ((size_t)128 << 20) /* all answers of a carrier, but each by SEND_BYTES */
#define ROOM_FIRST   1024                /* an answer's head, or some events */
#define ROOM_KEPT    ((size_t)64 << 10)  /* from one request to the next */
#define RECORD_BYTES 65528               /* of content: the most that is a multiple of eight */
#define HEADER_LEN   FCGI_HEADER_LEN

struct web_connection *web_connection_new(int fd, struct web_home *home)
{
	struct web_connection *connection = alloc_zero(1, sizeof *connection);

	connection->fd = fd;
	connection->home = home;
	atomic_fetch_add(&home->connections, 1);
	connection->began_us = clock_mono_us();
	fastcgi_reader_init(&connection->reader);
	return connection;
}

void web_connection_free(struct web_connection *connection)
{
	if (!connection)
		return;
	atomic_fetch_sub(&connection->home->connections, 1);
	close(connection->fd);
	fastcgi_reader_release(&connection->reader);
	free(connection->out.ptr);
	free(connection->refused);
	free(connection);
}

/* ---- in ---- */

/* The web server's own questions are answered before anything else; it asks before it has any
 * request, so there is room. */
static void send_replies(struct web_connection *connection)
{
	struct fastcgi_bytes *replies = &connection->reader.replies;

	if (replies->len && send(connection->fd, replies->ptr, replies->len,
				MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)replies->len)
		connection->gone = true;
	replies->len = 0;
}

static void know_limits(struct web_connection *connection, const struct worker_options *options)
{
	options->limits(options->ctx, &connection->limits);
	connection->limits_known = true;
	if (connection->reader.body_limit > connection->limits.body_bytes)
		connection->reader.body_limit = connection->limits.body_bytes + 1;
}

static void web_connection_take(struct web_connection *connection,
    const struct worker_options *options, const char *bytes, size_t len)
{
	if (connection->reader.stage == FASTCGI_IDLE)
		connection->began_us = clock_mono_us();
	fastcgi_take(&connection->reader, bytes, len);
	send_replies(connection);
	if (!connection->limits_known && connection->reader.stage >= FASTCGI_BODY)
		know_limits(connection, options);
}

static ssize_t receive(const struct web_connection *connection, char *room, size_t size)
{
	ssize_t got;

	do {
		got = recv(connection->fd, room, size, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	return got;
}

static bool web_connection_is_empty(ssize_t got)
{
	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

enum web_connection_came web_connection_read(struct web_connection *connection,
    const struct worker_options *options, char *room, size_t size)
{
	const struct fastcgi_reader *reader = &connection->reader;
	ssize_t got;

	do {
		got = receive(connection, room, size);
		if (got > 0)
			web_connection_take(connection, options, room, (size_t)got);
		/* A short read has emptied the socket: what came later wakes us again. */
	} while (got == (ssize_t)size && reader->stage < FASTCGI_ABORTED);
	if (reader->stage >= FASTCGI_ABORTED || connection->gone)
		return CAME_END;
	if (reader->stage == FASTCGI_WHOLE)
		return CAME_REQUEST;
	return got > 0 || web_connection_is_empty(got) ? CAME_PART : CAME_END;
}

/* ---- out ---- */

static char *add_room(struct fastcgi_bytes *out, size_t len)
{
	size_t room = out->room ? out->room : ROOM_FIRST;

	while (room < out->len + len)
		room *= 2;
	if (room > out->room) {
		out->ptr = alloc_grow(out->ptr, room, 1);
		out->room = room;
	}
	out->len += len;
	return out->ptr + out->len - len;
}

static void put_header(char *at, unsigned type, unsigned id, size_t len)
{
	const FCGI_Header header = {
		.version = FCGI_VERSION_1,
		.type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(id >> 8),
		.requestIdB0 = (unsigned char)id,
		.contentLengthB1 = (unsigned char)(len >> 8),
		.contentLengthB0 = (unsigned char)len,
	};

	memcpy(at, &header, sizeof header);
}

static void close_record(struct web_connection *connection)
{
	struct fastcgi_bytes *out = &connection->out;

	if (!connection->record_open)
		return;
	put_header(out->ptr + connection->record_at, FCGI_STDOUT, connection->reader.request_id,
	    out->len - connection->record_at - HEADER_LEN);
	connection->record_open = false;
}

/* What has left makes room; nothing is moved while a record is open, because send_now closes it. */
static void forget_sent(struct web_connection *connection)
{
	struct fastcgi_bytes *out = &connection->out;

	memmove(out->ptr, out->ptr + connection->sent, out->len - connection->sent);
	out->len -= connection->sent;
	connection->sent = 0;
}

/* Sends what there is room for. */
static int send_now(struct web_connection *connection)
{
	struct fastcgi_bytes *out = &connection->out;

	close_record(connection);
	while (!connection->gone && connection->sent < out->len) {
		ssize_t put = send(connection->fd, out->ptr + connection->sent,
		    out->len - connection->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (put >= 0)
			connection->sent += (size_t)put;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			connection->gone = true;
	}
	if (connection->sent > out->len / 2)
		forget_sent(connection);
	return connection->gone ? -1 : 0;
}

/* Waits for room; not beyond the request's time, not longer in all than a reader may take, and not
 * for a web server that has hung up. */
static void wait_for_room(struct web_connection *connection)
{
	int64_t began_ms = clock_mono_ms(),
		left_ms = connection->began_us / 1000 + connection->limits.answer_ms - began_ms,
		patience_ms = connection->limits.reader_ms - connection->waited_ms;
	uint32_t came = 0;

	if (connection->limits.reader_ms > 0 && left_ms > patience_ms)
		left_ms = patience_ms;
	if (left_ms > 0)
		came =
		    fiber_poll(connection->fd, EPOLLOUT | EPOLLRDHUP, (began_ms + left_ms) * 1000);
	connection->waited_ms += clock_mono_ms() - began_ms;
	if ((!came && clock_mono_ms() >= began_ms + left_ms) ||
	    (came & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
		connection->gone = true;
}

static size_t ahead_most(const struct web_connection *connection)
{
	int count = atomic_load(&connection->home->connections);
	size_t each = AHEAD_ALL / (size_t)(count > 1 ? count : 1);

	return each < SEND_BYTES ? SEND_BYTES : each < AHEAD_BYTES ? each : AHEAD_BYTES;
}

static int send_until_near(struct web_connection *connection)
{
	while (
	    send_now(connection) == 0 && web_connection_unsent(connection) > ahead_most(connection))
		wait_for_room(connection);
	return connection->gone ? -1 : 0;
}

static void add_to_record(struct web_connection *connection, const char *bytes, size_t len)
{
	if (!connection->record_open) {
		connection->record_at = connection->out.len;
		(void)add_room(&connection->out, HEADER_LEN);
		connection->record_open = true;
	}
	memcpy(add_room(&connection->out, len), bytes, len);
	if (connection->out.len - connection->record_at == RECORD_BYTES + HEADER_LEN)
		close_record(connection);
}

static size_t room_in_record(const struct web_connection *connection)
{
	return connection->record_open
		   ? RECORD_BYTES + HEADER_LEN - (connection->out.len - connection->record_at)
		   : RECORD_BYTES;
}

static int write_answer(void *ctx, const char *bytes, size_t len)
{
	struct web_connection *connection = ctx;

	while (len > 0 && !connection->gone) {
		size_t room = room_in_record(connection), part = len < room ? len : room;

		add_to_record(connection, bytes, part);
		bytes += part;
		len -= part;
		if (web_connection_unsent(connection) >= SEND_BYTES)
			(void)send_until_near(connection); /* gone tells */
	}
	return connection->gone ? -1 : 0;
}

static int flush_answer(void *ctx)
{
	return send_until_near(ctx);
}

struct reply_channel web_connection_channel(struct web_connection *connection)
{
	return (struct reply_channel){ write_answer, flush_answer, connection };
}

/* ---- the end of an answer ---- */

static enum web_connection_left after_sending(struct web_connection *connection)
{
	if (connection->gone)
		return LEFT_CLOSED;
	if (web_connection_unsent(connection) > 0)
		return LEFT_LEAVING;
	if (connection->reader.stage != FASTCGI_WHOLE) {
		/* Closed now, the rest of the body would reset the answer on its way. */
		(void)shutdown(connection->fd, SHUT_WR);
		return LEFT_LINGERING;
	}
	if (!connection->reader.keeps)
		return LEFT_CLOSED;
	if (connection->out.room > ROOM_KEPT) {
		free(connection->out.ptr);
		connection->out = (struct fastcgi_bytes){ NULL, 0, 0 };
	}
	free(connection->refused);
	connection->refused = NULL;
	connection->judged = connection->known = connection->limits_known = false;
	connection->waited_ms = 0;
	fastcgi_reader_reset(&connection->reader);
	return LEFT_KEPT;
}

enum web_connection_left web_connection_finish(struct web_connection *connection)
{
	const unsigned id = connection->reader.request_id;
	char *end;

	close_record(connection);
	end = add_room(&connection->out, (size_t)3 * HEADER_LEN);
	put_header(end, FCGI_STDOUT, id, 0);
	put_header(end + HEADER_LEN, FCGI_END_REQUEST, id, sizeof(FCGI_EndRequestBody));
	memset(end + 2 * HEADER_LEN, 0, sizeof(FCGI_EndRequestBody)); /* FCGI_REQUEST_COMPLETE */
	return web_connection_send_on(connection);
}

enum web_connection_left web_connection_send_on(struct web_connection *connection)
{
	(void)send_now(connection); /* gone tells */
	return after_sending(connection);
}

enum web_connection_left web_connection_read_over(
    struct web_connection *connection, char *room, size_t size)
{
	ssize_t got;

	do {
		got = receive(connection, room, size);
	} while (got > 0);
	return web_connection_is_empty(got) ? LEFT_LINGERING : LEFT_CLOSED;
}
