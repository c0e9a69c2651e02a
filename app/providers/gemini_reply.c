/*
 * What is read of a Gemini answer, whole or streamed: a chunk of a stream has the shape of a whole
 * answer.
 *
 * A prompt that Google's filter stopped comes as 200 without candidates: for a client of this
 * format it stays that; for others it is an answer that the filter ended.
 */
#include "base/json_scan.h"
#include "providers/gemini_format.h"
#include "providers/usage_floor.h"
#include "providers/usage_member.h"

#include <stdio.h>

#include "base/banned.h"

/* ---- usage ---- */

/* What Google counts apart, in quotes as it stands there; films are priced as pictures. */
#define SOUND    "\"AUDIO\""
#define PICTURES "\"IMAGE\" \"VIDEO\""

static int64_t counted(struct slice metadata, const char *details, const char *kinds)
{
	int64_t count = 0;

	for (struct json_cursor item = json_cursor(json_member(metadata, details));
	     json_next(&item);)
		if (slice_is_one_of(json_member(item.value, "modality"), kinds))
			count += usage_count_in(item.value, "tokenCount");
	return count;
}

/* Of the input, what no cache read covers: the details of the prompt count what was cached too. */
static int64_t sent(struct slice metadata, const char *kinds, int64_t cached)
{
	int64_t count = counted(metadata, "promptTokensDetails", kinds) +
			counted(metadata, "toolUsePromptTokensDetails", kinds);

	return count > cached ? count - cached : 0;
}

/* What has no count of the prompt is no usage: it would be a bill of nothing.  Counts of 0 are left
 * out by Google, so that of the answer may be missing; then it follows from the total.  Thoughts
 * count beside the candidates, unless the total says that they are in them
 * (https://github.com/BerriAI/litellm/pull/10141).  Of each count the largest holds, also of what
 * *out has. */
void gemini_usage_read(struct slice metadata, struct usage *out)
{
	struct usage seen = { .known = true, .reported_cost_nano = -1 };
	int64_t total = usage_count_in(metadata, "totalTokenCount");

	if (usage_count_in(metadata, "promptTokenCount") == 0)
		return;
	seen.input_tokens = usage_count_in(metadata, "promptTokenCount") +
			    usage_count_in(metadata, "toolUsePromptTokenCount");
	seen.cached_tokens = usage_count_in(metadata, "cachedContentTokenCount");
	seen.reasoning_tokens = usage_count_in(metadata, "thoughtsTokenCount");
	seen.output_tokens = usage_count_in(metadata, "candidatesTokenCount");
	if (total != seen.input_tokens + seen.output_tokens ||
	    seen.reasoning_tokens > seen.output_tokens)
		seen.output_tokens += seen.reasoning_tokens;
	seen.cached_audio_tokens = counted(metadata, "cacheTokensDetails", SOUND);
	if (seen.cached_audio_tokens > seen.cached_tokens)
		seen.cached_audio_tokens = seen.cached_tokens;
	seen.audio_input_tokens = sent(metadata, SOUND, seen.cached_audio_tokens);
	seen.image_input_tokens =
	    sent(metadata, PICTURES, counted(metadata, "cacheTokensDetails", PICTURES));
	seen.audio_output_tokens = counted(metadata, "candidatesTokensDetails", SOUND);
	seen.image_output_tokens = counted(metadata, "candidatesTokensDetails", PICTURES);
	seen.served = served_as(json_member(metadata, "trafficType"));
	usage_reconcile(&seen, total);
	usage_keep_largest(out, &seen);
}

/* And films; sound is none. */
static bool is_picture(struct slice part)
{
	struct slice data = json_member(part, "inlineData");

	return data.ptr && !json_text_begins(json_member(data, "mimeType"), "audio/");
}

static int64_t pictures_in(struct slice body)
{
	int64_t count = 0;

	for (struct json_cursor candidate = json_cursor(json_member(body, "candidates"));
	     json_next(&candidate);) {
		struct slice parts = json_member(json_member(candidate.value, "content"), "parts");

		for (struct json_cursor part = json_cursor(parts); json_next(&part);)
			count += is_picture(part.value);
	}
	return count;
}

/* Pictures of which no count tells are all of the answer, at the most. */
static void count_untold_pictures(int64_t pictures, struct usage *usage)
{
	if (pictures > 0 && usage->image_output_tokens + usage->audio_output_tokens == 0)
		usage->image_output_tokens = usage->output_tokens - usage->reasoning_tokens;
}

static int64_t length_of(struct slice list)
{
	int64_t length = 0;

	if (json_scan_type(list) == JSON_LIST)
		for (struct json_cursor item = json_cursor(list); json_next(&item);)
			length++;
	return length;
}

static int64_t calls_in(struct slice parts, const char *call)
{
	int64_t count = 0;

	for (struct json_cursor part = json_cursor(parts); call && json_next(&part);)
		count += json_member(part.value, call).ptr != NULL;
	return count;
}

/* Tools that ran at Google: what a candidate tells of them is told of all of it, in each chunk
 * anew; a part comes once. */
static void count_uses(struct slice candidate, struct tool_uses *uses)
{
	struct slice parts = json_member(json_member(candidate, "content"), "parts");
	const struct server_tool *row;

	for (size_t i = 0; (row = server_tool_at(i)) != NULL; i++) {
		int64_t told;

		if (row->dialect != TOOLS_OF_GEMINI)
			continue;
		uses->of[row->id] += calls_in(parts, row->call);
		told =
		    row->told_in
			? length_of(json_member(json_member(candidate, row->told_in), row->told_as))
			: 0;
		if (uses->of[row->id] < told)
			uses->of[row->id] = told;
	}
}

static void gemini_uses_read(struct slice body, struct tool_uses *uses, struct usage *out)
{
	for (struct json_cursor candidate = json_cursor(json_member(body, "candidates"));
	     json_next(&candidate);)
		count_uses(candidate.value, uses);
	usage_uses_at_least(out, uses);
	out->uses_told = ~0U;
}

/* ---- whole ---- */

static bool is_answer(struct slice body)
{
	return json_scan_type(body) == JSON_MAP && !json_member(body, "error").ptr &&
	       (json_scan_type(json_member(body, "candidates")) == JSON_LIST ||
		   json_scan_type(json_member(body, "promptFeedback")) == JSON_MAP);
}

/* Why Google's filter stopped the prompt; {NULL, 0}: it did not. */
static struct slice blocked(struct slice body)
{
	return json_member(json_member(body, "promptFeedback"), "blockReason");
}

static bool says_something(struct slice candidate)
{
	struct slice parts = json_member(json_member(candidate, "content"), "parts");

	for (struct json_cursor part = json_cursor(parts); json_next(&part);)
		if (!json_member(part.value, "text").ptr || json_member(part.value, "text").len > 2)
			return true;
	return false;
}

/* The model spoilt its own answer, or gave none and does not say why: there is nothing to be had of
 * it, and another try may well do. */
static bool is_spoilt(struct slice candidate, bool whole)
{
	static const char spoilt[] =
	    "\"MALFORMED_FUNCTION_CALL\" \"UNEXPECTED_TOOL_CALL\" \"TOO_MANY_TOOL_CALLS\" "
	    "\"MALFORMED_RESPONSE\" \"MISSING_THOUGHT_SIGNATURE\"";
	static const char nothing[] =
	    "\"NO_IMAGE\" \"IMAGE_OTHER\" \"OTHER\" \"FINISH_REASON_UNSPECIFIED\" \"\"";
	struct slice reason = json_member(candidate, "finishReason");

	if (whole && !reason.ptr)
		return !says_something(candidate);
	return slice_is_one_of(reason, spoilt) ||
	       (slice_is_one_of(reason, nothing) && !says_something(candidate));
}

static bool all_spoilt(struct slice body, bool whole)
{
	struct slice candidates = json_member(body, "candidates");
	size_t count = 0;

	for (struct json_cursor candidate = json_cursor(candidates); json_next(&candidate); count++)
		if (!is_spoilt(candidate.value, whole))
			return false;
	return count > 0 || (whole && !blocked(body).ptr);
}

int gemini_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct tool_uses uses = { { 0 } };
	struct json_cursor candidate;
	const char *reason = NULL;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	gemini_usage_read(usage_member(body, "usageMetadata", arena), &reply.usage);
	gemini_uses_read(body, &uses, &reply.usage);
	count_untold_pictures(pictures_in(body), &reply.usage);
	*out = reply;
	if (!is_answer(body))
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no candidates");
	if (all_spoilt(body, true))
		return error_set(err, ERROR_UPSTREAM, "the model spoilt its own answer");
	usage_check_whole(gemini_decode_reply, body, arena, &reply.usage);
	reply.model = json_as_text(json_member(body, "modelVersion"), arena);
	candidate = json_cursor(json_member(body, "candidates"));
	if (json_next(&candidate))
		reason = json_as_text(json_member(candidate.value, "finishReason"), arena);
	snprintf(reply.finish_reason, sizeof reply.finish_reason, "%s", reason ? reason : "");
	*out = reply;
	return 0;
}

/* ---- streamed ---- */

static void count_parts(struct provider_stream *stream, struct slice candidate)
{
	struct slice parts = json_member(json_member(candidate, "content"), "parts");

	for (struct json_cursor part = json_cursor(parts); json_next(&part);) {
		struct slice text = json_member(part.value, "text"),
			     call = json_member(part.value, "functionCall");
		int64_t bytes = text.ptr ? (int64_t)text.len - 2 : 0;

		if (text.ptr && bytes <= 0)
			continue;
		stream->delta_events++;
		stream->text_bytes += bytes;
		text_tokens_add(&stream->text, text);
		text_tokens_add(&stream->text, json_member(call, "name"));
		text_tokens_add(&stream->text, json_member(call, "args"));
	}
}

static void note_candidate(struct provider_stream *stream, struct slice candidate)
{
	int64_t index = 0;
	uint64_t bit;

	(void)json_as_int(json_member(candidate, "index"), &index);
	if (index < 0 || index > 127)
		return;
	bit = UINT64_C(1) << (index % 64);
	stream->begun[index / 64] |= bit;
	if (json_scan_type(json_member(candidate, "finishReason")) == JSON_TEXT &&
	    json_member(candidate, "finishReason").len > 2)
		stream->ended[index / 64] |= bit;
	stream->finished =
	    stream->begun[0] == stream->ended[0] && stream->begun[1] == stream->ended[1];
}

static bool is_only_choice(const struct provider_stream *stream)
{
	return stream->begun[0] == 1 && stream->begun[1] == 0;
}

/* The last event of an answer that has said something before ends it, whatever its reason. */
static bool is_late_end(const struct provider_stream *stream, struct slice data)
{
	struct json_cursor candidate = json_cursor(json_member(data, "candidates"));
	struct slice reason;

	if (stream->delta_events == 0 || !json_next(&candidate))
		return false;
	reason = json_member(candidate.value, "finishReason");
	return slice_is(reason, "\"OTHER\"") || slice_is(reason, "\"NO_IMAGE\"") ||
	       slice_is(reason, "\"IMAGE_OTHER\"") || slice_is(reason, "\"\"") ||
	       slice_is(reason, "\"FINISH_REASON_UNSPECIFIED\"");
}

enum stream_step gemini_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out)
{
	const char *model;

	*out = data;
	if (json_scan_check(data, NULL) != 0 || json_scan_type(data) != JSON_MAP ||
	    json_member(data, "error").ptr)
		return STREAM_ERROR;
	gemini_usage_read(usage_member(data, "usageMetadata", arena), &stream->usage);
	gemini_uses_read(data, &stream->uses, &stream->usage);
	model = stream->model[0] ? NULL : json_as_text(json_member(data, "modelVersion"), arena);
	if (model)
		snprintf(stream->model, sizeof stream->model, "%s", model);
	for (struct json_cursor candidate = json_cursor(json_member(data, "candidates"));
	     json_next(&candidate);) {
		count_parts(stream, candidate.value);
		note_candidate(stream, candidate.value);
	}
	if (all_spoilt(data, false) && is_only_choice(stream) && !is_late_end(stream, data))
		return STREAM_ERROR;
	stream->pictures += pictures_in(data);
	if (stream->finished)
		count_untold_pictures(stream->pictures, &stream->usage);
	if (blocked(data).ptr)
		stream->finished = true;
	return STREAM_FORWARD;
}

/* ---- to neutral events ---- */

struct decoding {
	bool started;
	const struct usage *usage; /* of a stream, as far as it is known; NULL: whole answers */
	int tools[128];
	bool finished[128];
};

struct emitter {
	chat_emit *emit;
	void *ctx;
	struct arena *arena;
	struct decoding *state;
	struct slice response_id;
	int choice;
	bool whole;
};

/* A picture that was drawn while it thought is no part of the answer. */
static void emit_inlined(struct emitter *e, struct slice part)
{
	struct slice data = json_member(part, "inlineData"),
		     mime = json_as_slice(json_member(data, "mimeType"), e->arena),
		     bytes = json_as_slice(json_member(data, "data"), e->arena);
	struct chat_event event = { .kind = EVENT_IMAGE, .choice = e->choice };
	bool thought = false;

	(void)json_as_bool(json_member(part, "thought"), &thought);
	if (thought || bytes.len == 0 || !slice_begins(mime, "image/"))
		return;
	event.text = slice_of(arena_printf(
	    e->arena, "data:%.*s;base64,%.*s", (int)mime.len, mime.ptr, (int)bytes.len, bytes.ptr));
	(void)e->emit(e->ctx, &event);
}

/* Code that ran at Google, and what it put out, as a client of its own sees them. */
static void emit_code(struct emitter *e, struct slice part)
{
	struct slice code = json_as_slice(
			 json_member(json_member(part, "executableCode"), "code"), e->arena),
		     output = json_as_slice(
			 json_member(json_member(part, "codeExecutionResult"), "output"), e->arena);
	struct chat_event event = { .kind = EVENT_TEXT, .choice = e->choice };

	event.text = code.len > 0 ? code : output;
	if (event.text.len == 0)
		return;
	event.text = conversation_fenced(event.text, e->arena);
	(void)e->emit(e->ctx, &event);
}

static void gemini_reply_emit_text(struct emitter *e, struct slice part)
{
	struct chat_event event = { .kind = EVENT_TEXT, .choice = e->choice };
	bool thought = false;

	(void)json_as_bool(json_member(part, "thought"), &thought);
	if (thought)
		event.kind = EVENT_REASONING;
	event.text = json_as_slice(json_member(part, "text"), e->arena);
	if (event.text.len > 0)
		(void)e->emit(e->ctx, &event);
	emit_code(e, part);
}

static void emit_call(struct emitter *e, struct slice part)
{
	struct slice call = json_member(part, "functionCall"), args = json_member(call, "args");
	struct chat_event event = { .kind = EVENT_TOOL_BEGIN,
		.choice = e->choice,
		.tool = e->state->tools[e->choice]++,
		.signed_by = WIRE_GEMINI };

	event.id = json_as_slice(json_member(call, "id"), e->arena);
	if (event.id.len == 0)
		event.id = slice_of(arena_printf(e->arena, "call_%.*s_%d_%d",
		    (int)(e->response_id.len < 24 ? e->response_id.len : 24), e->response_id.ptr,
		    e->choice, event.tool));
	event.name = json_as_slice(json_member(call, "name"), e->arena);
	event.signature = json_as_slice(json_member(part, "thoughtSignature"), e->arena);
	if (e->emit(e->ctx, &event) != 0)
		return;
	event.kind = EVENT_TOOL_ARGUMENTS;
	event.text = json_scan_type(args) == JSON_MAP ? args : slice_of("{}");
	(void)e->emit(e->ctx, &event);
}

static enum chat_finish gemini_reply_finish_of(struct slice reason, bool called)
{
	if (slice_is_one_of(reason, "MAX_TOKENS CONTINUATION"))
		return FINISH_LENGTH;
	if (slice_is_one_of(reason,
		"SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII LANGUAGE IMAGE_SAFETY "
		"IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION"))
		return FINISH_FILTER;
	return called ? FINISH_TOOLS : FINISH_STOP;
}

static void gemini_reply_emit_finish(struct emitter *e, struct slice reason)
{
	struct chat_event event = { .kind = EVENT_FINISH, .choice = e->choice };

	if (e->state->finished[e->choice])
		return;
	e->state->finished[e->choice] = true;
	event.finish = gemini_reply_finish_of(reason, e->state->tools[e->choice] > 0);
	(void)e->emit(e->ctx, &event);
}

static void emit_candidate(struct emitter *e, struct slice candidate)
{
	struct slice parts = json_member(json_member(candidate, "content"), "parts"),
		     reason = json_as_slice(json_member(candidate, "finishReason"), e->arena);

	for (struct json_cursor part = json_cursor(parts); json_next(&part);) {
		if (json_scan_type(json_member(part.value, "functionCall")) == JSON_MAP)
			emit_call(e, part.value);
		else if (json_scan_type(json_member(part.value, "inlineData")) == JSON_MAP)
			emit_inlined(e, part.value);
		else
			gemini_reply_emit_text(e, part.value);
	}
	if (reason.len > 0 || e->whole) /* which ends, also where it does not say why */
		gemini_reply_emit_finish(e, reason);
}

static void gemini_reply_decode(
    struct decoding *state, struct slice data, struct arena *arena, chat_emit *emit, void *ctx)
{
	struct emitter e = { emit, ctx, arena, state, { "", 0 }, 0, !state->usage };
	struct slice id = json_as_slice(json_member(data, "responseId"), arena), block;

	if (id.len)
		e.response_id = id;
	if (!state->started) {
		struct chat_event event = { .kind = EVENT_START, .id = id };

		state->started = true;
		event.model = json_as_slice(json_member(data, "modelVersion"), arena);
		event.usage = state->usage && state->usage->known ? state->usage : NULL;
		(void)emit(ctx, &event);
	}
	for (struct json_cursor candidate = json_cursor(json_member(data, "candidates"));
	     json_next(&candidate);) {
		int64_t index = 0;

		(void)json_as_int(json_member(candidate.value, "index"), &index);
		if (index < 0 || index > 127)
			continue;
		e.choice = (int)index;
		emit_candidate(&e, candidate.value);
	}
	block = json_as_slice(blocked(data), arena);
	if (block.len > 0) {
		e.choice = 0;
		gemini_reply_emit_finish(&e, slice_of("SAFETY"));
	}
}

void gemini_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx)
{
	gemini_reply_decode(arena_alloc(arena, sizeof(struct decoding)), body, arena, emit, ctx);
}

void gemini_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx)
{
	struct decoding *state = stream->decoding;

	if (!state)
		stream->decoding = state = arena_alloc(arena, sizeof *state);
	state->usage = &stream->usage;
	gemini_reply_decode(state, data, arena, emit, ctx);
}
