/*
 * A neutral conversation as a Converse body.
 *
 * Traps against OpenAI's format: temperature ends at 1; empty texts and descriptions are refused;
 * images come as bytes only; there is no way to forbid calls, so that tools are left out then;
 * every tool that the history uses must be declared.
 */
#include "base/base64.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/number.h"
#include "providers/anthropic_content.h"
#include "providers/anthropic_thinking.h"
#include "providers/call_parts.h"
#include "providers/cloud.h"
#include "providers/converse_format.h"

#include "base/banned.h"

#define ID_MAX   64
#define NAME_MAX 200 /* of a document */

struct composer {
	const struct provider_call *call;
	const struct chat_conversation *from;
	struct arena *arena;
	struct text *json;
	bool claude, caches; /* the model is Claude; it knows cache points */
	const char *role;    /* of the message that is open; NULL: none */
	int documents;
};

static void open_in(struct composer *c, const char *name)
{
	json_write(c->json, "{");
	json_write(c->json, "%:", name);
	json_write(c->json, "{");
}

static void close_both(struct composer *c)
{
	json_write(c->json, "}}");
}

/* ---- blocks ---- */

static void converse_put_mark(struct composer *c, bool cached, bool for_an_hour)
{
	if (!cached || !c->caches)
		return;
	open_in(c, "cachePoint");
	json_write(c->json, "type:'default'");
	if (for_an_hour && c->claude)
		json_write(c->json, "ttl:'1h'");
	close_both(c);
}

static void converse_put_text(struct composer *c, struct slice text)
{
	if (slice_is_blank(text))
		return;
	json_write(c->json, "{text:%}", text);
}

/* "image/jpeg" is jpeg; what is not said is the usual one. */
static const char *kind_of(struct slice mime, bool image)
{
	static const struct {
		const char *mime, *format;
	} kinds[] = { { "image/png", "png" }, { "image/jpeg", "jpeg" }, { "image/jpg", "jpeg" },
		{ "image/gif", "gif" }, { "image/webp", "webp" }, { "application/pdf", "pdf" },
		{ "text/plain", "txt" }, { "text/csv", "csv" }, { "text/html", "html" },
		{ "text/markdown", "md" } };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (slice_is(mime, kinds[i].mime))
			return kinds[i].format;
	return image ? "png" : "pdf";
}

/* Letters, digits, single blanks, hyphens and brackets are known in names; each name once. */
static const char *document_name(struct composer *c, struct slice given)
{
	char *name = arena_printf(
	    c->arena, "%.*s", (int)(given.len > 100 ? 100 : given.len), given.ptr ? given.ptr : "");

	for (char *at = name; *at; at++)
		if (!strchr(
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-()[]", *at))
			*at = '-';
	return arena_printf(c->arena, "%s%sdocument-%d", name, *name ? "-" : "", ++c->documents);
}

static void converse_put_media(struct composer *c, const struct chat_part *part)
{
	bool image = part->kind == PART_IMAGE;
	struct slice bytes = part->data;

	if (part->text.ptr)
		bytes = base64_encode(part->text, c->arena);
	if (!bytes.ptr)
		return; /* a link: refused before (features.c) */
	open_in(c, image ? "image" : "document");
	json_write(c->json, "format:%", part->text.ptr ? "txt" : kind_of(part->mime, image));
	if (!image)
		json_write(c->json, "name:%", document_name(c, part->name));
	json_write(c->json, "source:{bytes:%}", bytes);
	close_both(c);
}

static struct slice converse_id(const struct composer *c, struct slice id)
{
	return call_tool_id(id, ID_MAX,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-", c->arena);
}

static void converse_put_result(struct composer *c, const struct chat_part *result)
{
	size_t before;

	open_in(c, "toolResult");
	json_write(c->json, "toolUseId:%, content:[", converse_id(c, result->id));
	before = c->json->len;
	for (size_t i = 0; i < result->part_count; i++)
		if (result->parts[i].kind == PART_TEXT)
			converse_put_text(c, result->parts[i].text);
		else if (result->parts[i].kind == PART_IMAGE ||
			 result->parts[i].kind == PART_DOCUMENT)
			converse_put_media(c, &result->parts[i]);
	if (c->json->len == before) /* an empty text would be refused */
		json_put_raw(c->json, slice_of("{\"json\":{}}"));
	json_write(c->json, "]");
	if (result->is_error)
		json_write(c->json, "status:'error'");
	close_both(c);
}

static void converse_put_call(struct composer *c, const struct chat_part *part)
{
	bool object = json_scan_check(part->arguments, NULL) == 0 &&
		      json_scan_type(part->arguments) == JSON_MAP;

	open_in(c, "toolUse");
	json_write(c->json, "toolUseId:%, name:%, input:", converse_id(c, part->id), part->name);
	if (object) {
		json_put_raw(c->json, part->arguments);
	} else {
		json_write(c->json, "{");
		if (part->arguments.len)
			json_write(c->json, "_raw:%", part->arguments);
		json_write(c->json, "}");
	}
	close_both(c);
}

/* Claude wants what it signed back; others take none. */
static void converse_put_reasoning(struct composer *c, const struct chat_part *part)
{
	if (!c->claude || part->signed_by != WIRE_ANTHROPIC || part->signature.len == 0)
		return;
	open_in(c, "reasoningContent");
	if (part->redacted) {
		json_write(c->json, "redactedContent:%", part->signature);
	} else {
		json_write(
		    c->json, "reasoningText:{text:%, signature:%}", part->text, part->signature);
	}
	close_both(c);
}

static void converse_put_part(struct composer *c, const struct chat_part *part)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL:
		converse_put_text(c, part->text);
		break;
	case PART_IMAGE:
	case PART_DOCUMENT:
		converse_put_media(c, part);
		break;
	case PART_TOOL_CALL:
		converse_put_call(c, part);
		break;
	case PART_TOOL_RESULT:
		converse_put_result(c, part);
		break;
	case PART_REASONING:
		converse_put_reasoning(c, part);
		break;
	case PART_AUDIO:
		break; /* refused before (features.c) */
	}
	converse_put_mark(c, part->cached, part->cached_1h);
}

/* ---- messages ---- */

static void end_message(struct composer *c)
{
	if (!c->role)
		return;
	json_write(c->json, "]}");
	c->role = NULL;
}

static void open_turn(struct composer *c, const char *role)
{
	if (c->role && strcmp(c->role, role) == 0)
		return;
	end_message(c);
	c->role = role;
	json_write(c->json, "{role:%, content:[", role);
}

/* Instructions in mid-conversation: a text of the user's, marked. */
static void converse_put_turn(struct composer *c, const struct chat_turn *turn)
{
	struct slice text;

	if (turn->role == CHAT_SYSTEM) {
		text = parts_text(turn->parts, turn->part_count, "\n\n", c->arena);
		if (slice_is_blank(text))
			return;
		open_turn(c, "user");
		converse_put_text(c, slice_of(arena_printf(c->arena, "<system>%.*s</system>",
					 (int)text.len, text.ptr)));
		return;
	}
	if (!anthropic_has_content(turn))
		return;
	open_turn(c, turn->role == CHAT_ASSISTANT ? "assistant" : "user");
	for (size_t i = 0; i < turn->part_count; i++)
		converse_put_part(c, &turn->parts[i]);
}

static size_t converse_put_system(struct composer *c)
{
	const struct chat_conversation *from = c->from;
	struct slice hint = { NULL, 0 };
	size_t count = 0, before;

	if (from->answer == ANSWER_JSON)
		hint = slice_of("Answer with one JSON object and nothing else.");
	else if (from->answer == ANSWER_SCHEMA)
		hint = call_schema_hint(from->schema, c->arena);
	json_write(c->json, "system:[");
	before = c->json->len;
	for (; count < from->turn_count && from->turns[count].role == CHAT_SYSTEM; count++)
		for (size_t p = 0; p < from->turns[count].part_count; p++)
			converse_put_part(c, &from->turns[count].parts[p]);
	if (hint.ptr)
		converse_put_text(c, hint);
	if (c->json->len == before) {
		c->json->len = before - strlen("\"system\":[");
		c->json->bytes[c->json->len] = '\0';
	} else {
		json_write(c->json, "]");
	}
	return count;
}

static void converse_put_messages(struct composer *c)
{
	size_t at = converse_put_system(c);

	json_write(c->json, "messages:[");
	for (; at < c->from->turn_count; at++)
		converse_put_turn(c, &c->from->turns[at]);
	end_message(c);
	json_write(c->json, "]");
}

/* ---- tools ---- */

static void converse_put_tool(struct composer *c, const struct chat_tool *tool)
{
	open_in(c, "toolSpec");
	json_write(c->json, "name:%", tool->name);
	if (!slice_is_blank(tool->description))
		json_write(c->json, "description:%", tool->description);
	json_write(c->json, "inputSchema:{json:%r}", call_object_schema(tool->schema, c->arena));
	close_both(c);
	converse_put_mark(c, tool->cached, tool->cached_1h);
}

static bool has_tool(const struct chat_tool *tools, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(tools[i].name, name))
			return true;
	return false;
}

/* The tools to declare: those that may be called, and those that the history calls. */
static struct chat_tool *tools_of(struct composer *c, size_t *out_count)
{
	const struct chat_conversation *from = c->from;
	struct chat_conversation all = { .tool_count = 0 };

	for (size_t i = 0; i < from->tool_count && from->tool_choice != TOOLS_NONE; i++)
		if (conversation_allows(from, from->tools[i].name))
			*conversation_add_tool(&all, c->arena) = from->tools[i];
	for (size_t t = 0; t < from->turn_count; t++)
		for (size_t p = 0; p < from->turns[t].part_count; p++) {
			const struct chat_part *part = &from->turns[t].parts[p];

			if (part->kind == PART_TOOL_CALL && part->name.len &&
			    !has_tool(all.tools, all.tool_count, part->name))
				conversation_add_tool(&all, c->arena)->name = part->name;
		}
	*out_count = all.tool_count;
	return all.tools;
}

static void converse_put_choice(struct composer *c)
{
	const struct chat_conversation *from = c->from;

	if (from->tool_choice != TOOLS_REQUIRED && from->tool_choice != TOOLS_NAMED)
		return; /* what is not said is auto */
	json_write(c->json, "toolChoice:{");
	json_write(c->json, "%:", from->tool_choice == TOOLS_REQUIRED ? "any" : "tool");
	json_write(c->json, "{");
	if (from->tool_choice == TOOLS_NAMED)
		json_write(c->json, "name:%", from->tool_name);
	close_both(c);
}

static void converse_put_tools(struct composer *c)
{
	size_t count;
	struct chat_tool *tools = tools_of(c, &count);

	if (count == 0)
		return;
	json_write(c->json, "toolConfig:{tools:[");
	for (size_t i = 0; i < count; i++)
		converse_put_tool(c, &tools[i]);
	json_write(c->json, "]");
	converse_put_choice(c);
	json_write(c->json, "}");
}

/* ---- the rest ---- */

static void converse_put_sampling(struct composer *c)
{
	struct slice t = c->from->temperature;
	int64_t thousandths;

	if (t.ptr && number_scaled(t, 3, &thousandths, NULL) == 0 && thousandths > 1000)
		t = slice_of("1");
	if (t.ptr)
		json_write(c->json, "temperature:%r", t);
	if (c->from->top_p.ptr && !(t.ptr && c->claude)) /* which refuses both at once */
		json_write(c->json, "topP:%r", c->from->top_p);
}

static void converse_put_stops(struct composer *c)
{
	bool any = false;

	for (size_t i = 0; i < c->from->stop_count; i++) {
		if (slice_is_blank(c->from->stops[i]))
			continue;
		if (!any) {
			json_write(c->json, "stopSequences:[");
		}
		any = true;
		json_put(c->json, c->from->stops[i]);
	}
	if (any)
		json_write(c->json, "]");
}

/* Claude's thinking has no place of its own; it goes before what it forbids. */
static bool converse_put_thinking(struct composer *c, int64_t limit)
{
	AUTO_TEXT struct text own = text_empty(4096);
	bool thinks;

	json_write(&own, "{");
	thinks = anthropic_thinking_put(&own, c->from, &c->call->traits, limit);
	json_write(&own, "}");
	if (own.len > 2 && !text_failed(&own))
		json_write(c->json, "additionalModelRequestFields:%r", text_slice(&own));
	return thinks;
}

static void converse_put_config(struct composer *c)
{
	int64_t limit =
	    c->call->output_limit > 0 ? c->call->output_limit : c->call->request->max_tokens;
	bool thinks = c->claude && converse_put_thinking(c, limit > 0 ? limit : INT32_MAX);

	json_write(c->json, "inferenceConfig:{");
	if (limit > 0)
		json_write(c->json, "maxTokens:%", limit);
	if (!thinks)
		converse_put_sampling(c);
	converse_put_stops(c);
	json_write(c->json, "}");
}

int converse_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	AUTO_TEXT struct text json = text_empty(CALL_BODY_MAX);
	struct composer c = {
		.call = call, .from = call->conversation, .arena = arena, .json = &json
	};

	c.claude = strstr(call->model, "claude-") != NULL;
	c.caches = c.claude || strstr(call->model, "amazon.nova");
	if (call_set_destination(call, cloud_url(call, arena), arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	json_write(&json, "{");
	converse_put_messages(&c);
	converse_put_tools(&c);
	converse_put_config(&c);
	json_write(&json, "}");
	return call_set_body(&json, arena, out, err);
}
