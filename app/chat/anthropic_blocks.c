/*
 * The blocks of an Anthropic Messages request.
 *
 * Those that only Anthropic's own servers understand are marked; such a request goes to deployments
 * of the same format, byte by byte.
 */
#include "base/json_scan.h"
#include "chat/anthropic_chat.h"

#include "base/banned.h"

#define REFERENCE_BYTES 40 /* of the words around the name of a tool */

static void read_cache(struct chat_part *part, struct slice block)
{
	part->cached = conversation_cache_mark(block, &part->cached_1h);
}

/* The words of a text, or of a list of blocks. */
static struct slice words_in(
    struct chat_conversation *to, struct slice content, struct arena *arena)
{
	struct chat_turn turn = { .role = CHAT_USER };

	anthropic_read_blocks(to, &turn, content, arena);
	return parts_text(turn.parts, turn.part_count, "\n", arena);
}

static void read_source(
    struct chat_conversation *to, struct chat_part *part, struct slice block, struct arena *arena)
{
	struct slice source = json_member(block, "source"),
		     type = json_as_slice(json_member(source, "type"), arena);

	part->mime = json_as_slice(json_member(source, "media_type"), arena);
	part->name = json_as_slice(json_member(block, "title"), arena);
	if (slice_is(type, "base64")) {
		part->data = json_as_slice(json_member(source, "data"), arena);
	} else if (slice_is(type, "url")) {
		part->url = json_as_slice(json_member(source, "url"), arena);
	} else if (slice_is(type, "text")) {
		part->text = json_as_slice(json_member(source, "data"), arena);
	} else if (slice_is(type, "content")) {
		part->text = words_in(to, json_member(source, "content"), arena);
	} else {
		to->features |= FEATURE_FILE_IDS;
	}
	conversation_settle_media(to, part);
}

static void read_text(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	struct chat_part *part = turn_add_part(turn, PART_TEXT, arena);

	read_cache(part, block);
	part->text = json_as_slice(json_member(block, "text"), arena);
}

/* What the client found by itself: its words, under their title and source. */
static void read_found(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	struct slice title = json_as_slice(json_member(block, "title"), arena),
		     source = json_as_slice(json_member(block, "source"), arena),
		     text = words_in(to, json_member(block, "content"), arena);
	struct chat_part *part = turn_add_part(turn, PART_TEXT, arena);

	read_cache(part, block);
	part->text = slice_of(
	    arena_printf(arena, "%.*s\n%.*s\n%.*s", (int)title.len, title.ptr ? title.ptr : "",
		(int)source.len, source.ptr ? source.ptr : "", (int)text.len, text.ptr));
}

/* A tool that the client's own search found: elsewhere all tools are offered from the start. */
static void read_reference(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	struct slice name = json_as_slice(json_member(block, "tool_name"), arena);

	turn_add_part(turn, PART_TEXT, arena)->text = slice_of(arena_printf(
	    arena, "The tool %.*s can be called now.", (int)name.len, name.ptr ? name.ptr : ""));
	to->added_bytes += REFERENCE_BYTES;
}

/* What ran at Anthropic in an earlier turn: its answer stands in the text after it. */
static void read_past(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	to->features |= FEATURE_PAST_TOOLS;
}

static void read_medium(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	struct slice context = json_as_slice(json_member(block, "context"), arena);
	bool image = json_text_is(json_member(block, "type"), "image");
	struct chat_part *part;

	if (context.len > 0)
		turn_add_part(turn, PART_TEXT, arena)->text = context;
	part = turn_add_part(turn, image ? PART_IMAGE : PART_DOCUMENT, arena);
	read_cache(part, block);
	read_source(to, part, block, arena);
}

static void read_call(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	struct chat_part *part = turn_add_part(turn, PART_TOOL_CALL, arena);

	read_cache(part, block);
	part_set_id(part, json_as_slice(json_member(block, "id"), arena));
	part->name = json_as_slice(json_member(block, "name"), arena);
	part->arguments = json_member(block, "input");
	if (json_scan_type(part->arguments) != JSON_MAP)
		part->arguments = slice_of("{}");
}

static void read_result(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	struct chat_turn content = { .role = CHAT_USER };
	struct chat_part *part = turn_add_part(turn, PART_TOOL_RESULT, arena);

	read_cache(part, block);
	part_set_id(part, json_as_slice(json_member(block, "tool_use_id"), arena));
	(void)json_as_bool(json_member(block, "is_error"), &part->is_error);
	anthropic_read_blocks(to, &content, json_member(block, "content"), arena);
	part->parts = content.parts;
	part->part_count = content.part_count;
}

static void read_thinking(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	bool redacted = json_text_is(json_member(block, "type"), "redacted_thinking");
	struct chat_part *part = turn_add_part(turn, PART_REASONING, arena);

	part->redacted = redacted;
	part->text = json_as_slice(json_member(block, "thinking"), arena);
	part_set_signature(part,
	    json_as_slice(json_member(block, redacted ? "data" : "signature"), arena),
	    WIRE_ANTHROPIC);
}

static const struct block_row {
	const char *type;
	void (*read)(struct chat_conversation *to, struct chat_turn *turn, struct slice block,
	    struct arena *arena);
} block_rows[] = {
	/* clang-format off */
	{ "text",                                   read_text },
	{ "image",                                  read_medium },
	{ "document",                               read_medium },
	{ "tool_use",                               read_call },
	{ "tool_result",                            read_result },
	{ "thinking",                               read_thinking },
	{ "redacted_thinking",                      read_thinking },
	{ "search_result",                          read_found },
	{ "tool_reference",                         read_reference },
	{ "server_tool_use",                        read_past },
	{ "web_search_tool_result",                 read_past },
	{ "web_fetch_tool_result",                  read_past },
	{ "code_execution_tool_result",             read_past },
	{ "bash_code_execution_tool_result",        read_past },
	{ "text_editor_code_execution_tool_result", read_past },
	{ "tool_search_tool_result",                read_past },
	{ "mcp_tool_use",                           read_past },
	{ "mcp_tool_result",                        read_past },
	/* clang-format on */
};

static void read_block(
    struct chat_conversation *to, struct chat_turn *turn, struct slice block, struct arena *arena)
{
	struct slice type = json_as_slice(json_member(block, "type"), arena);

	for (size_t i = 0; i < sizeof block_rows / sizeof block_rows[0]; i++)
		if (slice_is(type, block_rows[i].type)) {
			block_rows[i].read(to, turn, block, arena);
			return;
		}
	to->features |= FEATURE_VENDOR_TOOLS;
	to->other = type;
}

void anthropic_read_blocks(
    struct chat_conversation *to, struct chat_turn *turn, struct slice content, struct arena *arena)
{
	if (json_scan_type(content) == JSON_TEXT)
		turn_add_part(turn, PART_TEXT, arena)->text = json_as_slice(content, arena);
	else if (json_scan_type(content) == JSON_LIST)
		for (struct json_cursor block = json_cursor(content); json_next(&block);)
			read_block(to, turn, block.value, arena);
}
