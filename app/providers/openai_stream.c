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
#include "providers/usage_member.h"

#include "base/banned.h"

/* Of a picture that was seen and not counted: of 4K, the largest that Google makes (its page of
 * gemini-3.1-flash-image, "Image generation specifications", read 2026-11-30). */
#define PICTURE_TOKENS 2520

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
	enum { NAME, ARGUMENTS, MEMBER_COUNT };
	static const struct slice names[] = { SLICE("name"), SLICE("arguments") };
	struct slice members[MEMBER_COUNT];

	json_members(function, names, MEMBER_COUNT, members);
	text_tokens_add(&stream->text, members[NAME]);
	text_tokens_add(&stream->text, members[ARGUMENTS]);
	stream->text_bytes += text_length(members[ARGUMENTS]);
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

enum delta_member {
	CONTENT,
	REFUSAL,
	REASONING_CONTENT,
	REASONING,
	REASONING_DETAILS,
	TOOL_CALLS,
	FUNCTION_CALL,
	AUDIO,
	IMAGES,
	ROLE,
	DELTA_MEMBERS
};
static const struct slice delta_names[] = { SLICE("content"), SLICE("refusal"),
	SLICE("reasoning_content"), SLICE("reasoning"), SLICE("reasoning_details"),
	SLICE("tool_calls"), SLICE("function_call"), SLICE("audio"), SLICE("images"),
	SLICE("role") };

/* Reasoning comes under one of two names, or under both with the same words. */
static void count_reasoning(struct provider_stream *stream, const struct slice *delta)
{
	struct slice reasoning =
	    text_length(delta[REASONING_CONTENT]) > 0 ? delta[REASONING_CONTENT] : delta[REASONING];

	if (json_scan_type(reasoning) == JSON_TEXT) {
		text_tokens_add(&stream->text, reasoning);
		return;
	}
	for (struct json_cursor part = json_cursor(delta[REASONING_DETAILS]);
	     json_next(&part);) { /* OpenRouter's */
		text_tokens_add(&stream->text, json_member(part.value, "text"));
		text_tokens_add(&stream->text, json_member(part.value, "summary"));
	}
}

/* Its members, the last of each name; true: one of them, but for the role, says something. */
static bool read_delta(struct slice delta, struct slice members[DELTA_MEMBERS])
{
	bool filled = false;

	memset(members, 0, DELTA_MEMBERS * sizeof *members);
	for (struct json_cursor member = json_cursor(delta); json_next(&member);) {
		size_t name = 0;

		while (name < DELTA_MEMBERS && !json_key_equal(&member, delta_names[name]))
			name++;
		if (name < DELTA_MEMBERS)
			members[name] = member.value;
		filled = filled || (name != ROLE && is_filled(member.value));
	}
	return filled;
}

/* Content, reasoning or tool arguments: what a provider bills as output. */
static void openai_stream_count_delta(struct provider_stream *stream, struct slice object)
{
	struct slice delta[DELTA_MEMBERS];

	if (!read_delta(object, delta))
		return;
	stream->delta_events++;
	if (is_filled(delta[CONTENT]))
		count_content(stream, delta[CONTENT]);
	if (is_filled(delta[REFUSAL]))
		text_tokens_add(&stream->text, delta[REFUSAL]);
	count_reasoning(stream, delta);
	for (struct json_cursor call = json_cursor(delta[TOOL_CALLS]); json_next(&call);)
		count_call(stream, json_member(call.value, "function"));
	count_call(stream, delta[FUNCTION_CALL]);
	/* Nobody knows the tokens of audio: as if it were text. */
	text_tokens_add(&stream->text, json_member(delta[AUDIO], "data"));
	for (struct json_cursor image = json_cursor(delta[IMAGES]); json_next(&image);)
		stream->pictures++;
}

enum choice_member { DELTA, INDEX, FINISH_REASON, CHOICE_ERROR, CHOICE_MEMBERS };
static const struct slice choice_names[] = { SLICE("delta"), SLICE("index"), SLICE("finish_reason"),
	SLICE("error") };

static void note_choice(struct provider_stream *stream, const struct slice *choice)
{
	struct slice reason = choice[FINISH_REASON];
	int64_t index = 0;
	uint64_t bit;

	/* Absent is the first, as clones have it; one that cannot be counted never ends the rest.
	 */
	(void)json_as_int(choice[INDEX], &index);
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

/* *out_failed: the first, if it did. */
static bool has_choices(
    struct provider_stream *stream, struct slice choices, struct slice *out_failed)
{
	bool any = false, first;

	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);) {
		struct slice members[CHOICE_MEMBERS];

		first = !any;
		any = true;
		if (json_scan_type(choice.value) != JSON_MAP)
			continue;
		json_members(choice.value, choice_names, CHOICE_MEMBERS, members);
		if (json_scan_type(members[DELTA]) == JSON_MAP)
			openai_stream_count_delta(stream, members[DELTA]);
		note_choice(stream, members);
		if (first && openai_has_failed(members[CHOICE_ERROR], members[FINISH_REASON]))
			*out_failed = choice.value;
	}
	return any;
}

static void note_model(struct provider_stream *stream, struct slice model, struct arena *arena)
{
	const char *text = stream->model[0] ? NULL : json_as_text(model, arena);

	if (text)
		snprintf(stream->model, sizeof stream->model, "%s", text);
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

/* Of a chunk. */
enum chunk_member {
	USAGE,
	CHOICES,
	ERROR,
	OBJECT,
	MODEL,
	X_GROQ,
	OBFUSCATION,
	TIER,
	CHUNK_MEMBERS
};
static const struct slice chunk_names[] = { SLICE("usage"), SLICE("choices"), SLICE("error"),
	SLICE("object"), SLICE("model"), SLICE("x_groq"), SLICE("obfuscation"),
	SLICE("service_tier") };

/* An error member, or the flat form of Mistral and older vLLM. */
static bool is_error(const struct slice *chunk)
{
	return is_filled(chunk[ERROR]) || json_text_is(chunk[OBJECT], "error");
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

/* ---- a chunk like the one before ---- */

/* Does a member hold nothing that is counted? */
static bool is_void(struct slice value)
{
	enum json_type type = json_scan_type(value);

	return type == JSON_MISSING || type == JSON_NIL || value.len == 2;
}

/* The text of a chunk that has one choice and says nothing else; {NULL, 0}: it says more. */
static struct slice only_text(const struct slice *chunk, bool *out_thinks)
{
	static const enum delta_member others[] = { REFUSAL, REASONING_DETAILS, TOOL_CALLS,
		FUNCTION_CALL, AUDIO, IMAGES };
	struct json_cursor choice = json_cursor(chunk[CHOICES]), second;
	struct slice members[CHOICE_MEMBERS], delta[DELTA_MEMBERS];
	const struct slice none = { NULL, 0 };
	enum delta_member said;

	if (!json_next(&choice))
		return none;
	json_members(choice.value, choice_names, CHOICE_MEMBERS, members);
	second = choice;
	if (json_next(&second) || !read_delta(members[DELTA], delta))
		return none;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (!is_void(delta[others[i]]))
			return none;
	said = !is_void(delta[CONTENT])     ? CONTENT
	       : !is_void(delta[REASONING]) ? REASONING
					    : REASONING_CONTENT;
	for (enum delta_member i = CONTENT; i <= REASONING; i++)
		if (i != said && !is_void(delta[i]))
			return none;
	*out_thinks = said != CONTENT;
	return json_scan_type(delta[said]) == JSON_TEXT ? delta[said] : none;
}

/* OpenAI fills chunks up with "obfuscation", so that their length tells nothing. */
static void keep_alike(struct provider_stream *stream, struct slice data, struct slice shown,
    const struct slice *chunk, struct arena *arena)
{
	bool thinks = false;
	struct slice texts[CHUNK_TEXTS_MAX] = { only_text(chunk, &thinks), chunk[OBFUSCATION] };
	bool obscured = json_scan_type(texts[1]) == JSON_TEXT && texts[1].ptr > texts[0].ptr;

	if (texts[0].ptr &&
	    chunk_alike_keep(&stream->alike, data, shown, texts, obscured ? 2 : 1, arena))
		stream->alike_thinks = thinks;
}

/* What reading such a chunk again would change. */
static bool take_alike(struct provider_stream *stream, const char *event, struct slice data,
    struct arena *arena, struct slice *out)
{
	struct slice texts[CHUNK_TEXTS_MAX];

	if (stream->failed || *event || !chunk_alike_is(&stream->alike, data, texts) ||
	    texts[0].len <= 2)
		return false;
	stream->delta_events++;
	if (!stream->alike_thinks)
		stream->text_bytes += text_length(texts[0]);
	text_tokens_add(&stream->text, texts[0]);
	*out = chunk_alike_shown(&stream->alike, data, texts, arena);
	return true;
}

static enum stream_step shown_or_kept(struct provider_stream *stream, struct slice data,
    const struct slice *chunk, bool any, struct arena *arena, struct slice *out)
{
	enum stream_step step = shown(stream, data, chunk[USAGE], any, arena, out);

	if (step == STREAM_FORWARD)
		keep_alike(stream, data, *out, chunk, arena);
	return step;
}

/* Apart, so that chunks that are alike, which are most, do not clear the stack that it takes. */
static __attribute__((noinline)) enum stream_step read_chunk(struct provider_stream *stream,
    const char *event, struct slice data, struct arena *arena, struct slice *out)
{
	struct slice chunk[CHUNK_MEMBERS], failed = { NULL, 0 };
	bool any, once;

	if (json_scan_check(data, NULL) != 0 || json_scan_type(data) != JSON_MAP ||
	    strcmp(event, "error") == 0)
		return STREAM_ERROR;
	once = json_members_once(data, chunk_names, CHUNK_MEMBERS, chunk);
	chunk[USAGE] = usage_dearest(data, "usage", chunk[USAGE], once, arena);
	openai_usage_find(
	    stream->provider, chunk[X_GROQ], chunk[USAGE], chunk[CHOICES], arena, &stream->usage);
	if (served_as(chunk[TIER]))
		stream->usage.served = served_as(chunk[TIER]);
	stream->failed = stream->failed || is_error(chunk);
	if (!stream->failed) {
		note_model(stream, chunk[MODEL], arena);
		any = has_choices(stream, chunk[CHOICES], &failed);
		/* It counts where it is the only one of the answer. */
		if (!failed.ptr || stream->begun[0] != 1 || stream->begun[1] != 0)
			return shown_or_kept(stream, data, chunk, any, arena, out);
		*out = failed;
		stream->failed = true;
	}
	stream->billed = json_scan_type(chunk[USAGE]) == JSON_MAP;
	return stream->billed || is_error(chunk) ? STREAM_ERROR : STREAM_FAILING;
}

enum stream_step openai_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out)
{
	*out = data;
	if (slice_is(data, "[DONE]")) {
		stream->done = true;
		return STREAM_DONE;
	}
	return take_alike(stream, event, data, arena, out)
		   ? STREAM_FORWARD
		   : read_chunk(stream, event, data, arena, out);
}

void provider_stream_estimate(struct provider_stream *stream, int64_t input_tokens_bound)
{
	int64_t drawn = stream->pictures * PICTURE_TOKENS,
		by_bytes = text_tokens_count(&stream->text) + drawn;
	bool ended = stream->finished || stream->done || stream->billed;

	if (stream->usage.known && ended && !usage_is_absurd(&stream->usage, stream->text_bytes))
		return;
	if (!stream->usage.estimated) {
		stream->told = stream->usage;
		stream->told.estimated = ended; /* and cannot be true */
	}
	if (!stream->usage.known || stream->usage.input_tokens <= 0) {
		stream->usage =
		    (struct usage){ .reported_cost_nano = -1, .served = stream->usage.served };
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
	if (stream->usage.image_output_tokens < drawn)
		stream->usage.image_output_tokens = drawn;
}
