/*
 * Tools that run at a client of the Responses format: the table, and a call's two shapes.
 * See the header.  Shapes: OpenAI's description of its API, 2.3.0, and Codex 0.171.0 as it was run.
 */
#include "chat/client_tools.h"

#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

#define JOINT    "__"
#define NO_SPACE "functions"
#define ARGUMENTS_MAX                                                                              \
	((size_t)64 << 20) /* a call stands in a body, or an answer, that is limited */

#define STRING  "{\"type\":\"string\"}"
#define INTEGER "{\"type\":\"integer\"}"
#define STRINGS "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"

static const struct client_tool table[] = {
	/* clang-format off */
	{ TOOL_FUNCTION, "function", "function_call", "fc", "arguments", NULL },
	{ TOOL_CUSTOM, "custom", "custom_tool_call", "ctc", "input",
	  "{\"type\":\"object\",\"properties\":{\"input\":" STRING "},\"required\":[\"input\"]}" },
	{ TOOL_SEARCH, "tool_search", "tool_search_call", "tsc", "arguments", NULL },
	{ TOOL_LOCAL_SHELL, "local_shell", "local_shell_call", "lsh", "action",
	  "{\"type\":\"object\",\"properties\":{\"command\":" STRINGS ",\"working_directory\":" STRING
	  ",\"timeout_ms\":" INTEGER "},\"required\":[\"command\"]}" },
	{ TOOL_SHELL, "shell", "shell_call", "sh", "action",
	  "{\"type\":\"object\",\"properties\":{\"commands\":" STRINGS ",\"timeout_ms\":" INTEGER
	  ",\"max_output_length\":" INTEGER "},\"required\":[\"commands\"]}" },
	{ TOOL_APPLY_PATCH, "apply_patch", "apply_patch_call", "apc", "operation",
	  "{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\",\"enum\":[\"create_file\","
	  "\"update_file\",\"delete_file\"]},\"path\":" STRING ",\"diff\":" STRING
	  "},\"required\":[\"type\",\"path\"]}" },
	/* clang-format on */
};

#define ROWS (sizeof table / sizeof table[0])

const struct client_tool *client_tool_of(enum tool_kind kind)
{
	for (size_t i = 0; i < ROWS; i++)
		if (table[i].kind == kind)
			return &table[i];
	return &table[0];
}

const struct client_tool *client_tool_by_type(struct slice type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (slice_is(type, table[i].type))
			return &table[i];
	return NULL;
}

const struct client_tool *client_tool_by_call(struct slice item_type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (slice_is(item_type, table[i].call_type))
			return &table[i];
	return NULL;
}

bool client_tool_is_offer(struct slice tool)
{
	return json_scan_type(tool) == JSON_MAP &&
	       json_text_begins(json_member(tool, "type"), "web_search");
}

struct slice client_tool_flat_name(struct slice space, struct slice name, struct arena *arena)
{
	if (space.len == 0 || slice_is(space, NO_SPACE))
		return name;
	return slice_of(arena_printf(
	    arena, "%.*s" JOINT "%.*s", (int)space.len, space.ptr, (int)name.len, name.ptr));
}

struct slice client_tool_chosen(struct slice choice, struct arena *arena)
{
	const struct client_tool *of =
	    client_tool_by_type(json_as_slice(json_member(choice, "type"), arena));

	if (of && of->kind != TOOL_FUNCTION && of->kind != TOOL_CUSTOM)
		return slice_of(of->type);
	return client_tool_flat_name(json_as_slice(json_member(choice, "namespace"), arena),
	    json_as_slice(json_member(choice, "name"), arena), arena);
}

/* ---- to a function ---- */

static struct slice described(struct slice description, struct slice grammar, struct arena *arena)
{
	struct slice syntax = json_as_slice(json_member(grammar, "syntax"), arena),
		     definition = json_as_slice(json_member(grammar, "definition"), arena);

	if (!definition.len)
		return description;
	return slice_of(arena_printf(arena, "%.*s%sThe input follows this %.*s grammar:\n%.*s",
	    (int)description.len, description.ptr ? description.ptr : "",
	    description.len ? "\n\n" : "", (int)syntax.len, syntax.ptr ? syntax.ptr : "",
	    (int)definition.len, definition.ptr));
}

struct chat_tool client_tool_custom(struct slice value, struct arena *arena)
{
	struct slice format = json_member(value, "format"),
		     grammar = json_member(format, "grammar");
	struct chat_tool tool = { .kind = TOOL_CUSTOM };

	tool.name = json_as_slice(json_member(value, "name"), arena);
	tool.description = described(json_as_slice(json_member(value, "description"), arena),
	    json_scan_type(grammar) == JSON_MAP ? grammar : format, arena);
	tool.schema = slice_of(client_tool_of(TOOL_CUSTOM)->schema);
	return tool;
}

static struct slice in_arena(const struct text *json, struct arena *arena)
{
	return (struct slice){ arena_copy_slice(arena, text_slice(json)), json->len };
}

/* What the client left open says nothing; the type of a shell's action is always the same. */
static bool is_said(const struct client_tool *of, const struct json_cursor *member)
{
	return json_scan_type(member->value) != JSON_NIL &&
	       !(of->kind == TOOL_LOCAL_SHELL && json_key_is(member, "type"));
}

static struct slice object_arguments(
    const struct client_tool *of, struct slice content, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(ARGUMENTS_MAX);

	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(content); json_next(&member);)
		if (is_said(of, &member)) {
			json_write(&json, "%:", arena_copy_slice(arena, member.key));
			json_put_raw(&json, member.value);
		}
	json_write(&json, "}");
	return in_arena(&json, arena);
}

static struct slice text_arguments(struct slice content, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(ARGUMENTS_MAX);

	json_write(&json, "{input:%r}", content.ptr ? content : slice_of("\"\""));
	return in_arena(&json, arena);
}

struct slice client_tool_arguments(
    const struct client_tool *of, struct slice content, struct arena *arena)
{
	if (json_scan_type(content) == JSON_MAP)
		return object_arguments(of, content, arena);
	return of->kind == TOOL_CUSTOM ? text_arguments(content, arena)
				       : json_as_slice(content, arena);
}

/* ---- and back ---- */

const struct chat_tool *client_tools_find(
    const struct chat_conversation *conversation, struct slice name)
{
	const struct chat_tool *found = NULL;

	for (size_t i = 0; i < conversation->tool_count; i++)
		if (slice_equal(conversation->tools[i].name, name))
			return &conversation->tools[i];
	for (size_t i = 0; i < conversation->tool_count; i++) {
		const struct chat_tool *tool = &conversation->tools[i];

		if (!tool->own_name.ptr || !slice_equal(tool->own_name, name))
			continue;
		if (found)
			return NULL;
		found = tool;
	}
	return found;
}

/* A model may write what is no JSON, or no object. */
static struct slice client_tools_as_object(struct slice arguments)
{
	return json_scan_check(arguments, NULL) == 0 && json_scan_type(arguments) == JSON_MAP
		   ? arguments
		   : slice_of("{}");
}

struct slice client_tool_input(struct slice arguments, struct arena *arena)
{
	struct slice object = client_tools_as_object(arguments),
		     input = json_as_slice(json_member(object, "input"), arena);

	if (input.ptr)
		return input;
	return arguments.len ? arguments : slice_of("");
}

static void put_local_action(struct text *json, struct slice arguments, struct arena *arena)
{
	json_write(json, "{type:'exec'");
	if (json_scan_type(json_member(arguments, "command")) != JSON_LIST)
		json_write(json, "command:[]");
	if (json_scan_type(json_member(arguments, "env")) != JSON_MAP)
		json_write(json, "env:{}");
	for (struct json_cursor member = json_cursor(arguments); json_next(&member);) {
		if (json_key_is(&member, "type") || json_scan_type(member.value) == JSON_NIL)
			continue;
		json_write(json, "%:", arena_copy_slice(arena, member.key));
		json_put_raw(json, member.value);
	}
	json_write(json, "}");
}

static void put_content(struct text *json, const struct client_tool *of,
    const struct client_call *call, struct arena *arena)
{
	json_write(json, "%:", of->content);
	switch (of->kind) {
	case TOOL_FUNCTION:
		json_put(
		    json, call->done && !call->arguments.len ? slice_of("{}") : call->arguments);
		break;
	case TOOL_CUSTOM:
		json_put(
		    json, call->done ? client_tool_input(call->arguments, arena) : slice_of(""));
		break;
	case TOOL_LOCAL_SHELL:
		put_local_action(json, client_tools_as_object(call->arguments), arena);
		break;
	default:
		json_put_raw(json, client_tools_as_object(call->arguments));
	}
}

void client_tool_put_call(
    struct text *json, const struct client_call *call, const char *status, struct arena *arena)
{
	const struct chat_tool *tool = call->tool;
	const struct client_tool *of = client_tool_of(tool ? tool->kind : TOOL_FUNCTION);

	json_write(json, "type:%, status:%, call_id:%", of->call_type, status, call->call_id);
	if (of->kind == TOOL_FUNCTION || of->kind == TOOL_CUSTOM)
		json_write(json, "name:%", call->name);
	if (tool && tool->space.len)
		json_write(json, "namespace:%", tool->space);
	if (of->kind == TOOL_SEARCH)
		json_write(json, "execution:'client'");
	put_content(json, of, call, arena);
}
