/*
 * A neutral answer as OpenAI's Responses format.
 *
 * The output is a list of items: reasoning, messages, calls.  Events repeat an item's whole text
 * when it is done, and the last event repeats the whole response, so all of it is kept in the arena
 * until then.  A whole answer is the same list, played from the collected reply.
 */
#include "chat/responses.h"

#include "base/json_write.h"
#include "chat/client_tools.h"
#include "chat/responses_answer.h"

#include "base/banned.h"

#define JSON_MAX ((size_t)256 << 20)

/* ---- events ---- */

static void begin_event(struct client_stream *stream, struct text *json, const char *type)
{
	struct responses_state *state = stream->state;

	text_init(json, JSON_MAX);
	json_write(json, "{type:%, sequence_number:%", type, state->sequence++);
}

static int send_event(struct client_stream *stream, const char *type, struct text *json)
{
	json_write(json, "}");
	return stream->write(stream->ctx, type, text_slice(json));
}

static int send_response(struct client_stream *stream, const char *type, bool over)
{
	AUTO_TEXT struct text json;

	begin_event(stream, &json, type);
	json_write(&json, "response:");
	responses_put(&json, stream->state, stream->about, over, stream->arena);
	return send_event(stream, type, &json);
}

/* An event about an item: the ids and indexes first, then what the caller adds. */
static void begin_item_event(
    struct client_stream *stream, struct text *json, const char *type, int index)
{
	const struct responses_state *state = stream->state;

	begin_event(stream, json, type);
	responses_put_item_id(
	    json, "item_id", &state->items[index], index, stream->about, stream->arena);
	json_write(json, "output_index:%", index);
}

static int send_item(struct client_stream *stream, const char *type, int index)
{
	const struct responses_state *state = stream->state;
	AUTO_TEXT struct text json;

	begin_event(stream, &json, type);
	json_write(&json, "output_index:%, item:", index);
	responses_put_item(&json, &state->items[index], index, stream->about, stream->arena);
	return send_event(stream, type, &json);
}

static int send_part(struct client_stream *stream, const char *type, int index)
{
	const struct responses_state *state = stream->state;
	const struct responses_item *item = &state->items[index];
	bool summary = item->kind == PART_REASONING;
	AUTO_TEXT struct text json;

	begin_item_event(stream, &json, type, index);
	json_write(&json, "%:0", summary ? "summary_index" : "content_index");
	json_write(&json, "part:");
	if (summary)
		responses_put_summary(&json, arena_bytes_slice(&item->text));
	else
		responses_put_part(&json, item->kind, arena_bytes_slice(&item->text));
	return send_event(stream, type, &json);
}

/* How the kinds of items speak: the events of their text, by name.  A call that is neither a
 * function nor free text has none: it comes when it is whole. */
static const struct manner {
	enum part_kind kind;
	enum tool_kind tool;
	const char *part_added, *delta, *done, *done_member, *part_done;
} manners[] = {
	/* clang-format off */
	{ PART_TEXT,      0, "response.content_part.added", "response.output_text.delta", "response.output_text.done", "text", "response.content_part.done" },
	{ PART_REFUSAL,   0, "response.content_part.added", "response.refusal.delta", "response.refusal.done", "refusal", "response.content_part.done" },
	{ PART_REASONING, 0, "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done", "text", "response.reasoning_summary_part.done" },
	{ PART_TOOL_CALL, TOOL_FUNCTION, NULL, "response.function_call_arguments.delta", "response.function_call_arguments.done", "arguments", NULL },
	{ PART_TOOL_CALL, TOOL_CUSTOM,   NULL, "response.custom_tool_call_input.delta", "response.custom_tool_call_input.done", "input", NULL },
	/* clang-format on */
};

static enum tool_kind tool_kind_of(const struct responses_item *item)
{
	return item->tool ? item->tool->kind : TOOL_FUNCTION;
}

/* NULL: the item has no text of its own. */
static const struct manner *manner_of(const struct responses_item *item)
{
	for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++)
		if (manners[i].kind == item->kind && manners[i].tool == tool_kind_of(item))
			return &manners[i];
	return NULL;
}

static bool is_function(const struct responses_item *item)
{
	return item->kind == PART_TOOL_CALL && tool_kind_of(item) == TOOL_FUNCTION;
}

static void put_index(struct text *json, enum part_kind kind)
{
	if (kind == PART_REASONING)
		json_write(json, "summary_index:0");
	else if (kind != PART_TOOL_CALL)
		json_write(json, "content_index:0");
	if (kind == PART_TEXT)
		json_write(json, "logprobs:[]");
}

static int send_delta(struct client_stream *stream, int index, struct slice text)
{
	struct responses_state *state = stream->state;
	const struct responses_item *item = &state->items[index];
	const struct manner *manner = manner_of(item);
	AUTO_TEXT struct text json;

	begin_item_event(stream, &json, manner->delta, index);
	put_index(&json, item->kind);
	json_write(&json, "delta:%", text);
	return send_event(stream, manner->delta, &json);
}

static struct slice whole_text(const struct responses_item *item, struct arena *arena)
{
	struct slice text = arena_bytes_slice(&item->text);

	if (item->kind != PART_TOOL_CALL)
		return text;
	if (!is_function(item))
		return client_tool_input(text, arena);
	return text.len ? text : slice_of("{}");
}

static int send_done(struct client_stream *stream, int index)
{
	struct responses_state *state = stream->state;
	const struct responses_item *item = &state->items[index];
	const struct manner *manner = manner_of(item);
	AUTO_TEXT struct text json;

	begin_item_event(stream, &json, manner->done, index);
	put_index(&json, item->kind);
	if (is_function(item))
		json_write(&json, "name:%", item->name);
	json_write(&json, "%:%", manner->done_member, whole_text(item, stream->arena));
	return send_event(stream, manner->done, &json);
}

/* What could not be told piece by piece: free text that came as JSON, a call of another kind, or an
 * image. */
static int tell_at_once(struct client_stream *stream, int index)
{
	struct responses_state *state = stream->state;
	const struct responses_item *item = &state->items[index];

	if (item->kind != PART_IMAGE && (item->kind != PART_TOOL_CALL || is_function(item)))
		return 0;
	return manner_of(item) ? send_delta(stream, index, whole_text(item, stream->arena))
			       : send_item(stream, "response.output_item.added", index);
}

static int close_item(struct client_stream *stream, int index)
{
	struct responses_state *state = stream->state;
	const struct manner *manner = manner_of(&state->items[index]);

	if (state->items[index].done)
		return 0;
	if (tell_at_once(stream, index) != 0 || (manner && send_done(stream, index) != 0))
		return -1;
	state->items[index].done = true;
	if (manner && manner->part_done && send_part(stream, manner->part_done, index) != 0)
		return -1;
	return send_item(stream, "response.output_item.done", index);
}

static int close_all(struct client_stream *stream)
{
	const struct responses_state *state = stream->state;

	for (int i = 0; i < state->count; i++)
		if (close_item(stream, i) != 0)
			return -1;
	return 0;
}

static void name_call(
    struct responses_item *item, const struct chat_event *event, struct arena *arena)
{
	struct slice id = chat_signed_id(event->id, event->signature, event->signed_by, arena);

	item->number = event->tool;
	item->tool = event->declared;
	item->name = (struct slice){ arena_copy_slice(arena, event->name), event->name.len };
	item->call_id = (struct slice){ arena_copy_slice(arena, id), id.len };
}

/* Opens an item; all that were open before it end, but for tool calls, which may interleave. */
static int open_item(
    struct client_stream *stream, enum part_kind kind, const struct chat_event *event)
{
	struct responses_state *state = stream->state;
	const struct manner *manner;
	struct responses_item *item;

	for (int i = 0; i < state->count; i++)
		if ((kind != PART_TOOL_CALL || state->items[i].kind != PART_TOOL_CALL) &&
		    close_item(stream, i) != 0)
			return -1;
	if (state->count == RESPONSES_ITEMS_MAX)
		return 0;
	item = &state->items[state->count++];
	*item = (struct responses_item){ .kind = kind };
	if (kind == PART_TOOL_CALL)
		name_call(item, event, stream->arena);
	manner = manner_of(item);
	if (!manner)
		return 0;
	if (send_item(stream, "response.output_item.added", state->count - 1) != 0)
		return -1;
	return manner->part_added ? send_part(stream, manner->part_added, state->count - 1) : 0;
}

/* An item's text grows. */
static int responses_out_grow(struct client_stream *stream, int index, struct slice text)
{
	struct responses_state *state = stream->state;
	struct responses_item *item = &state->items[index];

	arena_bytes_add(&item->text, text, stream->arena);
	return item->kind != PART_TOOL_CALL || is_function(item) ? send_delta(stream, index, text)
								 : 0;
}

static int responses_out_add_text(
    struct client_stream *stream, enum part_kind kind, const struct chat_event *event)
{
	struct responses_state *state = stream->state;
	const struct responses_item *last = state->count ? &state->items[state->count - 1] : NULL;

	if (event->text.len == 0)
		return 0;
	if ((!last || last->kind != kind || last->done) && open_item(stream, kind, event) != 0)
		return -1;
	return responses_out_grow(stream, state->count - 1, event->text);
}

static int responses_out_add_arguments(struct client_stream *stream, const struct chat_event *event)
{
	const struct responses_state *state = stream->state;

	for (int i = 0; event->text.len && i < state->count; i++)
		if (state->items[i].kind == PART_TOOL_CALL &&
		    state->items[i].number == event->tool && !state->items[i].done)
			return responses_out_grow(stream, i, event->text);
	return 0;
}

/* The signature belongs to the reasoning that is open; what is redacted is an item of its own. */
static int add_signature(struct client_stream *stream, const struct chat_event *event)
{
	struct responses_state *state = stream->state;
	struct responses_item *last = state->count ? &state->items[state->count - 1] : NULL;
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
	if (state->count == RESPONSES_ITEMS_MAX)
		return 0;
	last = &state->items[state->count++];
	*last = (struct responses_item){ .kind = PART_REASONING, .signature = signature };
	if (send_item(stream, "response.output_item.added", state->count - 1) != 0)
		return -1;
	last->done = true;
	return send_item(stream, "response.output_item.done", state->count - 1);
}

/* The words for a picture that is somewhere else: the format has items for pictures themselves. */
static struct slice image_words(struct slice url, struct arena *arena)
{
	return slice_of(arena_printf(arena, "![image](%.*s)", (int)url.len, url.ptr));
}

static int add_image(struct client_stream *stream, const struct chat_event *event)
{
	struct responses_state *state = stream->state;
	struct chat_event words = { .kind = EVENT_TEXT };
	struct chat_part part = { .kind = PART_IMAGE };

	part_set_url(&part, event->text);
	if (part.url.ptr) {
		words.text = image_words(part.url, stream->arena);
		return responses_out_add_text(stream, PART_TEXT, &words);
	}
	if (state->count == RESPONSES_ITEMS_MAX)
		return 0;
	if (open_item(stream, PART_IMAGE, event) != 0)
		return -1;
	part.mime.ptr = arena_copy_slice(stream->arena, part.mime);
	state->items[state->count - 1].name = part.mime;
	arena_bytes_add(&state->items[state->count - 1].text, part.data, stream->arena);
	return close_item(stream, state->count - 1);
}

static int on_end(struct client_stream *stream)
{
	const struct responses_state *state = stream->state;
	bool incomplete = responses_incomplete(state->finish) != NULL;

	if (close_all(stream) != 0)
		return -1;
	return send_response(
	    stream, incomplete ? "response.incomplete" : "response.completed", true);
}

static int on_failed(struct client_stream *stream, const struct chat_event *event)
{
	struct responses_state *state = stream->state;

	state->failure = event->text;
	state->failure_code = event->id;
	state->finish = FINISH_STOP;
	return send_response(stream, "response.failed", true);
}

static int on_start(struct client_stream *stream, const struct chat_event *event)
{
	struct responses_state *state = stream->state;

	state->model =
	    (struct slice){ arena_copy_slice(stream->arena, event->model), event->model.len };
	if (send_response(stream, "response.created", false) != 0)
		return -1;
	return send_response(stream, "response.in_progress", false);
}

int responses_stream_out(struct client_stream *stream, const struct chat_event *event)
{
	struct responses_state *state = stream->state;

	if (!state)
		state = stream->state = arena_alloc(stream->arena, sizeof *state);
	switch (event->kind) {
	case EVENT_START:
		return on_start(stream, event);
	case EVENT_TEXT:
		return responses_out_add_text(stream, PART_TEXT, event);
	case EVENT_REFUSAL:
		return responses_out_add_text(stream, PART_REFUSAL, event);
	case EVENT_REASONING:
		return responses_out_add_text(stream, PART_REASONING, event);
	case EVENT_IMAGE:
		return add_image(stream, event);
	case EVENT_SIGNATURE:
		return add_signature(stream, event);
	case EVENT_TOOL_BEGIN:
		return open_item(stream, PART_TOOL_CALL, event);
	case EVENT_TOOL_ARGUMENTS:
		return responses_out_add_arguments(stream, event);
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
static bool goes_on(
    const struct responses_item *last, const struct chat_part *part, struct slice signature)
{
	return last && last->kind == part->kind && part->kind != PART_TOOL_CALL &&
	       part->kind != PART_IMAGE && signature.len == 0 && last->signature.len == 0;
}

static struct responses_item *new_item(struct responses_state *state, const struct chat_part *part,
    struct slice signature, struct arena *arena)
{
	struct responses_item *item;

	if (state->count == RESPONSES_ITEMS_MAX)
		return NULL;
	item = &state->items[state->count++];
	*item = (struct responses_item){ .kind = part->kind, .done = true };
	item->signature = signature;
	item->name = part->kind == PART_IMAGE ? part->mime : part->name;
	item->tool = part->tool;
	item->call_id = chat_signed_id(part->id, part->signature, part->signed_by, arena);
	return item;
}

static struct slice content_of(const struct chat_part *part)
{
	return part->kind == PART_TOOL_CALL ? part->arguments
	       : part->kind == PART_IMAGE   ? part->data
					    : part->text;
}

static void keep_part(
    struct responses_state *state, const struct chat_part *part, struct arena *arena)
{
	struct responses_item *item = state->count ? &state->items[state->count - 1] : NULL;
	struct slice signature = { NULL, 0 }, content = content_of(part);
	struct chat_part link = { .kind = PART_TEXT };

	if (part->kind == PART_IMAGE && part->url.ptr) {
		link.text = image_words(part->url, arena);
		keep_part(state, &link, arena);
		return;
	}
	if (part->kind == PART_REASONING)
		signature =
		    chat_marked_signature(part->signature, part->signed_by, WIRE_RESPONSES, arena);
	if (part->kind != PART_TOOL_CALL && content.len == 0 && signature.len == 0)
		return;
	if (!goes_on(item, part, signature))
		item = new_item(state, part, signature, arena);
	if (item)
		arena_bytes_add(&item->text, content, arena);
}

struct slice responses_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena)
{
	struct responses_state *state = arena_alloc(arena, sizeof *state);
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	state->model = reply->model;
	state->usage = reply->usage;
	if (reply->choice_count) {
		const struct chat_choice *choice = &reply->choices[0];

		state->finish = choice->finish;
		for (size_t i = 0; i < choice->part_count; i++)
			keep_part(state, &choice->parts[i], arena);
	}
	responses_put(&json, state, about, true, arena);
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
