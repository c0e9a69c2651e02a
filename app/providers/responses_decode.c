/*
 * Responses answers as neutral events, for clients of other formats.
 *
 * The parts of a summary are paragraphs of one reasoning.  An item's end repeats its whole text,
 * which is taken only where no piece of it came.  Encrypted reasoning is a signature; without a
 * summary it stands alone.
 */
#include "base/json_scan.h"
#include "providers/responses_format.h"

#include "base/banned.h"

#define CALLS_MAX 128

struct decoding {
	int64_t indexes[CALLS_MAX]; /* output_index of the calls begun */
	bool has_arguments[CALLS_MAX];
	int calls;
	int64_t summary_item; /* output_index + 1 of the item whose summary came last; 0: none */
	bool message_seen;    /* pieces of the open message came */
	bool items_seen;      /* in events of their own */
};

struct emitter {
	chat_emit *emit;
	void *ctx;
	struct arena *arena;
	struct decoding *state;
};

static void emit_slice(struct emitter *e, enum chat_event_kind kind, struct slice text)
{
	struct chat_event event = { .kind = kind, .text = text };

	if (text.len > 0)
		(void)e->emit(e->ctx, &event);
}

static void responses_decode_emit_text(
    struct emitter *e, enum chat_event_kind kind, struct slice value)
{
	emit_slice(e, kind, json_as_slice(value, e->arena));
}

/* ---- calls ---- */

static int find_call(const struct decoding *state, int64_t index)
{
	for (int i = state->calls - 1; i >= 0; i--)
		if (state->indexes[i] == index)
			return i;
	return -1;
}

static int responses_decode_begin_call(struct emitter *e, struct slice item, int64_t index)
{
	struct chat_event event = { .kind = EVENT_TOOL_BEGIN };

	if (e->state->calls == CALLS_MAX)
		return -1;
	e->state->indexes[e->state->calls] = index;
	event.tool = e->state->calls++;
	event.id = json_as_slice(json_member(item, "call_id"), e->arena);
	if (event.id.len == 0)
		event.id = slice_of(arena_printf(e->arena, "call_%d", event.tool));
	event.name = json_as_slice(json_member(item, "name"), e->arena);
	(void)e->emit(e->ctx, &event);
	return event.tool;
}

static void emit_arguments(struct emitter *e, int tool, struct slice value)
{
	struct chat_event event = { .kind = EVENT_TOOL_ARGUMENTS, .tool = tool };

	if (tool < 0)
		return;
	event.text = json_as_slice(value, e->arena);
	if (event.text.len == 0)
		return;
	e->state->has_arguments[tool] = true;
	(void)e->emit(e->ctx, &event);
}

/* The whole arguments, where none of their pieces came. */
static void emit_all_arguments(struct emitter *e, int64_t index, struct slice value)
{
	int tool = find_call(e->state, index);

	if (tool >= 0 && !e->state->has_arguments[tool])
		emit_arguments(e, tool, value);
}

/* ---- items of a whole answer ---- */

static void emit_signature(struct emitter *e, struct slice item)
{
	struct json_cursor summary = json_cursor(json_member(item, "summary"));
	struct chat_event event = { .kind = EVENT_SIGNATURE, .signed_by = WIRE_RESPONSES };

	event.signature = json_as_slice(json_member(item, "encrypted_content"), e->arena);
	event.redacted = !json_next(&summary);
	if (event.signature.len > 0)
		(void)e->emit(e->ctx, &event);
}

static void emit_paragraphs(struct emitter *e, struct slice list)
{
	bool any = false;

	for (struct json_cursor part = json_cursor(list); json_next(&part); any = true) {
		if (any)
			emit_slice(e, EVENT_REASONING, slice_of("\n\n"));
		if (json_scan_type(part.value) == JSON_MAP)
			responses_decode_emit_text(
			    e, EVENT_REASONING, json_member(part.value, "text"));
	}
}

/* Log probabilities of one text: their list is that of chat's content. */
static void emit_logprobs(struct emitter *e, struct slice list)
{
	struct json_cursor any = json_cursor(list);

	if (json_scan_type(list) == JSON_LIST && json_next(&any))
		emit_slice(e, EVENT_LOGPROBS,
		    slice_of(arena_printf(
			e->arena, "{\"content\":%.*s,\"refusal\":null}", (int)list.len, list.ptr)));
}

static void emit_content(struct emitter *e, struct slice item)
{
	for (struct json_cursor part = json_cursor(json_member(item, "content"));
	     json_next(&part);) {
		struct slice type;

		if (json_scan_type(part.value) != JSON_MAP)
			continue;
		type = json_as_slice(json_member(part.value, "type"), e->arena);
		if (slice_is(type, "output_text")) {
			responses_decode_emit_text(e, EVENT_TEXT, json_member(part.value, "text"));
			emit_logprobs(e, json_member(part.value, "logprobs"));
		} else if (slice_is(type, "refusal")) {
			responses_decode_emit_text(
			    e, EVENT_REFUSAL, json_member(part.value, "refusal"));
		}
	}
}

static void emit_drawn(struct emitter *e, struct slice item)
{
	struct slice result = json_as_slice(json_member(item, "result"), e->arena),
		     format = json_as_slice(json_member(item, "output_format"), e->arena);

	if (result.len == 0)
		return;
	if (format.len == 0)
		format = slice_of("png");
	emit_slice(e, EVENT_IMAGE,
	    slice_of(arena_printf(e->arena, "data:image/%.*s;base64,%.*s", (int)format.len,
		format.ptr, (int)result.len, result.ptr)));
}

/* What no events of its own told before. */
static void emit_item(struct emitter *e, struct slice item, int64_t index)
{
	struct slice type = json_as_slice(json_member(item, "type"), e->arena);

	if (slice_is(type, "reasoning")) {
		if (e->state->summary_item != index + 1) {
			emit_paragraphs(e, json_member(item, "summary"));
			emit_paragraphs(e, json_member(item, "content"));
		}
		emit_signature(e, item);
	} else if (slice_is(type, "message")) {
		if (!e->state->message_seen)
			emit_content(e, item);
	} else if (slice_is(type, "image_generation_call")) {
		emit_drawn(e, item);
	} else if (slice_is(type, "function_call")) {
		if (find_call(e->state, index) < 0)
			(void)responses_decode_begin_call(e, item, index);
		emit_all_arguments(e, index, json_member(item, "arguments"));
	}
}

/* ---- begin and end ---- */

static void responses_decode_emit_start(struct emitter *e, struct slice response)
{
	struct chat_event event = { .kind = EVENT_START };

	event.id = json_as_slice(json_member(response, "id"), e->arena);
	event.model = json_as_slice(json_member(response, "model"), e->arena);
	(void)e->emit(e->ctx, &event);
}

static void responses_decode_emit_finish(struct emitter *e, struct slice response)
{
	struct slice reason = json_as_slice(
	    json_member(json_member(response, "incomplete_details"), "reason"), e->arena);
	struct chat_event event = { .kind = EVENT_FINISH, .finish = FINISH_STOP };

	if (slice_is(reason, "content_filter"))
		event.finish = FINISH_FILTER;
	else if (reason.len > 0)
		event.finish = FINISH_LENGTH;
	else if (e->state->calls > 0)
		event.finish = FINISH_TOOLS;
	(void)e->emit(e->ctx, &event);
}

void responses_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx)
{
	struct decoding *state = arena_alloc(arena, sizeof *state);
	struct emitter e = { emit, ctx, arena, state };
	int64_t index = 0;

	responses_decode_emit_start(&e, body);
	for (struct json_cursor item = json_cursor(json_member(body, "output")); json_next(&item);
	     index++)
		if (json_scan_type(item.value) == JSON_MAP)
			emit_item(&e, item.value, index);
	responses_decode_emit_finish(&e, body);
}

/* ---- streamed ---- */

static void on_item_added(struct emitter *e, struct slice data, int64_t index)
{
	struct slice item = json_member(data, "item");

	e->state->message_seen = false;
	e->state->items_seen = true;
	if (slice_is(json_as_slice(json_member(item, "type"), e->arena), "function_call"))
		(void)responses_decode_begin_call(e, item, index);
}

static void on_item_done(struct emitter *e, struct slice data, int64_t index)
{
	e->state->items_seen = true;
	emit_item(e, json_member(data, "item"), index);
}

static void on_text(struct emitter *e, struct slice data, int64_t index)
{
	e->state->message_seen = true;
	responses_decode_emit_text(e, EVENT_TEXT, json_member(data, "delta"));
}

static void on_refusal(struct emitter *e, struct slice data, int64_t index)
{
	e->state->message_seen = true;
	responses_decode_emit_text(e, EVENT_REFUSAL, json_member(data, "delta"));
}

static void on_summary_part(struct emitter *e, struct slice data, int64_t index)
{
	if (e->state->summary_item == index + 1)
		emit_slice(e, EVENT_REASONING, slice_of("\n\n"));
}

static void on_reasoning(struct emitter *e, struct slice data, int64_t index)
{
	e->state->summary_item = index + 1;
	responses_decode_emit_text(e, EVENT_REASONING, json_member(data, "delta"));
}

static void on_arguments(struct emitter *e, struct slice data, int64_t index)
{
	emit_arguments(e, find_call(e->state, index), json_member(data, "delta"));
}

static void on_arguments_done(struct emitter *e, struct slice data, int64_t index)
{
	emit_all_arguments(e, index, json_member(data, "arguments"));
}

static void on_created(struct emitter *e, struct slice data, int64_t index)
{
	responses_decode_emit_start(e, json_member(data, "response"));
}

/* There are proxies that tell of no items but in the last event
 * (https://github.com/openai/codex/pull/12798). */
static void on_over(struct emitter *e, struct slice data, int64_t index)
{
	struct slice output = json_member(json_member(data, "response"), "output");
	int64_t at = 0;

	for (struct json_cursor item = json_cursor(output);
	     !e->state->items_seen && json_next(&item); at++)
		if (json_scan_type(item.value) == JSON_MAP)
			emit_item(e, item.value, at);
	responses_decode_emit_finish(e, json_member(data, "response"));
}

static const struct {
	const char *type;
	void (*on)(struct emitter *e, struct slice data, int64_t index);
} rows[] = {
	{ "response.created", on_created },
	{ "response.output_item.added", on_item_added },
	{ "response.output_text.delta", on_text },
	{ "response.refusal.delta", on_refusal },
	{ "response.reasoning_summary_part.added", on_summary_part },
	{ "response.reasoning_summary_text.delta", on_reasoning },
	{ "response.reasoning_text.delta", on_reasoning },
	{ "response.function_call_arguments.delta", on_arguments },
	{ "response.function_call_arguments.done", on_arguments_done },
	{ "response.output_item.done", on_item_done },
	{ "response.completed", on_over },
	{ "response.incomplete", on_over },
};

void responses_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx)
{
	struct slice type = json_as_slice(json_member(data, "type"), arena);
	struct emitter e = { emit, ctx, arena, stream->decoding };
	int64_t index = 0;

	if (!stream->decoding)
		stream->decoding = e.state = arena_alloc(arena, sizeof *e.state);
	(void)json_as_int(json_member(data, "output_index"), &index);
	if (index < 0 || index > INT32_MAX)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (slice_is(type, rows[i].type))
			rows[i].on(&e, data, index);
}
