/*
 * A neutral answer as OpenAI's Responses format.
 *
 * The output is a list of items: reasoning, messages, function calls.  Events repeat an item's
 * whole text when it is done, and the last event repeats the whole response, so all of it is kept
 * in the arena until then.  A whole answer is the same list, played from the collected reply.
 */
#include "chat/responses.h"

#include "base/json_write.h"

#include "base/banned.h"

#define JSON_MAX  ((size_t)256 << 20)
#define ITEMS_MAX 256

struct item {
	enum part_kind kind; /* PART_TEXT, PART_REFUSAL, PART_REASONING or PART_TOOL_CALL */
	int tool;
	struct slice name, call_id;
	struct slice signature;  /* of reasoning: what must come back to whoever reasoned */
	struct arena_bytes text; /* or arguments */
	bool done;
};

struct state {
	struct item items[ITEMS_MAX];
	int count;
	int sequence;
	struct slice model;
	struct usage usage;
	enum chat_finish finish;
	struct slice failure, failure_code; /* of a stream that broke off */
};

/* ---- the response object ---- */

static const char *item_prefix(enum part_kind kind)
{
	return kind == PART_TOOL_CALL ? "fc" : kind == PART_REASONING ? "rs" : "msg";
}

static void put_item_id(struct text *json, const char *name, const struct item *item, int index,
    const struct answer_about *about, struct arena *arena)
{
	json_pair_text(json, name,
	    arena_printf(arena, "%s_%.*s_%d", item_prefix(item->kind), (int)about->id.len,
		about->id.ptr, index));
}

static void put_content_part(struct text *json, enum part_kind kind, struct slice text)
{
	json_open(json, '{');
	if (kind == PART_REFUSAL) {
		json_pair_text(json, "type", "refusal");
		json_pair(json, "refusal", text);
	} else {
		json_pair_text(json, "type", "output_text");
		json_pair(json, "text", text);
		json_pair_raw(json, "annotations", slice_of("[]"));
		json_pair_raw(json, "logprobs", slice_of("[]"));
	}
	json_close(json, '}');
}

static void put_summary_part(struct text *json, struct slice text)
{
	json_open(json, '{');
	json_pair_text(json, "type", "summary_text");
	json_pair(json, "text", text);
	json_close(json, '}');
}

static void put_reasoning(struct text *json, const struct item *item)
{
	json_pair_text(json, "type", "reasoning");
	json_key(json, "summary");
	json_open(json, '[');
	if (item->text.len)
		put_summary_part(json, arena_bytes_slice(&item->text));
	json_close(json, ']');
	if (item->signature.len)
		json_pair(json, "encrypted_content", item->signature);
}

static void put_call(struct text *json, const struct item *item, const char *status)
{
	struct slice arguments = arena_bytes_slice(&item->text);

	json_pair_text(json, "type", "function_call");
	json_pair_text(json, "status", status);
	json_pair(json, "call_id", item->call_id);
	json_pair(json, "name", item->name);
	json_pair(json, "arguments", item->done && !arguments.len ? slice_of("{}") : arguments);
}

static void put_item(struct text *json, const struct item *item, int index,
    const struct answer_about *about, struct arena *arena)
{
	const char *status = item->done ? "completed" : "in_progress";

	json_open(json, '{');
	put_item_id(json, "id", item, index, about, arena);
	if (item->kind == PART_REASONING) {
		put_reasoning(json, item);
	} else if (item->kind == PART_TOOL_CALL) {
		put_call(json, item, status);
	} else {
		json_pair_text(json, "type", "message");
		json_pair_text(json, "status", status);
		json_pair_text(json, "role", "assistant");
		json_key(json, "content");
		json_open(json, '[');
		if (item->done)
			put_content_part(json, item->kind, arena_bytes_slice(&item->text));
		json_close(json, ']');
	}
	json_close(json, '}');
}

static void put_usage(struct text *json, const struct usage *usage)
{
	json_open(json, '{');
	json_pair_int(json, "input_tokens", usage->input_tokens);
	json_key(json, "input_tokens_details");
	json_open(json, '{');
	json_pair_int(json, "cached_tokens", usage->cached_tokens);
	json_pair_int(
	    json, "cache_write_tokens", usage->cache_write_tokens + usage->cache_write_1h_tokens);
	json_close(json, '}');
	json_pair_int(json, "output_tokens", usage->output_tokens);
	json_key(json, "output_tokens_details");
	json_open(json, '{');
	json_pair_int(json, "reasoning_tokens", usage->reasoning_tokens);
	json_close(json, '}');
	json_pair_int(json, "total_tokens", usage->input_tokens + usage->output_tokens);
	json_close(json, '}');
}

static const char *incomplete_reason(enum chat_finish finish)
{
	return finish == FINISH_FILTER                               ? "content_filter"
	       : finish == FINISH_LENGTH || finish == FINISH_CONTEXT ? "max_output_tokens"
								     : NULL;
}

/* What a client of this format finds when it asks what its request was; most of it is fixed,
 * because the gateway keeps nothing. */
static void put_fixed(struct text *json)
{
	static const char fixed[] =
	    "\"instructions\":null,\"metadata\":{},\"parallel_tool_calls\":true,"
	    "\"previous_response_id\":null,\"reasoning\":{\"effort\":null,\"summary\":null},"
	    "\"store\":false,\"temperature\":null,\"text\":{\"format\":{\"type\":\"text\"}},"
	    "\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null,\"truncation\":\"disabled\"";

	text_putc(json, ',');
	text_puts(json, fixed);
}

static void put_failure(struct text *json, const struct state *state)
{
	if (!state->failure.ptr) {
		json_pair_null(json, "error");
		return;
	}
	json_key(json, "error");
	json_open(json, '{');
	json_pair(json, "code", state->failure_code);
	json_pair(json, "message", state->failure);
	json_close(json, '}');
}

static void put_response(struct text *json, const struct state *state,
    const struct answer_about *about, bool over, struct arena *arena)
{
	const char *reason = over ? incomplete_reason(state->finish) : NULL;

	json_open(json, '{');
	json_pair_text(
	    json, "id", arena_printf(arena, "resp_%.*s", (int)about->id.len, about->id.ptr));
	json_pair_text(json, "object", "response");
	json_pair_int(json, "created_at", about->created_s);
	json_pair_text(json, "status",
	    state->failure.ptr ? "failed"
	    : !over            ? "in_progress"
	    : reason           ? "incomplete"
			       : "completed");
	put_failure(json, state);
	json_key(json, "incomplete_details");
	if (reason) {
		json_open(json, '{');
		json_pair_text(json, "reason", reason);
		json_close(json, '}');
	} else {
		json_put_null(json);
	}
	json_pair(json, "model", state->model.len ? state->model : about->model);
	json_key(json, "output");
	json_open(json, '[');
	for (int i = 0; over && i < state->count; i++)
		put_item(json, &state->items[i], i, about, arena);
	json_close(json, ']');
	put_fixed(json);
	json_key(json, "usage");
	if (over)
		put_usage(json, &state->usage);
	else
		json_put_null(json);
	json_close(json, '}');
}

/* ---- events ---- */

static void begin_event(struct client_stream *stream, struct text *json, const char *type)
{
	struct state *state = stream->state;

	text_init(json, JSON_MAX);
	json_open(json, '{');
	json_pair_text(json, "type", type);
	json_pair_int(json, "sequence_number", state->sequence++);
}

static int send_event(struct client_stream *stream, const char *type, struct text *json)
{
	json_close(json, '}');
	return stream->write(stream->ctx, type, text_slice(json));
}

static int send_response(struct client_stream *stream, const char *type, bool over)
{
	AUTO_TEXT struct text json;

	begin_event(stream, &json, type);
	json_key(&json, "response");
	put_response(&json, stream->state, stream->about, over, stream->arena);
	return send_event(stream, type, &json);
}

/* An event about an item: the ids and indexes first, then what the caller adds. */
static void begin_item_event(
    struct client_stream *stream, struct text *json, const char *type, int index)
{
	const struct state *state = stream->state;

	begin_event(stream, json, type);
	put_item_id(json, "item_id", &state->items[index], index, stream->about, stream->arena);
	json_pair_int(json, "output_index", index);
}

static int send_item(struct client_stream *stream, const char *type, int index)
{
	const struct state *state = stream->state;
	AUTO_TEXT struct text json;

	begin_event(stream, &json, type);
	json_pair_int(&json, "output_index", index);
	json_key(&json, "item");
	put_item(&json, &state->items[index], index, stream->about, stream->arena);
	return send_event(stream, type, &json);
}

static int send_part(struct client_stream *stream, const char *type, int index)
{
	const struct state *state = stream->state;
	const struct item *item = &state->items[index];
	bool summary = item->kind == PART_REASONING;
	AUTO_TEXT struct text json;

	begin_item_event(stream, &json, type, index);
	json_pair_int(&json, summary ? "summary_index" : "content_index", 0);
	json_key(&json, "part");
	if (summary)
		put_summary_part(&json, arena_bytes_slice(&item->text));
	else
		put_content_part(&json, item->kind, arena_bytes_slice(&item->text));
	return send_event(stream, type, &json);
}

/* How the kinds of items speak: the events of their text, by name. */
static const struct manner {
	enum part_kind kind;
	const char *part_added, *delta, *done, *done_member, *part_done;
} manners[] = {
	/* clang-format off */
	{ PART_TEXT,      "response.content_part.added", "response.output_text.delta", "response.output_text.done", "text", "response.content_part.done" },
	{ PART_REFUSAL,   "response.content_part.added", "response.refusal.delta", "response.refusal.done", "refusal", "response.content_part.done" },
	{ PART_REASONING, "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done", "text", "response.reasoning_summary_part.done" },
	{ PART_TOOL_CALL, NULL, "response.function_call_arguments.delta", "response.function_call_arguments.done", "arguments", NULL },
	/* clang-format on */
};

static const struct manner *manner_of(enum part_kind kind)
{
	for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++)
		if (manners[i].kind == kind)
			return &manners[i];
	return &manners[0];
}

static void put_index(struct text *json, enum part_kind kind)
{
	if (kind == PART_REASONING)
		json_pair_int(json, "summary_index", 0);
	else if (kind != PART_TOOL_CALL)
		json_pair_int(json, "content_index", 0);
	if (kind == PART_TEXT)
		json_pair_raw(json, "logprobs", slice_of("[]"));
}

static int send_delta(struct client_stream *stream, int index, struct slice text)
{
	struct state *state = stream->state;
	struct item *item = &state->items[index];
	const struct manner *manner = manner_of(item->kind);
	AUTO_TEXT struct text json;

	arena_bytes_add(&item->text, text, stream->arena);
	begin_item_event(stream, &json, manner->delta, index);
	put_index(&json, item->kind);
	json_pair(&json, "delta", text);
	return send_event(stream, manner->delta, &json);
}

static int send_done(struct client_stream *stream, int index)
{
	struct state *state = stream->state;
	const struct item *item = &state->items[index];
	const struct manner *manner = manner_of(item->kind);
	struct slice text = arena_bytes_slice(&item->text);
	AUTO_TEXT struct text json;

	begin_item_event(stream, &json, manner->done, index);
	put_index(&json, item->kind);
	if (item->kind == PART_TOOL_CALL)
		json_pair(&json, "name", item->name);
	json_pair(&json, manner->done_member,
	    item->kind == PART_TOOL_CALL && !text.len ? slice_of("{}") : text);
	return send_event(stream, manner->done, &json);
}

static int close_item(struct client_stream *stream, int index)
{
	struct state *state = stream->state;
	const struct manner *manner = manner_of(state->items[index].kind);

	if (state->items[index].done)
		return 0;
	if (send_done(stream, index) != 0)
		return -1;
	state->items[index].done = true;
	if (manner->part_done && send_part(stream, manner->part_done, index) != 0)
		return -1;
	return send_item(stream, "response.output_item.done", index);
}

static int close_all(struct client_stream *stream)
{
	const struct state *state = stream->state;

	for (int i = 0; i < state->count; i++)
		if (close_item(stream, i) != 0)
			return -1;
	return 0;
}

/* Opens an item; all that were open before it end, but for tool calls, which may interleave. */
static int open_item(
    struct client_stream *stream, enum part_kind kind, const struct chat_event *event)
{
	struct state *state = stream->state;
	const struct manner *manner = manner_of(kind);
	struct item *item;

	for (int i = 0; i < state->count; i++)
		if ((kind != PART_TOOL_CALL || state->items[i].kind != PART_TOOL_CALL) &&
		    close_item(stream, i) != 0)
			return -1;
	if (state->count == ITEMS_MAX)
		return 0;
	item = &state->items[state->count++];
	*item = (struct item){ .kind = kind, .tool = event->tool };
	if (kind == PART_TOOL_CALL) {
		struct slice id =
		    chat_signed_id(event->id, event->signature, event->signed_by, stream->arena);

		item->name =
		    (struct slice){ arena_copy_slice(stream->arena, event->name), event->name.len };
		item->call_id = (struct slice){ arena_copy_slice(stream->arena, id), id.len };
	}
	if (send_item(stream, "response.output_item.added", state->count - 1) != 0)
		return -1;
	return manner->part_added ? send_part(stream, manner->part_added, state->count - 1) : 0;
}

static int add_text(
    struct client_stream *stream, enum part_kind kind, const struct chat_event *event)
{
	struct state *state = stream->state;
	const struct item *last = state->count ? &state->items[state->count - 1] : NULL;

	if (event->text.len == 0)
		return 0;
	if ((!last || last->kind != kind || last->done) && open_item(stream, kind, event) != 0)
		return -1;
	return send_delta(stream, state->count - 1, event->text);
}

static int add_arguments(struct client_stream *stream, const struct chat_event *event)
{
	const struct state *state = stream->state;

	for (int i = 0; event->text.len && i < state->count; i++)
		if (state->items[i].kind == PART_TOOL_CALL && state->items[i].tool == event->tool &&
		    !state->items[i].done)
			return send_delta(stream, i, event->text);
	return 0;
}

/* The signature belongs to the reasoning that is open; what is redacted is an item of its own. */
static int add_signature(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;
	struct item *last = state->count ? &state->items[state->count - 1] : NULL;
	struct slice signature = chat_marked_signature(
	    event->signature, event->signed_by, WIRE_RESPONSES, stream->arena);

	if (signature.len == 0)
		return 0;
	signature.ptr = arena_copy_slice(stream->arena, signature);
	if (last && last->kind == PART_REASONING && !last->done && !event->redacted) {
		last->signature = signature;
		return 0;
	}
	if (close_all(stream) != 0)
		return -1;
	if (state->count == ITEMS_MAX)
		return 0;
	last = &state->items[state->count++];
	*last = (struct item){ .kind = PART_REASONING, .signature = signature };
	if (send_item(stream, "response.output_item.added", state->count - 1) != 0)
		return -1;
	last->done = true;
	return send_item(stream, "response.output_item.done", state->count - 1);
}

static int on_end(struct client_stream *stream)
{
	const struct state *state = stream->state;
	bool incomplete = incomplete_reason(state->finish) != NULL;

	if (close_all(stream) != 0)
		return -1;
	return send_response(
	    stream, incomplete ? "response.incomplete" : "response.completed", true);
}

static int on_failed(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	state->failure = event->text;
	state->failure_code = event->id;
	state->finish = FINISH_STOP;
	return send_response(stream, "response.failed", true);
}

static int on_start(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	state->model =
	    (struct slice){ arena_copy_slice(stream->arena, event->model), event->model.len };
	if (send_response(stream, "response.created", false) != 0)
		return -1;
	return send_response(stream, "response.in_progress", false);
}

int responses_stream_out(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (!state)
		state = stream->state = arena_alloc(stream->arena, sizeof *state);
	switch (event->kind) {
	case EVENT_START:
		return on_start(stream, event);
	case EVENT_TEXT:
		return add_text(stream, PART_TEXT, event);
	case EVENT_REFUSAL:
		return add_text(stream, PART_REFUSAL, event);
	case EVENT_REASONING:
		return add_text(stream, PART_REASONING, event);
	case EVENT_SIGNATURE:
		return add_signature(stream, event);
	case EVENT_TOOL_BEGIN:
		return open_item(stream, PART_TOOL_CALL, event);
	case EVENT_TOOL_ARGUMENTS:
		return add_arguments(stream, event);
	case EVENT_FINISH:
		state->finish = event->finish;
		return close_all(stream);
	case EVENT_USAGE:
		state->usage = *event->usage;
		return 0;
	case EVENT_END:
		return on_end(stream);
	case EVENT_FAILED:
		return on_failed(stream, event);
	default:
		return 0;
	}
}

/* ---- whole ---- */

/* Signed reasoning stands alone, and so does a call. */
static bool goes_on(const struct item *last, const struct chat_part *part, struct slice signature)
{
	return last && last->kind == part->kind && part->kind != PART_TOOL_CALL &&
	       signature.len == 0 && last->signature.len == 0;
}

static struct item *new_item(
    struct state *state, const struct chat_part *part, struct slice signature, struct arena *arena)
{
	struct item *item;

	if (state->count == ITEMS_MAX)
		return NULL;
	item = &state->items[state->count++];
	*item = (struct item){ .kind = part->kind, .done = true };
	item->signature = signature;
	item->name = part->name;
	item->call_id = chat_signed_id(part->id, part->signature, part->signed_by, arena);
	return item;
}

static void keep_part(struct state *state, const struct chat_part *part, struct arena *arena)
{
	struct item *item = state->count ? &state->items[state->count - 1] : NULL;
	bool call = part->kind == PART_TOOL_CALL;
	struct slice signature = { NULL, 0 };

	if (part->kind == PART_REASONING)
		signature =
		    chat_marked_signature(part->signature, part->signed_by, WIRE_RESPONSES, arena);
	if (!call && part->text.len == 0 && signature.len == 0)
		return;
	if (!goes_on(item, part, signature))
		item = new_item(state, part, signature, arena);
	if (item)
		arena_bytes_add(&item->text, call ? part->arguments : part->text, arena);
}

struct slice responses_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena)
{
	struct state *state = arena_alloc(arena, sizeof *state);
	AUTO_TEXT struct text json;

	state->model = reply->model;
	state->usage = reply->usage;
	if (reply->choice_count) {
		const struct chat_choice *choice = &reply->choices[0];

		state->finish = choice->finish;
		for (size_t i = 0; i < choice->part_count; i++)
			keep_part(state, &choice->parts[i], arena);
	}
	text_init(&json, JSON_MAX);
	put_response(&json, state, about, true, arena);
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
