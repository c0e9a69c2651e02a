/*
 * The response object as JSON.  See the header.
 */
#include "chat/responses_answer.h"

#include "base/json_write.h"
#include "chat/client_tools.h"

#include "base/banned.h"

static const char *item_prefix(const struct responses_item *item)
{
	if (item->kind == PART_TOOL_CALL)
		return client_tool_of(item->tool ? item->tool->kind : TOOL_FUNCTION)->prefix;
	return item->kind == PART_REASONING ? "rs" : "msg";
}

void responses_put_item_id(struct text *json, const char *name, const struct responses_item *item,
    int index, const struct answer_about *about, struct arena *arena)
{
	json_pair_text(json, name,
	    arena_printf(
		arena, "%s_%.*s_%d", item_prefix(item), (int)about->id.len, about->id.ptr, index));
}

void responses_put_part(struct text *json, enum part_kind kind, struct slice text)
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

void responses_put_summary(struct text *json, struct slice text)
{
	json_open(json, '{');
	json_pair_text(json, "type", "summary_text");
	json_pair(json, "text", text);
	json_close(json, '}');
}

static void put_reasoning(struct text *json, const struct responses_item *item)
{
	json_pair_text(json, "type", "reasoning");
	json_key(json, "summary");
	json_open(json, '[');
	if (item->text.len)
		responses_put_summary(json, arena_bytes_slice(&item->text));
	json_close(json, ']');
	if (item->signature.len)
		json_pair(json, "encrypted_content", item->signature);
}

static void responses_answer_put_call(
    struct text *json, const struct responses_item *item, const char *status, struct arena *arena)
{
	const struct client_call call = { item->tool, item->name, item->call_id,
		arena_bytes_slice(&item->text), item->done };

	client_tool_put_call(json, &call, status, arena);
}

void responses_put_item(struct text *json, const struct responses_item *item, int index,
    const struct answer_about *about, struct arena *arena)
{
	const char *status = item->done ? "completed" : "in_progress";

	json_open(json, '{');
	responses_put_item_id(json, "id", item, index, about, arena);
	if (item->kind == PART_REASONING) {
		put_reasoning(json, item);
	} else if (item->kind == PART_TOOL_CALL) {
		responses_answer_put_call(json, item, status, arena);
	} else {
		json_pair_text(json, "type", "message");
		json_pair_text(json, "status", status);
		json_pair_text(json, "role", "assistant");
		json_key(json, "content");
		json_open(json, '[');
		if (item->done)
			responses_put_part(json, item->kind, arena_bytes_slice(&item->text));
		json_close(json, ']');
	}
	json_close(json, '}');
}

static void responses_answer_put_usage(struct text *json, const struct usage *usage)
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

const char *responses_incomplete(enum chat_finish finish)
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

static void put_failure(struct text *json, const struct responses_state *state)
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

void responses_put(struct text *json, const struct responses_state *state,
    const struct answer_about *about, bool over, struct arena *arena)
{
	const char *reason = over ? responses_incomplete(state->finish) : NULL;

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
		responses_put_item(json, &state->items[i], i, about, arena);
	json_close(json, ']');
	put_fixed(json);
	json_key(json, "usage");
	if (over)
		responses_answer_put_usage(json, &state->usage);
	else
		json_put_null(json);
	json_close(json, '}');
}
