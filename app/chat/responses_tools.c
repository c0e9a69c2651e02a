/*
 * The tools of a Responses request: in its list, in an item additional_tools, in the result of a
 * search.  See chat/client_tools.h for those that other formats get as functions.
 */
#include "chat/responses.h"

#include "base/json_scan.h"
#include "chat/client_tools.h"
#include "chat/openai_chat.h"

#include "base/banned.h"

#define JOINED_BYTES 8 /* "__" and the quotes around a name, per tool */

static int refuse(const char *member, struct slice type, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
	    "%s: a tool of type '%.*s' runs at OpenAI and has no bound here; use function tools",
	    member, (int)(type.len < 64 ? type.len : 64), type.ptr ? type.ptr : "");
}

static bool is_same(const struct chat_tool *a, const struct chat_tool *b)
{
	return a->kind == b->kind && slice_equal(a->space, b->space) &&
	       slice_equal(a->own_name, b->own_name);
}

/* A search may load the same tool again. */
static void responses_tools_keep(struct reading *reading, const struct chat_tool *tool)
{
	struct chat_conversation *to = reading->to;

	for (size_t i = 0; i < to->tool_count; i++) {
		if (!slice_equal(to->tools[i].name, tool->name))
			continue;
		if (!is_same(&to->tools[i], tool))
			to->fault = arena_printf(reading->arena,
			    "tools: two of them would have the name '%.*s'",
			    (int)(tool->name.len < 128 ? tool->name.len : 128), tool->name.ptr);
		return;
	}
	*conversation_add_tool(to, reading->arena) = *tool;
	if (tool->space.len)
		to->added_bytes += (int64_t)tool->space.len + JOINED_BYTES;
}

static void read_one(
    struct reading *reading, const struct client_tool *of, struct slice space, struct slice value)
{
	struct arena *arena = reading->arena;
	struct chat_tool tool = { .kind = of->kind };
	struct slice own = json_as_slice(json_member(value, "name"), arena);

	if (of->kind != TOOL_FUNCTION && of->kind != TOOL_CUSTOM)
		own = slice_of(of->type);
	tool.name = client_tool_flat_name(space, own, arena);
	if (tool.name.len != own.len) {
		tool.space = space;
		tool.own_name = own;
	}
	if (of->kind == TOOL_CUSTOM) {
		struct chat_tool custom = client_tool_custom(value, arena);

		tool.description = custom.description;
		tool.schema = custom.schema;
	} else {
		tool.description = json_as_slice(json_member(value, "description"), arena);
		tool.schema = of->schema ? slice_of(of->schema) : json_member(value, "parameters");
		if (json_scan_type(tool.schema) != JSON_MAP)
			tool.schema = (struct slice){ NULL, 0 };
		tool.strict_set = json_as_bool(json_member(value, "strict"), &tool.strict);
	}
	responses_tools_keep(reading, &tool);
	if (of->schema)
		reading->to->added_bytes += CLIENT_TOOL_BYTES;
}

/* A shell in a container of OpenAI's costs by the minute. */
static bool runs_at_client(const struct client_tool *of, struct slice value)
{
	struct slice environment = json_member(value, "environment");

	return !of || of->kind != TOOL_SHELL || json_scan_type(environment) != JSON_MAP ||
	       json_text_is(json_member(environment, "type"), "local");
}

/* A search at OpenAI has nothing to find elsewhere: every tool is told at once. */
static bool is_search_at_provider(const struct client_tool *of, struct slice value)
{
	return of->kind == TOOL_SEARCH && !json_text_is(json_member(value, "execution"), "client");
}

/* A container of OpenAI's costs by its memory, and one that is named is kept there. */
static bool is_bounded(const struct server_tool *row, struct slice value)
{
	struct slice container = json_member(value, "container"),
		     memory = json_member(container, "memory_limit");

	return row->id != SERVER_CODE_INTERPRETER || json_scan_type(container) <= JSON_NIL ||
	       (json_text_is(json_member(container, "type"), "auto") &&
		   (json_scan_type(memory) <= JSON_NIL || json_text_is(memory, "1g")));
}

static int responses_tools_read_tool(
    struct reading *reading, struct slice space, struct slice value, struct error *err)
{
	struct slice type = json_as_slice(json_member(value, "type"), reading->arena);
	const struct client_tool *of = client_tool_by_type(type);

	const struct server_tool *row =
	    space.ptr ? NULL : server_tool_by_type(TOOLS_OF_RESPONSES, type);

	reading->request->has_tools = true;
	if (row && !is_bounded(row, value)) {
		return error_set(err, ERROR_UNSUPPORTED,
		    "tools: code_interpreter's container has a known price here only as {type: "
		    "auto}, with memory_limit 1g or none");
	} else if (row) {
		reading_server_tool(reading, row, type, (struct slice){ NULL, 0 });
	} else if (type.ptr && strncmp(type.ptr, "computer", 8) == 0 && type.len >= 8) {
		reading->to->features |= FEATURE_VENDOR_TOOLS;
		reading->to->other = type;
	} else if (!of || !runs_at_client(of, value)) {
		return refuse("tools", type, err);
	} else if (!is_search_at_provider(of, value)) {
		read_one(reading, of, space, value);
	}
	return 0;
}

static int read_namespace(struct reading *reading, struct slice value, struct error *err)
{
	struct slice space = json_as_slice(json_member(value, "name"), reading->arena);

	if (!space.ptr)
		return error_set(err, ERROR_BAD_REQUEST, "tools: a namespace without a name");
	for (struct json_cursor tool = json_cursor(json_member(value, "tools")); json_next(&tool);)
		if (responses_tools_read_tool(reading, space, tool.value, err) != 0)
			return -1;
	return 0;
}

int responses_read_tools(struct reading *reading, struct slice value, struct error *err)
{
	const struct slice none = { NULL, 0 };

	for (struct json_cursor tool = json_cursor(value); json_next(&tool);)
		if ((json_text_is(json_member(tool.value, "type"), "namespace")
			    ? read_namespace(reading, tool.value, err)
			    : responses_tools_read_tool(reading, none, tool.value, err)) != 0)
			return -1;
	return 0;
}

int responses_read_choice(struct reading *reading, struct slice value, struct error *err)
{
	struct slice type = json_scan_type(value) == JSON_MAP
				? json_as_slice(json_member(value, "type"), reading->arena)
				: (struct slice){ NULL, 0 };

	openai_read_tool_choice(reading->to, value, reading->arena);
	if (server_tool_by_type(TOOLS_OF_RESPONSES, type)) {
		reading->to->tool_choice = TOOLS_NAMED;
		reading->to->tool_name = type;
	}
	return 0;
}
