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
	json_write(json, "{type:'function'");
	if (shape == SHAPE_RESPONSES)
		return;
	json_write(json, "function:{");
}

static void close_function(struct text *json, enum openai_shape shape)
{
	if (shape == SHAPE_CHAT)
		json_write(json, "}");
	json_write(json, "}");
}

static void put_tool(
    struct text *json, const struct chat_tool *tool, enum openai_shape shape, struct arena *arena)
{
	open_function(json, shape);
	json_write(json, "name:%", tool->name);
	if (tool->description.ptr)
		json_write(json, "description:%", tool->description);
	json_write(json, "parameters:%r", call_object_schema(tool->schema, arena));
	if (tool->strict_set || shape == SHAPE_RESPONSES)
		json_write(json, "strict:%b", tool->strict_set && tool->strict);
	close_function(json, shape);
}

static void openai_pieces_put_choice(
    struct text *json, const struct chat_conversation *from, enum openai_shape shape)
{
	static const char *const words[] = {
		[TOOLS_AUTO] = "auto", [TOOLS_NONE] = "none", [TOOLS_REQUIRED] = "required"
	};

	if (from->tool_choice == TOOLS_NAMED) {
		json_write(json, "tool_choice:");
		open_function(json, shape);
		json_write(json, "name:%", from->tool_name);
		close_function(json, shape);
	} else if (from->tool_choice != TOOLS_UNSET) {
		json_write(json, "tool_choice:%", words[from->tool_choice]);
	}
	if (from->one_tool_call)
		json_write(json, "parallel_tool_calls:false");
}

void openai_put_tools(struct text *json, const struct chat_conversation *from,
    enum openai_shape shape, struct arena *arena)
{
	if (from->tool_count == 0)
		return;
	json_write(json, "tools:[");
	for (size_t i = 0; i < from->tool_count; i++)
		if (conversation_allows(from, from->tools[i].name))
			put_tool(json, &from->tools[i], shape, arena);
	json_write(json, "]");
	openai_pieces_put_choice(json, from, shape);
}

void openai_put_schema(
    struct text *json, const struct chat_conversation *from, enum openai_shape shape)
{
	json_write(json, "name:%", from->schema_name.len ? from->schema_name : slice_of("output"));
	if (from->schema_description.len)
		json_write(json, "description:%", from->schema_description);
	json_write(json, "schema:%r", from->schema);
	if (from->schema_strict || shape == SHAPE_RESPONSES)
		json_write(json, "strict:%b", from->schema_strict);
}
