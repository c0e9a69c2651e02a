/*
 * The callbacks between a provider's bytes and the client's sink.  See the header.
 */
#include "relay/delivery.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/held.h"
#include "base/json_scan.h"
#include "base/log.h"
#include "chat/media.h"
#include "providers/failure_text.h"
#include "relay/translate.h"

#include "base/banned.h"

#define WHOLE_MAX                                                                                  \
	((size_t)64 << 20) /* a whole answer: far above any text, room for images and audio */
#define SMALL_BYTES  ((size_t)64 << 10)  /* of a whole answer, for which there is always room */
#define ERROR_MAX    ((size_t)256 << 10) /* an error body */
#define WAKE_MS      1000                /* how often a silent call looks after its client */
#define USAGE_MS     1000 /* of silence behind a choice that failed: its usage does not come */
#define SLACK_EVENTS 64   /* events without a token: roles, ends of tool calls, usage */
#define HELD_MAX     ((size_t)256 << 10) /* of a start: Responses tell the whole request in it */

static const char no_room[] = "too much is on its way through this gateway, and there was no room "
			      "for this answer; it is charged, "
			      "because its provider bills it; try again in a moment";

void delivery_init(struct delivery *delivery, struct run *run, const struct candidate *candidate)
{
	memset(delivery, 0, sizeof *delivery);
	delivery->run = run;
	delivery->candidate = candidate;
	delivery->started_us = clock_mono_us();
	delivery->first_token_ms = -1;
	delivery->failure.delay_ms = -1;
	delivery->stream.provider = candidate->member->biller;
	delivery->stream.usage_wanted = run->call->request->usage_wanted;
	delivery->output_most =
	    candidate->bound.output_tokens * (candidate->choices > 1 ? candidate->choices : 1);
	delivery->passes = media_passes(run->call->request);
	delivery->format = translate_format(run, candidate->member);
	delivery->translates = translate_needed(run, candidate->member);
	delivery->stream.passed_on = !delivery->translates;
	text_init(&delivery->body, ERROR_MAX);
}

void delivery_release(struct delivery *delivery)
{
	if (delivery->sse_ready)
		sse_reader_release(&delivery->sse);
	if (delivery->is_stream && delivery->framed)
		aws_events_release(&delivery->frames);
	held_add(HELD_ANSWERS, -(int64_t)delivery->body.size);
	text_release(&delivery->body);
}

/* ---- events to the client ---- */

static void note_sent(struct delivery *delivery)
{
	delivery->run->last_client_us = clock_mono_us();
}

static void commit(struct delivery *delivery)
{
	struct relay_outcome *out = delivery->run->out;

	delivery->first_token_ms = (clock_mono_us() - delivery->started_us) / 1000;
	out->first_token_ms = (clock_mono_us() - delivery->run->call->started_us) / 1000;
	out->committed = true;
}

/* Before something goes to the client; -1: it must not. */
static int may_send(struct delivery *delivery)
{
	if (!delivery->run->out->committed)
		commit(delivery);
	if (!delivery->candidate->unlimited &&
	    delivery->stream.delta_events > delivery->output_most + SLACK_EVENTS) {
		delivery->runaway = true;
		return -1;
	}
	note_sent(delivery);
	return 0;
}

static int note_gone(struct delivery *delivery, int result)
{
	if (result == 0)
		return 0;
	delivery->client_gone = true;
	return -1;
}

static int forward(struct delivery *delivery, const char *event, struct slice data)
{
	const struct chat_sink *sink = delivery->run->call->sink;

	return may_send(delivery) != 0 ? -1
				       : note_gone(delivery, sink->event(sink->ctx, event, data));
}

/* ---- the start of a stream ---- */

/* A provider that begins a stream and then fails, or ends it, has not answered yet. */
static bool only_begins(const struct delivery *delivery)
{
	const struct provider_stream *stream = &delivery->stream;

	return !delivery->run->out->committed && stream->delta_events == 0 && !stream->finished &&
	       delivery->held_bytes < HELD_MAX;
}

struct held_event {
	struct held_event *before;
	const char *event;
	struct slice data;
};

static void hold(struct delivery *delivery, const char *event, struct slice data)
{
	struct arena *arena = delivery->run->arena;
	struct held_event *held = arena_alloc(arena, sizeof *held);

	*held = (struct held_event){ delivery->held, arena_copy(arena, event),
		{ arena_copy_slice(arena, data), data.len } };
	delivery->held = held;
	delivery->held_bytes += data.len;
}

static int forward_held(struct delivery *delivery)
{
	struct held_event *first = NULL;

	while (delivery->held) { /* the other way round */
		struct held_event *event = delivery->held;

		delivery->held = event->before;
		event->before = first;
		first = event;
	}
	for (; first; first = first->before)
		if (forward(delivery, first->event, first->data) != 0)
			return -1;
	return 0;
}

static int forward_or_hold(struct delivery *delivery, const char *event, struct slice data)
{
	if (only_begins(delivery)) {
		hold(delivery, event, data);
		return 0;
	}
	return forward_held(delivery) != 0 ? -1 : forward(delivery, event, data);
}

/* ---- translated ones ---- */

static int delivery_tell(struct delivery *delivery, const struct chat_event *event)
{
	const struct chat_sink *sink = delivery->run->call->sink;

	return may_send(delivery) != 0
		   ? -1
		   : note_gone(delivery, translate_event(delivery->run, delivery->candidate->member,
					     event, sink->translated, sink->ctx));
}

static void keep_start(struct delivery *delivery, const struct chat_event *event)
{
	struct arena *arena = delivery->run->arena;

	delivery->start = *event;
	delivery->start.id.ptr = arena_copy_slice(arena, event->id);
	delivery->start.model.ptr = arena_copy_slice(arena, event->model);
}

static void delivery_fail(struct delivery *delivery, enum failure_class class, const char *message)
{
	struct failure *failure = &delivery->failure;

	*failure =
	    (struct failure){ .class = class, .status = delivery->head.status, .delay_ms = -1 };
	memccpy(failure->message, message, 0, sizeof failure->message - 1);
}

/* Has an answer that a filter stopped somebody else to go to, and nothing of it gone out yet?  The
 * last of content_policy_fallbacks keeps its answer. */
static bool may_be_refused(const struct delivery *delivery)
{
	const struct run *run = delivery->run;

	return !run->out->committed && !run->call->request->disable_fallbacks &&
	       run->chain != NEXT_POLICY && run->asked &&
	       settings_chain(&run->settings->content_policy_fallbacks, run->asked->name);
}

static void fail_as_filtered(struct delivery *delivery)
{
	delivery_fail(
	    delivery, FAILURE_POLICY, "the answer was stopped by the provider's content filter");
}

/* A stream that is stopped before a word: what it has read is charged. */
static int refuse_stream(struct delivery *delivery)
{
	fail_as_filtered(delivery);
	delivery->first_token_ms = (clock_mono_us() - delivery->started_us) / 1000;
	return -1;
}

static bool is_over(const struct delivery *delivery)
{
	return delivery->client_gone || delivery->runaway ||
	       delivery->failure.class != FAILURE_NONE;
}

static bool is_stopped_before_a_word(
    const struct delivery *delivery, const struct chat_event *event)
{
	return event->kind == EVENT_FINISH && event->finish == FINISH_FILTER &&
	       !delivery->started && may_be_refused(delivery);
}

static int on_neutral(void *ctx, const struct chat_event *event)
{
	struct delivery *delivery = ctx;

	if (is_over(delivery))
		return -1;
	if (is_stopped_before_a_word(delivery, event))
		return refuse_stream(delivery);
	if (event->kind == EVENT_PING)
		return delivery->started ? delivery_tell(delivery, event) : 0;
	if (event->kind == EVENT_START) {
		keep_start(delivery, event);
		return 0;
	}
	if (!delivery->started) {
		delivery->started = true;
		delivery->start.kind = EVENT_START;
		if (delivery_tell(delivery, &delivery->start) != 0)
			return -1;
	}
	delivery->finish_seen = delivery->finish_seen || event->kind == EVENT_FINISH;
	return delivery_tell(delivery, event);
}

static int forward_translated(struct delivery *delivery, struct slice data)
{
	delivery->format->decode_event(
	    &delivery->stream, data, delivery->run->arena, on_neutral, delivery);
	return is_over(delivery) ? -1 : 0;
}

/* ---- a chat's own events, where a filter may stop it before a word ---- */

static bool is_worded(struct slice choice)
{
	struct slice delta = json_member(choice, "delta"), content = json_member(delta, "content");

	for (struct json_cursor member = json_cursor(delta); json_next(&member);)
		if (!json_key_is(&member, "role") && !json_key_is(&member, "content") &&
		    json_scan_type(member.value) != JSON_NIL)
			return true;
	return json_scan_type(content) == JSON_TEXT && content.len > 2;
}

static bool is_stopped(struct slice data)
{
	struct json_cursor choices = json_cursor(json_member(data, "choices"));

	return json_next(&choices) &&
	       json_text_is(json_member(choices.value, "finish_reason"), "content_filter") &&
	       !is_worded(choices.value);
}

static int forward_own(struct delivery *delivery, const char *event, struct slice data)
{
	return may_be_refused(delivery) &&
		       delivery->run->call->request->format == WIRE_OPENAI_CHAT && is_stopped(data)
		   ? refuse_stream(delivery)
		   : forward_or_hold(delivery, event, data);
}

/* What a provider does not say at the end, and a client's format needs. */
static void end_translated(struct delivery *delivery)
{
	bool called = delivery->run->told.part_count > 0;
	const struct chat_event finish = { .kind = EVENT_FINISH,
		.finish = called ? FINISH_TOOLS : FINISH_STOP },
				usage = { .kind = EVENT_USAGE, .usage = &delivery->stream.usage },
				end = { .kind = EVENT_END };

	provider_stream_estimate(&delivery->stream, delivery->candidate->bound.input_tokens);
	delivery_note_cost(delivery);
	if (!delivery->finish_seen)
		(void)on_neutral(delivery, &finish);
	(void)on_neutral(delivery, &usage);
	(void)on_neutral(delivery, &end); /* a client that left by now has its answer */
}

static struct slice without_key(const struct delivery *delivery, struct slice body)
{
	return failure_body_without(
	    body, delivery->candidate->member->api_key, delivery->run->arena);
}

static int delivery_on_event(void *ctx, const char *event, struct slice data)
{
	struct delivery *delivery = ctx;
	struct slice out = { NULL, 0 };
	enum stream_step step = delivery->format->read_event(
	    &delivery->stream, event, data, delivery->run->arena, &out);

	if (is_over(delivery)) /* of what failed only the usage is waited for */
		return delivery->stream.billed || step == STREAM_DONE ? -1 : 0;
	delivery_note_cost(delivery);
	if (!delivery->first_words_us && delivery->stream.delta_events > 0)
		delivery->first_words_us = clock_mono_us();
	switch (step) {
	case STREAM_FORWARD:
		delivery->began = true;
		return delivery->translates ? forward_translated(delivery, out)
					    : forward_own(delivery, event, out);
	case STREAM_ERROR:
	case STREAM_FAILING:
		failure_of_reply(delivery->candidate->member->provider->name, 200, NULL,
		    without_key(delivery, out), clock_wall_ms(), &delivery->failure);
		return step == STREAM_FAILING ? 0 : -1;
	case STREAM_HIDE:
	case STREAM_DONE:
		break;
	}
	return 0;
}

/* ---- callbacks of the fetch ---- */

static void keep_head(struct delivery *delivery, const struct fetch_head *head)
{
	delivery->head = *head;
	for (size_t i = 0; i < head->header_count; i++) {
		delivery->head.headers[i].name =
		    arena_copy(delivery->run->arena, head->headers[i].name);
		delivery->head.headers[i].value =
		    arena_copy(delivery->run->arena, head->headers[i].value);
	}
	if (delivery->run->settings->tells_upstream_limits) {
		struct fetch_head *told = arena_alloc(delivery->run->arena, sizeof *told);

		*told = delivery->head;
		delivery->run->out->head = told;
	}
}

static int on_head(void *ctx, const struct fetch_head *head)
{
	struct delivery *delivery = ctx;
	bool done = delivery_may_be_done(delivery, head->status);

	keep_head(delivery, head);
	delivery->framed =
	    !delivery->passes && fetch_head_has_type(head, "application/vnd.amazon.eventstream");
	delivery->is_stream = delivery->run->call->request->stream && done &&
			      (delivery->framed || fetch_head_has_type(head, "text/event-stream"));
	if (delivery->passes)
		delivery->run->out->passed_status = head->status;
	if (delivery->is_stream && delivery->passes) {
		delivery->stream.finished = true; /* a connection that breaks off tells else */
	} else if (delivery->is_stream && delivery->framed) {
		aws_events_init(&delivery->frames);
	} else if (delivery->is_stream) {
		sse_reader_init(&delivery->sse);
		delivery->sse_ready = true;
	} else if (done) {
		text_init(&delivery->body, WHOLE_MAX); /* nothing is in it yet */
	}
	return 0;
}

static int keep_alive_if_due(struct delivery *delivery)
{
	const struct run *run = delivery->run;
	const struct chat_sink *sink = run->call->sink;

	if (!run->call->request->stream ||
	    clock_mono_us() - run->last_client_us < run->settings->keep_alive_ms * 1000)
		return 0;
	note_sent(delivery);
	if (sink->keep_alive(sink->ctx) == 0)
		return 0;
	delivery->client_gone = true;
	return -1;
}

/* Comments and an early head do not make a stream: others could be asked meanwhile. */
static bool is_overdue(struct delivery *delivery)
{
	delivery->overdue = delivery->is_stream && !delivery->run->out->committed &&
			    clock_mono_us() >= delivery->begin_by_us;
	return delivery->overdue;
}

/* To the client: what of these bytes was for it. */
static int delivery_flush(struct delivery *delivery)
{
	const struct chat_sink *sink = delivery->run->call->sink;

	return sink->flush && delivery->run->out->committed
		   ? note_gone(delivery, sink->flush(sink->ctx))
		   : 0;
}

static int collect_body(struct delivery *delivery, const char *bytes, size_t len)
{
	int64_t before = (int64_t)delivery->body.size;

	text_add(&delivery->body, bytes, len);
	held_add(HELD_ANSWERS, (int64_t)delivery->body.size - before);
	/* An error body that is too long is judged by its beginning. */
	if (!delivery_may_be_done(delivery, delivery->head.status))
		return 0;
	if (delivery->body.size > SMALL_BYTES && held_left() < 0)
		delivery_fail(delivery, FAILURE_ROOM, no_room);
	return text_failed(&delivery->body) || is_over(delivery) ? -1 : 0;
}

static int on_body(void *ctx, const char *bytes, size_t len)
{
	struct delivery *delivery = ctx;
	int fed;

	if (!delivery->is_stream)
		return collect_body(delivery, bytes, len);
	if (delivery->passes)
		return forward(delivery, "", (struct slice){ bytes, len });
	fed =
	    delivery->framed
		? aws_events_feed(&delivery->frames, bytes, len, delivery_on_event, delivery, NULL)
		: sse_reader_feed(&delivery->sse, bytes, len, delivery_on_event, delivery, NULL);
	if (delivery_flush(delivery) != 0 || fed != 0)
		return -1;
	return is_overdue(delivery) ? -1 : keep_alive_if_due(delivery);
}

static int on_silence(void *ctx, int64_t silent_ms)
{
	struct delivery *delivery = ctx;

	if (is_overdue(delivery) || (delivery->stream.failed && silent_ms >= USAGE_MS))
		return -1;
	return keep_alive_if_due(delivery);
}

static bool client_gone(void *ctx)
{
	struct delivery *delivery = ctx;
	const struct chat_sink *sink = delivery->run->call->sink;

	if (sink && sink->client_gone && sink->client_gone(sink->ctx))
		delivery->client_gone = true;
	return delivery->client_gone;
}

void delivery_attach(struct delivery *delivery, struct fetch_call *call)
{
	call->client_fd = delivery->run->call->client_fd;
	call->comes_slowly = delivery->run->call->request->stream;
	call->on_head = on_head;
	call->on_body = on_body;
	call->on_silence = on_silence;
	call->client_gone = client_gone;
	call->wake_ms = delivery->run->settings->keep_alive_ms < WAKE_MS
			    ? delivery->run->settings->keep_alive_ms
			    : WAKE_MS;
	call->max_body_bytes = WHOLE_MAX * 4; /* a stream's total; whole bodies are limited above */
	call->ctx = delivery;
	delivery->begin_by_us = delivery->started_us + call->first_byte_timeout_ms * 1000;
}

/* ---- judgement ---- */

static bool finish_stream(struct delivery *delivery)
{
	if (delivery->failure.class == FAILURE_NONE && delivery->sse_ready)
		(void)sse_reader_end(&delivery->sse, delivery_on_event,
		    delivery);          /* its failures are in the delivery */
	(void)delivery_flush(delivery); /* so is this one */
	if (delivery->client_gone)
		delivery_fail(delivery, FAILURE_CANCELLED, "the client left");
	else if (delivery->runaway)
		delivery_fail(
		    delivery, FAILURE_BROKEN, "the provider sent more than the limit it was given");
	else if (delivery->failure.class == FAILURE_NONE && !delivery->run->out->committed)
		delivery_fail(delivery, FAILURE_BROKEN, "the stream ended without an event");
	else if (delivery->failure.class == FAILURE_NONE && !delivery->stream.finished &&
		 !delivery->stream.done)
		delivery_fail(delivery, FAILURE_BROKEN, "the stream ended early");
	if (delivery->failure.class != FAILURE_NONE)
		return false;
	if (delivery->translates)
		end_translated(delivery);
	(void)delivery_flush(delivery); /* a client that left by now has its answer */
	return true;
}

static int delivery_collect(void *ctx, const struct chat_event *event)
{
	struct delivery *delivery = ctx;

	return translate_event(delivery->run, delivery->candidate->member, event,
	    chat_collector_event, &delivery->collector);
}

static void collect_whole(struct delivery *delivery)
{
	struct arena *arena = delivery->run->arena;

	chat_collector_init(&delivery->collector, arena);
	delivery->format->decode_reply(
	    text_slice(&delivery->body), arena, delivery_collect, delivery);
}

/* The answer is whole and paid for; false: another one is wanted instead. */
static bool take_whole(struct delivery *delivery, const struct provider_reply *reply)
{
	bool watched = reply->usage.known && may_be_refused(delivery);

	if (delivery->translates || watched)
		collect_whole(delivery);
	if (!watched || !chat_reply_is_filtered(&delivery->collector.reply))
		return true;
	fail_as_filtered(delivery);
	return false;
}

static void drop_mark(struct text *body)
{
	struct slice json = json_without_mark(text_slice(body));

	if (json.len == body->len)
		return;
	body->len = json.len;
	memmove(body->bytes, json.ptr, json.len + 1);
}

static bool finish_whole(struct delivery *delivery, struct provider_reply *out_reply)
{
	const struct member *member = delivery->candidate->member;
	struct run *run = delivery->run;
	struct error err;
	bool whole;

	if (!delivery->passes)
		drop_mark(&delivery->body);
	whole = delivery->format->read_reply(member->biller, text_slice(&delivery->body),
		    run->arena, out_reply, &err) == 0 &&
		delivery_may_be_done(delivery, delivery->head.status);
	/* Where a stream was asked for it is a failure, whose usage counts; but not every model
	 * streams speech and transcriptions. */
	if (whole && (!run->call->request->stream || run->call->request->media))
		return take_whole(delivery, out_reply);
	failure_of_reply(member->provider->name, delivery->head.status, &delivery->head,
	    without_key(delivery, text_slice(&delivery->body)), clock_wall_ms(),
	    &delivery->failure);
	return false;
}

bool delivery_finish(
    struct delivery *delivery, const struct fetch_result *result, struct provider_reply *out_reply)
{
	if (delivery->overdue) {
		delivery_fail(delivery, FAILURE_TIMEOUT, "no event came in time");
		return false;
	}
	if (result->end == FETCH_CLIENT_GONE)
		delivery->client_gone = true;
	if (delivery->is_stream &&
	    (result->end == FETCH_DONE || result->end == FETCH_STOPPED || delivery->stream.failed))
		return finish_stream(delivery);
	if (delivery->client_gone) {
		delivery_fail(delivery, FAILURE_CANCELLED, "the client left");
		return false;
	}
	if (delivery->failure.class == FAILURE_ROOM)
		return false;
	if (result->end == FETCH_DONE)
		return finish_whole(delivery, out_reply);
	/* A stream whose last event has come is whole, however its connection ended. */
	if (delivery->is_stream && delivery->stream.done)
		return finish_stream(delivery);
	failure_of_fetch(result, &delivery->failure);
	return false;
}
