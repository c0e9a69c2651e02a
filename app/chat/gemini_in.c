/*
 * A Gemini generateContent request: what the relay has to know of it, and the neutral conversation
 * (wire-formats reference 5.1, 5.2, 6.8).  Names come in lowerCamelCase or snake_case, as proto3's
 * JSON allows.
 *
 * Gemini's calls often have no id: those get one from their position, and a result without an id is
 * joined to the first unanswered call of its name.
 */
#include "chat/gemini_chat.h"

#include <strings.h>

#include "base/json_scan.h"
#include "chat/gemini_schema.h"
#include "chat/request_facts.h"

#include "base/banned.h"

/* A member by either of its names. */
static struct slice member(struct slice object, const char *camel, const char *snake)
{
	struct slice value = json_member(object, camel);

	return value.ptr ? value : json_member(object, snake);
}

/* ---- parts ---- */

static enum part_kind kind_of_mime(struct slice mime)
{
	if (mime.len > 6 && memcmp(mime.ptr, "image/", 6) == 0)
		return PART_IMAGE;
	if (mime.len > 6 && memcmp(mime.ptr, "audio/", 6) == 0)
		return PART_AUDIO;
	return PART_DOCUMENT;
}

static void read_media(
    struct reading *reading, struct chat_turn *turn, struct slice media, bool is_link)
{
	struct slice mime = json_as_slice(member(media, "mimeType", "mime_type"), reading->arena);
	struct chat_part *part = turn_add_part(turn, kind_of_mime(mime), reading->arena);

	part->mime = mime;
	if (is_link) {
		part->url = json_as_slice(member(media, "fileUri", "file_uri"), reading->arena);
		reading->to->features |= FEATURE_MEDIA_LINKS;
	} else {
		part->data = json_as_slice(json_member(media, "data"), reading->arena);
	}
	if (part->kind == PART_AUDIO)
		reading->to->features |= FEATURE_AUDIO_INPUT;
	else if (part->kind == PART_DOCUMENT)
		reading->to->features |=
		    is_link ? FEATURE_DOCUMENTS | FEATURE_DOCUMENT_LINKS : FEATURE_DOCUMENTS;
}

static struct slice made_id(struct reading *reading, const struct chat_turn *turn)
{
	return slice_of(arena_printf(
	    reading->arena, "call_%zu_%zu", reading->to->turn_count, turn->part_count));
}

static void read_call(
    struct reading *reading, struct chat_turn *turn, struct slice call, struct slice signature)
{
	struct chat_part *part = turn_add_part(turn, PART_TOOL_CALL, reading->arena);

	part_set_id(part, json_as_slice(json_member(call, "id"), reading->arena));
	if (part->id.len == 0)
		part->id = made_id(reading, turn);
	part->name = json_as_slice(json_member(call, "name"), reading->arena);
	part->arguments = json_member(call, "args");
	if (json_scan_type(part->arguments) != JSON_MAP)
		part->arguments = slice_of("{}");
	if (signature.len) {
		part->signature = signature;
		part->signed_by = WIRE_GEMINI;
	}
}

static bool is_answered(const struct chat_conversation *in, struct slice id)
{
	for (size_t t = 0; t < in->turn_count; t++)
		for (size_t p = 0; p < in->turns[t].part_count; p++)
			if (in->turns[t].parts[p].kind == PART_TOOL_RESULT &&
			    slice_equal(in->turns[t].parts[p].id, id))
				return true;
	return false;
}

static struct slice unanswered_call(const struct chat_conversation *in, struct slice name)
{
	for (size_t t = 0; t < in->turn_count; t++)
		for (size_t p = 0; p < in->turns[t].part_count; p++) {
			const struct chat_part *part = &in->turns[t].parts[p];

			if (part->kind == PART_TOOL_CALL && slice_equal(part->name, name) &&
			    !is_answered(in, part->id))
				return part->id;
		}
	return name;
}

/* {"result": "3"} is the text 3, as are "output" (Google's documents) and "content" beside the
 * tool's name (AI SDK); any other object is its own JSON. */
static struct slice only_text(struct slice content, struct arena *arena)
{
	struct slice found = { NULL, 0 };

	for (struct json_cursor member = json_cursor(content); json_next(&member);) {
		if (json_key_is(&member, "name"))
			continue;
		if (found.ptr || json_scan_type(member.value) != JSON_TEXT ||
		    !(json_key_is(&member, "result") || json_key_is(&member, "output") ||
			json_key_is(&member, "content")))
			return content;
		found = json_as_slice(member.value, arena);
	}
	return found.ptr ? found : content;
}

static void read_response(struct reading *reading, struct chat_turn *turn, struct slice response)
{
	struct slice name = json_as_slice(json_member(response, "name"), reading->arena),
		     content = json_member(response, "response"),
		     error = json_member(content, "error");
	struct slice id = json_as_slice(json_member(response, "id"), reading->arena);
	struct chat_part *part, *text;

	if (id.len == 0)
		id = unanswered_call(reading->to, name);
	part = turn_add_part(turn, PART_TOOL_RESULT, reading->arena);
	part_set_id(part, id);
	part->name = name;
	part->is_error = json_scan_type(error) == JSON_TEXT;
	text = part_add_part(part, PART_TEXT, reading->arena);
	text->text = part->is_error ? json_as_slice(error, reading->arena)
				    : only_text(content, reading->arena);
}

static void read_text(
    struct reading *reading, struct chat_turn *turn, struct slice part, struct slice signature)
{
	bool thought = false;
	struct chat_part *to;

	(void)json_as_bool(json_member(part, "thought"), &thought);
	to = turn_add_part(turn, thought ? PART_REASONING : PART_TEXT, reading->arena);
	to->text = json_as_slice(json_member(part, "text"), reading->arena);
	if (signature.len) {
		to->signature = signature;
		to->signed_by = WIRE_GEMINI;
	}
}

static void read_part(struct reading *reading, struct chat_turn *turn, struct slice part)
{
	struct slice call = member(part, "functionCall", "function_call"),
		     response = member(part, "functionResponse", "function_response"),
		     inlined = member(part, "inlineData", "inline_data"),
		     file = member(part, "fileData", "file_data"),
		     signature = json_as_slice(
			 member(part, "thoughtSignature", "thought_signature"), reading->arena);

	if (json_scan_type(json_member(part, "text")) == JSON_TEXT)
		read_text(reading, turn, part, signature);
	else if (json_scan_type(call) == JSON_MAP)
		read_call(reading, turn, call, signature);
	else if (json_scan_type(response) == JSON_MAP)
		read_response(reading, turn, response);
	else if (json_scan_type(inlined) == JSON_MAP)
		read_media(reading, turn, inlined, false);
	else if (json_scan_type(file) == JSON_MAP)
		read_media(reading, turn, file, true);
	else
		reading->to->features |= FEATURE_VENDOR_TOOLS;
}

static void read_content(struct reading *reading, struct slice content, enum chat_role role)
{
	struct chat_turn *turn = conversation_add_turn(reading->to, role, reading->arena);
	struct slice parts = json_member(content, "parts");

	if (json_scan_type(parts) == JSON_MAP)
		read_part(reading, turn, parts);
	else
		for (struct json_cursor part = json_cursor(parts); json_next(&part);)
			read_part(reading, turn, part.value);
}

/* ---- members ---- */

static int read_contents(struct reading *reading, struct slice value, struct error *err)
{
	size_t count = 0;

	if (json_scan_type(value) == JSON_MAP) {
		read_content(reading, value, CHAT_USER);
		return 0;
	}
	for (struct json_cursor content = json_cursor(value); json_next(&content); count++) {
		struct slice role =
		    json_as_slice(json_member(content.value, "role"), reading->arena);

		read_content(
		    reading, content.value, slice_is(role, "model") ? CHAT_ASSISTANT : CHAT_USER);
	}
	return count ? 0
		     : error_set(err, ERROR_BAD_REQUEST, "contents: expected at least one content");
}

static int read_system(struct reading *reading, struct slice value, struct error *err)
{
	if (json_scan_type(value) == JSON_TEXT) {
		struct chat_turn *turn =
		    conversation_add_turn(reading->to, CHAT_SYSTEM, reading->arena);

		turn_add_part(turn, PART_TEXT, reading->arena)->text =
		    json_as_slice(value, reading->arena);
	} else {
		read_content(reading, value, CHAT_SYSTEM);
	}
	conversation_put_first(reading->to);
	return 0;
}

static void read_declaration(struct reading *reading, struct slice declaration)
{
	struct chat_tool *tool = conversation_add_tool(reading->to, reading->arena);
	struct slice schema = member(declaration, "parametersJsonSchema", "parameters_json_schema");

	tool->name = json_as_slice(json_member(declaration, "name"), reading->arena);
	tool->description = json_as_slice(json_member(declaration, "description"), reading->arena);
	if (json_scan_type(schema) != JSON_MAP)
		schema =
		    gemini_plain_schema(json_member(declaration, "parameters"), reading->arena);
	if (json_scan_type(schema) == JSON_MAP)
		tool->schema = schema;
}

static int read_tools(struct reading *reading, struct slice value, struct error *err)
{
	for (struct json_cursor entry = json_cursor(value); json_next(&entry);)
		for (struct json_cursor kind = json_cursor(entry.value); json_next(&kind);) {
			if (!json_key_is(&kind, "functionDeclarations") &&
			    !json_key_is(&kind, "function_declarations")) {
				reading->to->features |= FEATURE_SERVER_TOOLS;
				reading->to->other = kind.key;
				continue;
			}
			for (struct json_cursor one = json_cursor(kind.value); json_next(&one);)
				read_declaration(reading, one.value);
		}
	return 0;
}

static int read_tool_config(struct reading *reading, struct slice value, struct error *err)
{
	struct slice config = member(value, "functionCallingConfig", "function_calling_config"),
		     mode = json_as_slice(json_member(config, "mode"), reading->arena),
		     names = member(config, "allowedFunctionNames", "allowed_function_names");
	struct chat_conversation *to = reading->to;
	size_t room = 0;

	to->tool_choice = slice_is(mode, "ANY")    ? TOOLS_REQUIRED
			  : slice_is(mode, "NONE") ? TOOLS_NONE
						   : TOOLS_AUTO;
	for (struct json_cursor name = json_cursor(names); json_next(&name);)
		room++;
	if (room == 0)
		return 0;
	to->allowed = arena_alloc(reading->arena, room * sizeof *to->allowed);
	for (struct json_cursor name = json_cursor(names); json_next(&name);)
		to->allowed[to->allowed_count++] = json_as_slice(name.value, reading->arena);
	if (to->allowed_count == 1 && to->tool_choice == TOOLS_REQUIRED) {
		to->tool_choice = TOOLS_NAMED;
		to->tool_name = to->allowed[0];
	}
	return 0;
}

static int read_max_output(struct reading *reading, struct slice value, struct error *err)
{
	return reading_whole(value, "generationConfig.maxOutputTokens", 1, READING_TOKENS_MAX,
	    &reading->request->max_tokens, err);
}

static int read_candidates(struct reading *reading, struct slice value, struct error *err)
{
	if (reading_whole(
		value, "generationConfig.candidateCount", 1, 8, &reading->to->choices, err) != 0)
		return -1;
	if (reading->to->choices > 1)
		reading->to->features |= FEATURE_N;
	return 0;
}

static int read_stops(struct reading *reading, struct slice value, struct error *err)
{
	if (!conversation_read_stops(reading->to, value, reading->arena))
		return error_set(err, ERROR_BAD_REQUEST,
		    "generationConfig.stopSequences: expected an array of strings");
	if (reading->to->stop_count > 0)
		reading->to->features |= FEATURE_STOPS;
	if (reading->to->stop_count > 4)
		reading->to->features |= FEATURE_MANY_STOPS;
	return 0;
}

static int read_mime(struct reading *reading, struct slice value, struct error *err)
{
	if (slice_is(value, "\"application/json\"") && reading->to->answer == ANSWER_TEXT)
		reading->to->answer = ANSWER_JSON;
	return 0;
}

static int read_schema(struct reading *reading, struct slice value, struct error *err)
{
	reading->to->answer = ANSWER_SCHEMA;
	reading->to->schema = value;
	reading->to->schema_name = slice_of("output");
	return 0;
}

static int read_own_schema(struct reading *reading, struct slice value, struct error *err)
{
	return read_schema(reading, gemini_plain_schema(value, reading->arena), err);
}

static int read_modalities(struct reading *reading, struct slice value, struct error *err)
{
	for (struct json_cursor kind = json_cursor(value); json_next(&kind);)
		if (!slice_is(kind.value, "\"TEXT\""))
			reading->to->features |= FEATURE_AUDIO_OUTPUT;
	return 0;
}

static int read_logprobs(struct reading *reading, struct slice value, struct error *err)
{
	(void)json_as_bool(value, &reading->to->logprobs);
	if (reading->to->logprobs)
		reading->to->features |= FEATURE_LOGPROBS;
	return 0;
}

static int read_top_logprobs(struct reading *reading, struct slice value, struct error *err)
{
	(void)json_as_int(value, &reading->to->top_logprobs);
	return 0;
}

static int read_thinking(struct reading *reading, struct slice value, struct error *err)
{
	struct slice level =
	    json_as_slice(member(value, "thinkingLevel", "thinking_level"), reading->arena);
	bool shown = false;

	(void)json_as_int(
	    member(value, "thinkingBudget", "thinking_budget"), &reading->to->thinking_budget);
	(void)json_as_bool(member(value, "includeThoughts", "include_thoughts"), &shown);
	reading->to->thinking_hidden = !shown;
	for (int effort = EFFORT_MINIMAL; level.len && effort <= EFFORT_HIGH; effort++)
		if (level.len == strlen(effort_name(effort)) &&
		    strncasecmp(level.ptr, effort_name(effort), level.len) == 0)
			reading->to->effort = (enum chat_effort)effort;
	return 0;
}

/* Of generationConfig. */
/* clang-format off */
static const struct reading_row config_rows[] = {
	{ "temperature",         reading_ignored,   0, READING_NUMBER(temperature) },
	{ "topP",                reading_ignored,   0, READING_NUMBER(top_p) },
	{ "top_p",               reading_ignored,   0, READING_NUMBER(top_p) },
	{ "topK",                reading_ignored,   FEATURE_TOP_K, READING_NUMBER(top_k) },
	{ "top_k",               reading_ignored,   FEATURE_TOP_K, READING_NUMBER(top_k) },
	{ "seed",                reading_ignored,   FEATURE_SEED, READING_NUMBER(seed) },
	{ "presencePenalty",     reading_ignored,   FEATURE_PENALTIES, READING_NUMBER(presence_penalty) },
	{ "presence_penalty",    reading_ignored,   FEATURE_PENALTIES, READING_NUMBER(presence_penalty) },
	{ "frequencyPenalty",    reading_ignored,   FEATURE_PENALTIES, READING_NUMBER(frequency_penalty) },
	{ "frequency_penalty",   reading_ignored,   FEATURE_PENALTIES, READING_NUMBER(frequency_penalty) },
	{ "maxOutputTokens",     read_max_output,   0, 0 },
	{ "max_output_tokens",   read_max_output,   0, 0 },
	{ "candidateCount",      read_candidates,   0, 0 },
	{ "candidate_count",     read_candidates,   0, 0 },
	{ "stopSequences",       read_stops,        0, 0 },
	{ "stop_sequences",      read_stops,        0, 0 },
	{ "responseMimeType",    read_mime,         0, 0 },
	{ "response_mime_type",  read_mime,         0, 0 },
	{ "responseSchema",      read_own_schema,   0, 0 },
	{ "response_schema",     read_own_schema,   0, 0 },
	{ "responseJsonSchema",  read_schema,       0, 0 },
	{ "response_json_schema", read_schema,      0, 0 },
	{ "responseModalities",  read_modalities,   0, 0 },
	{ "response_modalities", read_modalities,   0, 0 },
	{ "responseLogprobs",    read_logprobs,     0, 0 },
	{ "logprobs",            read_top_logprobs, 0, 0 },
	{ "thinkingConfig",      read_thinking,     0, 0 },
	{ "thinking_config",     read_thinking,     0, 0 },
	{ "mediaResolution",     reading_ignored,   0, 0 },
	{ "speechConfig",        reading_ignored,   FEATURE_AUDIO_OUTPUT, 0 },
	{ "imageConfig",         reading_ignored,   FEATURE_AUDIO_OUTPUT, 0 },
};
/* clang-format on */

static int read_config(struct reading *reading, struct slice value, struct error *err)
{
	struct reading inner = *reading;

	inner.rows = config_rows;
	inner.row_count = sizeof config_rows / sizeof config_rows[0];
	return reading_members(&inner, value, err);
}

static int read_service_tier(struct reading *reading, struct slice value, struct error *err)
{
	if (!slice_is(value, "\"standard\"") && !slice_is(value, "\"flex\""))
		return error_set(err, ERROR_UNSUPPORTED,
		    "serviceTier: %.*s has no known price here; use standard or flex",
		    (int)value.len, value.ptr);
	reading->to->features |= FEATURE_SERVICE_TIER;
	return 0;
}

static int read_cached_content(struct reading *reading, struct slice value, struct error *err)
{
	reading->to->features |= FEATURE_CACHED_CONTENT;
	reading->request->bound.unbounded_parts++; /* nobody here knows how long it is */
	return 0;
}

/* clang-format off */
static const struct reading_row rows[] = {
	{ "contents",           read_contents,       0, 0 },
	{ "systemInstruction",  read_system,         0, 0 },
	{ "system_instruction", read_system,         0, 0 },
	{ "generationConfig",   read_config,         0, 0 },
	{ "generation_config",  read_config,         0, 0 },
	{ "tools",              read_tools,          0, 0 },
	{ "toolConfig",         read_tool_config,    0, 0 },
	{ "tool_config",        read_tool_config,    0, 0 },
	{ "safetySettings",     reading_ignored,     FEATURE_SAFETY, 0 },
	{ "safety_settings",    reading_ignored,     FEATURE_SAFETY, 0 },
	{ "cachedContent",      read_cached_content, 0, 0 },
	{ "cached_content",     read_cached_content, 0, 0 },
	{ "serviceTier",        read_service_tier,   0, 0 },
	{ "service_tier",       read_service_tier,   0, 0 },
	{ "labels",             reading_ignored,     FEATURE_METADATA, 0 },
	{ "model",              reading_ignored,     0, 0 },
};
/* clang-format on */

int gemini_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	struct reading reading = { .rows = rows, .row_count = sizeof rows / sizeof rows[0] };

	if (reading_run(&reading, WIRE_GEMINI, body, path_model, arena, out, err) != 0)
		return -1;
	out->stream = path_stream;
	out->usage_wanted = true;
	if (!member(body, "contents", "contents").ptr)
		return error_set(
		    err, ERROR_BAD_REQUEST, "contents: missing; expected an array of contents");
	return 0;
}
