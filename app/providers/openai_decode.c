/*
 * OpenAI chat answers as neutral events, for clients of other formats.
 *
 * Vendors differ: reasoning comes as reasoning_content or reasoning, content as a string or a list
 * of typed parts (Mistral), tool calls whole or in pieces (call_index.h).
 */
#include "base/json_scan.h"
#include "providers/call_index.h"
#include "providers/openai_format.h"
#include "providers/reasoning_details.h"

#include "base/banned.h"

struct choice {
	struct call_index calls;
	struct reasoning_details details;
	bool reasoned; /* thoughts were told that the details belong to */
	bool finished;
};

struct decoding {
	bool started;
	struct choice *choices[128];
};

struct emitter {
	chat_emit *emit;
	void *ctx;
	struct arena *arena;
	int choice;
	struct choice *state;
};

static void openai_decode_emit_text(
    struct emitter *e, enum chat_event_kind kind, struct slice value)
{
	struct chat_event event = { .kind = kind, .choice = e->choice };

	event.text = json_as_slice(value, e->arena);
	if (event.text.len > 0)
		(void)e->emit(e->ctx, &event);
}

/* ---- tool calls ---- */

/* Gemini's, where it speaks OpenAI's format (Google's "Thought signatures", "OpenAI
 * compatibility"). */
static struct slice google_signature(struct emitter *e, struct slice call)
{
	struct slice extra = json_member(call, "extra_content"),
		     google = json_member(extra, "google");

	if (!google.ptr)
		google = json_member(extra, "vertex");
	return json_as_slice(json_member(google, "thought_signature"), e->arena);
}

static void openai_decode_begin_call(struct emitter *e, struct slice call, int tool)
{
	struct slice function = json_member(call, "function");
	struct chat_event event = { .kind = EVENT_TOOL_BEGIN, .choice = e->choice, .tool = tool };

	event.id = json_as_slice(json_member(call, "id"), e->arena);
	if (event.id.len == 0)
		event.id = slice_of(arena_printf(e->arena, "call_%d_%d", e->choice, event.tool));
	event.name = json_as_slice(json_member(function, "name"), e->arena);
	event.signature = google_signature(e, call);
	event.signed_by = WIRE_GEMINI;
	(void)e->emit(e->ctx, &event);
}

static void emit_call(struct emitter *e, struct slice call)
{
	struct slice arguments = json_member(json_member(call, "function"), "arguments");
	struct chat_event event = { .kind = EVENT_TOOL_ARGUMENTS, .choice = e->choice };
	bool begins;

	event.tool = call_index_of(&e->state->calls, call, &begins, e->arena);
	if (event.tool < 0)
		return;
	if (begins)
		openai_decode_begin_call(e, call, event.tool);
	event.text =
	    json_scan_type(arguments) == JSON_MAP ? arguments : json_as_slice(arguments, e->arena);
	if (event.text.len > 0)
		(void)e->emit(e->ctx, &event);
}

static void emit_old_call(struct emitter *e, struct slice function)
{
	struct chat_event event = { .kind = EVENT_TOOL_BEGIN, .choice = e->choice };

	if (json_scan_type(function) != JSON_MAP)
		return;
	if (e->state->calls.count == 0) {
		e->state->calls.count = 1;
		event.name = json_as_slice(json_member(function, "name"), e->arena);
		event.id = slice_of("call_0");
		(void)e->emit(e->ctx, &event);
	}
	openai_decode_emit_text(e, EVENT_TOOL_ARGUMENTS, json_member(function, "arguments"));
}

/* ---- content ---- */

/* {"type":"image_url","image_url":{"url"}} in OpenRouter's images, or among the parts. */
static void emit_image_part(struct emitter *e, struct slice part)
{
	openai_decode_emit_text(e, EVENT_IMAGE, json_member(json_member(part, "image_url"), "url"));
}

/* Mistral's list: {"type":"text","text"}, {"type":"thinking","thinking":[{"type":"text"...}]}. */
static void emit_list(struct emitter *e, struct slice list, enum chat_event_kind kind)
{
	for (struct json_cursor part = json_cursor(list); json_next(&part);) {
		if (json_scan_type(part.value) != JSON_MAP)
			continue;
		openai_decode_emit_text(e, kind, json_member(part.value, "text"));
		emit_image_part(e, part.value);
		for (struct json_cursor inner = json_cursor(json_member(part.value, "thinking"));
		     json_next(&inner);)
			openai_decode_emit_text(
			    e, EVENT_REASONING, json_member(inner.value, "text"));
	}
}

static void emit_details(struct emitter *e)
{
	struct chat_event event = { .kind = EVENT_SIGNATURE, .choice = e->choice };

	event.signature = reasoning_details_take(&e->state->details, e->arena);
	event.signed_by = WIRE_OPENAI_CHAT;
	event.redacted = !e->state->reasoned;
	e->state->reasoned = false;
	if (event.signature.len > 0)
		(void)e->emit(e->ctx, &event);
}

static bool says_more(struct slice message)
{
	static const struct slice names[] = { SLICE("content"), SLICE("tool_calls"),
		SLICE("refusal"), SLICE("function_call"), SLICE("images") };
	struct slice members[sizeof names / sizeof names[0]];

	json_members(message, names, sizeof names / sizeof names[0], members);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (members[i].len > 2 && json_scan_type(members[i]) != JSON_NIL)
			return true;
	return false;
}

/* A message of a whole answer, or the delta of a chunk. */
static void emit_message(struct emitter *e, struct slice message)
{
	struct slice content = json_member(message, "content"),
		     reasoning = json_member(message, "reasoning_content");

	if (json_scan_type(reasoning) != JSON_TEXT)
		reasoning = json_member(message, "reasoning");
	openai_decode_emit_text(e, EVENT_REASONING, reasoning);
	e->state->reasoned = e->state->reasoned || reasoning.len > 2;
	reasoning_details_add(
	    &e->state->details, json_member(message, "reasoning_details"), e->arena);
	if (says_more(message))
		emit_details(e); /* it is signed before anything follows */
	if (json_scan_type(content) == JSON_LIST)
		emit_list(e, content, EVENT_TEXT);
	else
		openai_decode_emit_text(e, EVENT_TEXT, content);
	openai_decode_emit_text(e, EVENT_REFUSAL, json_member(message, "refusal"));
	for (struct json_cursor image = json_cursor(json_member(message, "images"));
	     json_next(&image);)
		emit_image_part(e, image.value);
	for (struct json_cursor call = json_cursor(json_member(message, "tool_calls"));
	     json_next(&call);)
		if (json_scan_type(call.value) == JSON_MAP)
			emit_call(e, call.value);
	emit_old_call(e, json_member(message, "function_call"));
}

static enum chat_finish openai_decode_finish_of(struct slice reason, bool called)
{
	if (slice_is_one_of(reason, "length model_length"))
		return FINISH_LENGTH;
	if (slice_is(reason, "content_filter"))
		return FINISH_FILTER;
	return called || slice_is_one_of(reason, "tool_calls function_call") ? FINISH_TOOLS
									     : FINISH_STOP;
}

/* A whole answer ends, also where it does not say why. */
static void openai_decode_emit_finish(struct emitter *e, struct slice choice, bool whole)
{
	struct slice reason = json_as_slice(json_member(choice, "finish_reason"), e->arena);
	struct chat_event event = { .kind = EVENT_FINISH, .choice = e->choice };

	if ((reason.len == 0 && !whole) || e->state->finished)
		return;
	emit_details(e);
	e->state->finished = true;
	event.finish = openai_decode_finish_of(reason, e->state->calls.count > 0);
	(void)e->emit(e->ctx, &event);
}

static void emit_logprobs(struct emitter *e, struct slice choice)
{
	struct chat_event event = { .kind = EVENT_LOGPROBS, .choice = e->choice };

	event.text = json_member(choice, "logprobs");
	if (json_scan_type(event.text) == JSON_MAP)
		(void)e->emit(e->ctx, &event);
}

static struct choice *openai_decode_state_of(
    struct decoding *decoding, struct slice choice, struct arena *arena, int *out_index)
{
	int64_t index = 0;

	(void)json_as_int(json_member(choice, "index"), &index);
	if (index < 0 || index > 127)
		return NULL;
	*out_index = (int)index;
	if (!decoding->choices[index])
		decoding->choices[index] = arena_alloc(arena, sizeof *decoding->choices[index]);
	return decoding->choices[index];
}

static void openai_decode_emit_start(
    struct decoding *decoding, struct slice data, struct arena *arena, chat_emit *emit, void *ctx)
{
	struct chat_event event = { .kind = EVENT_START };

	if (decoding->started)
		return;
	decoding->started = true;
	event.id = json_as_slice(json_member(data, "id"), arena);
	event.model = json_as_slice(json_member(data, "model"), arena);
	(void)emit(ctx, &event);
}

static void openai_decode_decode(struct decoding *decoding, struct slice data,
    const char *content_member, struct arena *arena, chat_emit *emit, void *ctx)
{
	struct slice choices = json_member(data, "choices");
	bool whole = strcmp(content_member, "message") == 0;

	openai_decode_emit_start(decoding, data, arena, emit, ctx);
	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);) {
		struct emitter e = { .emit = emit, .ctx = ctx, .arena = arena };

		if (json_scan_type(choice.value) != JSON_MAP)
			continue;
		e.state = openai_decode_state_of(decoding, choice.value, arena, &e.choice);
		if (!e.state)
			continue;
		emit_message(&e, json_member(choice.value, content_member));
		if (whole)
			emit_logprobs(&e, choice.value);
		openai_decode_emit_finish(&e, choice.value, whole);
	}
}

void openai_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx)
{
	struct decoding *decoding = arena_alloc(arena, sizeof *decoding);

	openai_decode_decode(decoding, body, "message", arena, emit, ctx);
}

void openai_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx)
{
	if (!stream->decoding)
		stream->decoding = arena_alloc(arena, sizeof(struct decoding));
	openai_decode_decode(stream->decoding, data, "delta", arena, emit, ctx);
}
