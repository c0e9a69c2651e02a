/*
 * Batches to destinations.  See the header.
 */
#include "telemetry/trace_export.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/number.h"
#include "base/text.h"
#include "telemetry/trace_protobuf.h"
#include "telemetry/trace_spans.h"

#include "base/banned.h"

#define BATCH         100  /* requests: some hundred kilobytes */
#define SEND_MOST_MS  4000 /* of one turn */
#define PAUSE_MS      5000 /* after the first failure; it doubles */
#define PAUSE_MOST_MS 300000
#define BODY_MAX      ((size_t)16 << 20)

struct batch {
	struct trace_due due[BATCH];
	bool told[BATCH]; /* of a kind that this destination is told of */
	int count;
	int64_t upto;
};

void trace_into(struct change *change, const char *request_id, int attempt, const char *facts)
{
	change_add(change, SQL_TRACE_ADD);
	change_bind(change, ":request_id", request_id);
	if (attempt)
		change_bind(change, ":attempt", attempt);
	else
		change_bind_null(change, ":attempt");
	change_bind(change, ":facts", facts);
}

/* ---- what is due ---- */

static bool is_told(const struct trace_destination *destination, const struct statement *s)
{
	return !statement_is_null(s, 4) &&
	       (statement_int(s, 4) ? destination->successes : destination->failures);
}

static int read_batch(struct store *store, const struct trace_destination *destination,
    struct arena *arena, struct batch *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_TRACE_DUE, err);
	int result = s ? 1 : -1;

	out->count = 0;
	statement_bind(s, ":destination", destination->name, ":most", BATCH);
	while (result == 1 && out->count < BATCH && (result = statement_step(s, err)) == 1) {
		out->upto = statement_int(s, 0);
		out->told[out->count] = is_told(destination, s);
		out->due[out->count++] = (struct trace_due){
			.request_id = arena_copy(arena, statement_text(s, 1)),
			.attempt = (int)statement_int(s, 2),
			.facts = arena_copy(arena, statement_text(s, 3)),
		};
	}
	return result < 0 ? -1 : 0;
}

/* How often it has failed; -1: it is not its time yet, or err. */
static int64_t may_send(struct store *store, const char *destination, int64_t now_ms)
{
	AUTO_READ struct statement *s = store_read(store, SQL_TRACE_MAY_SEND, NULL);
	int64_t failures = -1;

	statement_bind(
	    s, ":destination", destination, ":now_ms", now_ms, ":most_ms", PAUSE_MOST_MS);
	if (statement_step(s, NULL) == 1)
		failures = statement_int(s, 0);
	return failures;
}

/* ---- the call ---- */

struct answer {
	int64_t retry_after_ms; /* -1: it does not say */
	struct text body;       /* the beginning */
};

static int note_retry_after(void *ctx, const struct fetch_head *head)
{
	struct answer *answer = ctx;
	const char *seconds = fetch_head_get(head, "retry-after");

	if (seconds && strspn(seconds, "0123456789") == strlen(seconds) && strlen(seconds) < 6)
		answer->retry_after_ms = strtol(seconds, NULL, 10) * 1000;
	return 0;
}

static int keep_answer(void *ctx, const char *bytes, size_t len)
{
	struct answer *answer = ctx;

	text_add(&answer->body, bytes, len); /* too much of it is as good as none */
	return 0;
}

static void add_header(struct fetch_call *call, const char *name, const char *value)
{
	call->headers[call->header_count++] = (struct fetch_header){ name, value };
}

static void traces_post(const struct trace_destination *destination, struct slice body,
    struct fetch_pool *pool, fetch_transport *transport, struct answer *answer,
    struct fetch_result *out)
{
	struct fetch_call call = {
		.method = "POST",
		.url = destination->url,
		.body = &body,
		.body_count = 1,
		.allow_http = strncmp(destination->url, "http://", 7) == 0,
		.connect_timeout_ms = 2000,
		.first_byte_timeout_ms = 5000,
		.idle_timeout_ms = 2000,
		.total_timeout_ms = 6000,
		.max_body_bytes = (size_t)1 << 20,
		.client_fd = -1,
		.on_head = note_retry_after,
		.on_body = keep_answer,
		.ctx = answer,
	};

	add_header(&call, "Content-Type",
	    destination->protobuf ? "application/x-protobuf" : "application/json");
	add_header(&call, "User-Agent", "sideways/" PACKAGE_VERSION);
	for (size_t i = 0; i < destination->headers.count; i++)
		add_header(
		    &call, destination->headers.items[i].name, destination->headers.items[i].value);
	transport(pool, &call, out);
}

/* ---- what comes of it ---- */

static int note_done(struct store *store, const char *destination, const struct batch *batch,
    int sent, int dropped, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_TRACE_DONE);
	change_bind(change, ":destination", destination, ":upto", batch->upto, ":sent", sent,
	    ":dropped", dropped);
	return store_apply(store, change, err);
}

static int note_failure(
    struct store *store, const char *destination, int64_t next_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_TRACE_FAILED);
	change_bind(change, ":destination", destination, ":next_ms", next_ms);
	return store_apply(store, change, err);
}

static int64_t pause_ms(int64_t failures, const struct answer *answer)
{
	int64_t pause = failures < 7 ? PAUSE_MS << failures : PAUSE_MOST_MS;

	if (answer->retry_after_ms > pause)
		pause = answer->retry_after_ms;
	return pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
}

static bool is_passing(const struct fetch_result *result)
{
	return result->end != FETCH_DONE || result->status == 429 || result->status == 502 ||
	       result->status == 503 || result->status == 504;
}

/* "rejectedSpans": what a collector that answers 200 would not take all the same. */
static void tell_rejected(const char *destination, const struct answer *answer)
{
	AUTO_JSON json_t *body = json_loads(answer->body.bytes ? answer->body.bytes : "", 0, NULL);
	json_t *partial = json_object_get(body, "partialSuccess");
	const char *words = json_read_text(partial, "errorMessage");

	if (words && *words)
		log_event(
		    LOG_WARNING, "traces", "%s took not all spans: %.200s", destination, words);
}

/* 1: sent or dropped; 0: later; -1: err. */
static int what_follows(struct store *store, const char *destination, const struct batch *batch,
    int told, int64_t failures, const struct fetch_result *result, const struct answer *answer,
    struct error *err)
{
	bool taken = result->end == FETCH_DONE && result->status >= 200 && result->status < 300;

	if (taken) {
		tell_rejected(destination, answer);
		return note_done(store, destination, batch, told, 0, err) == 0 ? 1 : -1;
	}
	if (failures == 0 || !is_passing(result))
		log_event(LOG_WARNING, "traces", "%s %s %d request%s: %s", destination,
		    is_passing(result) ? "cannot be told of" : "refused, so they are dropped,",
		    told, told == 1 ? "" : "s",
		    result->status ? number_text(result->status).text : result->detail);
	if (!is_passing(result))
		return note_done(store, destination, batch, 0, told, err) == 0 ? 1 : -1;
	return note_failure(store, destination, clock_wall_ms() + pause_ms(failures, answer), err);
}

/* ---- one destination ---- */

struct sender {
	struct store *store;
	const struct trace_settings *settings;
	const struct prompt_settings *prompts;
	struct fetch_pool *pool;
	fetch_transport *transport;
};

static int write_body(const struct sender *sender, const struct trace_destination *destination,
    const struct batch *batch, struct text *out, struct error *err)
{
	json_t *spans = json_array(), *body;
	char *text;

	for (int i = 0; i < batch->count; i++)
		if (batch->told[i] && trace_spans_add(sender->store, sender->prompts,
					  &batch->due[i], destination->dialect, spans, err) != 0) {
			json_decref(spans);
			return -1;
		}
	body = trace_spans_wrap(sender->settings, destination, spans);
	if (destination->protobuf) {
		trace_protobuf(out, body);
	} else {
		text = json_dumps(body, JSON_COMPACT);
		text_puts(out, text ? text : "{}");
		free(text);
	}
	json_decref(body);
	return 0;
}

static int count_told(const struct batch *batch)
{
	int told = 0;

	for (int i = 0; i < batch->count; i++)
		told += batch->told[i];
	return told;
}

/* 1: sent or dropped; 0: nothing is due, or later; -1: err. */
static int send_batch(const struct sender *sender, const struct trace_destination *destination,
    int64_t failures, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	AUTO_TEXT struct text body = text_empty(BODY_MAX);
	struct answer answer = { .retry_after_ms = -1 };
	struct fetch_result result = { 0 };
	struct batch *batch;
	int told, followed;

	batch = arena_alloc(&arena, sizeof *batch);
	if (read_batch(sender->store, destination, &arena, batch, err) != 0)
		return -1;
	if (batch->count == 0)
		return 0;
	told = count_told(batch);
	if (told == 0)
		return note_done(sender->store, destination->name, batch, 0, 0, err) == 0 ? 1 : -1;
	if (write_body(sender, destination, batch, &body, err) != 0)
		return -1;
	if (text_failed(&body))
		return note_done(sender->store, destination->name, batch, 0, told, err) == 0 ? 1
											     : -1;
	text_init(&answer.body, (size_t)64 << 10);
	traces_post(
	    destination, text_slice(&body), sender->pool, sender->transport, &answer, &result);
	followed = what_follows(
	    sender->store, destination->name, batch, told, failures, &result, &answer, err);
	text_release(&answer.body);
	return followed;
}

/* 1: there is more; 0; -1: err. */
static int send_to(const struct sender *sender, const struct trace_destination *destination,
    int64_t until_ms, struct error *err)
{
	int64_t failures = may_send(sender->store, destination->name, clock_wall_ms());
	int result;

	if (failures < 0)
		return 0;
	do {
		result = send_batch(sender, destination, failures, err);
		failures = 0;
	} while (result == 1 && clock_mono_ms() < until_ms);
	return result;
}

/* ---- all ---- */

static int trim(struct store *store, const struct trace_settings *settings, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();
	json_t *names = json_array();
	char *list;
	int result;

	for (size_t i = 0; i < settings->count; i++) {
		json_append(names, json_string(settings->items[i].name));
		change_add(change, SQL_TRACE_OVERFLOW);
		change_bind(change, ":destination", settings->items[i].name, ":most", TRACES_KEPT);
	}
	list = json_dumps(names, JSON_COMPACT);
	change_add(change, SQL_TRACE_TRIM);
	change_bind(change, ":destinations", list, ":most", TRACES_KEPT);
	result = store_apply(store, change, err);
	json_decref(names);
	free(list);
	return result;
}

int traces_send(struct store *store, const struct trace_settings *settings,
    const struct prompt_settings *prompts, struct fetch_pool *pool, fetch_transport *transport,
    struct error *err)
{
	struct sender sender = { store, settings, prompts, pool, transport };
	int64_t until_ms = clock_mono_ms() + SEND_MOST_MS;
	int more = 0;

	for (size_t i = 0; i < settings->count; i++) {
		int result = send_to(&sender, &settings->items[i], until_ms, err);

		if (result < 0)
			return -1;
		more = more || result == 1;
	}
	return trim(store, settings, err) == 0 ? more : -1;
}
