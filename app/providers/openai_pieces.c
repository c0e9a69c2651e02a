/*
 * What chat and Responses bodies say alike.  See the header.
 */
#include "providers/openai_pieces.h"

#include "base/json_write.h"
#include "providers/call_parts.h"

#include "base/banned.h"

/* {"type":"function", and where the function's members stand. */
static void open_function(struct text *json, enum openai_shape shape)
{
	json_open(json, '{');
	json_pair_text(json, "type", "function");
	if (shape == SHAPE_RESPONSES)
		return;
	json_key(json, "function");
	json_open(json, '{');
}

static void close_function(struct text *json, enum openai_shape shape)
{
	if (shape == SHAPE_CHAT)
		json_close(json, '}');
	json_close(json, '}');
}

static void put_tool(
    struct text *json, const struct chat_tool *tool, enum openai_shape shape, struct arena *arena)
{
	open_function(json, shape);
	json_pair(json, "name", tool->name);
	if (tool->description.ptr)
		json_pair(json, "description", tool->description);
	json_pair_raw(json, "parameters", call_object_schema(tool->schema, arena));
	if (tool->strict_set || shape == SHAPE_RESPONSES)
		json_pair_bool(json, "strict", tool->strict_set && tool->strict);
	close_function(json, shape);
}

static void openai_pieces_put_choice(
    struct text *json, const struct chat_conversation *from, enum openai_shape shape)
{
	static const char *const words[] = {
		[TOOLS_AUTO] = "auto", [TOOLS_NONE] = "none", [TOOLS_REQUIRED] = "required"
	};

	if (from->tool_choice == TOOLS_NAMED) {
		json_key(json, "tool_choice");
		open_function(json, shape);
		json_pair(json, "name", from->tool_name);
		close_function(json, shape);
	} else if (from->tool_choice != TOOLS_UNSET) {
		json_pair_text(json, "tool_choice", words[from->tool_choice]);
	}
	if (from->one_tool_call)
		json_pair_bool(json, "parallel_tool_calls", false);
}

void openai_put_tools(struct text *json, const struct chat_conversation *from,
    enum openai_shape shape, struct arena *arena)
{
	if (from->tool_count == 0)
		return;
	json_key(json, "tools");
	json_open(json, '[');
	for (size_t i = 0; i < from->tool_count; i++)
		if (conversation_allows(from, from->tools[i].name))
			put_tool(json, &from->tools[i], shape, arena);
	json_close(json, ']');
	openai_pieces_put_choice(json, from, shape);
}

void openai_put_schema(
    struct text *json, const struct chat_conversation *from, enum openai_shape shape)
{
	json_pair(json, "name", from->schema_name.len ? from->schema_name : slice_of("output"));
	if (from->schema_description.len)
		json_pair(json, "description", from->schema_description);
	json_pair_raw(json, "schema", from->schema);
	if (from->schema_strict || shape == SHAPE_RESPONSES)
		json_pair_bool(json, "strict", from->schema_strict);
}

struct slice openai_data_url(const struct chat_part *part, const char *mime, struct arena *arena)
{
	struct slice type = part->mime.len ? part->mime : slice_of(mime);

	return slice_of(arena_printf(arena, "data:%.*s;base64,%.*s", (int)type.len, type.ptr,
	    (int)part->data.len, part->data.ptr));
}
