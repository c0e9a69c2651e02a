/*
 * The items of a Responses request's input.
 *
 * A call and its result are the same in every kind of tool that runs at the client
 * (chat/client_tools.h).  What only OpenAI can read (a compaction, encrypted content) goes there as
 * it is; elsewhere a sentence stands in its place.
 */
#include "chat/responses.h"

#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/client_tools.h"
#include "chat/openai_chat.h"

#include "base/banned.h"

#define SENTENCE_BYTES 160 /* of words that are put in, at most */
#define CALL_BYTES     96  /* of a call's members as a function, beyond those it has */

/* ---- parts ---- */

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

static int responses_items_read_file(
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

/* A sentence in the place of what only OpenAI can read. */
static void put_unreadable(struct reading *reading, struct chat_turn *turn, const char *what)
{
	turn_add_part(turn, PART_TEXT, reading->arena)->text = slice_of(
	    arena_printf(reading->arena, "[%s, which only OpenAI's models can read]", what));
	reading->to->features |= FEATURE_COMPACTION;
	reading->to->added_bytes += SENTENCE_BYTES;
}

/* What is not known here, or only OpenAI can do: for a provider of this format only. */
static void note_own(struct reading *reading, struct slice type)
{
	reading->to->features |= FEATURE_VENDOR_TOOLS;
	reading->to->other = type;
}

static int responses_items_read_part(
    struct reading *reading, struct chat_turn *turn, struct slice value, struct error *err)
{
	struct slice type = json_as_slice(json_member(value, "type"), reading->arena);

	if (slice_is_one_of(type, "input_text output_text text"))
		turn_add_part(turn, PART_TEXT, reading->arena)->text =
		    json_as_slice(json_member(value, "text"), reading->arena);
	else if (slice_is(type, "refusal"))
		turn_add_part(turn, PART_REFUSAL, reading->arena)->text =
		    json_as_slice(json_member(value, "refusal"), reading->arena);
	else if (slice_is(type, "input_image"))
		return read_image(
		    reading, turn_add_part(turn, PART_IMAGE, reading->arena), value, err);
	else if (slice_is(type, "input_file"))
		return responses_items_read_file(
		    reading, turn_add_part(turn, PART_DOCUMENT, reading->arena), value, err);
	else if (slice_is(type, "input_audio"))
		openai_read_audio(reading->to, turn_add_part(turn, PART_AUDIO, reading->arena),
		    json_member(value, "input_audio"), reading->arena);
	else if (slice_is(type, "encrypted_content"))
		put_unreadable(reading, turn, "encrypted content");
	else
		note_own(reading, type);
	return 0;
}

int responses_read_content(
    struct reading *reading, struct chat_turn *turn, struct slice content, struct error *err)
{
	if (json_scan_type(content) == JSON_TEXT)
		turn_add_part(turn, PART_TEXT, reading->arena)->text =
		    json_as_slice(content, reading->arena);
	else
		for (struct json_cursor part = json_cursor(content); json_next(&part);)
			if (responses_items_read_part(reading, turn, part.value, err) != 0)
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
	else if (slice_is_one_of(role, "system developer"))
		turn = conversation_add_turn(reading->to, CHAT_SYSTEM, reading->arena);
	else
		return error_set(err, ERROR_BAD_REQUEST,
		    "input: a message's role must be user, assistant, system or developer");
	return responses_read_content(reading, turn, json_member(item, "content"), err);
}

static const struct client_tool *tool_of(struct reading *reading, struct slice item,
    const struct client_tool *(*by)(struct slice item_type))
{
	return by(json_as_slice(json_member(item, "type"), reading->arena));
}

/* A shell's item may have an id for both. */
static struct slice call_id(struct reading *reading, struct slice item)
{
	struct slice id = json_as_slice(json_member(item, "call_id"), reading->arena);

	return id.ptr ? id : json_as_slice(json_member(item, "id"), reading->arena);
}

static int responses_items_read_call(struct reading *reading, struct slice item, struct error *err)
{
	const struct client_tool *of = tool_of(reading, item, client_tool_by_call);
	struct chat_part *part;

	/* A search at OpenAI has its result beside it, which no other model asked for. */
	if (of->kind == TOOL_SEARCH && !json_text_is(json_member(item, "execution"), "client"))
		return 0;
	part = turn_add_part(joined_turn(reading, CHAT_ASSISTANT), PART_TOOL_CALL, reading->arena);
	part_set_id(part, call_id(reading, item));
	part->name = of->kind == TOOL_FUNCTION || of->kind == TOOL_CUSTOM
			 ? client_tool_chosen(item, reading->arena)
			 : slice_of(of->type);
	part->arguments = client_tool_arguments(of, json_member(item, of->content), reading->arena);
	if (of->kind != TOOL_FUNCTION)
		reading->to->added_bytes += CALL_BYTES;
	return 0;
}

static int add_result(struct reading *reading, struct slice item, const struct chat_turn *content)
{
	struct chat_part *part =
	    turn_add_part(joined_turn(reading, CHAT_USER), PART_TOOL_RESULT, reading->arena);

	part_set_id(part, call_id(reading, item));
	part->is_error = json_text_is(json_member(item, "status"), "failed");
	part->parts = content->parts;
	part->part_count = content->part_count;
	return 0;
}

static int read_output(struct reading *reading, struct slice item, struct error *err)
{
	struct chat_turn content = { .role = CHAT_USER };

	return responses_read_content(reading, &content, json_member(item, "output"), err) == 0
		   ? add_result(reading, item, &content)
		   : -1;
}

/* What a shell put out is a list of its own shape: it goes along as it is. */
static int read_shell_output(struct reading *reading, struct slice item, struct error *err)
{
	struct chat_turn content = { .role = CHAT_USER };
	struct slice output = json_member(item, "output");

	turn_add_part(&content, PART_TEXT, reading->arena)->text =
	    json_scan_type(output) == JSON_TEXT ? json_as_slice(output, reading->arena) : output;
	return add_result(reading, item, &content);
}

/* The tools that were found are among the tools from now on; the model is told their names. */
static int read_found(struct reading *reading, struct slice item, struct error *err)
{
	struct chat_turn content = { .role = CHAT_USER };
	size_t before = reading->to->tool_count;
	AUTO_TEXT struct text names;

	text_init(&names, item.len + SENTENCE_BYTES);
	if (responses_read_tools(reading, json_member(item, "tools"), err) != 0)
		return -1;
	if (!json_text_is(json_member(item, "execution"), "client"))
		return 0;
	text_puts(&names, "Tools that can be called now:");
	for (size_t i = before; i < reading->to->tool_count; i++)
		text_printf(&names, " %.*s", (int)reading->to->tools[i].name.len,
		    reading->to->tools[i].name.ptr);
	turn_add_part(&content, PART_TEXT, reading->arena)->text =
	    slice_of(arena_copy_slice(reading->arena, text_slice(&names)));
	reading->to->added_bytes += SENTENCE_BYTES;
	return add_result(reading, item, &content);
}

static int read_more_tools(struct reading *reading, struct slice item, struct error *err)
{
	return responses_read_tools(reading, json_member(item, "tools"), err);
}

/* What one agent of the client's says to another. */
static int read_agent_message(struct reading *reading, struct slice item, struct error *err)
{
	struct slice author = json_as_slice(json_member(item, "author"), reading->arena),
		     recipient = json_as_slice(json_member(item, "recipient"), reading->arena);
	struct chat_turn *turn = conversation_add_turn(reading->to, CHAT_USER, reading->arena);

	turn_add_part(turn, PART_TEXT, reading->arena)->text = slice_of(arena_printf(reading->arena,
	    "Message from %.*s to %.*s:", (int)author.len, author.ptr ? author.ptr : "",
	    (int)recipient.len, recipient.ptr ? recipient.ptr : ""));
	reading->to->added_bytes += SENTENCE_BYTES;
	return responses_read_content(reading, turn, json_member(item, "content"), err);
}

static int read_compaction(struct reading *reading, struct slice item, struct error *err)
{
	put_unreadable(reading, conversation_add_turn(reading->to, CHAT_USER, reading->arena),
	    "A summary of the conversation before this");
	return 0;
}

/* What ran at OpenAI in an earlier turn: its answer stands in the message after it. */
static int read_past_search(struct reading *reading, struct slice item, struct error *err)
{
	return 0;
}

static int read_drawn(struct reading *reading, struct slice item, struct error *err)
{
	struct slice result = json_as_slice(json_member(item, "result"), reading->arena),
		     format = json_as_slice(json_member(item, "output_format"), reading->arena);
	struct chat_part *part;

	if (result.len == 0) { /* OpenAI may have kept the picture under the item's id */
		reading->to->features |= FEATURE_PAST_TOOLS;
		return 0;
	}
	part = turn_add_part(joined_turn(reading, CHAT_ASSISTANT), PART_IMAGE, reading->arena);
	part->data = result;
	part->mime = slice_of(arena_printf(reading->arena, "image/%.*s",
	    format.len ? (int)format.len : 3, format.len ? format.ptr : "png"));
	return 0;
}

/* What only OpenAI can do, and what it gave back: for a provider of this format only. */
static int read_own(struct reading *reading, struct slice item, struct error *err)
{
	note_own(reading, json_as_slice(json_member(item, "type"), reading->arena));
	return 0;
}

static void add_paragraphs(struct reading *reading, struct arena_bytes *text, struct slice list)
{
	for (struct json_cursor part = json_cursor(list); json_next(&part);) {
		if (text->len > 0)
			arena_bytes_add(text, slice_of("\n\n"), reading->arena);
		arena_bytes_add(text,
		    json_as_slice(json_member(part.value, "text"), reading->arena), reading->arena);
	}
}

static int read_reasoning(struct reading *reading, struct slice item, struct error *err)
{
	struct chat_turn *turn = joined_turn(reading, CHAT_ASSISTANT);
	struct chat_part *part = turn_add_part(turn, PART_REASONING, reading->arena);
	struct arena_bytes text = { .ptr = NULL };

	add_paragraphs(reading, &text, json_member(item, "summary"));
	if (text.len == 0) /* open models tell all that they thought */
		add_paragraphs(reading, &text, json_member(item, "content"));
	part->text = arena_bytes_slice(&text);
	part_set_signature(part,
	    json_as_slice(json_member(item, "encrypted_content"), reading->arena), WIRE_RESPONSES);
	part->redacted = part->text.len == 0;
	return 0;
}

static const struct {
	const char *type;
	reading_fn *read;
} item_rows[] = {
	/* clang-format off */
	{ "message",                 read_message },
	{ "function_call",           responses_items_read_call },
	{ "function_call_output",    read_output },
	{ "reasoning",               read_reasoning },
	{ "custom_tool_call",        responses_items_read_call },
	{ "custom_tool_call_output", read_output },
	{ "local_shell_call",        responses_items_read_call },
	{ "local_shell_call_output", read_output },
	{ "shell_call",              responses_items_read_call },
	{ "shell_call_output",       read_shell_output },
	{ "apply_patch_call",        responses_items_read_call },
	{ "apply_patch_call_output", read_output },
	{ "tool_search_call",        responses_items_read_call },
	{ "tool_search_output",      read_found },
	{ "additional_tools",        read_more_tools },
	{ "agent_message",           read_agent_message },
	{ "compaction",              read_compaction },
	{ "compaction_summary",      read_compaction }, /* its older name */
	{ "context_compaction",      read_compaction },
	{ "compaction_trigger",      read_own },
	{ "mcp_call",                read_past_search },
	{ "mcp_list_tools",          read_past_search },
	{ "mcp_approval_request",    read_past_search },
	{ "computer_call",           read_own },
	{ "computer_call_output",    read_own },
	{ "web_search_call",         read_past_search },
	{ "file_search_call",        read_past_search },
	{ "code_interpreter_call",   read_past_search },
	{ "image_generation_call",   read_drawn },
	{ "configuration_update",    read_past_search }, /* Codex 0.171's own */
	/* clang-format on */
};

static int read_item(struct reading *reading, struct slice item, struct error *err)
{
	struct slice type = json_as_slice(json_member(item, "type"), reading->arena);

	if (!type.ptr)
		return read_message(reading, item, err);
	for (size_t i = 0; i < sizeof item_rows / sizeof item_rows[0]; i++)
		if (slice_is(type, item_rows[i].type))
			return item_rows[i].read(reading, item, err);
	return read_own(reading, item, err);
}

/* ---- the list ---- */

int responses_read_input(struct reading *reading, struct slice value, struct error *err)
{
	if (json_scan_type(value) == JSON_TEXT) {
		struct chat_turn *turn =
		    conversation_add_turn(reading->to, CHAT_USER, reading->arena);

		return responses_read_content(reading, turn, value, err);
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
