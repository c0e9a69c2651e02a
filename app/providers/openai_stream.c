/*
 * One chunk of a streamed answer: what it uses, whether it ends, and what of it the client sees.
 *
 * Usage comes in a last chunk without choices, on the last chunk with choices, on every chunk, in
 * x_groq, or in a choice, and more than once: the largest of each count holds.  A client that did
 * not ask for it sees none of it.
 */
#include <stdio.h>

#include "base/json_scan.h"
#include "providers/openai_format.h"
#include "providers/usage_floor.h"

#include "base/banned.h"

static bool is_filled(struct slice value)
{
	switch (json_scan_type(value)) {
	case JSON_TEXT:
		return value.len > 2;
	case JSON_LIST:
	case JSON_MAP:
		return true;
	default:
		return false;
	}
}

static int64_t text_length(struct slice value)
{
	return json_scan_type(value) == JSON_TEXT ? (int64_t)value.len - 2 : 0;
}

static void count_call(struct provider_stream *stream, struct slice function)
{
	struct slice arguments = json_member(function, "arguments");

	text_tokens_add(&stream->text, json_member(function, "name"));
	text_tokens_add(&stream->text, arguments);
	stream->text_bytes += text_length(arguments);
}

/* A string, or Mistral's list of parts. */
static void count_content(struct provider_stream *stream, struct slice content)
{
	stream->text_bytes += text_length(content);
	if (json_scan_type(content) != JSON_LIST) {
		text_tokens_add(&stream->text, content);
		return;
	}
	for (struct json_cursor part = json_cursor(content); json_next(&part);) {
		text_tokens_add(&stream->text, json_member(part.value, "text"));
		for (struct json_cursor inner = json_cursor(json_member(part.value, "thinking"));
		     json_next(&inner);)
			text_tokens_add(&stream->text, json_member(inner.value, "text"));
	}
}

/* Reasoning comes under one of two names, or under both with the same words. */
static void count_reasoning(struct provider_stream *stream, struct slice delta)
{
	struct slice reasoning = json_member(delta, "reasoning_content");

	if (text_length(reasoning) <= 0)
		reasoning = json_member(delta, "reasoning");
	if (json_scan_type(reasoning) == JSON_TEXT) {
		text_tokens_add(&stream->text, reasoning);
		return;
	}
	for (struct json_cursor part = json_cursor(json_member(delta, "reasoning_details"));
	     json_next(&part);) { /* OpenRouter's */
		text_tokens_add(&stream->text, json_member(part.value, "text"));
		text_tokens_add(&stream->text, json_member(part.value, "summary"));
	}
}

/* Content, reasoning or tool arguments: what a provider bills as output. */
static void openai_stream_count_delta(struct provider_stream *stream, struct slice delta)
{
	struct slice content = json_member(delta, "content"),
		     audio = json_member(json_member(delta, "audio"), "data"),
		     refusal = json_member(delta, "refusal");
	bool filled = false;

	for (struct json_cursor member = json_cursor(delta); json_next(&member);)
		filled = filled || (!json_key_is(&member, "role") && is_filled(member.value));
	stream->delta_events += filled;
	if (is_filled(content))
		count_content(stream, content);
	if (is_filled(refusal))
		text_tokens_add(&stream->text, refusal);
	count_reasoning(stream, delta);
	for (struct json_cursor call = json_cursor(json_member(delta, "tool_calls"));
	     json_next(&call);)
		count_call(stream, json_member(call.value, "function"));
	count_call(stream, json_member(delta, "function_call"));
	text_tokens_add(&stream->text, audio); /* nobody knows its tokens: as if it were text */
}

static void note_choice(struct provider_stream *stream, struct slice choice)
{
	struct slice reason = json_member(choice, "finish_reason");
	int64_t index = 0;
	uint64_t bit;

	/* Absent is the first, as clones have it; one that cannot be counted never ends the rest.
	 */
	(void)json_as_int(json_member(choice, "index"), &index);
	if (index < 0 || index > 127)
		return;
	bit = UINT64_C(1) << (index % 64);
	stream->begun[index / 64] |= bit;
	/* There are providers that say "" for null. */
	if (json_scan_type(reason) == JSON_TEXT && reason.len > 2 &&
	    !openai_reason_is_failure(reason))
		stream->ended[index / 64] |= bit;
	stream->finished =
	    stream->begun[0] == stream->ended[0] && stream->begun[1] == stream->ended[1];
}

static bool has_choices(struct provider_stream *stream, struct slice choices)
{
	bool any = false;

	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);) {
		struct slice delta;

		any = true;
		if (json_scan_type(choice.value) != JSON_MAP)
			continue;
		delta = json_member(choice.value, "delta");
		if (json_scan_type(delta) == JSON_MAP)
			openai_stream_count_delta(stream, delta);
		note_choice(stream, choice.value);
	}
	return any;
}

static void note_model(struct provider_stream *stream, struct slice data, struct arena *arena)
{
	const char *model;

	if (stream->model[0])
		return;
	model = json_as_text(json_member(data, "model"), arena);
	if (model)
		snprintf(stream->model, sizeof stream->model, "%s", model);
}

/* The chunk without its usage member, and without the comma beside it. */
static struct slice without_usage(struct slice data, struct arena *arena)
{
	char *out = arena_alloc(arena, data.len + 1), *at = out;

	*at++ = '{';
	for (struct json_cursor member = json_cursor(data); json_next(&member);) {
		if (json_key_is(&member, "usage"))
			continue;
		if (at > out + 1)
			*at++ = ',';
		memcpy(at, member.whole.ptr, member.whole.len);
		at += member.whole.len;
	}
	*at++ = '}';
	return (struct slice){ out, (size_t)(at - out) };
}

/* The choice that failed, where it is the only one of the answer. */
static struct slice failed_choice(const struct provider_stream *stream, struct slice choices)
{
	struct json_cursor choice = json_cursor(choices);

	if (stream->begun[0] != 1 || stream->begun[1] != 0 || !json_next(&choice) ||
	    !openai_choice_failed(choice.value))
		return (struct slice){ NULL, 0 };
	return choice.value;
}

/* An error member, or the flat form of Mistral and older vLLM. */
static bool is_error(struct slice data)
{
	return is_filled(json_member(data, "error")) ||
	       json_text_is(json_member(data, "object"), "error");
}

/* What goes to the client of an event that is no failure. */
static enum stream_step shown(struct provider_stream *stream, struct slice data, struct slice usage,
    bool any, struct arena *arena, struct slice *out)
{
	*out = data = openai_with_indexes(stream, data, arena);
	if (stream->usage_wanted || !usage.ptr)
		return STREAM_FORWARD;
	if (!any && json_scan_type(usage) == JSON_MAP)
		return STREAM_HIDE;
	*out = without_usage(data, arena);
	return STREAM_FORWARD;
}

enum stream_step openai_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out)
{
	struct slice usage, choices, failed;
	bool any;

	*out = data;
	if (slice_is(data, "[DONE]")) {
		stream->done = true;
		return STREAM_DONE;
	}
	if (json_scan_check(data, NULL) != 0 || json_scan_type(data) != JSON_MAP ||
	    strcmp(event, "error") == 0)
		return STREAM_ERROR;
	usage = json_member(data, "usage");
	choices = json_member(data, "choices");
	openai_usage_find(stream->provider, data, usage, choices, &stream->usage);
	stream->failed = stream->failed || is_error(data);
	if (!stream->failed) {
		note_model(stream, data, arena);
		any = has_choices(stream, choices);
		failed = failed_choice(stream, choices);
		if (!failed.ptr)
			return shown(stream, data, usage, any, arena, out);
		*out = failed;
		stream->failed = true;
	}
	stream->billed = json_scan_type(usage) == JSON_MAP;
	return stream->billed || is_error(data) ? STREAM_ERROR : STREAM_FAILING;
}

void provider_stream_estimate(struct provider_stream *stream, int64_t input_tokens_bound)
{
	int64_t by_bytes = text_tokens_count(&stream->text);

	if (stream->usage.known && (stream->finished || stream->done || stream->billed) &&
	    !usage_is_absurd(&stream->usage, stream->text_bytes))
		return;
	if (!stream->usage.estimated)
		stream->told = stream->usage;
	if (!stream->usage.known || stream->usage.input_tokens <= 0) {
		stream->usage = (struct usage){ .reported_cost_nano = -1 };
		stream->usage.input_tokens = input_tokens_bound;
		stream->again = 0;
	}
	stream->usage.input_tokens += stream->again;
	stream->again = 0; /* it is in, should this be asked for once more */
	usage_uses_at_least(&stream->usage, &stream->uses);
	/* Usage that came on the way counts what was done until then; more may have been streamed
	 * since. */
	stream->usage.reported_cost_nano = -1;
	stream->usage.estimated = true;
	if (stream->usage.output_tokens < stream->delta_events)
		stream->usage.output_tokens = stream->delta_events;
	if (stream->usage.output_tokens < by_bytes)
		stream->usage.output_tokens = by_bytes;
}
