/*
 * What is read of a Converse answer, whole or streamed.
 *
 * Events are told apart by their members, since only their frame names them:
 * role (messageStart), start (contentBlockStart; none comes for text), delta, stopReason
 * (messageStop), usage (metadata, which comes last and has the bill).
 */
#include <stdio.h>

#include "base/base64.h"
#include "base/json_scan.h"
#include "providers/converse_format.h"
#include "providers/usage_floor.h"
#include "providers/usage_member.h"

#include "base/banned.h"

/* ---- usage ---- */

/* A time that is new counts as the longest. */
static void read_writes(struct slice usage, struct usage *out)
{
	int64_t writes = usage_count_in(usage, "cacheWriteInputTokens");

	for (struct json_cursor item = json_cursor(json_member(usage, "cacheDetails"));
	     json_next(&item);) {
		struct slice ttl = json_member(item.value, "ttl");
		int64_t count = usage_count_in(item.value, "inputTokens");

		if (json_text_is(ttl, "1h"))
			out->cache_write_1h_tokens += count;
		else if (json_text_is(ttl, "5m"))
			out->cache_write_tokens += count;
		else
			out->cache_write_12h_tokens += count;
	}
	writes -= out->cache_write_1h_tokens + out->cache_write_12h_tokens;
	if (writes > out->cache_write_tokens)
		out->cache_write_tokens = writes;
}

/* inputTokens leaves the cached ones out for Claude and Nova; some models are reported to hold them
 * in (docs/providers.md).  The sum tells; where it does not, they count apart, which is dearer.
 * Of what stands twice, also in a stream, the largest of each. */
static void converse_usage_read(struct slice usage, struct usage *out)
{
	struct usage seen = { .known = true,
		.reported_cost_nano = -1,
		.input_tokens = usage_count_in(usage, "inputTokens"),
		.cached_tokens = usage_count_in(usage, "cacheReadInputTokens"),
		.output_tokens = usage_count_in(usage, "outputTokens") };
	int64_t total = usage_count_in(usage, "totalTokens"), cache;

	if (json_scan_type(usage) != JSON_MAP || !json_member(usage, "inputTokens").ptr)
		return;
	read_writes(usage, &seen);
	cache = seen.cached_tokens + seen.cache_write_tokens + seen.cache_write_1h_tokens +
		seen.cache_write_12h_tokens;
	if (total != seen.input_tokens + seen.output_tokens || cache > seen.input_tokens)
		seen.input_tokens += cache;
	usage_reconcile(&seen, total);
	usage_keep_largest(out, &seen);
}

/* ---- whole ---- */

static struct slice content_of(struct slice body)
{
	return json_member(json_member(json_member(body, "output"), "message"), "content");
}

/* The model spoilt its own answer: another try may well do better. */
static bool is_malformed(struct slice reason)
{
	return json_text_is(reason, "malformed_model_output") ||
	       json_text_is(reason, "malformed_tool_use");
}

int converse_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	const char *reason;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	converse_usage_read(usage_member(body, "usage", arena), &reply.usage);
	*out = reply;
	if (json_scan_type(content_of(body)) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no content");
	if (is_malformed(json_member(body, "stopReason")))
		return error_set(err, ERROR_UPSTREAM, "the model spoilt its own answer");
	usage_check_whole(converse_decode_reply, body, arena, &reply.usage);
	reason = json_as_text(json_member(body, "stopReason"), arena);
	snprintf(reply.finish_reason, sizeof reply.finish_reason, "%s", reason ? reason : "");
	*out = reply;
	return 0;
}

/* ---- streamed ---- */

static void count_delta_text(struct provider_stream *stream, struct slice text)
{
	if (json_scan_type(text) != JSON_TEXT || text.len <= 2)
		return;
	stream->delta_events++;
	text_tokens_add(&stream->text, text);
	stream->text_bytes += (int64_t)text.len - 2;
}

enum stream_step converse_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out)
{
	struct slice delta, usage;

	*out = data;
	if (json_scan_check(data, NULL) != 0 || json_scan_type(data) != JSON_MAP ||
	    strcmp(event, "error") == 0)
		return STREAM_ERROR;
	delta = json_member(data, "delta");
	usage = usage_member(data, "usage", arena);
	count_delta_text(stream, json_member(delta, "text"));
	count_delta_text(stream, json_member(json_member(delta, "toolUse"), "input"));
	count_delta_text(stream, json_member(json_member(delta, "reasoningContent"), "text"));
	stream->pictures += json_member(json_member(data, "start"), "image").ptr != NULL;
	if (json_member(data, "stopReason").ptr)
		stream->finished = true;
	stream->failed = stream->failed || is_malformed(json_member(data, "stopReason"));
	if (usage.ptr) {
		converse_usage_read(usage, &stream->usage);
		stream->billed = stream->failed;
		stream->done = stream->finished;
		return STREAM_HIDE;
	}
	return stream->failed ? STREAM_FAILING : STREAM_FORWARD;
}

/* ---- to neutral events ---- */

struct teller {
	chat_emit *emit;
	void *ctx;
	struct arena *arena;
	struct told *told;
};

/* What is remembered between events. */
struct told {
	int calls;                 /* begun */
	struct slice image_format; /* of the image that is open */
	struct arena_bytes image;  /* its bytes: they may come in pieces */
};

static void tell_text(struct teller *t, enum chat_event_kind kind, struct slice value)
{
	struct chat_event event = { .kind = kind, .text = json_as_slice(value, t->arena) };

	event.tool = t->told->calls - 1;
	if (event.text.len > 0)
		(void)t->emit(t->ctx, &event);
}

/* Only Claude signs; its signatures are Anthropic's. */
static void tell_signature(struct teller *t, struct slice value, bool redacted)
{
	struct chat_event event = { .kind = EVENT_SIGNATURE,
		.signature = json_as_slice(value, t->arena),
		.signed_by = WIRE_ANTHROPIC,
		.redacted = redacted };

	if (event.signature.len > 0)
		(void)t->emit(t->ctx, &event);
}

static void tell_tool_use(struct teller *t, struct slice call)
{
	struct chat_event event = { .kind = EVENT_TOOL_BEGIN, .tool = t->told->calls++ };

	event.id = json_as_slice(json_member(call, "toolUseId"), t->arena);
	event.name = json_as_slice(json_member(call, "name"), t->arena);
	(void)t->emit(t->ctx, &event);
}

static void tell_finish(struct teller *t, struct slice value)
{
	static const struct {
		const char *reason;
		enum chat_finish finish;
	} rows[] = {
		{ "end_turn", FINISH_STOP },
		{ "tool_use", FINISH_TOOLS },
		{ "max_tokens", FINISH_LENGTH },
		{ "stop_sequence", FINISH_STOP_SEQUENCE },
		{ "guardrail_intervened", FINISH_FILTER },
		{ "content_filtered", FINISH_FILTER },
		{ "model_context_window_exceeded", FINISH_CONTEXT },
	};
	struct chat_event event = { .kind = EVENT_FINISH, .finish = FINISH_STOP };

	if (json_scan_type(value) != JSON_TEXT)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (json_text_is(value, rows[i].reason))
			event.finish = rows[i].finish;
	(void)t->emit(t->ctx, &event);
}

static void tell_start(struct teller *t)
{
	(void)t->emit(t->ctx, &(struct chat_event){ .kind = EVENT_START });
}

/* reasoningText of a whole answer; its members themselves in a delta. */
static void tell_reasoning(struct teller *t, struct slice reasoning)
{
	struct slice inner = json_member(reasoning, "reasoningText");

	inner = inner.ptr ? inner : reasoning;
	tell_text(t, EVENT_REASONING, json_member(inner, "text"));
	tell_signature(t, json_member(inner, "signature"), false);
	tell_signature(t, json_member(reasoning, "redactedContent"), true);
}

/* Words that have sources: they stand beside them, in a list of their own. */
static void tell_cited(struct teller *t, struct slice cited)
{
	for (struct json_cursor part = json_cursor(json_member(cited, "content"));
	     json_next(&part);)
		tell_text(t, EVENT_TEXT, json_member(part.value, "text"));
}

static struct slice image_bytes(struct teller *t, struct slice image)
{
	return json_as_slice(json_member(json_member(image, "source"), "bytes"), t->arena);
}

static void tell_image(struct teller *t, struct slice format, struct slice bytes)
{
	struct chat_event event = { .kind = EVENT_IMAGE };

	if (format.len == 0 || bytes.len == 0)
		return;
	event.text = slice_of(arena_printf(t->arena, "data:image/%.*s;base64,%.*s", (int)format.len,
	    format.ptr, (int)bytes.len, bytes.ptr));
	(void)t->emit(t->ctx, &event);
}

static void tell_block(struct teller *t, struct slice block)
{
	struct slice call = json_member(block, "toolUse"), input = json_member(call, "input"),
		     image = json_member(block, "image");
	struct chat_event arguments = { .kind = EVENT_TOOL_ARGUMENTS, .text = input };

	tell_text(t, EVENT_TEXT, json_member(block, "text"));
	tell_image(t, json_as_slice(json_member(image, "format"), t->arena), image_bytes(t, image));
	tell_cited(t, json_member(block, "citationsContent"));
	if (json_scan_type(json_member(block, "reasoningContent")) == JSON_MAP)
		tell_reasoning(t, json_member(block, "reasoningContent"));
	if (json_scan_type(call) != JSON_MAP)
		return;
	tell_tool_use(t, call);
	arguments.tool = t->told->calls - 1;
	if (json_scan_type(input) != JSON_MAP)
		arguments.text = slice_of("{}");
	(void)t->emit(t->ctx, &arguments);
}

void converse_decode_reply(struct slice body, struct arena *arena, chat_emit *emit, void *ctx)
{
	struct told told = { .calls = 0 };
	struct teller t = { emit, ctx, arena, &told };

	tell_start(&t);
	for (struct json_cursor block = json_cursor(content_of(body)); json_next(&block);)
		if (json_scan_type(block.value) == JSON_MAP)
			tell_block(&t, block.value);
	tell_finish(&t, json_member(body, "stopReason"));
}

static void begin_image(struct teller *t, struct slice format)
{
	format = json_as_slice(format, t->arena);
	t->told->image_format = (struct slice){ arena_copy_slice(t->arena, format), format.len };
}

/* The pieces of an image; it is told when it is whole: with the event after them. */
static void add_image(struct teller *t, struct slice piece)
{
	struct told *told = t->told;

	if (piece.ptr) {
		arena_bytes_add(
		    &told->image, base64_decode(image_bytes(t, piece), t->arena), t->arena);
		return;
	}
	if (told->image.len == 0)
		return;
	tell_image(t, told->image_format, base64_encode(arena_bytes_slice(&told->image), t->arena));
	told->image.len = 0;
}

void converse_decode_event(struct provider_stream *stream, struct slice data, struct arena *arena,
    chat_emit *emit, void *ctx)
{
	struct slice delta = json_member(data, "delta"), start = json_member(data, "start"),
		     begun = json_member(start, "toolUse"),
		     format = json_member(json_member(start, "image"), "format");
	struct teller t = { emit, ctx, arena, stream->decoding };

	if (!stream->decoding)
		stream->decoding = t.told = arena_alloc(arena, sizeof *t.told);
	if (json_member(data, "role").ptr)
		tell_start(&t);
	if (json_scan_type(begun) == JSON_MAP)
		tell_tool_use(&t, begun);
	if (format.ptr)
		begin_image(&t, format);
	add_image(&t, json_member(delta, "image"));
	tell_text(&t, EVENT_TEXT, json_member(delta, "text"));
	tell_text(&t, EVENT_TOOL_ARGUMENTS, json_member(json_member(delta, "toolUse"), "input"));
	if (json_scan_type(json_member(delta, "reasoningContent")) == JSON_MAP)
		tell_reasoning(&t, json_member(delta, "reasoningContent"));
	tell_finish(&t, json_member(data, "stopReason"));
}
