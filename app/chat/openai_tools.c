/*
 * The tools of an OpenAI chat request, and which of them may be called.
 *
 * Shapes that other vendors' tools send to this endpoint are taken too: Anthropic's {name,
 * input_schema}, and flat function tools.
 */
#include "chat/openai_chat.h"

#include "base/json_scan.h"
#include "chat/client_tools.h"

#include "base/banned.h"

static void openai_tools_read_one(
    struct chat_conversation *to, struct slice value, struct arena *arena)
{
	struct slice function = json_member(value, "function"), schema;
	struct chat_tool *tool;

	if (json_text_is(json_member(value, "type"), "custom") &&
	    json_scan_type(json_member(value, "custom")) == JSON_MAP) {
		*conversation_add_tool(to, arena) =
		    client_tool_custom(json_member(value, "custom"), arena);
		to->added_bytes += CLIENT_TOOL_BYTES;
		return;
	}
	if (json_scan_type(function) != JSON_MAP)
		function = value; /* flat, as the Responses API and Anthropic have it */
	tool = conversation_add_tool(to, arena);
	tool->name = json_as_slice(json_member(function, "name"), arena);
	tool->description = json_as_slice(json_member(function, "description"), arena);
	schema = json_member(function, "parameters");
	if (json_scan_type(schema) != JSON_MAP)
		schema = json_member(function, "input_schema");
	if (json_scan_type(schema) == JSON_MAP)
		tool->schema = schema;
	tool->strict_set = json_as_bool(json_member(function, "strict"), &tool->strict);
	tool->cached = conversation_cache_mark(value, &tool->cached_1h);
}

void openai_read_tools(struct chat_conversation *to, struct slice tools, struct arena *arena)
{
	for (struct json_cursor tool = json_cursor(tools); json_next(&tool);)
		if (json_scan_type(tool.value) == JSON_MAP)
			openai_tools_read_one(to, tool.value, arena);
}

static void choose_by_name(struct chat_conversation *to, struct slice name)
{
	to->tool_choice = slice_is(name, "none")       ? TOOLS_NONE
			  : slice_is(name, "required") ? TOOLS_REQUIRED
			  : slice_is(name, "any")      ? TOOLS_REQUIRED
						       : TOOLS_AUTO;
}

static struct slice name_in(struct slice object, struct arena *arena)
{
	struct slice function = json_member(object, "function");

	if (json_scan_type(function) != JSON_MAP)
		function = json_member(object, "custom");
	if (json_scan_type(function) == JSON_MAP)
		return json_as_slice(json_member(function, "name"), arena);
	return client_tool_chosen(object, arena);
}

static void read_allowed(struct chat_conversation *to, struct slice choice, struct arena *arena)
{
	struct slice allowed = json_member(choice, "allowed_tools"), tools;
	size_t room = 0;

	if (json_scan_type(allowed) != JSON_MAP)
		allowed = choice; /* flat, as the Responses API has it */
	choose_by_name(to, json_as_slice(json_member(allowed, "mode"), arena));
	tools = json_member(allowed, "tools");
	for (struct json_cursor tool = json_cursor(tools); json_next(&tool);)
		room++;
	to->allowed = arena_alloc(arena, (room + 1) * sizeof *to->allowed);
	for (struct json_cursor tool = json_cursor(tools); json_next(&tool);)
		to->allowed[to->allowed_count++] = name_in(tool.value, arena);
}

void openai_read_tool_choice(struct chat_conversation *to, struct slice choice, struct arena *arena)
{
	if (json_scan_type(choice) == JSON_TEXT) {
		choose_by_name(to, json_as_slice(choice, arena));
	} else if (json_scan_type(choice) != JSON_MAP) {
		return;
	} else if (json_text_is(json_member(choice, "type"), "allowed_tools")) {
		read_allowed(to, choice, arena);
	} else {
		to->tool_choice = TOOLS_NAMED;
		to->tool_name = name_in(choice, arena);
	}
}
