/*
 * An OpenAI Responses request to the neutral conversation.
 * What needs a state at the provider, or a tool that runs there, is refused by name.
 */
#include "chat/responses.h"

#include "base/json_scan.h"
#include "chat/openai_chat.h"
#include "chat/request_facts.h"

#include "base/banned.h"

/* ---- items ---- */

static int read_image(
    struct reading *reading, struct chat_part *part, struct slice value, struct error *err)
{
	struct slice url = json_as_slice(json_member(value, "image_url"), reading->arena);

	if (!url.ptr)
		return error_set(err, ERROR_UNSUPPORTED,
		    "input_image.file_id: files at a provider are not reachable here; send "
		    "image_url");
	part_set_url(part, url);
	conversation_settle_media(reading->to, part);
	part->detail = json_as_slice(json_member(value, "detail"), reading->arena);
	return 0;
}

static int read_file(
    struct reading *reading, struct chat_part *part, struct slice value, struct error *err)
{
	struct slice data = json_as_slice(json_member(value, "file_data"), reading->arena),
		     url = json_as_slice(json_member(value, "file_url"), reading->arena);

	part->name = json_as_slice(json_member(value, "filename"), reading->arena);
	reading->to->features |= FEATURE_DOCUMENTS;
	if (data.ptr) {
		part_set_url(part, data);
		if (!part->data.ptr) {
			part->data = part->url;
			part->url = (struct slice){ NULL, 0 };
			part->mime = slice_of("application/pdf");
		}
		conversation_settle_media(reading->to, part);
	} else if (url.ptr) {
		part->url = url;
		reading->to->features |= FEATURE_MEDIA_LINKS | FEATURE_DOCUMENT_LINKS;
	} else {
		return error_set(err, ERROR_UNSUPPORTED,
		    "input_file.file_id: files at a provider are not reachable here; send "
		    "file_data");
	}
	return 0;
}

static int read_part(
    struct reading *reading, struct chat_turn *turn, struct slice value, struct error *err)
{
	struct slice type = json_as_slice(json_member(value, "type"), reading->arena);

	if (slice_is(type, "input_text") || slice_is(type, "output_text") || slice_is(type, "text"))
		turn_add_part(turn, PART_TEXT, reading->arena)->text =
		    json_as_slice(json_member(value, "text"), reading->arena);
	else if (slice_is(type, "refusal"))
		turn_add_part(turn, PART_REFUSAL, reading->arena)->text =
		    json_as_slice(json_member(value, "refusal"), reading->arena);
	else if (slice_is(type, "input_image"))
		return read_image(
		    reading, turn_add_part(turn, PART_IMAGE, reading->arena), value, err);
	else if (slice_is(type, "input_file"))
		return read_file(
		    reading, turn_add_part(turn, PART_DOCUMENT, reading->arena), value, err);
	else
		return error_set(err, ERROR_UNSUPPORTED,
		    "input: a part of type '%.*s' is not offered",
		    (int)(type.len < 64 ? type.len : 64), type.ptr ? type.ptr : "");
	return 0;
}

static int read_content(
    struct reading *reading, struct chat_turn *turn, struct slice content, struct error *err)
{
	if (json_scan_type(content) == JSON_TEXT)
		turn_add_part(turn, PART_TEXT, reading->arena)->text =
		    json_as_slice(content, reading->arena);
	else
		for (struct json_cursor part = json_cursor(content); json_next(&part);)
			if (read_part(reading, turn, part.value, err) != 0)
				return -1;
	return 0;
}

/* Calls and reasoning stand beside a message here, and inside of it in every other format. */
static struct chat_turn *joined_turn(struct reading *reading, enum chat_role role)
{
	struct chat_conversation *to = reading->to;
	struct chat_turn *last = to->turn_count ? &to->turns[to->turn_count - 1] : NULL;

	return last && last->role == role ? last : conversation_add_turn(to, role, reading->arena);
}

static int read_message(struct reading *reading, struct slice item, struct error *err)
{
	struct slice role = json_as_slice(json_member(item, "role"), reading->arena);
	struct chat_turn *turn;

	if (slice_is(role, "assistant"))
		turn = joined_turn(reading, CHAT_ASSISTANT);
	else if (slice_is(role, "user"))
		turn = conversation_add_turn(reading->to, CHAT_USER, reading->arena);
	else if (slice_is(role, "system") || slice_is(role, "developer"))
		turn = conversation_add_turn(reading->to, CHAT_SYSTEM, reading->arena);
	else
		return error_set(err, ERROR_BAD_REQUEST,
		    "input: a message's role must be user, assistant, system or developer");
	return read_content(reading, turn, json_member(item, "content"), err);
}

static int read_call(struct reading *reading, struct slice item, struct error *err)
{
	struct chat_part *part =
	    turn_add_part(joined_turn(reading, CHAT_ASSISTANT), PART_TOOL_CALL, reading->arena);

	part_set_id(part, json_as_slice(json_member(item, "call_id"), reading->arena));
	part->name = json_as_slice(json_member(item, "name"), reading->arena);
	part_set_arguments(part, json_member(item, "arguments"), reading->arena);
	return 0;
}

static int read_output(struct reading *reading, struct slice item, struct error *err)
{
	struct chat_turn *turn = joined_turn(reading, CHAT_USER), content = { .role = CHAT_USER };
	struct chat_part *part;

	if (read_content(reading, &content, json_member(item, "output"), err) != 0)
		return -1;
	part = turn_add_part(turn, PART_TOOL_RESULT, reading->arena);
	part_set_id(part, json_as_slice(json_member(item, "call_id"), reading->arena));
	part->parts = content.parts;
	part->part_count = content.part_count;
	return 0;
}

static int read_reasoning(struct reading *reading, struct slice item, struct error *err)
{
	struct chat_turn *turn = joined_turn(reading, CHAT_ASSISTANT);
	struct chat_part *part = turn_add_part(turn, PART_REASONING, reading->arena);
	struct arena_bytes text = { .ptr = NULL };

	for (struct json_cursor summary = json_cursor(json_member(item, "summary"));
	     json_next(&summary);) {
		if (text.len > 0)
			arena_bytes_add(&text, slice_of("\n\n"), reading->arena);
		arena_bytes_add(&text,
		    json_as_slice(json_member(summary.value, "text"), reading->arena),
		    reading->arena);
	}
	part->text = arena_bytes_slice(&text);
	part_set_signature(part,
	    json_as_slice(json_member(item, "encrypted_content"), reading->arena), WIRE_RESPONSES);
	part->redacted = part->text.len == 0;
	return 0;
}

static int refuse_reference(struct reading *reading, struct slice item, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
	    "input: item_reference needs a stored response; send the items themselves");
}

/* Calls of tools with free text: for a provider of this format only. */
static int read_custom(struct reading *reading, struct slice item, struct error *err)
{
	reading->to->features |= FEATURE_CUSTOM_TOOLS;
	return 0;
}

static const struct {
	const char *type;
	reading_fn *read;
} item_rows[] = {
	{ "message", read_message },
	{ "function_call", read_call },
	{ "function_call_output", read_output },
	{ "reasoning", read_reasoning },
	{ "custom_tool_call", read_custom },
	{ "custom_tool_call_output", read_custom },
	{ "item_reference", refuse_reference },
};

static int read_item(struct reading *reading, struct slice item, struct error *err)
{
	struct slice type = json_as_slice(json_member(item, "type"), reading->arena);

	if (!type.ptr)
		return read_message(reading, item, err);
	for (size_t i = 0; i < sizeof item_rows / sizeof item_rows[0]; i++)
		if (slice_is(type, item_rows[i].type))
			return item_rows[i].read(reading, item, err);
	return error_set(err, ERROR_UNSUPPORTED, "input: an item of type '%.*s' is not offered",
	    (int)(type.len < 64 ? type.len : 64), type.ptr);
}

/* ---- members ---- */

static int read_input(struct reading *reading, struct slice value, struct error *err)
{
	if (json_scan_type(value) == JSON_TEXT) {
		struct chat_turn *turn =
		    conversation_add_turn(reading->to, CHAT_USER, reading->arena);

		return read_content(reading, turn, value, err);
	}
	if (json_scan_type(value) != JSON_LIST)
		return error_set(
		    err, ERROR_BAD_REQUEST, "input: expected a string or an array of items");
	for (struct json_cursor item = json_cursor(value); json_next(&item);) {
		if (json_scan_type(item.value) != JSON_MAP)
			return error_set(err, ERROR_BAD_REQUEST, "input: expected objects");
		if (read_item(reading, item.value, err) != 0)
			return -1;
	}
	return 0;
}

static int read_instructions(struct reading *reading, struct slice value, struct error *err)
{
	struct chat_turn *turn = conversation_add_turn(reading->to, CHAT_SYSTEM, reading->arena);
	int result = read_content(reading, turn, value, err);

	conversation_put_first(reading->to);
	return result;
}

static int read_tools(struct reading *reading, struct slice value, struct error *err)
{
	for (struct json_cursor item = json_cursor(value); json_next(&item);) {
		struct slice type = json_as_slice(json_member(item.value, "type"), reading->arena);
		struct chat_tool *tool;

		if (slice_is(type, "custom")) {
			reading->to->features |= FEATURE_CUSTOM_TOOLS;
			reading->request->has_tools = true;
			continue;
		}
		if (!slice_is(type, "function"))
			return error_set(err, ERROR_UNSUPPORTED,
			    "tools: a tool of type '%.*s' runs at OpenAI and is not offered; use "
			    "function tools",
			    (int)(type.len < 64 ? type.len : 64), type.ptr ? type.ptr : "");
		tool = conversation_add_tool(reading->to, reading->arena);
		tool->name = json_as_slice(json_member(item.value, "name"), reading->arena);
		tool->description =
		    json_as_slice(json_member(item.value, "description"), reading->arena);
		if (json_scan_type(json_member(item.value, "parameters")) == JSON_MAP)
			tool->schema = json_member(item.value, "parameters");
		tool->strict_set = json_as_bool(json_member(item.value, "strict"), &tool->strict);
	}
	return 0;
}

static int read_choice(struct reading *reading, struct slice value, struct error *err)
{
	openai_read_tool_choice(reading->to, value, reading->arena);
	return 0;
}

static int read_parallel(struct reading *reading, struct slice value, struct error *err)
{
	bool parallel = true;

	if (json_as_bool(value, &parallel) && !parallel) {
		reading->to->one_tool_call = true;
		reading->to->features |= FEATURE_ONE_TOOL_CALL;
	}
	return 0;
}

static int read_text(struct reading *reading, struct slice value, struct error *err)
{
	struct slice format = json_member(value, "format");

	if (json_text_is(json_member(format, "type"), "json_object"))
		reading->to->answer = ANSWER_JSON;
	else if (json_text_is(json_member(format, "type"), "json_schema"))
		openai_read_schema(reading->to, format, reading->arena);
	reading->to->verbosity = json_as_slice(json_member(value, "verbosity"), reading->arena);
	if (reading->to->verbosity.ptr)
		reading->to->features |= FEATURE_VERBOSITY;
	return 0;
}

static int read_effort(struct reading *reading, struct slice value, struct error *err)
{
	struct slice mode = json_member(value, "mode");

	if (json_scan_type(mode) > JSON_NIL && !json_text_is(mode, "standard"))
		return error_set(err, ERROR_UNSUPPORTED,
		    "reasoning.mode: only standard has a known price here; leave it out");
	reading->to->effort =
	    effort_from_name(json_as_slice(json_member(value, "effort"), reading->arena));
	return 0;
}

static int read_max_tokens(struct reading *reading, struct slice value, struct error *err)
{
	return reading_whole(
	    value, "max_output_tokens", 1, READING_TOKENS_MAX, &reading->request->max_tokens, err);
}

static int read_user(struct reading *reading, struct slice value, struct error *err)
{
	reading->to->user = json_as_slice(value, reading->arena);
	reading->to->features |= FEATURE_USER;
	return 0;
}

static int read_background(struct reading *reading, struct slice value, struct error *err)
{
	return slice_is(value, "false") ? 0
					: error_set(err, ERROR_UNSUPPORTED,
					      "background: needs a stored response, which this "
					      "gateway does not keep; leave it out");
}

static int read_store(struct reading *reading, struct slice value, struct error *err)
{
	return slice_is(value, "false") ? 0
					: error_set(err, ERROR_UNSUPPORTED,
					      "store: this gateway keeps no responses; send store: "
					      "false, or leave it out");
}

static int refuse_state(struct reading *reading, struct slice value, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
	    "previous_response_id, conversation and prompt: this gateway keeps no responses; send "
	    "the whole input");
}

static int read_service_tier(struct reading *reading, struct slice value, struct error *err)
{
	if (chat_request_check_tier(value, err) != 0)
		return -1;
	if (!json_text_is(value, "auto") && !json_text_is(value, "default"))
		reading->to->features |= FEATURE_SERVICE_TIER;
	return 0;
}

/* clang-format off */
static const struct reading_row rows[] = {
	{ "model",                reading_model,     0, 0 },
	{ "instructions",         read_instructions, 0, 0 },
	{ "input",                read_input,        0, 0 },
	{ "max_output_tokens",    read_max_tokens,   0, 0 },
	{ "stream",               reading_stream,    0, 0 },
	{ "stream_options",       reading_ignored,   0, 0 },
	{ "tools",                read_tools,        0, 0 },
	{ "tool_choice",          read_choice,       0, 0 },
	{ "parallel_tool_calls",  read_parallel,     0, 0 },
	{ "text",                 read_text,         0, 0 },
	{ "reasoning",            read_effort,       0, 0 },
	{ "user",                 read_user,         0, 0 },
	{ "safety_identifier",    read_user,         0, 0 },
	{ "store",                read_store,        0, 0 },
	{ "background",           read_background,   0, 0 },
	{ "previous_response_id", refuse_state,      0, 0 },
	{ "conversation",         refuse_state,      0, 0 },
	{ "prompt",               refuse_state,      0, 0 },
	{ "service_tier",         read_service_tier, 0, 0 },
	{ "include",              reading_ignored,   0, 0 },
	{ "truncation",           reading_ignored,   0, 0 },
	{ "prompt_cache_key",     reading_ignored,   0, 0 },
	{ "max_tool_calls",       reading_ignored,   0, 0 },
	{ "metadata",             reading_ignored,   FEATURE_METADATA, 0 },
	{ "temperature",          reading_ignored,   0, READING_NUMBER(temperature) },
	{ "top_p",                reading_ignored,   0, READING_NUMBER(top_p) },
	{ "top_logprobs",         reading_ignored,   FEATURE_LOGPROBS, 0 },
};
/* clang-format on */

int responses_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	struct reading reading = { .rows = rows, .row_count = sizeof rows / sizeof rows[0] };

	if (reading_run(&reading, WIRE_RESPONSES, body, path_model, arena, out, err) != 0)
		return -1;
	if (!json_member(body, "input").ptr)
		return error_set(
		    err, ERROR_BAD_REQUEST, "input: missing; expected a string or an array");
	return 0;
}
