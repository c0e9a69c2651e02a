/*
 * A neutral answer as Gemini's generateContent.
 *
 * Function calls go out whole, as Gemini sends them: their arguments are collected until the call
 * is complete.
 */
#include "chat/gemini_chat.h"

#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

#define JSON_MAX       ((size_t)256 << 20)
#define CANDIDATES_MAX 128 /* as OpenAI's n */

static const char *finish_reason(enum chat_finish finish)
{
	switch (finish) {
	case FINISH_LENGTH:
	case FINISH_CONTEXT:
		return "MAX_TOKENS";
	case FINISH_FILTER:
		return "SAFETY";
	default:
		return "STOP"; /* also for function calls */
	}
}

static void gemini_out_put_usage(struct text *json, const struct usage *usage)
{
	json_write(json, "usageMetadata:{promptTokenCount:%", usage->input_tokens);
	if (usage->cached_tokens > 0)
		json_write(json, "cachedContentTokenCount:%", usage->cached_tokens);
	json_write(json, "candidatesTokenCount:%", usage->output_tokens - usage->reasoning_tokens);
	if (usage->reasoning_tokens > 0)
		json_write(json, "thoughtsTokenCount:%", usage->reasoning_tokens);
	json_write(json, "totalTokenCount:%}", usage->input_tokens + usage->output_tokens);
}

static void put_tail(struct text *json, const struct answer_about *about, struct slice model)
{
	json_write(
	    json, "modelVersion:%, responseId:%}", model.len ? model : about->model, about->id);
}

static struct slice gemini_out_as_object(struct slice arguments)
{
	if (json_scan_check(arguments, NULL) == 0 && json_scan_type(arguments) == JSON_MAP)
		return arguments;
	return slice_of("{}");
}

static void put_image_part(struct text *json, const struct chat_part *part)
{
	bool link = part->url.ptr;

	json_write(json, "%:", link ? "fileData" : "inlineData");
	json_write(json, "{mimeType:%", part->mime.len ? part->mime : slice_of("image/png"));
	json_write(json, "%:%", link ? "fileUri" : "data", link ? part->url : part->data);
	json_write(json, "}");
}

static void gemini_out_put_part(struct text *json, const struct chat_part *part)
{
	json_write(json, "{");
	if (part->kind == PART_TOOL_CALL) {
		json_write(json, "functionCall:{id:%, name:%, args:%r}", part->id, part->name,
		    gemini_out_as_object(part->arguments));
	} else if (part->kind == PART_IMAGE) {
		put_image_part(json, part);
	} else {
		json_write(json, "text:%", part->text);
		if (part->kind == PART_REASONING)
			json_write(json, "thought:true");
	}
	if (part->signature.len && part->signed_by == WIRE_GEMINI)
		json_write(json, "thoughtSignature:%", part->signature);
	json_write(json, "}");
}

static void begin_candidate(struct text *json)
{
	json_write(json, "{content:{parts:[");
}

static void end_candidate(struct text *json, size_t index, const char *finish)
{
	json_write(json, "], role:'model'}");
	if (finish)
		json_write(json, "finishReason:%", finish);
	json_write(json, "index:%}", (int64_t)index);
}

static bool is_shown(const struct chat_part *part)
{
	return part->kind == PART_TOOL_CALL || part->kind == PART_IMAGE || part->text.len > 0;
}

struct slice gemini_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	json_write(&json, "{candidates:[");
	for (size_t i = 0; i < reply->choice_count; i++) {
		const struct chat_choice *choice = &reply->choices[i];

		begin_candidate(&json);
		for (size_t p = 0; p < choice->part_count; p++)
			if (is_shown(&choice->parts[p]))
				gemini_out_put_part(&json, &choice->parts[p]);
		end_candidate(&json, i, finish_reason(choice->finish));
	}
	json_write(&json, "]");
	gemini_out_put_usage(&json, &reply->usage);
	put_tail(&json, about, reply->model);
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

/* ---- event by event ---- */

struct candidate_call { /* of a candidate, that is being collected: candidates come mixed */
	struct chat_part part;
	struct arena_bytes arguments;
	bool open;
};

struct state {
	struct slice model;
	struct candidate_call *calls[CANDIDATES_MAX];
	enum chat_finish finish; /* of the first candidate */
	struct usage usage;
};

static int send_part(struct client_stream *stream, int choice, const struct chat_part *part,
    const char *finish, bool usage)
{
	const struct state *state = stream->state;
	AUTO_TEXT struct text json = text_empty(JSON_MAX);

	json_write(&json, "{candidates:[");
	begin_candidate(&json);
	if (part)
		gemini_out_put_part(&json, part);
	end_candidate(&json, (size_t)choice, finish);
	json_write(&json, "]");
	if (usage)
		gemini_out_put_usage(&json, &state->usage);
	put_tail(&json, stream->about, state->model);
	return stream->write(stream->ctx, "", text_slice(&json));
}

/*
 * The last chunk has an empty text, as Google's own: the chats of its SDKs (@google/genai 3.3.0,
 * google-genai 3.6.1, Go's genai 1.77.0) take a chunk without parts for an answer that went wrong,
 * and forget the whole turn.  One that was filtered is to be forgotten.
 */
static int send_end(struct client_stream *stream, int choice, enum chat_finish finish, bool usage)
{
	const struct chat_part nothing = { .kind = PART_TEXT };

	return send_part(stream, choice, finish == FINISH_FILTER ? NULL : &nothing,
	    finish_reason(finish), usage);
}

/* NULL: the format has no such choice. */
static struct candidate_call *candidate_call(struct client_stream *stream, int choice)
{
	struct state *state = stream->state;

	if (choice < 0 || choice >= CANDIDATES_MAX)
		return NULL;
	if (!state->calls[choice])
		state->calls[choice] = arena_alloc(stream->arena, sizeof **state->calls);
	return state->calls[choice];
}

static int send_call(struct client_stream *stream, int choice)
{
	struct candidate_call *call = candidate_call(stream, choice);

	if (!call || !call->open)
		return 0;
	call->open = false;
	call->part.arguments = arena_bytes_slice(&call->arguments);
	return send_part(stream, choice, &call->part, NULL, false);
}

static struct slice gemini_out_kept(struct client_stream *stream, struct slice bytes)
{
	return (struct slice){ arena_copy_slice(stream->arena, bytes), bytes.len };
}

static int gemini_out_begin_call(struct client_stream *stream, const struct chat_event *event)
{
	struct candidate_call *call = candidate_call(stream, event->choice);

	if (!call || send_call(stream, event->choice) != 0)
		return call ? -1 : 0;
	call->open = true;
	call->arguments.len = 0;
	call->part = (struct chat_part){ .kind = PART_TOOL_CALL,
		.id = gemini_out_kept(stream, event->id),
		.name = gemini_out_kept(stream, event->name),
		.signature = event->signature.ptr ? gemini_out_kept(stream, event->signature)
						  : event->signature,
		.signed_by = event->signed_by };
	return 0;
}

static int take_arguments(struct client_stream *stream, const struct chat_event *event)
{
	struct candidate_call *call = candidate_call(stream, event->choice);

	if (call && call->open)
		arena_bytes_add(&call->arguments, event->text, stream->arena);
	return 0;
}

static int send_said(
    struct client_stream *stream, const struct chat_event *event, enum part_kind kind)
{
	struct chat_part part = { .kind = kind, .text = event->text };

	if (kind == PART_IMAGE)
		part_set_url(&part, event->text);
	if (event->text.len == 0)
		return 0;
	if (send_call(stream, event->choice) != 0)
		return -1;
	return send_part(stream, event->choice, &part, NULL, false);
}

static int on_finish(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (send_call(stream, event->choice) != 0)
		return -1;
	if (event->choice != 0)
		return send_end(stream, event->choice, event->finish, false);
	state->finish = event->finish;
	return 0; /* goes out with the usage, as the last chunk */
}

int gemini_stream_out(struct client_stream *stream, const struct chat_event *event)
{
	struct state *state = stream->state;

	if (!state)
		state = stream->state = arena_alloc(stream->arena, sizeof *state);
	switch (event->kind) {
	case EVENT_START:
		state->model = gemini_out_kept(stream, event->model);
		return 0;
	case EVENT_TEXT:
	case EVENT_REFUSAL:
		return send_said(stream, event, PART_TEXT);
	case EVENT_REASONING:
		return send_said(stream, event, PART_REASONING);
	case EVENT_IMAGE:
		return send_said(stream, event, PART_IMAGE);
	case EVENT_TOOL_BEGIN:
		return gemini_out_begin_call(stream, event);
	case EVENT_TOOL_ARGUMENTS:
		return take_arguments(stream, event);
	case EVENT_FINISH:
		return on_finish(stream, event);
	case EVENT_USAGE:
		state->usage = *event->usage;
		return 0;
	case EVENT_END:
		return send_end(stream, 0, state->finish, true);
	default:
		return 0; /* comments keep a Gemini stream alive; signatures go with their parts */
	}
}
