/*
 * A Gemini generateContent request: what the relay has to know of it, and the neutral conversation.
 * Members are looked at through gemini_names.h, which knows both spellings of each; what is said is
 * read by gemini_parts.c.
 */
#include "chat/gemini_chat.h"

#include <strings.h>

#include "base/json_scan.h"
#include "chat/gemini_names.h"
#include "chat/gemini_parts.h"
#include "chat/gemini_schema.h"
#include "chat/request_facts.h"

#include "base/banned.h"

static int read_contents(struct reading *reading, struct slice value, struct error *err)
{
	size_t count = 0;

	if (json_scan_type(value) != JSON_LIST && json_scan_type(value) != JSON_MAP)
		return error_set(err, ERROR_BAD_REQUEST, "contents: expected an array of contents");
	for (struct json_cursor content = gemini_elements(value); json_next(&content); count++) {
		struct slice role =
		    json_as_slice(json_member(content.value, "role"), reading->arena);

		if (gemini_read_content(reading, content.value,
			slice_is(role, "model") ? CHAT_ASSISTANT : CHAT_USER, err) != 0)
			return -1;
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
	} else if (gemini_read_content(reading, value, CHAT_SYSTEM, err) != 0) {
		return -1;
	}
	conversation_put_first(reading->to);
	return 0;
}

static int read_declaration(struct reading *reading, struct slice declaration, struct error *err)
{
	enum { NAME, DESCRIPTION, PARAMETERS, SCHEMA, COUNT };
	static const char *const names[] = { "name", "description", "parameters",
		"parametersJsonSchema" };
	struct chat_tool *tool = conversation_add_tool(reading->to, reading->arena);
	struct slice in[COUNT];

	if (gemini_members(declaration, names, COUNT, in, err) != 0)
		return -1;
	tool->name = json_as_slice(in[NAME], reading->arena);
	tool->description = json_as_slice(in[DESCRIPTION], reading->arena);
	tool->schema = json_scan_type(in[SCHEMA]) == JSON_MAP
			   ? in[SCHEMA]
			   : gemini_plain_schema(in[PARAMETERS], reading->arena);
	return 0;
}

static const struct server_tool *server_tool_named(const struct json_cursor *kind)
{
	const struct server_tool *row;

	for (size_t i = 0; (row = server_tool_at(i)) != NULL; i++)
		if (row->dialect == TOOLS_OF_GEMINI && gemini_key_is(kind, row->type))
			break;
	return row;
}

/* All that is no declaration runs at Google. */
static int gemini_in_read_tool(struct reading *reading, struct slice tool, struct error *err)
{
	static const char *const names[] = { "functionDeclarations" };
	struct slice declarations;

	if (gemini_members(tool, names, 1, &declarations, err) != 0)
		return -1;
	for (struct json_cursor one = gemini_elements(declarations); json_next(&one);)
		if (read_declaration(reading, one.value, err) != 0)
			return -1;
	for (struct json_cursor kind = json_cursor(tool); json_next(&kind);)
		if (!gemini_key_is(&kind, names[0]))
			reading_server_tool(
			    reading, server_tool_named(&kind), kind.key, (struct slice){ NULL, 0 });
	return 0;
}

static int gemini_in_read_tools(struct reading *reading, struct slice value, struct error *err)
{
	for (struct json_cursor tool = gemini_elements(value); json_next(&tool);)
		if (gemini_in_read_tool(reading, tool.value, err) != 0)
			return -1;
	return 0;
}

static void allow(struct reading *reading, struct slice names)
{
	struct chat_conversation *to = reading->to;
	size_t room = 0;

	for (struct json_cursor name = json_cursor(names); json_next(&name);)
		room++;
	if (room == 0)
		return;
	to->allowed = arena_alloc(reading->arena, room * sizeof *to->allowed);
	for (struct json_cursor name = json_cursor(names); json_next(&name);)
		to->allowed[to->allowed_count++] = json_as_slice(name.value, reading->arena);
	if (to->allowed_count == 1 && to->tool_choice == TOOLS_REQUIRED) {
		to->tool_choice = TOOLS_NAMED;
		to->tool_name = to->allowed[0];
	}
}

static int read_tool_config(struct reading *reading, struct slice value, struct error *err)
{
	enum { MODE, ALLOWED, COUNT };
	static const char *const outer[] = { "functionCallingConfig" }, *const inner[] = { "mode",
		"allowedFunctionNames" };
	struct slice config, in[COUNT], mode;

	if (gemini_members(value, outer, 1, &config, err) != 0 ||
	    gemini_members(config, inner, COUNT, in, err) != 0)
		return -1;
	mode = json_as_slice(in[MODE], reading->arena);
	reading->to->tool_choice = slice_is(mode, "ANY")    ? TOOLS_REQUIRED
				   : slice_is(mode, "NONE") ? TOOLS_NONE
							    : TOOLS_AUTO;
	allow(reading, in[ALLOWED]);
	return 0;
}

static int read_max_output(struct reading *reading, struct slice value, struct error *err)
{
	return chat_request_whole(value, "generationConfig.maxOutputTokens", 1, READING_TOKENS_MAX,
	    &reading->request->max_tokens, err);
}

static int read_candidates(struct reading *reading, struct slice value, struct error *err)
{
	if (chat_request_whole(
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
	if (json_text_is(value, "application/json") && reading->to->answer == ANSWER_TEXT)
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

static int gemini_in_read_modalities(struct reading *reading, struct slice value, struct error *err)
{
	for (struct json_cursor kind = gemini_elements(value); json_next(&kind);)
		if (json_text_is(kind.value, "AUDIO"))
			reading->to->features |= FEATURE_AUDIO_OUTPUT;
		else if (json_text_is(kind.value, "IMAGE"))
			reading->to->features |= FEATURE_IMAGE_OUTPUT;
		else if (!json_text_is(kind.value, "TEXT"))
			return error_set(err, ERROR_UNSUPPORTED,
			    "generationConfig.responseModalities: only TEXT, AUDIO and IMAGE have "
			    "a "
			    "price here");
	return 0;
}

/* Each element is { text: ... } or another kind's; the names are the same in both spellings. */
static int read_response_format(struct reading *reading, struct slice value, struct error *err)
{
	for (struct json_cursor one = gemini_elements(value); json_next(&one);)
		for (struct json_cursor kind = json_cursor(one.value); json_next(&kind);) {
			if (json_scan_type(kind.value) == JSON_NIL || json_key_is(&kind, "text"))
				continue;
			if (!json_key_is(&kind, "audio"))
				return error_set(err, ERROR_UNSUPPORTED,
				    "generationConfig.responseFormat: output other than text and "
				    "audio has no known price here");
			reading->to->features |= FEATURE_AUDIO_OUTPUT;
		}
	conversation_note_other(reading->to, slice_of("responseFormat"), reading->arena);
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

static int gemini_in_read_thinking(struct reading *reading, struct slice value, struct error *err)
{
	enum { LEVEL, BUDGET, INCLUDED, COUNT };
	static const char *const names[] = { "thinkingLevel", "thinkingBudget", "includeThoughts" };
	struct slice in[COUNT], level;
	bool shown = false;

	if (gemini_members(value, names, COUNT, in, err) != 0)
		return -1;
	(void)json_as_int(in[BUDGET], &reading->to->thinking_budget);
	(void)json_as_bool(in[INCLUDED], &shown);
	reading->to->thinking_hidden = !shown;
	level = json_as_slice(in[LEVEL], reading->arena);
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
	{ "topK",                reading_ignored,   FEATURE_TOP_K, READING_NUMBER(top_k) },
	{ "seed",                reading_ignored,   FEATURE_SEED, READING_NUMBER(seed) },
	{ "presencePenalty",     reading_ignored,   FEATURE_PENALTIES, READING_NUMBER(presence_penalty) },
	{ "frequencyPenalty",    reading_ignored,   FEATURE_PENALTIES, READING_NUMBER(frequency_penalty) },
	{ "maxOutputTokens",     read_max_output,   0, 0 },
	{ "candidateCount",      read_candidates,   0, 0 },
	{ "stopSequences",       read_stops,        0, 0 },
	{ "responseMimeType",    read_mime,         0, 0 },
	{ "responseSchema",      read_own_schema,   0, 0 },
	{ "responseJsonSchema",  read_schema,       0, 0 },
	{ "responseModalities",  gemini_in_read_modalities,   0, 0 },
	{ "responseFormat",      read_response_format, 0, 0 },
	{ "responseLogprobs",    read_logprobs,     0, 0 },
	{ "logprobs",            read_top_logprobs, 0, 0 },
	{ "thinkingConfig",      gemini_in_read_thinking,     0, 0 },
	{ "mediaResolution",     reading_ignored,   0, 0 },
	{ "audioTimestamp",      reading_ignored,   0, 0 },
	{ "audioTranscriptionConfig", reading_ignored, 0, 0 },
	{ "enableAffectiveDialog", reading_ignored, 0, 0 },
	{ "speechConfig",        reading_ignored,   FEATURE_AUDIO_OUTPUT, 0 },
	{ "imageConfig",         reading_ignored,   FEATURE_IMAGE_OUTPUT, 0 },
};
/* clang-format on */

static int read_config(struct reading *reading, struct slice value, struct error *err)
{
	struct reading inner = *reading;

	inner.inside = "generationConfig";
	inner.rows = config_rows;
	inner.row_count = sizeof config_rows / sizeof config_rows[0];
	return reading_members(&inner, value, err);
}

static int gemini_in_read_service_tier(
    struct reading *reading, struct slice value, struct error *err)
{
	if (!json_text_is(value, "standard") && !json_text_is(value, "flex"))
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
	{ "generationConfig",   read_config,         0, 0 },
	{ "tools",              gemini_in_read_tools,          0, 0 },
	{ "toolConfig",         read_tool_config,    0, 0 },
	{ "safetySettings",     reading_ignored,     FEATURE_SAFETY, 0 },
	{ "cachedContent",      read_cached_content, 0, 0 },
	{ "serviceTier",        gemini_in_read_service_tier,   0, 0 },
	{ "labels",             reading_ignored,     FEATURE_METADATA, 0 },
	{ "model",              reading_ignored,     0, 0 },
};
/* clang-format on */

int gemini_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	struct reading reading = {
		.rows = rows, .row_count = sizeof rows / sizeof rows[0], .key_is = gemini_key_is
	};

	if (reading_run(&reading, WIRE_GEMINI, body, path_model, arena, out, err) != 0)
		return -1;
	out->stream = path_stream;
	out->usage_wanted = true;
	if (!json_member(body, "contents").ptr)
		return error_set(
		    err, ERROR_BAD_REQUEST, "contents: missing; expected an array of contents");
	return 0;
}
