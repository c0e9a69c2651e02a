/*
 * One call by a libcurl handle.  See the header.
 *
 * The loop does what is ready, then waits on the upstream and the client's descriptor until the
 * next time limit.  In a fiber the carrier does what is ready (fetch/carrier_calls.h), and what
 * comes is kept until the fiber takes it; else the caller hears of it at once.  Time limits are
 * kept here, because libcurl's say neither which phase was cut nor whether anything had been sent.
 */
#include "fetch/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "fetch/handle_pool.h"
#include "fetch/head.h"
#include "fetch/transfer.h"

#include "base/banned.h"

/* The buffer lasts as long as the transfer: 64 KiB for each of many threads would add up, and a
 * large body in small pieces is a system call for each. */
#define UPLOAD_BYTES       16384L
#define UPLOAD_LARGE_BYTES 262144L
#define BODY_LARGE_BYTES   131072

/* A smaller body leaves with the head in one piece: libcurl does that below 64 KiB, when it is
 * given the bytes. */
#define BODY_WITH_HEAD_BYTES ((size_t)65535)

#define ARENA_BYTES  ((size_t)1 << 10)  /* headers of both ways; a body of some KB is beside */
#define HEAD_MAX     ((size_t)64 << 10) /* bytes of response headers; real ones are under 8 KiB */
#define BODY_DEFAULT ((size_t)64 << 20)

/* So much of an answer is kept for a fiber that has no time for it, less where a carrier has more
 * calls than 256, but never less than libcurl hands over at a time; then libcurl waits. */
#define KEPT_MOST  ((size_t)256 << 10)
#define KEPT_ALL   ((size_t)64 << 20)
#define KEPT_LEAST ((size_t)CURL_MAX_WRITE_SIZE)

struct fetch_left { /* any call may be one */
	struct transfer transfer;
};

/* Of one that is nobody's: what comes meanwhile asks and tells these. */
struct left_terms {
	struct fetch_call call;
	struct fetch_result out;
};

/* What libcurl gives to the callbacks is the handle, which stays. */
static struct transfer *transfer_of(void *ctx)
{
	const struct handle *handle = ctx;

	return handle->transfer;
}

/* ---- the answer's head ---- */

static void tell_head(struct transfer *t)
{
	t->head_told = true;
	if (!t->encoded && t->call->on_head && t->call->on_head(t->call->ctx, &t->head) != 0)
		t->stopped = true;
}

static void finish_head(struct transfer *t)
{
	long status = 0;

	t->last_byte_us = clock_mono_us();
	curl_easy_getinfo(t->handle->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		return; /* 100 Continue and the like: the real one follows */
	t->head.status = t->out->status = (int)status;
	t->out->first_byte_us = t->last_byte_us;
	t->head_done = true;
	if (t->handle->shared)
		handle_wake(t->handle);
	else
		tell_head(t);
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
	struct transfer *t = transfer_of(ctx);
	size_t len = size * count;

	t->head_bytes += len;
	if (t->head_bytes > HEAD_MAX) {
		t->too_large = true;
		return 0;
	}
	if (t->head_done)
		return len; /* a trailer */
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
		t->head.header_count = 0; /* a new status line: what came before was 1xx */
	else if (line[0] == '\r' || line[0] == '\n')
		finish_head(t);
	else
		head_keep_line(&t->head, line, len, &t->arena, &t->encoded);
	return t->stopped || (t->head_done && t->encoded) ? 0 : len;
}

/* ---- bodies ---- */

static void tell_body(struct transfer *t, const char *bytes, size_t len)
{
	if (t->call->on_body && t->call->on_body(t->call->ctx, bytes, len) != 0)
		t->stopped = true;
}

static size_t kept_most(const struct transfer *t)
{
	size_t each = KEPT_ALL / (size_t)t->handle->shared->running; /* this one runs */

	return each < KEPT_LEAST ? KEPT_LEAST : each < KEPT_MOST ? each : KEPT_MOST;
}

static size_t keep_body(struct transfer *t, const char *bytes, size_t len)
{
	if (t->came.len > 0 && t->came.len + len > kept_most(t)) {
		t->held_back = true;
		t->body_bytes -= len; /* it comes again */
		return CURL_WRITEFUNC_PAUSE;
	}
	text_add(&t->came, bytes, len);
	handle_wake(t->handle);
	return len;
}

static size_t on_write(char *bytes, size_t size, size_t count, void *ctx)
{
	struct transfer *t = transfer_of(ctx);
	size_t len = size * count,
	       most = t->call->max_body_bytes ? t->call->max_body_bytes : BODY_DEFAULT;

	t->last_byte_us = t->woken_us = clock_mono_us();
	t->body_bytes += len;
	if (t->body_bytes > most) {
		t->too_large = true;
		return 0;
	}
	if (t->handle->shared)
		return keep_body(t, bytes, len);
	tell_body(t, bytes, len);
	return t->stopped ? 0 : len;
}

static bool has_news(const struct transfer *t)
{
	return t->handle->shared &&
	       (t->handle->ended || t->came.len > 0 || t->head_done != t->head_told);
}

/* What came for a fiber.  While it is told more may come. */
static void tell_news(struct transfer *t)
{
	if (t->head_done && !t->head_told)
		tell_head(t);
	while (t->came.len > 0 && !t->stopped) {
		struct text now = t->came;

		t->came = t->telling;
		text_clear(&t->came);
		t->telling = now;
		tell_body(t, now.bytes, now.len);
		if (!t->held_back || t->came.len > 0)
			continue;
		t->held_back = false;
		t->last_byte_us = clock_mono_us(); /* it was not the provider that was silent */
		curl_easy_pause(t->handle->easy, CURLPAUSE_CONT);
	}
}

static size_t fetch_take_body(struct transfer *t, char *out, size_t room)
{
	size_t filled = 0;

	while (filled < room && t->piece < t->call->body_count) {
		const struct slice *piece = &t->call->body[t->piece];
		size_t left = piece->len - t->piece_at,
		       take = left < room - filled ? left : room - filled;

		memcpy(out + filled, piece->ptr + t->piece_at, take);
		filled += take;
		t->piece_at += take;
		if (t->piece_at == piece->len) {
			t->piece++;
			t->piece_at = 0;
		}
	}
	return filled;
}

static size_t on_read(char *out, size_t size, size_t count, void *ctx)
{
	return fetch_take_body(transfer_of(ctx), out, size * count);
}

/*
 * libcurl sends a request again by itself when a kept connection breaks before an answer.  Once a
 * byte has gone out the provider may have taken the first one and bill it: a second sending is a
 * second attempt, which needs a hold of its own.  This is asked before each sending.
 */
static int on_ready(void *ctx, char *there, char *here, int port_there, int port_here)
{
	struct transfer *t = transfer_of(ctx);
	long sent_bytes = 0;

	if (t->begun)
		curl_easy_getinfo(t->handle->easy, CURLINFO_REQUEST_SIZE, &sent_bytes);
	t->begun = true;
	return sent_bytes > 0 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t body_bytes(const struct fetch_call *call)
{
	size_t total = 0;

	for (size_t i = 0; i < call->body_count; i++)
		total += call->body[i].len;
	return total;
}

/* ---- setting up ---- */

static char *header_line(struct arena *arena, struct slice name, struct slice value)
{
	char *line = arena_room(arena, name.len + value.len + 3);

	*slice_put(slice_put(slice_put(line, name), slice_of(": ")), value) = '\0';
	return line;
}

/* libcurl neither copies nor frees the list: its links and lines are ours, and last as long as the
 * transfer. */
static bool set_headers(struct transfer *t)
{
	const struct fetch_call *call = t->call;

	t->headers[call->header_count] = (struct curl_slist){
		(char *)"Expect:", NULL /* no 100-continue: it costs a round trip */
	};
	for (size_t i = call->header_count; i-- > 0;) {
		struct slice name = slice_of(call->headers[i].name),
			     value = slice_of(call->headers[i].value);

		if (!head_is_printable(name) || !head_is_printable(value))
			return false;
		t->headers[i] =
		    (struct curl_slist){ header_line(&t->arena, name, value), &t->headers[i + 1] };
	}
	curl_easy_setopt(t->handle->easy, CURLOPT_HTTPHEADER, t->headers);
	return true;
}

static const char *joined_body(struct transfer *t, size_t total)
{
	char *bytes = arena_room(&t->arena, total + 1);

	(void)fetch_take_body(t, bytes, total);
	return bytes;
}

static void set_body(struct transfer *t, size_t total)
{
	CURL *easy = t->handle->easy;

	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)total);
	curl_easy_setopt(
	    easy, CURLOPT_POSTFIELDS, total <= BODY_WITH_HEAD_BYTES ? joined_body(t, total) : NULL);
}

static void set_callbacks(struct handle *handle)
{
	CURL *easy = handle->easy;

	if (handle->has_callbacks)
		return;
	handle->has_callbacks = true;
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, handle);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, handle);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, handle);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, handle);
}

static bool set_up(struct transfer *t)
{
	size_t total = body_bytes(t->call);

	t->handle->transfer = t;
	set_callbacks(t->handle);
	handle_aim(
	    t->handle, t->call, total > BODY_LARGE_BYTES ? UPLOAD_LARGE_BYTES : UPLOAD_BYTES);
	set_body(t, total);
	return set_headers(t);
}

/* Nothing of a call stays in the handle. */
static void clear(struct transfer *t)
{
	t->handle->transfer = NULL;
	curl_easy_setopt(t->handle->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(t->handle->easy, CURLOPT_POSTFIELDS, NULL);
	arena_release(&t->arena);
	text_release(&t->came);
	text_release(&t->telling);
}

/* ---- time limits and the client ---- */

static void end_with(struct transfer *t, enum fetch_end end)
{
	t->ended = end;
	t->is_ended = true;
}

static int64_t fetch_least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Ends the call when a limit has passed; else the microseconds until the next one. */
static int64_t check_limits(struct transfer *t)
{
	const struct fetch_call *call = t->call;
	int64_t total = t->started_us + call->total_timeout_ms * 1000 - t->now_us;
	int64_t phase = (t->head_done ? t->last_byte_us + call->idle_timeout_ms * 1000
				      : t->started_us + call->first_byte_timeout_ms * 1000) -
			t->now_us;

	if (total <= 0)
		end_with(t, FETCH_TIMEOUT_TOTAL);
	else if (phase <= 0)
		end_with(t, t->head_done ? FETCH_TIMEOUT_IDLE : FETCH_TIMEOUT_FIRST_BYTE);
	return fetch_least(total, phase);
}

static bool client_left(struct transfer *t)
{
	return t->call->client_gone && t->call->client_gone(t->call->ctx);
}

/* Every wake_ms of silence the owner is asked; the microseconds until the next time. */
static int64_t wake(struct transfer *t)
{
	int64_t now_us = t->now_us, wake_us = t->call->wake_ms * 1000;

	if (wake_us <= 0)
		return INT64_MAX;
	if (now_us - t->woken_us < wake_us)
		return t->woken_us + wake_us - now_us;
	t->woken_us = now_us;
	if (client_left(t) || (t->call->on_silence && t->call->on_silence(t->call->ctx,
							  (now_us - t->last_byte_us) / 1000) != 0))
		end_with(t, FETCH_CLIENT_GONE);
	return wake_us;
}

static void wait_for_more(struct transfer *t, int64_t wait_us)
{
	bool client_ready = false;

	if (has_news(t))
		return;
	if (!handle_wait(t->handle, t->watch_client ? t->call->client_fd : -1,
		(int)fetch_least(wait_us / 1000 + 1, 60000), &client_ready)) {
		end_with(t, FETCH_LOCAL);
		return;
	}
	if (!client_ready)
		return;
	if (client_left(t))
		end_with(t, FETCH_CLIENT_GONE);
	t->watch_client =
	    false; /* readable, and not gone: looking again would spin; wake() still asks */
}

/* ---- the end ---- */

/* May it go on without its thread?  The provider has all of it, and bills what it makes of it. */
static bool is_left(const struct transfer *t)
{
	curl_off_t uploaded = 0;

	if (!t->is_ended || !t->call->may_be_left || t->ended == FETCH_LOCAL)
		return false;
	curl_easy_getinfo(t->handle->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
	return uploaded > 0 && (size_t)uploaded == body_bytes(t->call);
}

/* Who made the call takes its terms and its result with him, and the carrier's libcurl goes on. */
static void leave(struct transfer *t)
{
	struct left_terms *terms = arena_alloc(&t->arena, sizeof *terms);

	handle_unwatch(t->handle);
	t->handle->fiber = NULL;
	t->out->end = t->ended;
	t->out->sent = true;
	t->out->left = (struct fetch_left *)t; /* its only member */
	terms->call.max_body_bytes = t->call->max_body_bytes;
	t->call = &terms->call;
	t->out = &terms->out;
}

static void perform(struct transfer *t)
{
	bool running = true;

	t->handle->fiber = fiber_self();
	while (!t->is_ended) {
		int64_t wait_us;

		if (!handle_act(t->handle, &running))
			end_with(t, FETCH_LOCAL);
		tell_news(t);
		if (!running || t->is_ended || t->stopped)
			break;
		t->now_us = clock_mono_us();
		wait_us = check_limits(t);
		if (!t->is_ended)
			wait_us = fetch_least(wait_us, wake(t));
		if (!t->is_ended)
			wait_for_more(t, wait_us);
	}
	if (is_left(t))
		leave(t);
	else
		transfer_conclude(t, handle_finish(t->handle));
}

static void fetch_finish(struct transfer *t)
{
	bool keep = t->out->end == FETCH_DONE;

	clear(t);
	handle_give_back(t->pool, t->handle, keep);
	free(t); /* the first member of what was allocated */
}

void fetch_http(struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	struct handle *handle = handle_take(pool, call->url);
	struct transfer *t;

	*out = (struct fetch_result){ .end = FETCH_LOCAL };
	if (!handle) {
		snprintf(out->detail, sizeof out->detail, "no handle for a connection");
		return;
	}
	t = &((struct fetch_left *)alloc_zero(1, sizeof(struct fetch_left)))->transfer;
	*t = (struct transfer){ .call = call,
		.out = out,
		.handle = handle,
		.pool = pool,
		.watch_client = call->client_fd >= 0 && call->client_gone };
	arena_init_small(&t->arena, ARENA_BYTES);
	text_init(&t->came, KEPT_MOST + HEAD_MAX); /* what libcurl hands over is less */
	text_init(&t->telling, KEPT_MOST + HEAD_MAX);
	t->started_us = t->last_byte_us = t->woken_us = clock_mono_us();
	if (!set_up(t))
		snprintf(out->detail, sizeof out->detail,
		    "a header holds a byte that is not printable ASCII");
	else if (handle_start(t->handle))
		perform(t);
	if (!out->left)
		fetch_finish(t);
}

void fetch_go_on(struct fetch_left *left, const struct fetch_call *how, struct fetch_result *out)
{
	struct transfer *t = &left->transfer;

	*out = (struct fetch_result){ .end = FETCH_LOCAL, .status = t->head.status, .sent = true };
	t->call = how;
	t->out = out;
	t->is_ended = t->watch_client = false;
	perform(t);
	fetch_finish(t);
}

void fetch_give_up(struct fetch_left *left)
{
	struct fetch_result none = { .end = FETCH_LOCAL };

	left->transfer.out = &none;
	(void)handle_finish(left->transfer.handle);
	fetch_finish(&left->transfer);
}
