/*
 * A neutral conversation as a Responses body.
 *
 * A turn is a run of items: messages, reasoning, calls and their results stand side by side.
 * Reasoning goes back only where OpenAI encrypted it, and only in front of what followed from it;
 * alone the provider refuses it.
 */
#include "base/json_write.h"
#include "providers/call_parts.h"
#include "providers/openai_pieces.h"
#include "providers/responses_format.h"

#include "base/banned.h"

#define ID_MAX 64 /* of a call */

struct composer {
	const struct provider_call *call;
	const struct chat_conversation *from;
	struct arena *arena;
	struct text *json;
};

/* ---- parts ---- */

static void put_text_part(struct composer *c, const char *type, struct slice text)
{
	json_write(c->json, "{type:%, text:%}", type, text);
}

static void put_image(struct composer *c, const struct chat_part *part)
{
	json_write(c->json, "{type:'input_image', image_url:%, detail:%}",
	    part_url(part, "image/png", c->arena),
	    part->detail.len ? part->detail : slice_of("auto"));
}

static void put_document(struct composer *c, const struct chat_part *part)
{
	if (part->text.ptr) {
		put_text_part(c, "input_text", part->text);
		return;
	}
	json_write(c->json, "{type:'input_file'");
	if (part->url.ptr) {
		json_write(c->json, "file_url:%", part->url);
	} else {
		json_write(c->json, "filename:%, file_data:%",
		    conversation_file_name(part, c->arena),
		    part_url(part, "application/pdf", c->arena));
	}
	json_write(c->json, "}");
}

static void put_input_part(struct composer *c, const struct chat_part *part)
{
	if (part->kind == PART_TEXT || part->kind == PART_REFUSAL)
		put_text_part(c, "input_text", part->text);
	else if (part->kind == PART_IMAGE)
		put_image(c, part);
	else if (part->kind == PART_DOCUMENT)
		put_document(c, part);
}

/* ---- items ---- */

static void begin_message(struct composer *c, const char *role)
{
	json_write(c->json, "{role:%, content:", role);
}

static void responses_compose_put_result(struct composer *c, const struct chat_part *result)
{
	struct slice text = parts_text(result->parts, result->part_count, "\n", c->arena);

	json_write(c->json, "{type:'function_call_output', call_id:%, output:",
	    call_tool_id(result->id, ID_MAX, NULL, c->arena));
	if (parts_only_text(result->parts, result->part_count)) {
		json_put(c->json, result->is_error ? slice_of(arena_printf(c->arena, "Error: %.*s",
							 (int)text.len, text.ptr))
						   : text);
	} else {
		json_write(c->json, "[");
		if (result->is_error)
			put_text_part(c, "input_text", slice_of("Error:"));
		for (size_t i = 0; i < result->part_count; i++)
			put_input_part(c, &result->parts[i]);
		json_write(c->json, "]");
	}
	json_write(c->json, "}");
}

static void responses_compose_put_user(struct composer *c, const struct chat_turn *turn)
{
	size_t at = 0;

	while (at < turn->part_count && turn->parts[at].kind == PART_TOOL_RESULT)
		responses_compose_put_result(c, &turn->parts[at++]);
	if (at == turn->part_count)
		return;
	begin_message(c, "user");
	if (turn->part_count == at + 1 && turn->parts[at].kind == PART_TEXT) {
		json_put(c->json, turn->parts[at].text);
	} else {
		json_write(c->json, "[");
		for (; at < turn->part_count; at++)
			put_input_part(c, &turn->parts[at]);
		json_write(c->json, "]");
	}
	json_write(c->json, "}");
}

static void responses_compose_put_call(struct composer *c, const struct chat_part *part)
{
	json_write(c->json, "{type:'function_call', call_id:%, name:%, arguments:%}",
	    call_tool_id(part->id, ID_MAX, NULL, c->arena), part->name,
	    part->arguments.len ? part->arguments : slice_of("{}"));
}

static void put_said(struct composer *c, const struct chat_part *part)
{
	bool refusal = part->kind == PART_REFUSAL;

	begin_message(c, "assistant");
	json_write(c->json, "[{type:%", refusal ? "refusal" : "output_text");
	json_write(c->json, "%:%", refusal ? "refusal" : "text", part->text);
	json_write(c->json, "}]}");
}

static void put_reasoning(struct composer *c, const struct chat_part *part)
{
	json_write(c->json, "{type:'reasoning', summary:[");
	if (part->text.len)
		put_text_part(c, "summary_text", part->text);
	json_write(c->json, "], encrypted_content:%}", part->signature);
}

/* Does something that was said or called follow? */
static bool is_followed(const struct chat_turn *turn, size_t at)
{
	while (++at < turn->part_count)
		if (turn->parts[at].kind == PART_TOOL_CALL ||
		    (turn->parts[at].kind != PART_REASONING && turn->parts[at].text.len > 0))
			return true;
	return false;
}

static void put_assistant(struct composer *c, const struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->part_count; i++) {
		const struct chat_part *part = &turn->parts[i];

		if (part->kind == PART_TOOL_CALL)
			responses_compose_put_call(c, part);
		else if (part->kind == PART_REASONING && part->signature.len > 0 &&
			 part->signed_by == WIRE_RESPONSES && is_followed(turn, i))
			put_reasoning(c, part);
		else if (part->kind != PART_REASONING && part->text.len > 0)
			put_said(c, part);
	}
}

static void responses_compose_put_input(struct composer *c)
{
	json_write(c->json, "input:[");
	for (size_t i = 0; i < c->from->turn_count; i++) {
		const struct chat_turn *turn = &c->from->turns[i];

		if (turn->role == CHAT_SYSTEM) {
			begin_message(c, "developer");
			json_write(c->json, "%}",
			    parts_text(turn->parts, turn->part_count, "\n\n", c->arena));
		} else if (turn->role == CHAT_USER) {
			responses_compose_put_user(c, turn);
		} else {
			put_assistant(c, turn);
		}
	}
	json_write(c->json, "]");
}

/* ---- the rest ---- */

static void responses_compose_put_text(struct composer *c)
{
	const struct chat_conversation *from = c->from;

	if (from->answer == ANSWER_TEXT && !from->verbosity.len)
		return;
	json_write(c->json, "text:{");
	if (from->answer != ANSWER_TEXT) {
		json_write(c->json, "format:{type:%",
		    from->answer == ANSWER_JSON ? "json_object" : "json_schema");
		if (from->answer == ANSWER_SCHEMA)
			openai_put_schema(c->json, from, SHAPE_RESPONSES);
		json_write(c->json, "}");
	}
	if (from->verbosity.len)
		json_write(c->json, "verbosity:%", from->verbosity);
	json_write(c->json, "}");
}

/* A summary is asked for where the client asked for thinking by a budget, as Anthropic's and
 * Gemini's do to see it; OpenAI gives one to verified organizations only. */
static void put_reasoning_wish(struct composer *c)
{
	enum chat_effort effort = c->from->effort;
	bool shown = c->from->thinking_budget > 0 && !c->from->thinking_hidden;

	if (effort == EFFORT_UNSET && !shown)
		return;
	json_write(c->json, "reasoning:{");
	if (effort != EFFORT_UNSET)
		json_write(c->json, "effort:%", effort_name(effort));
	if (shown)
		json_write(c->json, "summary:'auto'");
	json_write(c->json, "}");
}

static void put_include(struct composer *c)
{
	bool reasons = model_reasons(&c->call->traits);

	if (!reasons && !c->from->logprobs)
		return;
	json_write(c->json, "include:[");
	if (reasons)
		json_put(c->json, slice_of("reasoning.encrypted_content"));
	if (c->from->logprobs)
		json_put(c->json, slice_of("message.output_text.logprobs"));
	json_write(c->json, "]");
}

static void put_settings(struct composer *c)
{
	const struct chat_conversation *from = c->from;

	if (from->temperature.ptr)
		json_write(c->json, "temperature:%r", from->temperature);
	if (from->top_p.ptr)
		json_write(c->json, "top_p:%r", from->top_p);
	responses_compose_put_text(c);
	put_reasoning_wish(c);
	if (from->logprobs && from->top_logprobs >= 0)
		json_write(c->json, "top_logprobs:%", from->top_logprobs);
	if (from->user.len && from->user.len <= 64)
		json_write(c->json, "user:%", from->user);
	json_write(c->json, "store:false");
	put_include(c);
}

int responses_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err)
{
	int64_t limit = call->output_limit > 0 ? call->output_limit : call->request->max_tokens;
	AUTO_TEXT struct text json = text_empty(CALL_BODY_MAX);
	struct composer c = { call, call->conversation, arena, &json };

	json_write(&json, "{model:%", call->model);
	responses_compose_put_input(&c);
	openai_put_tools(&json, c.from, SHAPE_RESPONSES, arena);
	if (limit > 0)
		json_write(&json, "max_output_tokens:%", limit);
	put_settings(&c);
	if (call->request->stream)
		json_write(&json, "stream:true");
	json_write(&json, "}");
	return call_set_body(&json, arena, out, err);
}
