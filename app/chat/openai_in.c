/*
 * An OpenAI chat request to the neutral conversation.
 *
 * Shapes that other vendors' tools send to this endpoint are taken too: bare image_url strings
 * and function_call.
 */
#include "chat/openai_chat.h"

#include "chat/client_tools.h"

#include "base/json_scan.h"

#include "base/banned.h"

/* ---- parts ---- */

static void read_image(
    struct chat_conversation *to, struct chat_part *part, struct slice image, struct arena *arena)
{
	struct slice url = json_scan_type(image) == JSON_MAP ? json_member(image, "url") : image;

	part_set_url(part, json_as_slice(url, arena));
	conversation_settle_media(to, part);
	if (json_scan_type(image) == JSON_MAP)
		part->detail = json_as_slice(json_member(image, "detail"), arena);
}

/* OpenRouter's and vLLM's. */
static void read_video(
    struct chat_conversation *to, struct chat_part *part, struct slice video, struct arena *arena)
{
	part_set_url(part, json_as_slice(json_member(video, "url"), arena));
	if (part->mime.len == 0)
		part->mime = slice_of("video/mp4");
	conversation_settle_media(to, part);
}

void openai_read_audio(
    struct chat_conversation *to, struct chat_part *part, struct slice audio, struct arena *arena)
{
	struct slice format = json_as_slice(json_member(audio, "format"), arena);

	part->data = json_as_slice(json_member(audio, "data"), arena);
	part->mime = slice_of(arena_printf(arena, "audio/%.*s", format.len ? (int)format.len : 3,
	    format.len ? format.ptr : "wav"));
	to->features |= FEATURE_AUDIO_INPUT;
}

static void openai_in_read_file(
    struct chat_conversation *to, struct chat_part *part, struct slice file, struct arena *arena)
{
	struct slice data = json_as_slice(json_member(file, "file_data"), arena);

	part->name = json_as_slice(json_member(file, "filename"), arena);
	to->features |= FEATURE_DOCUMENTS;
	if (!data.ptr) {
		to->features |= FEATURE_FILE_IDS;
		return;
	}
	part_set_url(part, data);
	if (!part->data.ptr) { /* bare base64 */
		part->data = part->url;
		part->url = (struct slice){ NULL, 0 };
		part->mime = slice_of("application/pdf");
	}
	conversation_settle_media(to, part);
}

static int openai_in_read_part(struct chat_conversation *to, struct chat_turn *turn,
    struct slice value, struct arena *arena, struct error *err)
{
	struct slice type = json_as_slice(json_member(value, "type"), arena);
	struct chat_part *part;

	if (slice_is_one_of(type, "text refusal")) {
		part =
		    turn_add_part(turn, slice_is(type, "text") ? PART_TEXT : PART_REFUSAL, arena);
		part->text = json_as_slice(
		    json_member(value, part->kind == PART_TEXT ? "text" : "refusal"), arena);
	} else if (slice_is(type, "image_url")) {
		part = turn_add_part(turn, PART_IMAGE, arena);
		read_image(to, part, json_member(value, "image_url"), arena);
	} else if (slice_is(type, "video_url")) {
		part = turn_add_part(turn, PART_DOCUMENT, arena);
		read_video(to, part, json_member(value, "video_url"), arena);
	} else if (slice_is(type, "input_audio")) {
		part = turn_add_part(turn, PART_AUDIO, arena);
		openai_read_audio(to, part, json_member(value, "input_audio"), arena);
	} else if (slice_is(type, "file")) {
		part = turn_add_part(turn, PART_DOCUMENT, arena);
		openai_in_read_file(to, part, json_member(value, "file"), arena);
	} else {
		return error_set(err, ERROR_UNSUPPORTED,
		    "a message's part of type '%.*s' has no translation for this model's provider",
		    (int)(type.len < 64 ? type.len : 64), type.ptr ? type.ptr : "");
	}
	part->cached = conversation_cache_mark(value, &part->cached_1h) ||
		       json_scan_type(json_member(value, "prompt_cache_breakpoint")) == JSON_MAP;
	return 0;
}

static int read_content(struct chat_conversation *to, struct chat_turn *turn, struct slice content,
    struct arena *arena, struct error *err)
{
	switch (json_scan_type(content)) {
	case JSON_TEXT:
		turn_add_part(turn, PART_TEXT, arena)->text = json_as_slice(content, arena);
		return 0;
	case JSON_LIST:
		for (struct json_cursor part = json_cursor(content); json_next(&part);)
			if (openai_in_read_part(to, turn, part.value, arena, err) != 0)
				return -1;
		return 0;
	default:
		return 0; /* null beside tool calls */
	}
}

/* ---- tool calls and their results ---- */

static void openai_in_read_call(
    struct chat_conversation *to, struct chat_turn *turn, struct slice call, struct arena *arena)
{
	struct slice function = json_member(call, "function"), custom = json_member(call, "custom");
	struct chat_part *part = turn_add_part(turn, PART_TOOL_CALL, arena);

	part_set_id(part, json_as_slice(json_member(call, "id"), arena));
	if (json_scan_type(custom) == JSON_MAP) {
		part->name = json_as_slice(json_member(custom, "name"), arena);
		part->arguments = client_tool_arguments(
		    client_tool_of(TOOL_CUSTOM), json_member(custom, "input"), arena);
		to->added_bytes += CLIENT_TOOL_BYTES;
		return;
	}
	part->name = json_as_slice(json_member(function, "name"), arena);
	part_set_arguments(part, json_member(function, "arguments"), arena);
}

static void read_assistant_extras(
    struct chat_conversation *to, struct chat_turn *turn, struct slice message, struct arena *arena)
{
	struct slice old = json_member(message, "function_call"),
		     refusal = json_member(message, "refusal"),
		     calls = json_member(message, "tool_calls");

	if (json_scan_type(refusal) == JSON_TEXT && refusal.len > 2)
		turn_add_part(turn, PART_REFUSAL, arena)->text = json_as_slice(refusal, arena);
	for (struct json_cursor image = json_cursor(json_member(message, "images"));
	     json_next(&image);)
		read_image(to, turn_add_part(turn, PART_IMAGE, arena),
		    json_member(image.value, "image_url"), arena);
	for (struct json_cursor call = json_cursor(calls); json_next(&call);)
		openai_in_read_call(to, turn, call.value, arena);
	if (json_scan_type(old) == JSON_MAP) {
		struct chat_part *part = turn_add_part(turn, PART_TOOL_CALL, arena);

		part->name = json_as_slice(json_member(old, "name"), arena);
		part_set_arguments(part, json_member(old, "arguments"), arena);
		part->id = part->name; /* the answer names the function, and nothing else */
	}
}

/* LiteLLM's thinking_blocks, which are Claude's own: what it signed goes back to it. */
static bool read_thinking(struct chat_turn *turn, struct slice blocks, struct arena *arena)
{
	bool any = false;

	for (struct json_cursor block = json_cursor(blocks); json_next(&block); any = true) {
		struct chat_part *part = turn_add_part(turn, PART_REASONING, arena);

		part->redacted =
		    json_text_is(json_member(block.value, "type"), "redacted_thinking");
		part->text = json_as_slice(json_member(block.value, "thinking"), arena);
		part_set_signature(part,
		    json_as_slice(
			json_member(block.value, part->redacted ? "data" : "signature"), arena),
		    WIRE_ANTHROPIC);
	}
	return any;
}

static void read_reasoning(struct chat_turn *turn, struct slice message, struct arena *arena)
{
	struct slice text = json_member(message, "reasoning_content"),
		     blocks = json_member(message, "thinking_blocks");

	if (json_scan_type(blocks) == JSON_LIST && read_thinking(turn, blocks, arena))
		return;
	if (json_scan_type(text) != JSON_TEXT)
		text = json_member(message, "reasoning"); /* OpenRouter, Groq, vLLM */
	if (json_scan_type(text) == JSON_TEXT && text.len > 2)
		turn_add_part(turn, PART_REASONING, arena)->text = json_as_slice(text, arena);
}

static struct chat_turn *turn_for(
    struct chat_conversation *to, enum chat_role role, struct arena *arena)
{
	struct chat_turn *last = to->turn_count ? &to->turns[to->turn_count - 1] : NULL;

	/* Results of one step stand together, as Anthropic and Gemini want them. */
	if (last && last->role == role && role == CHAT_USER && last->part_count &&
	    last->parts[last->part_count - 1].kind == PART_TOOL_RESULT)
		return last;
	return conversation_add_turn(to, role, arena);
}

static int read_result(struct chat_conversation *to, struct slice message, const char *id_member,
    struct arena *arena, struct error *err)
{
	struct chat_turn *turn = turn_for(to, CHAT_USER, arena), content = { .role = CHAT_USER };
	struct chat_part *part;

	if (read_content(to, &content, json_member(message, "content"), arena, err) != 0)
		return -1;
	part = turn_add_part(turn, PART_TOOL_RESULT, arena);
	part_set_id(part, json_as_slice(json_member(message, id_member), arena));
	part->parts = content.parts;
	part->part_count = content.part_count;
	return 0;
}

/* What else stands there would be left out without a word. */
static bool is_content(struct slice value)
{
	enum json_type type = json_scan_type(value);

	return type == JSON_TEXT || type == JSON_LIST || type == JSON_NIL || type == JSON_MISSING;
}

static int read_message(struct chat_conversation *to, struct slice message, size_t index,
    struct arena *arena, struct error *err)
{
	struct slice role = json_as_slice(json_member(message, "role"), arena);
	struct slice content = json_member(message, "content");
	struct chat_turn *turn;

	if (!is_content(content))
		return error_set(err, ERROR_BAD_REQUEST,
		    "messages[%zu].content: expected a text or a list of parts", index);
	if (slice_is(role, "tool"))
		return read_result(to, message, "tool_call_id", arena, err);
	if (slice_is(role, "function"))
		return read_result(to, message, "name", arena, err);
	if (slice_is_one_of(role, "system developer"))
		return read_content(
		    to, conversation_add_turn(to, CHAT_SYSTEM, arena), content, arena, err);
	if (slice_is(role, "user"))
		return read_content(
		    to, conversation_add_turn(to, CHAT_USER, arena), content, arena, err);
	if (!slice_is(role, "assistant"))
		return error_set(err, ERROR_BAD_REQUEST,
		    "messages[%zu].role: expected system, developer, user, assistant or tool",
		    index);
	turn = conversation_add_turn(to, CHAT_ASSISTANT, arena);
	read_reasoning(turn, message, arena);
	if (read_content(to, turn, content, arena, err) != 0)
		return -1;
	read_assistant_extras(to, turn, message, arena);
	return 0;
}

/* ---- members ---- */

typedef int read_fn(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err);

static int openai_in_read_messages(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	size_t index = 0;

	for (struct json_cursor message = json_cursor(value); json_next(&message); index++)
		if (read_message(to, message.value, index, arena, err) != 0)
			return -1;
	return 0;
}

static int openai_in_read_tools(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	openai_read_tools(to, value, arena);
	return 0;
}

static int read_choice(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	openai_read_tool_choice(to, value, arena);
	return 0;
}

static int read_parallel(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	bool parallel = true;

	to->one_tool_call = json_as_bool(value, &parallel) && !parallel;
	if (to->one_tool_call)
		to->features |= FEATURE_ONE_TOOL_CALL;
	return 0;
}

static int openai_in_read_stop(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	return conversation_read_stops(to, value, arena)
		   ? 0
		   : error_set(
			 err, ERROR_BAD_REQUEST, "stop: expected a string or an array of strings");
}

static int openai_in_read_n(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	(void)json_as_int(value, &to->choices); /* its range is checked by chat_request_read */
	if (to->choices > 1)
		to->features |= FEATURE_N;
	return 0;
}

static int read_logprobs(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	(void)json_as_bool(value, &to->logprobs);
	if (to->logprobs)
		to->features |= FEATURE_LOGPROBS;
	return 0;
}

static int read_top_logprobs(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	(void)json_as_int(value, &to->top_logprobs);
	return 0;
}

void openai_read_schema(struct chat_conversation *to, struct slice schema, struct arena *arena)
{
	to->answer = ANSWER_SCHEMA;
	to->schema = json_member(schema, "schema");
	to->schema_name = json_as_slice(json_member(schema, "name"), arena);
	to->schema_description = json_as_slice(json_member(schema, "description"), arena);
	(void)json_as_bool(json_member(schema, "strict"), &to->schema_strict);
	if (json_scan_type(to->schema) != JSON_MAP)
		to->answer = ANSWER_JSON;
}

static int read_format(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	struct slice type = json_member(value, "type");

	if (json_text_is(type, "json_object"))
		to->answer = ANSWER_JSON;
	else if (json_text_is(type, "json_schema"))
		openai_read_schema(to, json_member(value, "json_schema"), arena);
	return 0;
}

static int read_effort(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	to->effort = effort_from_name(json_as_slice(value, arena));
	return 0;
}

static int openai_in_read_thinking(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	if (json_text_is(json_member(value, "type"), "disabled"))
		to->thinking_budget = 0;
	else
		(void)json_as_int(json_member(value, "budget_tokens"), &to->thinking_budget);
	return 0;
}

static int openai_in_read_user(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	to->user = json_as_slice(value, arena);
	to->features |= FEATURE_USER;
	return 0;
}

static int read_verbosity(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	to->verbosity = json_as_slice(value, arena);
	to->features |= FEATURE_VERBOSITY;
	return 0;
}

static int openai_in_read_modalities(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	for (struct json_cursor kind = json_cursor(value); json_next(&kind);)
		to->features |= json_text_is(kind.value, "audio")   ? FEATURE_AUDIO_OUTPUT
				: json_text_is(kind.value, "image") ? FEATURE_IMAGE_OUTPUT
								    : 0;
	return 0;
}

static int openai_in_read_service_tier(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	if (!json_text_is(value, "auto") && !json_text_is(value, "default"))
		to->features |= FEATURE_SERVICE_TIER;
	return 0;
}

static int read_known(
    struct chat_conversation *to, struct slice value, struct arena *arena, struct error *err)
{
	return 0;
}

static const struct member_row {
	const char *name;
	read_fn *read;
	unsigned feature; /* that it asks for by being there */
	size_t number;    /* offset of the slice that keeps it; 0: none */
} rows[] = {
#define NUMBER(member) offsetof(struct chat_conversation, member)
	/* clang-format off */
	{ "messages",              openai_in_read_messages,     0, 0 },
	{ "model",                 read_known,        0, 0 },
	{ "stream",                read_known,        0, 0 },
	{ "stream_options",        read_known,        0, 0 },
	{ "max_tokens",            read_known,        0, 0 },
	{ "max_completion_tokens", read_known,        0, 0 },
	{ "tools",                 openai_in_read_tools,        0, 0 },
	{ "functions",             openai_in_read_tools,        0, 0 },
	{ "tool_choice",           read_choice,       0, 0 },
	{ "function_call",         read_choice,       0, 0 },
	{ "parallel_tool_calls",   read_parallel,     0, 0 },
	{ "stop",                  openai_in_read_stop,         0, 0 },
	{ "n",                     openai_in_read_n,            0, 0 },
	{ "logprobs",              read_logprobs,     0, 0 },
	{ "top_logprobs",          read_top_logprobs, 0, 0 },
	{ "response_format",       read_format,       0, 0 },
	{ "reasoning_effort",      read_effort,       0, 0 },
	{ "thinking",              openai_in_read_thinking,     0, 0 },
	{ "user",                  openai_in_read_user,         0, 0 },
	{ "safety_identifier",     openai_in_read_user,         0, 0 },
	{ "verbosity",             read_verbosity,    0, 0 },
	{ "modalities",            openai_in_read_modalities,   0, 0 },
	{ "service_tier",          openai_in_read_service_tier, 0, 0 },
	{ "store",                 read_known,        0, 0 },
	{ "prompt_cache_key",      read_known,        0, 0 },
	{ "prompt_cache_options",  read_known,        0, 0 },
	{ "prompt_cache_retention", read_known,       0, 0 },
	{ "metadata",              read_known,        FEATURE_METADATA, 0 },
	{ "logit_bias",            read_known,        FEATURE_LOGIT_BIAS, 0 },
	{ "prediction",            read_known,        FEATURE_PREDICTION, 0 },
	{ "web_search_options",    read_known,        FEATURE_SERVER_TOOLS, 0 },
	{ "audio",                 read_known,        FEATURE_AUDIO_OUTPUT, 0 },
	{ "temperature",           read_known,        0, NUMBER(temperature) },
	{ "top_p",                 read_known,        0, NUMBER(top_p) },
	{ "top_k",                 read_known,        FEATURE_TOP_K, NUMBER(top_k) },
	{ "seed",                  read_known,        FEATURE_SEED, NUMBER(seed) },
	{ "presence_penalty",      read_known,        FEATURE_PENALTIES, NUMBER(presence_penalty) },
	{ "frequency_penalty",     read_known,        FEATURE_PENALTIES, NUMBER(frequency_penalty) },
/* clang-format on */
#undef NUMBER
};

static const struct member_row *openai_in_row_of(const struct json_cursor *member)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (json_key_is(member, rows[i].name))
			return &rows[i];
	return NULL;
}

static int read_member(struct chat_conversation *to, const struct json_cursor *member,
    struct arena *arena, struct error *err)
{
	const struct member_row *row = openai_in_row_of(member);

	if (json_scan_type(member->value) == JSON_NIL)
		return 0;
	if (!row) {
		if (!chat_request_owns(member))
			conversation_note_other(to, member->key, arena);
		return 0;
	}
	to->features |= row->feature;
	if (row->number) {
		if (json_scan_type(member->value) != JSON_NUMBER)
			return error_set(
			    err, ERROR_BAD_REQUEST, "%s: expected a number", row->name);
		*(struct slice *)((char *)to + row->number) = member->value;
	}
	return row->read(to, member->value, arena, err);
}

static bool is_said(const struct json_cursor *member)
{
	return json_key_is_one_of(member, "messages tools functions");
}

static int converse(const struct chat_request *request, bool settings_alone, struct arena *arena,
    struct chat_conversation *out, struct error *err)
{
	struct chat_conversation to = { .choices = 1, .top_logprobs = -1, .thinking_budget = -1 };

	for (struct json_cursor member = chat_request_members(request); json_next(&member);)
		if (!(settings_alone && is_said(&member)) &&
		    read_member(&to, &member, arena, err) != 0)
			return -1;
	if (to.stop_count > 0)
		to.features |= FEATURE_STOPS;
	if (to.stop_count > 4)
		to.features |= FEATURE_MANY_STOPS;
	*out = to;
	return 0;
}

int openai_converse(const struct chat_request *request, struct arena *arena,
    struct chat_conversation *out, struct error *err)
{
	return converse(request, false, arena, out, err);
}

int openai_read_settings(const struct chat_request *request, struct arena *arena,
    struct chat_conversation *out, struct error *err)
{
	return converse(request, true, arena, out, err);
}

/* With the model in the path (Azure) the body need not name one. */
int openai_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	return chat_request_read(body, path_model, arena, out, err);
}
