/*
 * An Anthropic Messages request: what the relay has to know of it, and the neutral conversation.
 *
 * Blocks and tools that only Anthropic's own servers understand are marked; such a request goes to
 * deployments of the same format, byte by byte.
 */
#include "chat/anthropic_chat.h"
#include "chat/client_tools.h"

#include "base/json_scan.h"
#include "chat/request_facts.h"

#include "base/banned.h"

/* ---- members ---- */

static bool is_content(struct slice value)
{
	enum json_type type = json_scan_type(value);

	return type == JSON_TEXT || type == JSON_LIST || type == JSON_NIL || type == JSON_MISSING;
}

/* Content of another type is Anthropic's to judge, and has no translation: it would be left out
 * without a word.  Nobody here knows what it weighs. */
static void note_content(struct reading *reading, struct slice content, const char *where)
{
	struct chat_conversation *to = reading->to;

	if (is_content(content) || to->fault)
		return;
	to->features |= FEATURE_VENDOR_TOOLS;
	to->fault = arena_printf(reading->arena, "%s: expected a text or a list of blocks", where);
}

/* The message's content, and that of results in it. */
static void check_content(struct reading *reading, struct slice content, size_t index)
{
	note_content(reading, content, arena_printf(reading->arena, "messages.%zu.content", index));
	if (json_scan_type(content) != JSON_LIST)
		return;
	for (struct json_cursor block = json_cursor(content); json_next(&block);)
		if (json_text_is(json_member(block.value, "type"), "tool_result"))
			note_content(reading, json_member(block.value, "content"),
			    arena_printf(
				reading->arena, "messages.%zu: a tool_result's content", index));
}

static int anthropic_in_read_messages(
    struct reading *reading, struct slice value, struct error *err)
{
	struct chat_conversation *to = reading->to;
	size_t index = 0;

	for (struct json_cursor message = json_cursor(value); json_next(&message); index++) {
		struct slice role =
		    json_as_slice(json_member(message.value, "role"), reading->arena);
		enum chat_role is = slice_is(role, "assistant") ? CHAT_ASSISTANT
				    : slice_is(role, "system")  ? CHAT_SYSTEM
								: CHAT_USER;

		if (is == CHAT_USER && !slice_is(role, "user"))
			return error_set(err, ERROR_BAD_REQUEST,
			    "messages.%zu.role: expected user or assistant", index);
		check_content(reading, json_member(message.value, "content"), index);
		anthropic_read_blocks(to, conversation_add_turn(to, is, reading->arena),
		    json_member(message.value, "content"), reading->arena);
	}
	return index > 0 ? 0
			 : error_set(err, ERROR_BAD_REQUEST,
			       "messages: at least one message is required");
}

/* Claude Code's first block, "x-anthropic-billing-header: cc_version=...", changes with every
 * request.  It means something to Anthropic alone, which gets the client's own bytes; elsewhere no
 * prefix would ever be found in a cache again, and the whole prompt be billed anew. */
static struct slice without_attribution(struct slice text)
{
	static const struct slice mark = SLICE("x-anthropic-billing-header:");
	const char *end;

	if (text.len < mark.len || memcmp(text.ptr, mark.ptr, mark.len) != 0)
		return text;
	end = memchr(text.ptr, '\n', text.len);
	return end ? (struct slice){ end + 1, (size_t)(text.ptr + text.len - end) - 1 }
		   : (struct slice){ text.ptr, 0 };
}

static void read_instructions(struct reading *reading, struct chat_turn *turn, struct slice value)
{
	size_t kept = 0;

	anthropic_read_blocks(reading->to, turn, value, reading->arena);
	for (size_t i = 0; i < turn->part_count; i++) {
		struct chat_part *part = &turn->parts[i];
		bool empty = part->text.len == 0;

		if (part->kind == PART_TEXT)
			part->text = without_attribution(part->text);
		if (empty || part->kind != PART_TEXT || part->text.len > 0)
			turn->parts[kept++] = *part;
	}
	turn->part_count = kept;
}

static int read_system(struct reading *reading, struct slice value, struct error *err)
{
	note_content(reading, value, "system");
	read_instructions(
	    reading, conversation_add_turn(reading->to, CHAT_SYSTEM, reading->arena), value);
	conversation_put_first(reading->to);
	return 0;
}

/* Tools that Anthropic defines and the client runs; all others read the input again at Anthropic.
 */
static bool runs_at_the_vendor(struct slice type)
{
	static const char *const client_side[] = { "bash_", "text_editor_", "computer_",
		"memory_" };

	for (size_t i = 0; i < sizeof client_side / sizeof client_side[0]; i++)
		if (slice_begins(type, client_side[i]))
			return false;
	return true;
}

static void read_vendor_tool(struct reading *reading, struct slice tool, struct slice type)
{
	reading->request->has_tools = true;
	if (runs_at_the_vendor(type)) {
		reading_server_tool(reading, server_tool_by_type(TOOLS_OF_MESSAGES, type), type,
		    json_member(tool, "max_uses"));
		return;
	}
	reading->to->features |= FEATURE_VENDOR_TOOLS;
	reading->to->other = type;
}

static int read_tool_list(struct reading *reading, struct slice value, struct error *err)
{
	for (struct json_cursor item = json_cursor(value); json_next(&item);) {
		struct slice type = json_member(item.value, "type");
		struct chat_tool *tool;

		if (json_scan_type(type) == JSON_TEXT && !json_text_is(type, "custom")) {
			read_vendor_tool(reading, item.value, json_as_slice(type, reading->arena));
			continue;
		}
		tool = conversation_add_tool(reading->to, reading->arena);
		tool->name = json_as_slice(json_member(item.value, "name"), reading->arena);
		tool->description =
		    json_as_slice(json_member(item.value, "description"), reading->arena);
		if (json_scan_type(json_member(item.value, "input_schema")) == JSON_MAP)
			tool->schema = json_member(item.value, "input_schema");
		tool->strict_set = json_as_bool(json_member(item.value, "strict"), &tool->strict);
		tool->cached = conversation_cache_mark(item.value, &tool->cached_1h);
	}
	return 0;
}

static int read_choice(struct reading *reading, struct slice value, struct error *err)
{
	struct slice type = json_as_slice(json_member(value, "type"), reading->arena);
	struct chat_conversation *to = reading->to;

	to->tool_choice = slice_is(type, "any")    ? TOOLS_REQUIRED
			  : slice_is(type, "none") ? TOOLS_NONE
			  : slice_is(type, "tool") ? TOOLS_NAMED
						   : TOOLS_AUTO;
	to->tool_name = json_as_slice(json_member(value, "name"), reading->arena);
	if (json_as_bool(json_member(value, "disable_parallel_tool_use"), &to->one_tool_call) &&
	    to->one_tool_call)
		to->features |= FEATURE_ONE_TOOL_CALL;
	return 0;
}

static int read_thinking_member(struct reading *reading, struct slice value, struct error *err)
{
	struct slice type = json_as_slice(json_member(value, "type"), reading->arena);
	struct chat_conversation *to = reading->to;

	if (slice_is(type, "disabled"))
		to->thinking_budget = 0;
	else if (slice_is(type, "enabled"))
		(void)json_as_int(json_member(value, "budget_tokens"), &to->thinking_budget);
	else if (slice_is(type, "adaptive") && to->effort == EFFORT_UNSET)
		to->effort = EFFORT_HIGH; /* what a model does when it decides by itself */
	to->thinking_hidden = json_text_is(json_member(value, "display"), "omitted");
	return 0;
}

/* Also a member of its own, as it was in the beta of 2025-11-13, which SDKs still send
 * (pydantic-ai#3457, Spring AI). */
static int read_format(struct reading *reading, struct slice value, struct error *err)
{
	struct chat_conversation *to = reading->to;

	if (json_text_is(json_member(value, "type"), "json_schema")) {
		to->answer = ANSWER_SCHEMA;
		to->schema = json_member(value, "schema");
		to->schema_name = slice_of("output");
		to->schema_strict = true;
	}
	return 0;
}

static int read_output_config(struct reading *reading, struct slice value, struct error *err)
{
	enum chat_effort effort =
	    effort_from_name(json_as_slice(json_member(value, "effort"), reading->arena));

	if (effort != EFFORT_UNSET)
		reading->to->effort = effort;
	return read_format(reading, json_member(value, "format"), err);
}

static int read_metadata(struct reading *reading, struct slice value, struct error *err)
{
	reading->to->user = json_as_slice(json_member(value, "user_id"), reading->arena);
	if (reading->to->user.ptr)
		reading->to->features |= FEATURE_USER;
	return 0;
}

static int read_stops(struct reading *reading, struct slice value, struct error *err)
{
	if (!conversation_read_stops(reading->to, value, reading->arena))
		return error_set(
		    err, ERROR_BAD_REQUEST, "stop_sequences: expected an array of strings");
	if (reading->to->stop_count > 0)
		reading->to->features |= FEATURE_STOPS;
	if (reading->to->stop_count > 4)
		reading->to->features |= FEATURE_MANY_STOPS;
	return 0;
}

static int read_speed(struct reading *reading, struct slice value, struct error *err)
{
	return json_text_is(value, "standard")
		   ? 0
		   : error_set(err, ERROR_UNSUPPORTED,
			 "speed: only standard has a known price here; leave it out");
}

static int read_geo(struct reading *reading, struct slice value, struct error *err)
{
	return json_text_is(value, "global")
		   ? 0
		   : error_set(err, ERROR_UNSUPPORTED,
			 "inference_geo: only global has a known price here; leave it out");
}

/* Edits that clear what was said make the input shorter.  Compaction is another call at Anthropic,
 * which reads everything and writes a summary beyond max_tokens. */
static int read_context_management(struct reading *reading, struct slice value, struct error *err)
{
	struct slice edits = json_member(value, "edits");
	bool known = json_scan_type(edits) <= JSON_NIL || json_scan_type(edits) == JSON_LIST;

	for (struct json_cursor edit = json_cursor(edits); known && json_next(&edit);)
		known = json_text_begins(json_member(edit.value, "type"), "clear_");
	return known ? 0
		     : error_set(err, ERROR_UNSUPPORTED,
			   "context_management: only edits that clear have a known cost here; "
			   "leave out compaction");
}

static int anthropic_in_read_max_tokens(
    struct reading *reading, struct slice value, struct error *err)
{
	return chat_request_whole(
	    value, "max_tokens", 1, READING_TOKENS_MAX, &reading->request->max_tokens, err);
}

static int read_servers(struct reading *reading, struct slice value, struct error *err)
{
	if (slice_is(value, "[]"))
		return 0;
	reading_server_tool(reading, NULL, slice_of("mcp_servers"), value);
	return 0;
}

static int read_fallbacks_beta(struct reading *reading, struct slice value, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
	    "fallbacks: a fallback that the provider chooses has no price here; the gateway's own "
	    "fallbacks stand in its settings");
}

/* clang-format off */
static const struct reading_row rows[] = {
	{ "model",              reading_model,        0, 0 },
	{ "messages",           anthropic_in_read_messages,        0, 0 },
	{ "system",             read_system,          0, 0 },
	{ "max_tokens",         anthropic_in_read_max_tokens,      0, 0 },
	{ "stream",             reading_stream,       0, 0 },
	{ "stop_sequences",     read_stops,           0, 0 },
	{ "tools",              read_tool_list,       0, 0 },
	{ "tool_choice",        read_choice,          0, 0 },
	{ "thinking",           read_thinking_member, 0, 0 },
	{ "output_config",      read_output_config,   0, 0 },
	{ "output_format",      read_format,          0, 0 },
	{ "metadata",           read_metadata,        0, 0 },
	{ "speed",              read_speed,           0, 0 },
	{ "inference_geo",      read_geo,             0, 0 },
	{ "mcp_servers",        read_servers,         0, 0 },
	{ "fallbacks",          read_fallbacks_beta,  0, 0 },
	{ "container",          read_servers,         0, 0 },
	{ "service_tier",       reading_ignored,      0, 0 },
	{ "cache_control",      reading_ignored,      0, 0 },
	{ "context_management", read_context_management, 0, 0 },
	{ "diagnostics",        reading_ignored,      0, 0 },
	{ "temperature",        reading_ignored,      0, READING_NUMBER(temperature) },
	{ "top_p",              reading_ignored,      0, READING_NUMBER(top_p) },
	{ "top_k",              reading_ignored,      FEATURE_TOP_K, READING_NUMBER(top_k) },
};
/* clang-format on */

int anthropic_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	struct reading reading = { .rows = rows, .row_count = sizeof rows / sizeof rows[0] };

	if (reading_run(&reading, WIRE_ANTHROPIC, body, path_model, arena, out, err) != 0)
		return -1;
	reading_settle_offer(out);
	if (!json_member(body, "messages").ptr)
		return error_set(
		    err, ERROR_BAD_REQUEST, "messages: missing; expected an array of messages");
	return 0;
}
