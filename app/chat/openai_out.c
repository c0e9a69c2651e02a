/*
 * A neutral answer as OpenAI's chat format: whole, and chunk by chunk.  Reasoning goes out as
 * reasoning_content, the field that clients of DeepSeek and others read, and what Claude signed
 * also as thinking_blocks, LiteLLM's field, because Claude wants it back in a tool loop.
 */
#include "chat/openai_chat.h"

#include "base/json_write.h"
#include "chat/client_tools.h"

#include "base/banned.h"

#define JSON_MAX ((size_t)256 << 20) /* an answer is limited where it is fetched */

const char *openai_finish_name(enum chat_finish finish)
{
	switch (finish) {
	case FINISH_LENGTH:
	case FINISH_CONTEXT:
		return "length";
	case FINISH_TOOLS:
		return "tool_calls";
	case FINISH_FILTER:
		return "content_filter";
	default:
		return "stop";
	}
}

void openai_put_usage(struct text *json, const struct usage *usage)
{
	json_write(json, "{prompt_tokens:%, completion_tokens:%, total_tokens:%",
	    usage->input_tokens, usage->output_tokens, usage->input_tokens + usage->output_tokens);
	json_write(json, "prompt_tokens_details:{cached_tokens:%, cache_write_tokens:%",
	    usage->cached_tokens, usage->cache_write_tokens + usage->cache_write_1h_tokens);
	json_write(json, "audio_tokens:%}, completion_tokens_details:{reasoning_tokens:%",
	    usage->audio_input_tokens, usage->reasoning_tokens);
	json_write(json, "audio_tokens:%}}", usage->audio_output_tokens);
}

static void openai_out_put_head(struct text *json, const struct answer_about *about,
    const char *object, struct slice model, struct arena *arena)
{
	json_write(json, "{id:%, object:%, created:%, model:%",
	    arena_printf(arena, "chatcmpl-%.*s", (int)about->id.len, about->id.ptr), object,
	    about->created_s, model.len ? model : about->model);
}

static struct slice in_arena(struct text *json, struct arena *arena)
{
	return (struct slice){ arena_copy_slice(arena, text_slice(json)), json->len };
}

/* ---- whole ---- */

static struct slice openai_out_joined(
    const struct chat_choice *choice, enum part_kind kind, struct arena *arena)
{
	size_t len = 0;
	char *out;

	for (size_t i = 0; i < choice->part_count; i++)
		len += choice->parts[i].kind == kind ? choice->parts[i].text.len : 0;
	out = arena_alloc(arena, len + 1);
	len = 0;
	for (size_t i = 0; i < choice->part_count; i++) {
		const struct chat_part *part = &choice->parts[i];

		if (part->kind != kind || !part->text.len)
			continue;
		memcpy(out + len, part->text.ptr, part->text.len);
		len += part->text.len;
	}
	return (struct slice){ out, len };
}

static bool is_custom(const struct chat_tool *tool)
{
	return tool && tool->kind == TOOL_CUSTOM;
}

static void put_called(
    struct text *json, const char *type, struct slice name, const char *content, struct slice text)
{
	json_write(json, "type:%", type);
	json_write(json, "%:", type);
	json_write(json, "{name:%", name);
	json_write(json, "%:%", content, text);
	json_write(json, "}");
}

static void openai_out_put_calls(
    struct text *json, const struct chat_choice *choice, struct arena *arena)
{
	json_write(json, "tool_calls:[");
	for (size_t i = 0; i < choice->part_count; i++) {
		const struct chat_part *part = &choice->parts[i];

		if (part->kind != PART_TOOL_CALL)
			continue;
		json_write(json, "{id:%",
		    chat_signed_id(part->id, part->signature, part->signed_by, arena));
		if (is_custom(part->tool))
			put_called(json, "custom", part->name, "input",
			    client_tool_input(part->arguments, arena));
		else
			put_called(json, "function", part->name, "arguments",
			    part->arguments.len ? part->arguments : slice_of("{}"));
		json_write(json, "}");
	}
	json_write(json, "]");
}

static void put_block(struct text *json, struct slice text, struct slice signature, bool redacted)
{
	json_write(json, "{type:%", redacted ? "redacted_thinking" : "thinking");
	if (!redacted)
		json_write(json, "thinking:%", text);
	json_write(json, "%:%", redacted ? "data" : "signature", signature);
	json_write(json, "}");
}

static bool is_block(const struct chat_part *part)
{
	return part->kind == PART_REASONING && part->signed_by == WIRE_ANTHROPIC &&
	       part->signature.len > 0;
}

static void put_blocks(struct text *json, const struct chat_choice *choice)
{
	bool any = false;

	for (size_t i = 0; i < choice->part_count; i++) {
		const struct chat_part *part = &choice->parts[i];

		if (!is_block(part))
			continue;
		if (!any) {
			json_write(json, "thinking_blocks:[");
		}
		any = true;
		put_block(json, part->text, part->signature, part->redacted);
	}
	if (any)
		json_write(json, "]");
}

/* As OpenRouter and the gateways after it have them (Vercel's "Image Generation", 2026-03-07). */
static void put_drawn(struct text *json, struct slice url, int index)
{
	json_write(json, "{type:'image_url', image_url:{url:%}, index:%}", url, index);
}

static void put_images(struct text *json, const struct chat_choice *choice, struct arena *arena)
{
	int index = 0;

	for (size_t i = 0; i < choice->part_count; i++) {
		if (choice->parts[i].kind != PART_IMAGE)
			continue;
		if (index == 0)
			json_write(json, "images:[");
		put_drawn(json, part_url(&choice->parts[i], "image/png", arena), index++);
	}
	if (index > 0)
		json_write(json, "]");
}

static void put_text_or_null(struct text *json, const char *name, struct slice text, bool null)
{
	if (text.len == 0 && null)
		json_write(json, "%:null", name);
	else
		json_write(json, "%:%", name, text);
}

static void openai_out_put_choice(
    struct text *json, const struct chat_choice *choice, size_t index, struct arena *arena)
{
	struct slice reasoning = openai_out_joined(choice, PART_REASONING, arena);
	bool calls = chat_choice_has_tools(choice);

	json_write(json, "{index:%, message:{role:'assistant'", (int64_t)index);
	put_text_or_null(json, "content", openai_out_joined(choice, PART_TEXT, arena), calls);
	put_text_or_null(json, "refusal", openai_out_joined(choice, PART_REFUSAL, arena), true);
	if (reasoning.len)
		json_write(json, "reasoning_content:%", reasoning);
	put_blocks(json, choice);
	put_images(json, choice, arena);
	if (calls)
		openai_out_put_calls(json, choice, arena);
	json_write(json, "}, logprobs:%r, finish_reason:%}",
	    choice->logprobs.ptr ? choice->logprobs : slice_of("null"),
	    openai_finish_name(choice->finish));
}

struct slice openai_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	openai_out_put_head(&json, about, "chat.completion", reply->model, arena);
	json_write(&json, "choices:[");
	for (size_t i = 0; i < reply->choice_count; i++)
		openai_out_put_choice(&json, &reply->choices[i], i, arena);
	json_write(&json, "], usage:");
	openai_put_usage(&json, &reply->usage);
	json_write(&json, "}");
	return in_arena(&json, arena);
}

/* ---- chunk by chunk ---- */

struct state {
	struct slice model;
	struct usage usage;
	bool has_usage;
	struct {
		bool begun;
		bool calling, has_arguments; /* of the call that is open */
		int tool;
		bool custom; /* its text is told when it is whole: it comes as JSON */
		struct arena_bytes arguments;
		struct arena_bytes thinking; /* since the last signature */
		int images;
	} choices[REPLY_CHOICES_MAX];
};

static void begin_chunk(struct client_stream *stream, struct text *json)
{
	const struct state *state = stream->state;

	text_init(json, JSON_MAX);
	openai_out_put_head(
	    json, stream->about, "chat.completion.chunk", state->model, stream->arena);
	json_write(json, "choices:[");
}

static int openai_out_send_chunk(struct client_stream *stream, struct text *json)
{
	json_write(json, "]");
	if (stream->about->usage_wanted)
		json_write(json, "usage:null");
	json_write(json, "}");
	return stream->write(stream->ctx, "", text_slice(json));
}

static void begin_delta(struct text *json, int choice)
{
	json_write(json, "{index:%, delta:{", choice);
}

static void end_delta(struct text *json, const char *finish)
{
	json_write(json, "}, logprobs:null, finish_reason:");
	if (finish)
		json_put(json, slice_of(finish));
	else
		json_write(json, "null");
	json_write(json, "}");
}

static int openai_out_send_text(
    struct client_stream *stream, int choice, const char *member, struct slice text)
{
	AUTO_TEXT struct text json;

	begin_chunk(stream, &json);
	begin_delta(&json, choice);
	json_write(&json, "%:%", member, text);
	end_delta(&json, NULL);
	return openai_out_send_chunk(stream, &json);
}

static int send_role(struct client_stream *stream, int choice)
{
	AUTO_TEXT struct text json;

	begin_chunk(stream, &json);
	begin_delta(&json, choice);
	json_write(&json, "role:'assistant', content:'', refusal:null");
	end_delta(&json, NULL);
	return openai_out_send_chunk(stream, &json);
}

static int send_call(struct client_stream *stream, const struct chat_event *event, bool begins,
    struct slice arguments)
{
	const struct state *state = stream->state;
	bool custom = state->choices[event->choice].custom;
	AUTO_TEXT struct text json;

	begin_chunk(stream, &json);
	begin_delta(&json, event->choice);
	json_write(&json, "tool_calls:[{index:%", event->tool);
	if (begins) {
		json_write(&json, "id:%, type:%",
		    chat_signed_id(event->id, event->signature, event->signed_by, stream->arena),
		    custom ? "custom" : "function");
	}
	json_write(&json, "%:", custom ? "custom" : "function");
	json_write(&json, "{");
	if (begins)
		json_write(&json, "name:%", event->name);
	json_write(&json, "%:%", custom ? "input" : "arguments", arguments);
	json_write(&json, "}}]");
	end_delta(&json, NULL);
	return openai_out_send_chunk(stream, &json);
}

/* A call whose arguments never came has none; free text is told now. */
static int end_call(struct client_stream *stream, int choice)
{
	struct state *state = stream->state;
	struct chat_event event = { .choice = choice, .tool = state->choices[choice].tool };

	if (!state->choices[choice].calling)
		return 0;
	state->choices[choice].calling = false;
	if (state->choices[choice].custom)
		return send_call(stream, &event, false,
		    client_tool_input(
			arena_bytes_slice(&state->choices[choice].arguments), stream->arena));
	return state->choices[choice].has_arguments
		   ? 0
		   : send_call(stream, &event, false, slice_of("{}"));
}

static int openai_out_begin_call(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (end_call(stream, event->choice) != 0)
		return -1;
	state->choices[event->choice].calling = true;
	state->choices[event->choice].has_arguments = false;
	state->choices[event->choice].tool = event->tool;
	state->choices[event->choice].custom = is_custom(event->declared);
	state->choices[event->choice].arguments = (struct arena_bytes){ .ptr = NULL };
	return send_call(stream, event, true, slice_of(""));
}

static int send_arguments(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (event->text.len == 0)
		return 0;
	state->choices[event->choice].has_arguments = true;
	if (state->choices[event->choice].custom) {
		arena_bytes_add(
		    &state->choices[event->choice].arguments, event->text, stream->arena);
		return 0;
	}
	return send_call(stream, event, false, event->text);
}

static int send_thinking(
    struct client_stream *stream, const struct chat_event *event, struct arena_bytes *thinking)
{
	arena_bytes_add(thinking, event->text, stream->arena);
	return event->text.len
		   ? openai_out_send_text(stream, event->choice, "reasoning_content", event->text)
		   : 0;
}

/* The whole block with its signature: clients that join the pieces of a block have it, too. */
static int send_block(
    struct client_stream *stream, const struct chat_event *event, struct arena_bytes *thinking)
{
	AUTO_TEXT struct text json = { .size = 0 };

	if (event->signed_by != WIRE_ANTHROPIC)
		return 0;
	begin_chunk(stream, &json);
	begin_delta(&json, event->choice);
	json_write(&json, "thinking_blocks:[");
	put_block(&json, arena_bytes_slice(thinking), event->signature, event->redacted);
	json_write(&json, "]");
	end_delta(&json, NULL);
	*thinking = (struct arena_bytes){ .ptr = NULL };
	return openai_out_send_chunk(stream, &json);
}

static int send_image(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;
	AUTO_TEXT struct text json;

	begin_chunk(stream, &json);
	begin_delta(&json, event->choice);
	json_write(&json, "images:[");
	put_drawn(&json, event->text, state->choices[event->choice].images++);
	json_write(&json, "]");
	end_delta(&json, NULL);
	return openai_out_send_chunk(stream, &json);
}

static int send_finish(struct client_stream *stream, const struct chat_event *event)
{
	AUTO_TEXT struct text json = { .size = 0 };

	if (end_call(stream, event->choice) != 0)
		return -1;
	begin_chunk(stream, &json);
	begin_delta(&json, event->choice);
	end_delta(&json, openai_finish_name(event->finish));
	return openai_out_send_chunk(stream, &json);
}

static int send_usage(struct client_stream *stream)
{
	const struct state *state = stream->state;
	AUTO_TEXT struct text json = { .size = 0 };

	if (!stream->about->usage_wanted || !state->has_usage)
		return 0;
	begin_chunk(stream, &json);
	json_write(&json, "], usage:");
	openai_put_usage(&json, &state->usage);
	json_write(&json, "}");
	return stream->write(stream->ctx, "", text_slice(&json));
}

static int on_choice_event(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (event->choice < 0 || event->choice >= REPLY_CHOICES_MAX)
		return 0;
	if (!state->choices[event->choice].begun) {
		state->choices[event->choice].begun = true;
		if (send_role(stream, event->choice) != 0)
			return -1;
	}
	switch (event->kind) {
	case EVENT_TEXT:
		return event->text.len
			   ? openai_out_send_text(stream, event->choice, "content", event->text)
			   : 0;
	case EVENT_REASONING:
		return send_thinking(stream, event, &state->choices[event->choice].thinking);
	case EVENT_SIGNATURE:
		return send_block(stream, event, &state->choices[event->choice].thinking);
	case EVENT_REFUSAL:
		return openai_out_send_text(stream, event->choice, "refusal", event->text);
	case EVENT_IMAGE:
		return send_image(stream, event);
	case EVENT_TOOL_BEGIN:
		return openai_out_begin_call(stream, event);
	case EVENT_TOOL_ARGUMENTS:
		return send_arguments(stream, event);
	case EVENT_FINISH:
		return send_finish(stream, event);
	default:
		return 0; /* logprobs are not streamed */
	}
}

int openai_stream_out(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (!state)
		state = stream->state = arena_alloc(stream->arena, sizeof *state);
	switch (event->kind) {
	case EVENT_START:
		state->model = (struct slice){ arena_copy_slice(stream->arena, event->model),
			event->model.len };
		return on_choice_event(stream, &(struct chat_event){ .kind = EVENT_PING });
	case EVENT_USAGE:
		state->usage = *event->usage;
		state->has_usage = true;
		return 0;
	case EVENT_END:
		return send_usage(stream);
	case EVENT_PING:
		return 0;
	default:
		return on_choice_event(stream, event);
	}
}
