/*
 * A neutral conversation as an Anthropic Messages body.
 *
 * Reasoning goes back only where Anthropic signed it.  Where a model knows no schemas, the schema
 * is asked for in words.
 */
#include "base/base64.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/number.h"
#include "providers/anthropic_content.h"
#include "providers/anthropic_format.h"
#include "providers/anthropic_schema.h"
#include "providers/anthropic_thinking.h"
#include "providers/call_parts.h"
#include "providers/model_fit.h"

#include "base/banned.h"

#define ID_MAX             128
#define CACHE_MARKS_MAX    4    /* a fifth one is a 400 */
#define DEFAULT_MAX_TOKENS 4096 /* where no limit is known: every model can */

enum place { IN_FRONT /* instructions and tools */, IN_MESSAGES, PLACES };

struct composer {
	const struct provider_call *call;
	const struct chat_conversation *from;
	int64_t limit;
	struct arena *arena;
	struct text *json;
	const char *role;              /* of the message that is open; NULL: none */
	const struct chat_part *begun; /* the text that the answer goes on from; NULL: none */
	enum place place;              /* that is being written */
	size_t marks_to_skip[PLACES];  /* cache marks, the first ones of each place */
};

/* ---- blocks ---- */

static void put_cache(struct composer *c, bool cached, bool cached_1h)
{
	if (cached && c->marks_to_skip[c->place] > 0)
		c->marks_to_skip[c->place]--;
	else if (cached)
		json_write(c->json, "cache_control:%r",
		    cached_1h ? "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}"
			      : "{\"type\":\"ephemeral\"}");
}

static void anthropic_compose_put_text(
    struct composer *c, struct slice text, const struct chat_part *part)
{
	if (slice_is_blank(text))
		return; /* Anthropic refuses empty texts */
	json_write(c->json, "{type:'text', text:%", text);
	if (part)
		put_cache(c, part->cached, part->cached_1h);
	json_write(c->json, "}");
}

static struct slice without_space(struct composer *c, struct slice base64)
{
	char *out;
	size_t len = 0;

	if (base64.len == 0)
		return base64;
	if (!memchr(base64.ptr, '\n', base64.len) && !memchr(base64.ptr, ' ', base64.len))
		return base64;
	out = arena_alloc(c->arena, base64.len + 1);
	for (size_t i = 0; i < base64.len; i++)
		if (!strchr(" \t\r\n", base64.ptr[i]))
			out[len++] = base64.ptr[i];
	return (struct slice){ out, len };
}

/* Anthropic takes no text in base64.  {NULL, 0}: it is no text, or no base64 either. */
static struct slice document_text(struct composer *c, const struct chat_part *part)
{
	if (part->text.ptr || part->kind != PART_DOCUMENT || !part->data.ptr ||
	    !mime_is_text(part->mime))
		return part->text;
	return base64_decode(without_space(c, part->data), c->arena);
}

static void put_source(struct composer *c, const struct chat_part *part, const char *mime)
{
	struct slice text = document_text(c, part);

	json_write(c->json, "source:{");
	if (part->url.ptr) {
		json_write(c->json, "type:'url', url:%", part->url);
	} else if (text.ptr) {
		json_write(c->json, "type:'text', media_type:'text/plain', data:%", text);
	} else {
		json_write(c->json, "type:'base64', media_type:%, data:%",
		    part->mime.len ? part->mime : slice_of(mime), without_space(c, part->data));
	}
	json_write(c->json, "}");
}

static void put_media(struct composer *c, const struct chat_part *part)
{
	bool image = part->kind == PART_IMAGE;

	json_write(c->json, "{type:%", image ? "image" : "document");
	put_source(c, part, image ? "image/png" : "application/pdf");
	if (!image && part->name.len)
		json_write(c->json, "title:%", part->name);
	put_cache(c, part->cached, part->cached_1h);
	json_write(c->json, "}");
}

static struct slice id_of(const struct composer *c, struct slice id)
{
	return call_tool_id(id, ID_MAX,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", c->arena);
}

static void anthropic_compose_put_result(struct composer *c, const struct chat_part *result)
{
	json_write(c->json, "{type:'tool_result', tool_use_id:%", id_of(c, result->id));
	if (result->part_count > 0) {
		json_write(c->json, "content:[");
		for (size_t i = 0; i < result->part_count; i++)
			if (result->parts[i].kind == PART_TEXT)
				anthropic_compose_put_text(
				    c, result->parts[i].text, &result->parts[i]);
			else if (result->parts[i].kind == PART_IMAGE ||
				 result->parts[i].kind == PART_DOCUMENT)
				put_media(c, &result->parts[i]);
		json_write(c->json, "]");
	}
	if (result->is_error)
		json_write(c->json, "is_error:true");
	put_cache(c, result->cached, result->cached_1h);
	json_write(c->json, "}");
}

/* What the model wrote need not be JSON; it must be an object here. */
static void anthropic_compose_put_input(struct composer *c, struct slice arguments)
{
	json_write(c->json, "input:");
	if (json_scan_check(arguments, NULL) == 0 && json_scan_type(arguments) == JSON_MAP) {
		json_put_raw(c->json, arguments);
		return;
	}
	json_write(c->json, "{");
	if (arguments.len)
		json_write(c->json, "_raw:%", arguments);
	json_write(c->json, "}");
}

static void anthropic_compose_put_call(struct composer *c, const struct chat_part *part)
{
	json_write(c->json, "{type:'tool_use', id:%, name:%", id_of(c, part->id), part->name);
	anthropic_compose_put_input(c, part->arguments);
	put_cache(c, part->cached, part->cached_1h);
	json_write(c->json, "}");
}

static void anthropic_compose_put_thinking(struct composer *c, const struct chat_part *part)
{
	if (part->signed_by != WIRE_ANTHROPIC || part->signature.len == 0)
		return;
	json_write(c->json, "{");
	if (part->redacted) {
		json_write(c->json, "type:'redacted_thinking', data:%", part->signature);
	} else {
		json_write(c->json, "type:'thinking', thinking:%, signature:%", part->text,
		    part->signature);
	}
	json_write(c->json, "}");
}

static struct slice without_end_space(struct slice text)
{
	while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static void anthropic_compose_put_part(struct composer *c, const struct chat_part *part)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL:
		anthropic_compose_put_text(
		    c, part == c->begun ? without_end_space(part->text) : part->text, part);
		break;
	case PART_IMAGE:
	case PART_DOCUMENT:
		put_media(c, part);
		break;
	case PART_TOOL_CALL:
		anthropic_compose_put_call(c, part);
		break;
	case PART_TOOL_RESULT:
		anthropic_compose_put_result(c, part);
		break;
	case PART_REASONING:
		anthropic_compose_put_thinking(c, part);
		break;
	case PART_AUDIO:
		break; /* refused before (features.c) */
	}
}

/* ---- messages ---- */

static void close_message(struct composer *c)
{
	if (!c->role)
		return;
	json_write(c->json, "]}");
	c->role = NULL;
}

static void open_message(struct composer *c, const char *role)
{
	if (c->role && strcmp(c->role, role) == 0)
		return;
	close_message(c);
	c->role = role;
	json_write(c->json, "{role:%, content:[", role);
}

/* Instructions in mid-conversation: a text of the user's, marked. */
static void put_late_system(struct composer *c, const struct chat_turn *turn)
{
	struct slice text = parts_text(turn->parts, turn->part_count, "\n\n", c->arena);

	if (slice_is_blank(text))
		return;
	open_message(c, "user");
	anthropic_compose_put_text(c,
	    slice_of(arena_printf(c->arena, "<system>%.*s</system>", (int)text.len, text.ptr)),
	    NULL);
}

static void put_turn(struct composer *c, const struct chat_turn *turn)
{
	if (!anthropic_has_content(turn))
		return;
	open_message(c, turn->role == CHAT_ASSISTANT ? "assistant" : "user");
	for (size_t i = 0; i < turn->part_count; i++)
		anthropic_compose_put_part(c, &turn->parts[i]);
}

static size_t leading_system(const struct chat_conversation *from)
{
	size_t count = 0;

	while (count < from->turn_count && from->turns[count].role == CHAT_SYSTEM)
		count++;
	return count;
}

static void put_messages(struct composer *c)
{
	const struct chat_conversation *from = c->from;

	json_write(c->json, "messages:[");
	c->place = IN_MESSAGES;
	for (size_t i = leading_system(from); i < from->turn_count; i++)
		if (from->turns[i].role == CHAT_SYSTEM)
			put_late_system(c, &from->turns[i]);
		else
			put_turn(c, &from->turns[i]);
	close_message(c);
	json_write(c->json, "]");
	c->place = IN_FRONT;
}

static bool has_schemas(const struct composer *c)
{
	return c->call->traits.json_schema == SCHEMA_YES;
}

/* For models without schemas, and for JSON without one. */
static struct slice format_hint(const struct composer *c)
{
	const struct chat_conversation *from = c->from;

	if (from->answer == ANSWER_JSON)
		return slice_of("Answer with one JSON object and nothing else.");
	if (from->answer == ANSWER_SCHEMA && !has_schemas(c))
		return call_schema_hint(from->schema, c->arena);
	return (struct slice){ NULL, 0 };
}

static void anthropic_compose_put_system(struct composer *c)
{
	size_t count = leading_system(c->from);
	struct slice hint = format_hint(c);
	bool any = hint.ptr != NULL;

	for (size_t t = 0; t < count; t++)
		any = any || anthropic_has_content(&c->from->turns[t]);
	if (!any)
		return;
	json_write(c->json, "system:[");
	for (size_t t = 0; t < count; t++)
		for (size_t p = 0; p < c->from->turns[t].part_count; p++)
			anthropic_compose_put_part(c, &c->from->turns[t].parts[p]);
	if (hint.ptr)
		anthropic_compose_put_text(c, hint, NULL);
	json_write(c->json, "]");
}

/* ---- tools ---- */

static void put_tool(struct composer *c, const struct chat_tool *tool)
{
	bool strict = tool->strict && has_schemas(c);
	struct slice schema = call_object_schema(tool->schema, c->arena);

	json_write(c->json, "{name:%", tool->name);
	if (tool->description.len)
		json_write(c->json, "description:%", tool->description);
	json_write(c->json, "input_schema:");
	if (strict)
		anthropic_schema_put(c->json, schema);
	else
		json_put_raw(c->json, schema);
	if (strict)
		json_write(c->json, "strict:true");
	put_cache(c, tool->cached, tool->cached_1h);
	json_write(c->json, "}");
}

static bool is_declared(const struct chat_conversation *from, struct slice name)
{
	for (size_t i = 0; i < from->tool_count; i++)
		if (slice_equal(from->tools[i].name, name))
			return true;
	return false;
}

static bool named_before(const struct chat_conversation *from, size_t turn, size_t part)
{
	const struct chat_part *this = &from->turns[turn].parts[part];

	for (size_t t = 0; t <= turn; t++)
		for (size_t p = 0; p < from->turns[t].part_count; p++) {
			const struct chat_part *other = &from->turns[t].parts[p];

			if (other == this)
				return false;
			if (other->kind == PART_TOOL_CALL && slice_equal(other->name, this->name))
				return true;
		}
	return false;
}

/* Anthropic wants a declaration of every tool that the history uses. */
static void put_undeclared(struct composer *c)
{
	for (size_t t = 0; t < c->from->turn_count; t++)
		for (size_t p = 0; p < c->from->turns[t].part_count; p++) {
			const struct chat_part *part = &c->from->turns[t].parts[p];
			struct chat_tool tool = { .name = part->name };

			if (part->kind == PART_TOOL_CALL && part->name.len &&
			    !is_declared(c->from, part->name) && !named_before(c->from, t, p))
				put_tool(c, &tool);
		}
}

static void put_tools(struct composer *c)
{
	size_t before;

	json_write(c->json, "tools:[");
	before = c->json->len;
	for (size_t i = 0; i < c->from->tool_count; i++)
		if (conversation_allows(c->from, c->from->tools[i].name))
			put_tool(c, &c->from->tools[i]);
	put_undeclared(c);
	if (c->json->len == before) { /* none at all: take the member back */
		c->json->len = before - strlen(",\"tools\":[");
		c->json->bytes[c->json->len] = '\0';
		return;
	}
	json_write(c->json, "]");
}

static void put_tool_choice(struct composer *c)
{
	static const char *const words[] = { [TOOLS_UNSET] = "auto",
		[TOOLS_AUTO] = "auto",
		[TOOLS_NONE] = "none",
		[TOOLS_REQUIRED] = "any",
		[TOOLS_NAMED] = "tool" };
	const struct chat_conversation *from = c->from;

	if (from->tool_count == 0 || (from->tool_choice == TOOLS_UNSET && !from->one_tool_call))
		return;
	json_write(c->json, "tool_choice:{type:%", words[from->tool_choice]);
	if (from->tool_choice == TOOLS_NAMED)
		json_write(c->json, "name:%", from->tool_name);
	if (from->one_tool_call && from->tool_choice != TOOLS_NONE)
		json_write(c->json, "disable_parallel_tool_use:true");
	json_write(c->json, "}");
}

/* ---- the rest ---- */

static void put_output_config(struct composer *c)
{
	bool schema = c->from->answer == ANSWER_SCHEMA && has_schemas(c);
	enum chat_effort effort =
	    model_adapts(&c->call->traits) ? anthropic_effort(c->from) : EFFORT_UNSET;

	if (!schema && effort == EFFORT_UNSET)
		return;
	json_write(c->json, "output_config:{");
	if (effort != EFFORT_UNSET)
		json_write(c->json, "effort:%", effort_name(effort));
	if (schema) {
		json_write(c->json, "format:{type:'json_schema', schema:");
		anthropic_schema_put(c->json, c->from->schema);
		json_write(c->json, "}");
	}
	json_write(c->json, "}");
}

/* 0 to 1 here, 0 to 2 at OpenAI. */
static void put_temperature(struct composer *c)
{
	struct slice t = c->from->temperature;
	int64_t thousandths;

	if (!t.ptr)
		return;
	if (number_scaled(t, 3, &thousandths, NULL) == 0 && thousandths > 1000)
		t = slice_of("1");
	json_write(c->json, "temperature:%r", t);
}

static void put_sampling(struct composer *c)
{
	put_temperature(c);
	if (c->from->top_p.ptr && !c->from->temperature.ptr) /* newer models refuse both at once */
		json_write(c->json, "top_p:%r", c->from->top_p);
	if (c->from->top_k.ptr)
		json_write(c->json, "top_k:%r", c->from->top_k);
}

static void anthropic_compose_put_stops(struct composer *c)
{
	bool any = false;

	for (size_t i = 0; i < c->from->stop_count; i++) {
		if (slice_is_blank(c->from->stops[i]))
			continue;
		if (!any) {
			json_write(c->json, "stop_sequences:[");
		}
		any = true;
		json_put(c->json, c->from->stops[i]);
	}
	if (any)
		json_write(c->json, "]");
}

static void anthropic_compose_put_user(struct composer *c)
{
	if (c->from->user.len == 0 || memchr(c->from->user.ptr, '@', c->from->user.len))
		return; /* no addresses of people */
	json_write(c->json, "metadata:{user_id:%}", c->from->user);
}

static size_t anthropic_compose_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Tools' and instructions' marks stay, because they stand in front of everything; of the messages
 * the last ones do. */
static void choose_marks(struct composer *c)
{
	const struct chat_conversation *from = c->from;
	size_t front = 0, messages = 0, begin = leading_system(from), above;

	for (size_t i = 0; i < from->tool_count; i++)
		front += conversation_allows(from, from->tools[i].name) && from->tools[i].cached;
	for (size_t t = 0; t < from->turn_count; t++)
		*(t < begin ? &front : &messages) +=
		    anthropic_marks_in(from->turns[t].parts, from->turns[t].part_count);
	above = front + messages > CACHE_MARKS_MAX ? front + messages - CACHE_MARKS_MAX : 0;
	c->marks_to_skip[IN_MESSAGES] = anthropic_compose_least(above, messages);
	c->marks_to_skip[IN_FRONT] = above - c->marks_to_skip[IN_MESSAGES];
}

int anthropic_compose(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err)
{
	AUTO_TEXT struct text json = text_empty(CALL_BODY_MAX);
	struct composer c = {
		.call = call, .from = call->conversation, .arena = arena, .json = &json
	};

	c.begun = anthropic_begun_answer(c.from);
	choose_marks(&c);
	c.limit = call->output_limit > 0 ? call->output_limit : call->request->max_tokens;
	if (c.limit <= 0)
		c.limit = DEFAULT_MAX_TOKENS;
	json_write(&json, "{model:%, max_tokens:%", call->model, c.limit);
	anthropic_compose_put_system(&c);
	put_messages(&c);
	put_tools(&c);
	put_tool_choice(&c);
	if (!anthropic_thinking_put(&json, c.from, &call->traits, c.limit))
		put_sampling(&c);
	put_output_config(&c);
	anthropic_compose_put_stops(&c);
	anthropic_compose_put_user(&c);
	if (call->request->stream)
		json_write(&json, "stream:true");
	json_write(&json, "}");
	return call_set_body(&json, arena, out, err);
}
