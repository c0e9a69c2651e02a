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
	return item->kind == PART_REASONING ? "rs" : item->kind == PART_IMAGE ? "ig" : "msg";
}

void responses_put_item_id(struct text *json, const char *name, const struct responses_item *item,
    int index, const struct answer_about *about, struct arena *arena)
{
	json_write(json, "%:%", name,
	    arena_printf(
		arena, "%s_%.*s_%d", item_prefix(item), (int)about->id.len, about->id.ptr, index));
}

void responses_put_part(struct text *json, enum part_kind kind, struct slice text)
{
	json_write(json, "{");
	if (kind == PART_REFUSAL) {
		json_write(json, "type:'refusal', refusal:%", text);
	} else {
		json_write(json, "type:'output_text', text:%, annotations:[], logprobs:[]", text);
	}
	json_write(json, "}");
}

void responses_put_summary(struct text *json, struct slice text)
{
	json_write(json, "{type:'summary_text', text:%}", text);
}

static void put_reasoning(struct text *json, const struct responses_item *item)
{
	json_write(json, "type:'reasoning', summary:[");
	if (item->text.len)
		responses_put_summary(json, arena_bytes_slice(&item->text));
	json_write(json, "]");
	if (item->signature.len)
		json_write(json, "encrypted_content:%", item->signature);
}

static void responses_answer_put_call(
    struct text *json, const struct responses_item *item, const char *status, struct arena *arena)
{
	const struct client_call call = { item->tool, item->name, item->call_id,
		arena_bytes_slice(&item->text), item->done };

	client_tool_put_call(json, &call, status, arena);
}

static void put_drawn_item(struct text *json, const struct responses_item *item, const char *status)
{
	static const size_t family = sizeof "image/" - 1;
	struct slice format;

	json_write(json, "type:'image_generation_call', status:%, result:", status);
	if (!item->done) {
		json_write(json, "null");
		return;
	}
	format = (struct slice){ item->name.ptr + family, item->name.len - family };
	json_put(json, arena_bytes_slice(&item->text));
	if (item->name.len > family)
		json_write(json, "output_format:%", format);
}

void responses_put_item(struct text *json, const struct responses_item *item, int index,
    const struct answer_about *about, struct arena *arena)
{
	const char *status = item->done ? "completed" : "in_progress";

	json_write(json, "{");
	responses_put_item_id(json, "id", item, index, about, arena);
	if (item->kind == PART_REASONING) {
		put_reasoning(json, item);
	} else if (item->kind == PART_TOOL_CALL) {
		responses_answer_put_call(json, item, status, arena);
	} else if (item->kind == PART_IMAGE) {
		put_drawn_item(json, item, status);
	} else {
		json_write(json, "type:'message', status:%, role:'assistant', content:[", status);
		if (item->done)
			responses_put_part(json, item->kind, arena_bytes_slice(&item->text));
		json_write(json, "]");
	}
	json_write(json, "}");
}

static void responses_answer_put_usage(struct text *json, const struct usage *usage)
{
	json_write(json, "{input_tokens:%, input_tokens_details:{cached_tokens:%",
	    usage->input_tokens, usage->cached_tokens);
	json_write(json, "cache_write_tokens:%}, output_tokens:%, output_tokens_details:{",
	    usage->cache_write_tokens + usage->cache_write_1h_tokens, usage->output_tokens);
	json_write(json, "reasoning_tokens:%}, total_tokens:%}", usage->reasoning_tokens,
	    usage->input_tokens + usage->output_tokens);
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
	    "\"instructions\":null,\"metadata\":{},\"parallel_tool_calls\":true,\"previous_"
	    "response_id\":null,\"reasoning\":{\"effort\":null,\"summary\":null},\"store\":false,"
	    "\"temperature\":null,\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":"
	    "\"auto\",\"tools\":[],\"top_p\":null,\"truncation\":\"disabled\"";

	text_putc(json, ',');
	text_puts(json, fixed);
}

static void put_failure(struct text *json, const struct responses_state *state)
{
	if (!state->failure.ptr) {
		json_write(json, "error:null");
		return;
	}
	json_write(json, "error:{code:%, message:%}", state->failure_code, state->failure);
}

void responses_put(struct text *json, const struct responses_state *state,
    const struct answer_about *about, bool over, struct arena *arena)
{
	const char *reason = over ? responses_incomplete(state->finish) : NULL;

	json_write(json, "{id:%, object:'response', created_at:%, status:%",
	    arena_printf(arena, "resp_%.*s", (int)about->id.len, about->id.ptr), about->created_s,
	    state->failure.ptr ? "failed"
	    : !over            ? "in_progress"
	    : reason           ? "incomplete"
			       : "completed");
	put_failure(json, state);
	json_write(json, "incomplete_details:");
	if (reason) {
		json_write(json, "{reason:%}", reason);
	} else {
		json_write(json, "null");
	}
	json_write(json, "model:%, output:[", state->model.len ? state->model : about->model);
	for (int i = 0; over && i < state->count; i++)
		responses_put_item(json, &state->items[i], i, about, arena);
	json_write(json, "]");
	put_fixed(json);
	json_write(json, "usage:");
	if (over)
		responses_answer_put_usage(json, &state->usage);
	else
		json_write(json, "null");
	json_write(json, "}");
}
