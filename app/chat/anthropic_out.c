/*
 * A neutral answer as Anthropic's Messages format.
 *
 * In a stream blocks never interleave.  Where a provider's tool calls do, the pieces of all but the
 * open one wait until it is complete.  message_delta waits for the usage, which OpenAI's providers
 * send last; message_start then has an estimate and the SDKs take the later figures.
 */
#include "chat/anthropic_chat.h"

#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

#define JSON_MAX  ((size_t)256 << 20)
#define TOOLS_MAX 128 /* calls in one answer; more are left out */

static const char *stop_reason(enum chat_finish finish)
{
	static const char *const names[] = {
		[FINISH_STOP] = "end_turn",
		[FINISH_STOP_SEQUENCE] = "stop_sequence",
		[FINISH_LENGTH] = "max_tokens",
		[FINISH_TOOLS] = "tool_use",
		[FINISH_FILTER] = "refusal",
		[FINISH_CONTEXT] = "model_context_window_exceeded",
	};

	return names[finish];
}

static void put_input_usage(struct text *json, const struct usage *usage)
{
	int64_t writes = usage->cache_write_tokens + usage->cache_write_1h_tokens,
		fresh = usage->input_tokens - usage->cached_tokens - writes;

	json_write(
	    json, "input_tokens:%, cache_creation_input_tokens:%", fresh > 0 ? fresh : 0, writes);
	json_write(json, "cache_read_input_tokens:%", usage->cached_tokens);
}

static void anthropic_out_put_usage(struct text *json, const struct usage *usage)
{
	json_write(json, "{");
	put_input_usage(json, usage);
	json_write(json, "output_tokens:%", usage->output_tokens);
	if (usage->reasoning_tokens > 0) {
		json_write(
		    json, "output_tokens_details:{thinking_tokens:%}", usage->reasoning_tokens);
	}
	json_write(json, "}");
}

static void put_stop(struct text *json, enum chat_finish finish, struct slice sequence)
{
	json_write(json, "stop_reason:%", stop_reason(finish));
	if (finish == FINISH_STOP_SEQUENCE && sequence.ptr)
		json_write(json, "stop_sequence:%", sequence);
	else
		json_write(json, "stop_sequence:null");
}

/* ---- whole ---- */

static struct slice anthropic_out_as_object(struct slice arguments)
{
	if (json_scan_check(arguments, NULL) == 0 && json_scan_type(arguments) == JSON_MAP)
		return arguments;
	return slice_of("{}");
}

static void anthropic_out_put_thinking(
    struct text *json, const struct chat_part *part, struct arena *arena)
{
	struct slice signature =
	    chat_marked_signature(part->signature, part->signed_by, WIRE_ANTHROPIC, arena);

	if (part->redacted) {
		json_write(json, "type:'redacted_thinking', data:%", signature);
		return;
	}
	json_write(json, "type:'thinking', thinking:%, signature:%", part->text,
	    signature.ptr ? signature : slice_of(""));
}

/* As requests have it: answers of Anthropic's own hold no pictures, and SDKs pass on what they do
 * not know. */
static void put_image_block(struct text *json, const struct chat_part *part)
{
	json_write(json, "type:'image', source:{");
	if (part->url.ptr)
		json_write(json, "type:'url', url:%", part->url);
	else
		json_write(json, "type:'base64', media_type:%, data:%", part->mime, part->data);
	json_write(json, "}");
}

static void put_block(struct text *json, const struct chat_part *part, struct arena *arena)
{
	if ((part->kind == PART_TEXT || part->kind == PART_REFUSAL) && part->text.len == 0)
		return;
	json_write(json, "{");
	if (part->kind == PART_TOOL_CALL) {
		json_write(json, "type:'tool_use', id:%, name:%, input:%r",
		    chat_signed_id(part->id, part->signature, part->signed_by, arena), part->name,
		    anthropic_out_as_object(part->arguments));
	} else if (part->kind == PART_REASONING) {
		anthropic_out_put_thinking(json, part, arena);
	} else if (part->kind == PART_IMAGE) {
		put_image_block(json, part);
	} else {
		json_write(json, "type:'text', text:%", part->text);
	}
	json_write(json, "}");
}

static void anthropic_out_put_head(
    struct text *json, const struct answer_about *about, struct slice model, struct arena *arena)
{
	json_write(json, "id:%, type:'message', role:'assistant', model:%, content:[",
	    arena_printf(arena, "msg_%.*s", (int)about->id.len, about->id.ptr),
	    model.len ? model : about->model);
}

struct slice anthropic_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena)
{
	static const struct chat_choice nothing = { .finish = FINISH_STOP };
	const struct chat_choice *choice = reply->choice_count ? &reply->choices[0] : &nothing;
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	json_write(&json, "{");
	anthropic_out_put_head(&json, about, reply->model, arena);
	for (size_t i = 0; i < choice->part_count; i++)
		put_block(&json, &choice->parts[i], arena);
	json_write(&json, "]");
	put_stop(&json, choice->finish, choice->stop_sequence);
	json_write(&json, "usage:");
	anthropic_out_put_usage(&json, &reply->usage);
	json_write(&json, "}");
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

/* ---- event by event ---- */

struct waiting { /* the bytes of a call's arguments so far */
	struct arena_bytes bytes;
	size_t sent;
	struct slice id, name;
	bool begun, closed;
};

struct state {
	int blocks;          /* begun */
	enum part_kind open; /* meaningful while is_open */
	bool is_open;
	int open_tool;
	struct waiting tools[TOOLS_MAX];
	int tool_count;
	enum chat_finish finish;
	struct slice stop_sequence;
	struct usage usage;
};

static int send_json(struct client_stream *stream, const char *event, struct text *json)
{
	return stream->write(stream->ctx, event, text_slice(json));
}

static void begin_json(struct text *json, const char *type)
{
	text_init(json, JSON_MAX);
	json_write(json, "{type:%", type);
}

static int send_start(struct client_stream *stream, const struct chat_event *event)
{
	struct usage input = { .reported_cost_nano = -1 };
	AUTO_TEXT struct text json;

	/* What was written is told at the end; there are clients that add the two. */
	if (event->usage)
		input = *event->usage;
	else
		input.input_tokens = stream->about->input_estimate;
	input.output_tokens = input.reasoning_tokens = 0;
	begin_json(&json, "message_start");
	json_write(&json, "message:{");
	anthropic_out_put_head(&json, stream->about, event->model, stream->arena);
	json_write(&json, "], stop_reason:null, stop_sequence:null, usage:");
	anthropic_out_put_usage(&json, &input);
	json_write(&json, "}}");
	return send_json(stream, "message_start", &json);
}

static int close_block(struct client_stream *stream)
{
	struct state *state = stream->state;
	AUTO_TEXT struct text json = { .size = 0 };

	if (!state->is_open)
		return 0;
	state->is_open = false;
	if (state->open == PART_TOOL_CALL)
		state->tools[state->open_tool].closed = true;
	begin_json(&json, "content_block_stop");
	json_write(&json, "index:%}", state->blocks - 1);
	return send_json(stream, "content_block_stop", &json);
}

/* The start of a block; the caller has written its members into json after {"type":...}. */
static int open_block(struct client_stream *stream, enum part_kind kind, struct slice block)
{
	struct state *state = stream->state;
	AUTO_TEXT struct text json = { .size = 0 };

	if (close_block(stream) != 0)
		return -1;
	state->is_open = true;
	state->open = kind;
	begin_json(&json, "content_block_start");
	json_write(&json, "index:%, content_block:%r}", state->blocks++, block);
	return send_json(stream, "content_block_start", &json);
}

static int send_delta(
    struct client_stream *stream, const char *type, const char *member, struct slice text)
{
	const struct state *state = stream->state;
	AUTO_TEXT struct text json;

	begin_json(&json, "content_block_delta");
	json_write(&json, "index:%, delta:{type:%", state->blocks - 1, type);
	json_write(&json, "%:%", member, text);
	json_write(&json, "}}");
	return send_json(stream, "content_block_delta", &json);
}

static int anthropic_out_send_text(struct client_stream *stream, struct slice text)
{
	const struct state *state = stream->state;

	if (text.len == 0)
		return 0;
	if ((!state->is_open || state->open != PART_TEXT) &&
	    open_block(stream, PART_TEXT, slice_of("{\"type\":\"text\",\"text\":\"\"}")) != 0)
		return -1;
	return send_delta(stream, "text_delta", "text", text);
}

static int open_thinking(struct client_stream *stream)
{
	const struct state *state = stream->state;

	if (state->is_open && state->open == PART_REASONING)
		return 0;
	return open_block(stream, PART_REASONING,
	    slice_of("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"));
}

static int send_reasoning(struct client_stream *stream, struct slice text)
{
	if (text.len == 0)
		return 0;
	if (open_thinking(stream) != 0)
		return -1;
	return send_delta(stream, "thinking_delta", "thinking", text);
}

static int send_signature(struct client_stream *stream, const struct chat_event *event)
{
	AUTO_TEXT struct text json = { .size = 0 };
	struct slice signature = chat_marked_signature(
	    event->signature, event->signed_by, WIRE_ANTHROPIC, stream->arena);

	if (signature.len == 0)
		return 0;
	if (event->redacted) {
		begin_json(&json, "redacted_thinking");
		json_write(&json, "data:%}", signature);
		return open_block(stream, PART_REASONING, text_slice(&json)) != 0
			   ? -1
			   : close_block(stream);
	}
	if (open_thinking(stream) != 0)
		return -1;
	return send_delta(stream, "signature_delta", "signature", signature);
}

static int send_image(struct client_stream *stream, struct slice url)
{
	struct chat_part part = { .kind = PART_IMAGE };
	AUTO_TEXT struct text json;

	part_set_url(&part, url);
	text_init(&json, JSON_MAX);
	put_block(&json, &part, stream->arena);
	return open_block(stream, PART_IMAGE, text_slice(&json)) != 0 ? -1 : close_block(stream);
}

/* ---- tool calls ---- */

static int send_waiting(struct client_stream *stream, struct waiting *tool)
{
	struct slice rest = { tool->bytes.ptr + tool->sent, tool->bytes.len - tool->sent };

	if (rest.len == 0)
		return 0;
	tool->sent = tool->bytes.len;
	return send_delta(stream, "input_json_delta", "partial_json", rest);
}

static int open_tool(struct client_stream *stream, int number)
{
	struct state *state = stream->state;
	struct waiting *tool = &state->tools[number];
	AUTO_TEXT struct text json;

	begin_json(&json, "tool_use");
	json_write(&json, "id:%, name:%, input:{}}", tool->id, tool->name);
	if (open_block(stream, PART_TOOL_CALL, text_slice(&json)) != 0)
		return -1;
	state->open_tool = number;
	tool->begun = true;
	return send_waiting(stream, tool);
}

static bool is_complete(const struct waiting *tool)
{
	return tool->bytes.len > 0 && json_scan_check(arena_bytes_slice(&tool->bytes), NULL) == 0;
}

/* Is a call open whose arguments have not all come? */
static bool is_busy(const struct state *state)
{
	return state->is_open && state->open == PART_TOOL_CALL &&
	       !is_complete(&state->tools[state->open_tool]);
}

/* Opens, in their order, the calls that wait, as far as each is complete. */
static int open_waiting(struct client_stream *stream, bool all)
{
	struct state *state = stream->state;

	for (int i = 0; i < state->tool_count; i++) {
		if (state->tools[i].begun)
			continue;
		if (!all && is_busy(state))
			return 0;
		if (open_tool(stream, i) != 0)
			return -1;
	}
	return 0;
}

static struct slice anthropic_out_kept(struct client_stream *stream, struct slice bytes)
{
	return (struct slice){ arena_copy_slice(stream->arena, bytes), bytes.len };
}

static int begin_tool(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;
	struct waiting *tool;

	if (event->tool < 0 || event->tool >= TOOLS_MAX)
		return 0;
	tool = &state->tools[event->tool];
	tool->id = anthropic_out_kept(
	    stream, chat_signed_id(event->id, event->signature, event->signed_by, stream->arena));
	tool->name = anthropic_out_kept(stream, event->name);
	if (state->tool_count <= event->tool)
		state->tool_count = event->tool + 1;
	return is_busy(state) ? 0 : open_tool(stream, event->tool);
}

static int anthropic_out_add_arguments(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;
	struct waiting *tool;

	if (event->tool < 0 || event->tool >= state->tool_count || event->text.len == 0)
		return 0;
	tool = &state->tools[event->tool];
	arena_bytes_add(&tool->bytes, event->text, stream->arena);
	if (!state->is_open || state->open != PART_TOOL_CALL || state->open_tool != event->tool)
		return open_waiting(stream, false);
	return send_waiting(stream, tool);
}

/* ---- the end ---- */

static int send_end(struct client_stream *stream)
{
	struct state *state = stream->state;
	AUTO_TEXT struct text json;
	AUTO_TEXT struct text stop = text_empty(JSON_MAX);

	begin_json(&json, "message_delta");
	json_write(&json, "delta:{");
	put_stop(&json, state->finish, state->stop_sequence);
	json_write(&json, "}, usage:");
	anthropic_out_put_usage(&json, &state->usage);
	json_write(&json, "}");
	if (send_json(stream, "message_delta", &json) != 0)
		return -1;
	text_puts(&stop, "{\"type\":\"message_stop\"}");
	return send_json(stream, "message_stop", &stop);
}

static int on_finish(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	state->finish = event->finish;
	state->stop_sequence =
	    event->text.ptr ? anthropic_out_kept(stream, event->text) : event->text;
	if (open_waiting(stream, true) != 0)
		return -1;
	return close_block(stream);
}

static int on_content(struct client_stream *stream, const struct chat_event *event)
{
	switch (event->kind) {
	case EVENT_TEXT:
	case EVENT_REFUSAL:
		return anthropic_out_send_text(stream, event->text);
	case EVENT_REASONING:
		return send_reasoning(stream, event->text);
	case EVENT_SIGNATURE:
		return send_signature(stream, event);
	case EVENT_IMAGE:
		return send_image(stream, event->text);
	case EVENT_TOOL_BEGIN:
		return begin_tool(stream, event);
	case EVENT_TOOL_ARGUMENTS:
		return anthropic_out_add_arguments(stream, event);
	case EVENT_FINISH:
		return on_finish(stream, event);
	default:
		return 0;
	}
}

int anthropic_stream_out(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (!state) {
		state = stream->state = arena_alloc(stream->arena, sizeof *state);
		state->usage.reported_cost_nano = -1;
	}
	switch (event->kind) {
	case EVENT_START:
		return send_start(stream, event);
	case EVENT_PING:
		return stream->write(stream->ctx, "ping", slice_of("{\"type\":\"ping\"}"));
	case EVENT_USAGE:
		state->usage = *event->usage;
		return 0;
	case EVENT_END:
		return send_end(stream);
	default:
		return event->choice == 0 ? on_content(stream, event) : 0;
	}
}
