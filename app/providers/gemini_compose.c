/*
 * A neutral conversation as a Gemini generateContent body.
 *
 * The results of a step stand alone in a content, in the order of their calls.  Gemini 3 and later
 * refuse a call without its signature; calls that another vendor made get the stand-in that Google
 * documents for this.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/number.h"
#include "providers/call_parts.h"
#include "providers/foreign_history.h"
#include "providers/gemini_format.h"
#include "providers/gemini_thinking.h"

#include "base/banned.h"

struct composer {
	const struct provider_call *call;
	const struct chat_conversation *from;
	struct arena *arena;
	struct text *json;
};

/* ---- parts ---- */

static void gemini_compose_put_text(
    struct composer *c, struct slice text, const struct chat_part *part)
{
	if (text.len == 0)
		return; /* Gemini refuses empty parts */
	json_write(c->json, "{text:%", text);
	if (part && part->signature.len && part->signed_by == WIRE_GEMINI)
		json_write(c->json, "thoughtSignature:%", part->signature);
	json_write(c->json, "}");
}

/* What a link's name says; Gemini wants a type. */
static const char *guessed_mime(const struct chat_part *part)
{
	static const struct {
		const char *ending, *mime;
	} rows[] = { { ".png", "image/png" }, { ".webp", "image/webp" }, { ".gif", "image/gif" },
		{ ".pdf", "application/pdf" }, { ".mp3", "audio/mp3" }, { ".wav", "audio/wav" } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].ending);

		if (part->url.ptr && part->url.len > len &&
		    memcmp(part->url.ptr + part->url.len - len, rows[i].ending, len) == 0)
			return rows[i].mime;
	}
	return part->kind == PART_DOCUMENT ? "application/pdf" : "image/jpeg";
}

static void put_media(struct composer *c, const struct chat_part *part)
{
	bool link = part->url.ptr != NULL;

	if (part->text.ptr) {
		gemini_compose_put_text(c, part->text, NULL);
		return;
	}
	json_write(c->json, "{");
	json_write(c->json, "%:", link ? "fileData" : "inlineData");
	json_write(
	    c->json, "{mimeType:%", part->mime.len ? part->mime : slice_of(guessed_mime(part)));
	json_write(c->json, "%:%", link ? "fileUri" : "data", link ? part->url : part->data);
	json_write(c->json, "}}");
}

static struct slice gemini_compose_as_object(struct slice arguments)
{
	if (json_scan_check(arguments, NULL) == 0 && json_scan_type(arguments) == JSON_MAP)
		return arguments;
	return slice_of("{}");
}

/* Of parallel calls the first one alone bears Gemini's signature. */
static bool is_by_gemini(const struct composer *c, const struct chat_part *call)
{
	for (size_t t = 0; t < c->from->turn_count; t++) {
		const struct chat_turn *turn = &c->from->turns[t];
		bool here = false, signed_here = false;

		for (size_t p = 0; p < turn->part_count; p++) {
			here = here || &turn->parts[p] == call;
			signed_here = signed_here || (turn->parts[p].signature.len > 0 &&
							 turn->parts[p].signed_by == WIRE_GEMINI);
		}
		if (here)
			return signed_here;
	}
	return false;
}

/* Gemini wants its own ids back, with the call and with the result; "call_" begins those that were
 * made here and those of other vendors. */
static void put_id(struct composer *c, const struct chat_part *call)
{
	bool made = call && call->id.len >= 5 && memcmp(call->id.ptr, "call_", 5) == 0;

	if (call && call->id.len > 0 && !made && is_by_gemini(c, call))
		json_write(c->json, "id:%", call->id);
}

static void gemini_compose_put_call(struct composer *c, const struct chat_part *part, bool first)
{
	json_write(c->json, "{functionCall:{");
	put_id(c, part);
	json_write(
	    c->json, "name:%, args:%r}", part->name, gemini_compose_as_object(part->arguments));
	if (part->signature.len && part->signed_by == WIRE_GEMINI)
		json_write(c->json, "thoughtSignature:%", part->signature);
	else if (first && c->call->traits.reasoning_back == BACK_MUST)
		json_write(c->json, "thoughtSignature:%", GEMINI_NO_SIGNATURE);
	json_write(c->json, "}");
}

/* A JSON object is the response itself; anything else is its "result".  "$ref" in it would be the
 * name of a part beside it. */
static void put_response(struct composer *c, const struct chat_part *result)
{
	struct slice text = parts_text(result->parts, result->part_count, "\n", c->arena);

	json_write(c->json, "response:");
	if (!result->is_error && json_scan_check(text, NULL) == 0 &&
	    json_scan_type(text) == JSON_MAP && !memmem(text.ptr, text.len, "\"$ref\"", 6)) {
		json_put_raw(c->json, text);
		return;
	}
	json_write(c->json, "{");
	json_write(c->json, "%:%", result->is_error ? "error" : "result", text);
	json_write(c->json, "}");
}

static void gemini_compose_put_result(struct composer *c, const struct chat_part *result)
{
	const struct chat_part *call = conversation_find_call(c->from, result->id);

	json_write(c->json, "{functionResponse:{");
	put_id(c, call);
	json_write(c->json, "name:%",
	    call               ? call->name
	    : result->name.len ? result->name
			       : result->id);
	put_response(c, result);
	json_write(c->json, "}}");
}

static void gemini_compose_put_part(
    struct composer *c, const struct chat_part *part, bool first_call)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL:
		gemini_compose_put_text(c, part->text, part);
		break;
	case PART_IMAGE:
	case PART_DOCUMENT:
	case PART_AUDIO:
		put_media(c, part);
		break;
	case PART_TOOL_CALL:
		gemini_compose_put_call(c, part, first_call);
		break;
	case PART_TOOL_RESULT:
	case PART_REASONING:
		break; /* results have a content of their own; thoughts stay at home */
	}
}

/* ---- contents ---- */

static void open_content(struct composer *c, const char *role)
{
	json_write(c->json, "{role:%, parts:[", role);
}

static void close_content(struct composer *c)
{
	json_write(c->json, "]}");
}

static bool is_result_with_media(const struct chat_part *part)
{
	if (part->kind != PART_TOOL_RESULT)
		return false;
	for (size_t i = 0; i < part->part_count; i++)
		if (part->parts[i].kind != PART_TEXT)
			return true;
	return false;
}

static void put_results(struct composer *c, const struct chat_turn *turn)
{
	if (!turn_has(turn, PART_TOOL_RESULT))
		return;
	open_content(c, "user");
	for (size_t i = 0; i < turn->part_count; i++)
		if (turn->parts[i].kind == PART_TOOL_RESULT)
			gemini_compose_put_result(c, &turn->parts[i]);
	close_content(c);
}

static bool says_something(const struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->part_count; i++) {
		const struct chat_part *part = &turn->parts[i];

		if (is_result_with_media(part))
			return true;
		if (part->kind == PART_TOOL_RESULT || part->kind == PART_REASONING)
			continue;
		if ((part->kind != PART_TEXT && part->kind != PART_REFUSAL) || part->text.len > 0)
			return true;
	}
	return false;
}

static void put_others(struct composer *c, const struct chat_turn *turn)
{
	bool first_call = true;

	if (!says_something(turn))
		return;
	open_content(c, turn->role == CHAT_ASSISTANT ? "model" : "user");
	for (size_t i = 0; i < turn->part_count; i++) {
		const struct chat_part *part = &turn->parts[i];

		gemini_compose_put_part(c, part, first_call);
		first_call = first_call && part->kind != PART_TOOL_CALL;
		for (size_t p = 0; is_result_with_media(part) && p < part->part_count; p++)
			if (part->parts[p].kind != PART_TEXT)
				gemini_compose_put_part(c, &part->parts[p], false);
	}
	close_content(c);
}

static void put_contents(struct composer *c)
{
	json_write(c->json, "contents:[");
	for (size_t i = 0; i < c->from->turn_count; i++) {
		const struct chat_turn *turn = &c->from->turns[i];

		if (turn->role == CHAT_SYSTEM)
			continue;
		put_results(c, turn);
		put_others(c, turn);
	}
	json_write(c->json, "]");
}

/* All instructions, wherever they stood: there is one place for them. */
static void gemini_compose_put_system(struct composer *c)
{
	bool any = false;

	for (size_t i = 0; i < c->from->turn_count; i++) {
		const struct chat_turn *turn = &c->from->turns[i];

		if (turn->role != CHAT_SYSTEM || !says_something(turn))
			continue;
		if (!any) {
			json_write(c->json, "systemInstruction:{parts:[");
		}
		any = true;
		for (size_t p = 0; p < turn->part_count; p++)
			gemini_compose_put_part(c, &turn->parts[p], false);
	}
	if (any)
		close_content(c);
}

/* ---- tools ---- */

/* A JSON schema without "$schema", which Gemini does not know. */
static void gemini_compose_put_schema(struct composer *c, const char *name, struct slice schema)
{
	if (!json_member(schema, "$schema").ptr) {
		json_write(c->json, "%:%r", name, schema);
		return;
	}
	json_write(c->json, "%:", name);
	json_write(c->json, "{");
	for (struct json_cursor member = json_cursor(schema); json_next(&member);)
		if (!json_key_is(&member, "$schema"))
			json_put_raw(c->json, member.whole);
	json_write(c->json, "}");
}

static void put_tools(struct composer *c)
{
	if (c->from->tool_count == 0)
		return;
	json_write(c->json, "tools:[{functionDeclarations:[");
	for (size_t i = 0; i < c->from->tool_count; i++) {
		const struct chat_tool *tool = &c->from->tools[i];

		json_write(c->json, "{name:%", tool->name);
		if (tool->description.len)
			json_write(c->json, "description:%", tool->description);
		if (tool->schema.ptr)
			gemini_compose_put_schema(c, "parametersJsonSchema", tool->schema);
		json_write(c->json, "}");
	}
	json_write(c->json, "]}]");
}

static bool any_strict(const struct chat_conversation *from)
{
	for (size_t i = 0; i < from->tool_count; i++)
		if (from->tools[i].strict)
			return true;
	return false;
}

static const char *calling_mode(const struct chat_conversation *from)
{
	if (from->tool_choice == TOOLS_NONE)
		return "NONE";
	if (from->tool_choice == TOOLS_REQUIRED || from->tool_choice == TOOLS_NAMED)
		return "ANY";
	if (any_strict(from) || from->allowed_count > 0)
		return "VALIDATED";
	return from->tool_choice == TOOLS_AUTO ? "AUTO" : NULL;
}

static void put_tool_config(struct composer *c)
{
	const struct chat_conversation *from = c->from;
	const char *mode = calling_mode(from);

	if (from->tool_count == 0 || !mode)
		return;
	json_write(c->json, "toolConfig:{functionCallingConfig:{mode:%", mode);
	if (from->tool_choice == TOOLS_NAMED || from->allowed_count > 0) {
		json_write(c->json, "allowedFunctionNames:[");
		if (from->tool_choice == TOOLS_NAMED)
			json_put(c->json, from->tool_name);
		for (size_t i = 0; from->tool_choice != TOOLS_NAMED && i < from->allowed_count; i++)
			json_put(c->json, from->allowed[i]);
		json_write(c->json, "]");
	}
	json_write(c->json, "}}");
}

/* ---- generationConfig ---- */

static void gemini_compose_put_number(struct composer *c, const char *name, struct slice number)
{
	if (number.ptr)
		json_write(c->json, "%:%r", name, number);
}

static void gemini_compose_put_stops(struct composer *c)
{
	if (c->from->stop_count == 0)
		return;
	json_write(c->json, "stopSequences:[");
	for (size_t i = 0; i < c->from->stop_count && i < 5; i++)
		json_put(c->json, c->from->stops[i]);
	json_write(c->json, "]");
}

static void put_format(struct composer *c)
{
	if (c->from->answer == ANSWER_TEXT)
		return;
	json_write(c->json, "responseMimeType:'application/json'");
	if (c->from->answer == ANSWER_SCHEMA)
		gemini_compose_put_schema(c, "responseJsonSchema", c->from->schema);
}

static void gemini_compose_put_thinking(struct composer *c, int64_t limit)
{
	AUTO_TEXT struct text json = text_empty(256);

	gemini_put_thinking(&json, c->from, &c->call->traits, limit);
	if (json.len > 0)
		json_write(c->json, "thinkingConfig:%r", text_slice(&json));
}

static void put_config(struct composer *c)
{
	const struct chat_conversation *from = c->from;
	int64_t limit =
	    c->call->output_limit > 0 ? c->call->output_limit : c->call->request->max_tokens;

	json_write(c->json, "generationConfig:{");
	gemini_compose_put_number(c, "temperature", from->temperature);
	if (from->features & FEATURE_IMAGE_OUTPUT)
		json_write(c->json, "responseModalities:['TEXT','IMAGE']");
	gemini_compose_put_number(c, "topP", from->top_p);
	gemini_compose_put_number(c, "topK", from->top_k);
	gemini_compose_put_number(c, "seed", from->seed);
	gemini_compose_put_number(c, "presencePenalty", from->presence_penalty);
	gemini_compose_put_number(c, "frequencyPenalty", from->frequency_penalty);
	if (limit > 0)
		json_write(c->json, "maxOutputTokens:%", limit);
	if (from->choices > 1)
		json_write(c->json, "candidateCount:%", from->choices);
	gemini_compose_put_stops(c);
	put_format(c);
	gemini_compose_put_thinking(c, limit);
	json_write(c->json, "}");
}

int gemini_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err)
{
	AUTO_TEXT struct text json = text_empty(CALL_BODY_MAX);
	struct composer c = { call, call->conversation, arena, &json };

	json_write(&json, "{");
	gemini_compose_put_system(&c);
	put_contents(&c);
	put_tools(&c);
	put_tool_config(&c);
	put_config(&c);
	json_write(&json, "}");
	return call_set_body(&json, arena, out, err);
}
