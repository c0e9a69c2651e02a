/*
 * An HTTP/1.1 exchange.  See the header.
 */
#include "fetch/talk.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "fetch/head.h"

#include "base/banned.h"

#define HEAD_MAX      ((size_t)64 << 10) /* bytes of heads; real ones are under 8 KiB */
#define BODY_DEFAULT  ((size_t)64 << 20)
#define SENT_IN_TURN  ((size_t)256 << 10) /* then it is looked whether an answer comes */
#define READS_IN_TURN 16
#define READ_BYTES    ((size_t)16384)
#define STREAM_BYTES  ((size_t)4096) /* it lasts as long as the call, and an event is smaller */

bool talk_end(struct talk *x, enum fetch_end end, const char *why)
{
	x->has_ended = true;
	x->end = end;
	x->why = why;
	return false;
}

/* A time limit or the client ends it. */
static void limit(struct talk *x, enum fetch_end end)
{
	x->is_limit = true;
	(void)talk_end(x, end, "");
}

/* ---- time limits and the client ---- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Ends the call when a limit has passed; else when the next one does. */
static int64_t check_limits(struct talk *x, int64_t now_us)
{
	const struct fetch_call *call = x->call;
	int64_t total_us = x->started_us + call->total_timeout_ms * 1000;
	int64_t phase_us = x->is_head_done ? x->last_byte_us + call->idle_timeout_ms * 1000
					   : x->started_us + call->first_byte_timeout_ms * 1000;

	if (total_us <= now_us)
		limit(x, FETCH_TIMEOUT_TOTAL);
	else if (phase_us <= now_us)
		limit(x, x->is_head_done ? FETCH_TIMEOUT_IDLE : FETCH_TIMEOUT_FIRST_BYTE);
	return sooner(total_us, phase_us);
}

static bool client_left(const struct talk *x)
{
	return x->call->client_gone && x->call->client_gone(x->call->ctx);
}

/* Every wake_ms of silence the owner is asked; when the next time is. */
static int64_t wake(struct talk *x, int64_t now_us)
{
	const struct fetch_call *call = x->call;
	int64_t wake_us = call->wake_ms * 1000;

	if (wake_us <= 0)
		return INT64_MAX;
	if (now_us - x->woken_us < wake_us)
		return x->woken_us + wake_us;
	x->woken_us = now_us;
	if (client_left(x) || (call->on_silence && call->on_silence(call->ctx,
						       (now_us - x->last_byte_us) / 1000) != 0))
		limit(x, FETCH_CLIENT_GONE);
	return now_us + wake_us;
}

bool talk_wait(struct talk *x, uint32_t events)
{
	int64_t now_us = clock_mono_us(), until_us = check_limits(x, now_us);
	bool client_ready = false;

	if (!x->has_ended)
		until_us = sooner(until_us, wake(x, now_us));
	if (x->has_ended)
		return false;
	if (!link_wait(x->link, events, x->watch_client ? x->call->client_fd : -1, until_us,
		&client_ready))
		return talk_end(x, FETCH_LOCAL, "the connection cannot be waited for");
	if (!client_ready)
		return true;
	if (client_left(x))
		limit(x, FETCH_CLIENT_GONE);
	x->watch_client =
	    false; /* readable, and not gone: looking again would spin; wake() still asks */
	return !x->has_ended;
}

/* ---- out ---- */

enum link_io talk_send(struct talk *x)
{
	enum link_io result;
	struct slice next;
	size_t gone, all = 0;

	while ((next = outgoing_next(&x->outgoing)).len > 0) {
		if (all >= SENT_IN_TURN) {
			x->is_sending = true;
			return LINK_LATER;
		}
		if (next.len > SENT_IN_TURN - all)
			next.len = SENT_IN_TURN - all;
		result = link_write(x->link, next.ptr, next.len, &gone);
		/* TLS may have sent a part of what it did not take. */
		if (result == LINK_DONE || (result == LINK_LATER && !x->link->is_plain))
			x->out->sent = true;
		if (result != LINK_DONE) {
			x->is_sending = result == LINK_LATER;
			x->is_cut = result == LINK_BROKEN;
			return result;
		}
		outgoing_gone(&x->outgoing, gone);
		all += gone;
	}
	x->is_sending = false;
	outgoing_release(&x->outgoing);
	return LINK_DONE;
}

/* ---- in ---- */

/* Room behind what has not been read; a line of a head may need more. */
static bool make_read_room(struct talk *x)
{
	size_t rest = x->len - x->at, first = x->call->comes_slowly ? STREAM_BYTES : READ_BYTES;

	if (x->at > 0 && rest > 0)
		memmove(x->bytes, x->bytes + x->at, rest);
	x->at = 0;
	x->len = rest;
	if (x->len < x->room)
		return true;
	if (x->room >= HEAD_MAX)
		return talk_end(x, FETCH_BROKEN, "the answer's head is too large");
	x->room = x->room ? x->room * 2 : first;
	x->bytes = alloc_grow(x->bytes, x->room, 1);
	return true;
}

/* What there is, or waits for it; what is left of the request goes out meanwhile. */
static bool read_some(struct talk *x, enum link_io *out_result, size_t *out_len)
{
	for (;;) {
		if (x->is_sending)
			(void)talk_send(x); /* when it breaks there may be an answer all the same */
		*out_result = link_read(x->link, x->bytes + x->len, x->room - x->len, out_len);
		if (*out_result != LINK_LATER)
			return true;
		if (!talk_wait(x, EPOLLIN | (x->is_sending ? EPOLLOUT : 0u)))
			return false;
		x->reads = 0;
	}
}

static bool break_off(struct talk *x)
{
	if (x->is_head_done || x->head_bytes + x->len > 0)
		return talk_end(x, FETCH_BROKEN, "the connection broke in the answer");
	return talk_end(x, x->out->sent ? FETCH_NO_ANSWER : FETCH_NOT_SENT,
	    "the connection was closed before an answer came");
}

/* More of the answer, or its end (is_over). */
static bool receive(struct talk *x)
{
	enum link_io result;
	size_t got;

	if (!make_read_room(x))
		return false;
	(void)check_limits(x, x->last_byte_us); /* also where no wait is needed */
	if (x->has_ended)
		return false;
	if (++x->reads % READS_IN_TURN == 0 && fiber_may_wait())
		fiber_wait(clock_mono_us()); /* others have their turn */
	if (!read_some(x, &result, &got))
		return false;
	x->last_byte_us = x->woken_us = clock_mono_us();
	x->len += got;
	x->is_over = x->is_head_done && result == LINK_ENDED;
	return x->is_over || result == LINK_DONE || break_off(x);
}

/* One line of the head; the empty one ends it. */
static const char *take_head_line(struct talk *x, struct slice line)
{
	struct slice name, value;
	const char *wrong;

	if (!x->has_status) {
		x->has_status = true;
		return http_head_status(&x->http, line);
	}
	if (line.len == 0) {
		x->has_status = false;
		x->is_head_done = x->http.status >= 200;
		if (!x->is_head_done) { /* 100 Continue and the like: the real one follows */
			x->head.header_count = 0;
			x->is_encoded = false;
		}
		return http_head_end(&x->http);
	}
	wrong = http_head_field(&x->http, line, &name, &value);
	if (!wrong)
		head_keep(&x->head, name, value, &x->arena, &x->is_encoded);
	return wrong;
}

static bool read_head(struct talk *x)
{
	while (!x->is_head_done) {
		struct slice rest = { x->bytes + x->at, x->len - x->at }, line = { NULL, 0 };
		const char *wrong = rest.len > 0 ? http_head_line(&rest, &line) : NULL;
		size_t taken = x->len - x->at - rest.len;

		x->at += taken;
		x->head_bytes += taken;
		if (!wrong && line.ptr)
			wrong = take_head_line(x, line);
		if (wrong)
			return talk_end(x, FETCH_BROKEN, wrong);
		if (x->head_bytes > HEAD_MAX)
			return talk_end(x, FETCH_BROKEN, "the answer's head is too large");
		if (!line.ptr && !receive(x))
			return false;
	}
	x->head.status = x->out->status = x->http.status;
	x->out->first_byte_us = x->last_byte_us;
	x->body = http_head_body(&x->http);
	x->left = x->http.length;
	if (x->http.status >= 300 && x->is_sending) {
		x->is_sending = false;
		x->is_cut = true;
	}
	return true;
}

static bool tell_head(struct talk *x)
{
	x->is_told = true;
	if (x->is_encoded)
		return talk_end(
		    x, FETCH_BROKEN, "the answer is compressed, which was not asked for");
	if (x->call->on_head && x->call->on_head(x->call->ctx, &x->head) != 0)
		return talk_end(x, FETCH_STOPPED, "");
	x->last_byte_us = clock_mono_us(); /* it was not the provider that took this time */
	return true;
}

static bool tell_body(struct talk *x, const char *bytes, size_t len)
{
	size_t most = x->call->max_body_bytes ? x->call->max_body_bytes : BODY_DEFAULT;

	if (len == 0)
		return true;
	x->body_bytes += len;
	if (x->body_bytes > most)
		return talk_end(x, FETCH_BROKEN, "the answer is too large");
	if (x->call->on_body && x->call->on_body(x->call->ctx, bytes, len) != 0)
		return talk_end(x, FETCH_STOPPED, "");
	x->last_byte_us = clock_mono_us();
	x->link->is_streaming = x->call->comes_slowly;
	return true;
}

/* The data of all chunks that have come, moved together where they lie: events that come together
 * leave together. */
static bool take_chunks(struct talk *x)
{
	struct slice rest = { x->bytes + x->at, x->len - x->at }, data;
	char *begin = NULL, *end = NULL;
	const char *wrong;

	do {
		wrong = chunked_take(&x->chunked, &rest, &data);
		if (data.len > 0 && !begin)
			begin = end = x->bytes + (data.ptr - x->bytes);
		if (data.len > 0 && data.ptr != end)
			memmove(end, data.ptr, data.len);
		if (data.len > 0)
			end += data.len;
	} while (!wrong && data.len > 0);
	x->at = x->len - rest.len;
	x->is_whole = x->chunked.state == CHUNKED_END;
	if (begin && !tell_body(x, begin, (size_t)(end - begin)))
		return false;
	return wrong ? talk_end(x, FETCH_BROKEN, wrong) : true;
}

static bool take_body(struct talk *x)
{
	size_t have = x->len - x->at, take = have;
	const char *from = x->bytes + x->at;

	if (x->body == HTTP_BODY_CHUNKED)
		return take_chunks(x);
	if (x->body == HTTP_BODY_LENGTH) {
		take = x->left < have ? (size_t)x->left : have;
		x->left -= take;
	}
	x->at += take;
	return tell_body(x, from, take);
}

/* The connection's end is the body's, where nothing else says where that is. */
static bool see_end(struct talk *x)
{
	if (x->body == HTTP_BODY_NONE || (x->body == HTTP_BODY_LENGTH && x->left == 0))
		x->is_whole = true;
	if (x->is_over && x->body == HTTP_BODY_UNTIL_CLOSE)
		x->is_whole = true;
	else if (x->is_over && !x->is_whole)
		return talk_end(x, FETCH_BROKEN, "the answer's body ends too early");
	return true;
}

static bool read_body(struct talk *x)
{
	while (see_end(x) && !x->is_whole) {
		if (x->at == x->len && !receive(x))
			return false;
		if (x->at < x->len && !take_body(x))
			return false;
	}
	return x->is_whole;
}

bool talk_finish(struct talk *x)
{
	return (x->is_told || (read_head(x) && tell_head(x))) && read_body(x);
}

/* A body that no such answer may have, and may come yet: it would be the next one's head. */
static bool may_have_more(const struct talk *x)
{
	return x->body == HTTP_BODY_NONE && (x->http.length > 0 || x->http.is_coded);
}

bool talk_may_keep(const struct talk *x)
{
	return x->is_whole && !x->is_sending && !x->is_cut && x->at == x->len && !x->http.is_old &&
	       !x->http.closes && x->body != HTTP_BODY_UNTIL_CLOSE && !may_have_more(x) &&
	       !x->link->allow_metadata;
}
