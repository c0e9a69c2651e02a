/*
 * What is read of an Anthropic answer, whole or streamed: usage, model, whether it is complete, and
 * the neutral events for clients of another format.
 */
#include "base/json_scan.h"
#include "providers/anthropic_format.h"
#include "providers/usage_floor.h"
#include "providers/usage_member.h"

#include <stdio.h>

#include "base/banned.h"

/* ---- usage ---- */

/* A stream tells usage at its start and at its end: the largest of each count holds. */
static void anthropic_reply_take(struct slice usage, const char *name, int64_t *out)
{
	int64_t count;

	if (usage_count(json_member(usage, name), &count) && count > *out)
		*out = count;
}

/* Without any, the member is null or missing. */
static void read_uses(struct slice usage, struct usage *out)
{
	const struct server_tool *row;

	for (size_t i = 0; (row = server_tool_at(i)) != NULL; i++) {
		if (row->dialect != TOOLS_OF_MESSAGES)
			continue;
		anthropic_reply_take(
		    json_member(usage, row->told_in), row->told_as, &out->uses.of[row->id]);
		out->uses_told |= 1U << row->id;
	}
}

static void read_counts(struct slice usage, struct usage *out)
{
	struct slice writes = json_member(usage, "cache_creation"),
		     details = json_member(usage, "output_tokens_details");
	int64_t all_writes = out->cache_write_tokens + out->cache_write_1h_tokens +
			     out->cache_write_12h_tokens,
		fresh = out->input_tokens - out->cached_tokens - all_writes,
		hour = out->cache_write_1h_tokens, minutes = -1;

	anthropic_reply_take(usage, "input_tokens", &fresh);
	anthropic_reply_take(usage, "cache_read_input_tokens", &out->cached_tokens);
	anthropic_reply_take(usage, "cache_creation_input_tokens", &all_writes);
	anthropic_reply_take(writes, "ephemeral_1h_input_tokens", &hour);
	anthropic_reply_take(writes, "ephemeral_5m_input_tokens", &minutes);
	anthropic_reply_take(usage, "output_tokens", &out->output_tokens);
	read_uses(usage, out);
	anthropic_reply_take(details, "thinking_tokens", &out->reasoning_tokens);
	if (hour + (minutes > 0 ? minutes : 0) > all_writes) /* they contradict each other */
		all_writes = hour + (minutes > 0 ? minutes : 0);
	if (minutes < 0)
		minutes = all_writes - hour;
	out->cache_write_1h_tokens = hour;
	out->cache_write_tokens = minutes;
	out->cache_write_12h_tokens = all_writes - hour - minutes; /* of a length that is new */
	out->input_tokens = fresh + out->cached_tokens + all_writes;
	usage_reconcile(out, -1);
}

/* Where one answer took several calls at Anthropic (compaction, its own fallbacks) the counts
 * beside the list are those of the last one, and the bill is that of all. */
static void add_iterations(struct slice iterations, struct usage *out)
{
	struct usage all = { .known = out->known,
		.in_us = out->in_us,
		.uses = out->uses,
		.uses_told = out->uses_told,
		.reported_cost_nano = out->reported_cost_nano };

	for (struct json_cursor item = json_cursor(iterations); json_next(&item);) {
		struct usage one = { .known = false };

		read_counts(item.value, &one);
		all.input_tokens += one.input_tokens;
		all.cached_tokens += one.cached_tokens;
		all.cache_write_tokens += one.cache_write_tokens;
		all.cache_write_1h_tokens += one.cache_write_1h_tokens;
		all.cache_write_12h_tokens += one.cache_write_12h_tokens;
		all.output_tokens += one.output_tokens;
		all.reasoning_tokens += one.reasoning_tokens;
	}
	if (all.input_tokens >= out->input_tokens && all.output_tokens >= out->output_tokens)
		*out = all;
}

void anthropic_usage_read(struct slice usage, struct usage *out)
{
	int64_t input;

	if (json_scan_type(usage) != JSON_MAP)
		return;
	read_counts(usage, out);
	out->in_us = out->in_us || json_text_is(json_member(usage, "inference_geo"), "us");
	if (json_scan_type(json_member(usage, "iterations")) == JSON_LIST)
		add_iterations(json_member(usage, "iterations"), out);
	/* Without a count of the input it would be a bill of next to nothing.  Later events of a
	 * stream have only what has changed. */
	out->known = out->known || usage_count(json_member(usage, "input_tokens"), &input);
}

/* Bedrock's own counts, in the last event: what the events before left out is read here
 * (https://github.com/BerriAI/litellm/issues/34373).  Input is what the cache did not cover. */
static void read_metrics(struct slice metrics, struct usage *out)
{
	struct usage seen = { .known = true,
		.reported_cost_nano = -1,
		.cached_tokens = usage_count_in(metrics, "cacheReadInputTokenCount"),
		.output_tokens = usage_count_in(metrics, "outputTokenCount") };
	int64_t fresh, writes = usage_count_in(metrics, "cacheWriteInputTokenCount");

	if (!usage_count(json_member(metrics, "inputTokenCount"), &fresh))
		return;
	seen.input_tokens = fresh + seen.cached_tokens + writes;
	writes -= out->cache_write_1h_tokens + out->cache_write_12h_tokens;
	seen.cache_write_tokens = writes > 0 ? writes : 0;
	usage_keep_largest(out, &seen);
}

/* ---- whole ---- */

static const struct server_tool *server_tool_called(struct slice block)
{
	const struct server_tool *row;

	for (size_t i = 0; (row = server_tool_at(i)) != NULL; i++)
		if (row->dialect == TOOLS_OF_MESSAGES &&
		    json_text_is(json_member(block, "name"), row->call))
			break;
	return row;
}

static bool tells_uses(struct slice usage)
{
	return json_scan_type(json_member(usage, "server_tool_use")) == JSON_MAP;
}

static void count_block(struct slice block, struct tool_uses *uses)
{
	const struct server_tool *row = server_tool_called(block);

	if (row && json_text_is(json_member(block, "type"), "server_tool_use"))
		uses->of[row->id]++;
}

/* Where usage says nothing of tools. */
static void count_blocks(struct slice body, struct usage *usage)
{
	if (tells_uses(json_member(body, "usage")))
		return;
	for (struct json_cursor block = json_cursor(json_member(body, "content"));
	     json_next(&block);)
		count_block(block.value, &usage->uses);
}

int anthropic_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	const char *reason;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	anthropic_usage_read(usage_member(body, "usage", arena), &reply.usage);
	*out = reply;
	if (json_scan_type(json_member(body, "content")) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no content");
	usage_check_whole(anthropic_decode_reply, body, arena, &reply.usage);
	count_blocks(body, &reply.usage);
	reply.model = json_as_text(json_member(body, "model"), arena);
	reason = json_as_text(json_member(body, "stop_reason"), arena);
	snprintf(reply.finish_reason, sizeof reply.finish_reason, "%s", reason ? reason : "");
	*out = reply;
	return 0;
}

/* ---- streamed ---- */

static void anthropic_reply_count_delta(struct provider_stream *stream, struct slice delta)
{
	static const char *const texts[] = { "text", "partial_json", "thinking" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct slice text = json_member(delta, texts[i]);

		if (json_scan_type(text) != JSON_TEXT || text.len <= 2)
			continue;
		stream->delta_events++;
		text_tokens_add(&stream->text, text);
		stream->text_bytes += (int64_t)text.len - 2;
	}
}

/* Where the stream is cut the bill is not told.  With each result all is read again; a token of it
 * has at least a byte. */
static void count_server_tool(struct provider_stream *stream, struct slice block)
{
	struct slice type = json_member(block, "type");

	count_block(block, &stream->uses);
	if (!json_text_is(type, "web_search_tool_result") &&
	    !json_text_is(type, "web_fetch_tool_result"))
		return;
	stream->results += (int64_t)block.len;
	stream->again += stream->usage.input_tokens + stream->results + stream->text_bytes;
}

/* Beside the event, in the message that it starts, or in what has changed, as some that speak this
 * format have it. */
static void note_usage(struct provider_stream *stream, struct slice data, struct arena *arena)
{
	const struct slice places[] = { data, json_member(data, "message"),
		json_member(data, "delta") };
	bool told = false;

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		anthropic_usage_read(usage_member(places[i], "usage", arena), &stream->usage);
		told = told || tells_uses(json_member(places[i], "usage"));
	}
	if (!told)
		usage_uses_at_least(&stream->usage, &stream->uses);
}

static void note_start(struct provider_stream *stream, struct slice message, struct arena *arena)
{
	const char *model = json_as_text(json_member(message, "model"), arena);

	stream->usage.reported_cost_nano = -1;
	if (model)
		snprintf(stream->model, sizeof stream->model, "%s", model);
}

enum stream_step anthropic_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out)
{
	struct slice type, reason;

	*out = data;
	if (slice_is(data, "[DONE]"))
		return STREAM_HIDE; /* some proxies add it */
	if (json_scan_check(data, NULL) != 0 || json_scan_type(data) != JSON_MAP)
		return STREAM_ERROR;
	type = json_as_slice(json_member(data, "type"), arena);
	if (slice_is(type, "error") || strcmp(event, "error") == 0)
		return STREAM_ERROR;
	if (!slice_begins(type, "message_")) { /* of a content block */
		count_server_tool(stream, json_member(data, "content_block"));
		anthropic_reply_count_delta(stream, json_member(data, "delta"));
		return STREAM_FORWARD;
	}
	if (slice_is(type, "message_start"))
		note_start(stream, json_member(data, "message"), arena);
	note_usage(stream, data, arena);
	read_metrics(json_member(data, "amazon-bedrock-invocationMetrics"), &stream->usage);
	reason = json_member(json_member(data, "delta"), "stop_reason");
	if (json_scan_type(reason) == JSON_TEXT && reason.len > 2)
		stream->finished = true;
	stream->done = stream->done || slice_is(type, "message_stop");
	return STREAM_FORWARD;
}

/* ---- to neutral events ---- */

struct decoding {
	int tools; /* calls begun */
	bool finished;
	bool calling;   /* the open block is a call */
	bool has_input; /* and pieces of its input have come */
	struct slice
	    input; /* in the start of the block, as clones have it; counts without pieces */
};

struct emitter {
	chat_emit *emit;
	void *ctx;
	struct arena *arena;
	struct decoding *state;
};

static enum chat_finish anthropic_reply_finish_of(struct slice reason)
{
	static const struct {
		const char *reason;
		enum chat_finish finish;
	} rows[] = {
		{ "stop_sequence", FINISH_STOP_SEQUENCE },
		{ "max_tokens", FINISH_LENGTH },
		{ "model_context_window_exceeded", FINISH_CONTEXT },
		{ "tool_use", FINISH_TOOLS },
		{ "refusal", FINISH_FILTER },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (slice_is(reason, rows[i].reason))
			return rows[i].finish;
	return FINISH_STOP;
}

static void anthropic_reply_emit_text(
    struct emitter *e, enum chat_event_kind kind, struct slice value)
{
	struct chat_event event = { .kind = kind, .text = json_as_slice(value, e->arena) };

	event.tool = e->state->tools - 1;
	if (event.text.len > 0)
		(void)e->emit(e->ctx, &event);
}

static void emit_signature(struct emitter *e, struct slice value, bool redacted)
{
	struct chat_event event = { .kind = EVENT_SIGNATURE,
		.signature = json_as_slice(value, e->arena),
		.signed_by = WIRE_ANTHROPIC,
		.redacted = redacted };

	if (event.signature.len > 0)
		(void)e->emit(e->ctx, &event);
}

static void anthropic_reply_begin_call(struct emitter *e, struct slice block)
{
	struct chat_event event = { .kind = EVENT_TOOL_BEGIN, .tool = e->state->tools++ };

	event.id = json_as_slice(json_member(block, "id"), e->arena);
	event.name = json_as_slice(json_member(block, "name"), e->arena);
	(void)e->emit(e->ctx, &event);
}

static void emit_input(struct emitter *e, struct slice input)
{
	struct chat_event event = {
		.kind = EVENT_TOOL_ARGUMENTS, .tool = e->state->tools - 1, .text = input
	};

	(void)e->emit(e->ctx, &event);
}

/* A block of a whole answer, or the start of one in a stream (where texts are still empty). */
static void emit_block(struct emitter *e, struct slice block, bool whole)
{
	struct slice type = json_as_slice(json_member(block, "type"), e->arena),
		     input = json_member(block, "input");

	if (slice_is(type, "text")) {
		anthropic_reply_emit_text(e, EVENT_TEXT, json_member(block, "text"));
	} else if (slice_is(type, "thinking")) {
		anthropic_reply_emit_text(e, EVENT_REASONING, json_member(block, "thinking"));
		emit_signature(e, json_member(block, "signature"), false);
	} else if (slice_is(type, "redacted_thinking")) {
		emit_signature(e, json_member(block, "data"), true);
	} else if (slice_is(type, "tool_use")) {
		anthropic_reply_begin_call(e, block);
		e->state->calling = true;
		e->state->has_input = whole;
		e->state->input = slice_of("{}");
		if (json_scan_type(input) == JSON_MAP)
			e->state->input = slice_of(arena_copy_slice(e->arena, input));
		if (whole)
			emit_input(e, e->state->input);
	}
}

static void emit_delta(struct emitter *e, struct slice delta)
{
	struct slice type = json_as_slice(json_member(delta, "type"), e->arena);

	if (slice_is(type, "text_delta")) {
		anthropic_reply_emit_text(e, EVENT_TEXT, json_member(delta, "text"));
	} else if (slice_is(type, "thinking_delta")) {
		anthropic_reply_emit_text(e, EVENT_REASONING, json_member(delta, "thinking"));
	} else if (slice_is(type, "signature_delta")) {
		emit_signature(e, json_member(delta, "signature"), false);
	} else if (slice_is(type, "input_json_delta") && e->state->calling) {
		e->state->has_input =
		    e->state->has_input || json_member(delta, "partial_json").len > 2;
		anthropic_reply_emit_text(
		    e, EVENT_TOOL_ARGUMENTS, json_member(delta, "partial_json"));
	}
}

static void end_block(struct emitter *e)
{
	if (e->state->calling && !e->state->has_input)
		emit_input(e, e->state->input);
	e->state->calling = false;
}

static void anthropic_reply_emit_finish(struct emitter *e, struct slice from)
{
	struct slice reason = json_as_slice(json_member(from, "stop_reason"), e->arena);
	struct chat_event event = { .kind = EVENT_FINISH };
	struct slice explanation;

	if (reason.len == 0 || e->state->finished)
		return;
	explanation = json_member(json_member(from, "stop_details"), "explanation");
	if (slice_is(reason, "refusal"))
		anthropic_reply_emit_text(e, EVENT_REFUSAL, explanation);
	e->state->finished = true;
	event.finish = anthropic_reply_finish_of(reason);
	event.text = json_as_slice(json_member(from, "stop_sequence"), e->arena);
	(void)e->emit(e->ctx, &event);
}

static void anthropic_reply_emit_start(
    struct emitter *e, struct slice message, const struct usage *usage)
{
	struct chat_event event = { .kind = EVENT_START, .usage = usage };

	event.id = json_as_slice(json_member(message, "id"), e->arena);
	event.model = json_as_slice(json_member(message, "model"), e->arena);
	(void)e->emit(e->ctx, &event);
}

void anthropic_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx)
{
	struct decoding state = { .tools = 0 };
	struct emitter e = { emit, ctx, arena, &state };

	anthropic_reply_emit_start(&e, body, NULL);
	for (struct json_cursor block = json_cursor(json_member(body, "content"));
	     json_next(&block);)
		if (json_scan_type(block.value) == JSON_MAP)
			emit_block(&e, block.value, true);
	anthropic_reply_emit_finish(&e, body);
}

void anthropic_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx)
{
	struct slice type = json_as_slice(json_member(data, "type"), arena);
	struct emitter e = { emit, ctx, arena, stream->decoding };

	if (!stream->decoding)
		stream->decoding = e.state = arena_alloc(arena, sizeof *e.state);
	if (slice_is(type, "message_start"))
		anthropic_reply_emit_start(&e, json_member(data, "message"), &stream->usage);
	else if (slice_is(type, "content_block_start"))
		emit_block(&e, json_member(data, "content_block"), false);
	else if (slice_is(type, "content_block_delta"))
		emit_delta(&e, json_member(data, "delta"));
	else if (slice_is(type, "content_block_stop"))
		end_block(&e);
	else if (slice_is(type, "message_delta"))
		anthropic_reply_emit_finish(&e, json_member(data, "delta"));
	else if (slice_is(type, "ping"))
		(void)emit(ctx, &(struct chat_event){ .kind = EVENT_PING });
}
