/*
 * Copies a list of messages value by value and lets an editor change some of them, by their depth
 * (0: the list, 1: a message, 2: its list of parts, 3: a part).  See the header.
 */
#include "providers/foreign_history.h"

#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/client_tools.h"
#include "chat/conversation.h"
#include "chat/gemini_names.h"
#include "providers/call_parts.h"

#include "base/banned.h"

enum edit { AS_IS, LEFT_OUT, WRITTEN };

struct editing {
	struct text *json;
	struct arena *arena;
	enum edit (*edit)(struct editing *editing, const struct json_cursor *item, int depth);
	bool changed;
	bool call_seen; /* Gemini: a call in this turn has its signature */
	bool answered;  /* Anthropic: this message is the model's */
	const struct openai_history *as;
};

static void copy_value(struct editing *editing, struct slice value, int depth);

static void copy_item(struct editing *editing, const struct json_cursor *item, int depth)
{
	switch (editing->edit(editing, item, depth)) {
	case AS_IS:
		if (item->is_map)
			json_write(
			    editing->json, "%:", arena_copy_slice(editing->arena, item->key));
		copy_value(editing, item->value, depth + 1);
		break;
	case LEFT_OUT:
	case WRITTEN:
		editing->changed = true;
	}
}

static void copy_value(struct editing *editing, struct slice value, int depth)
{
	enum json_type type = json_scan_type(value);

	/* Nothing is edited below a part's own members. */
	if (depth > 3 || (type != JSON_MAP && type != JSON_LIST)) {
		json_put_raw(editing->json, value);
		return;
	}
	json_write(editing->json, type == JSON_MAP ? "{" : "[");
	for (struct json_cursor item = json_cursor(value); json_next(&item);)
		copy_item(editing, &item, depth);
	json_write(editing->json, type == JSON_MAP ? "}" : "]");
}

static const char *foreign_history_run(struct slice messages, const struct openai_history *as,
    struct arena *arena,
    enum edit (*edit)(struct editing *editing, const struct json_cursor *item, int depth))
{
	AUTO_TEXT struct text json;
	struct editing editing = { .json = &json, .arena = arena, .edit = edit, .as = as };

	text_init(&json, messages.len * 2 + 256);
	copy_value(&editing, messages, 0);
	return editing.changed ? arena_copy_slice(arena, text_slice(&json)) : NULL;
}

static bool holds(struct slice text, const char *word)
{
	return slice_holds(text, slice_of(word));
}

/* ---- Anthropic ---- */

static bool is_foreign_thinking(struct slice block, struct arena *arena)
{
	struct slice type, signature;

	if (json_scan_type(block) != JSON_MAP)
		return false;
	type = json_as_slice(json_member(block, "type"), arena);
	if (slice_is(type, "redacted_thinking"))
		return signature_is_foreign(json_as_slice(json_member(block, "data"), arena));
	signature = json_as_slice(json_member(block, "signature"), arena);
	return slice_is(type, "thinking") &&
	       (signature.len == 0 || signature_is_foreign(signature));
}

static bool all_foreign(struct slice blocks, struct arena *arena)
{
	for (struct json_cursor block = json_cursor(blocks); json_next(&block);)
		if (!is_foreign_thinking(block.value, arena))
			return false;
	return true;
}

/* That another model drew: here an answer holds none. */
static bool is_drawn(const struct editing *editing, const struct json_cursor *item, int depth)
{
	return depth == 2 && editing->answered && !item->is_map &&
	       json_scan_type(item->value) == JSON_MAP &&
	       json_text_is(json_member(item->value, "type"), "image");
}

static bool is_all_foreign(const struct editing *editing, const struct json_cursor *item, int depth)
{
	return depth == 1 && item->is_map && json_key_is(item, "content") && item->value.len > 2 &&
	       json_scan_type(item->value) == JSON_LIST && all_foreign(item->value, editing->arena);
}

/* A message must not be empty. */
static enum edit edit_anthropic(struct editing *editing, const struct json_cursor *item, int depth)
{
	if (depth == 0)
		editing->answered = json_text_is(json_member(item->value, "role"), "assistant");
	if (is_drawn(editing, item, depth)) {
		json_write(editing->json, "{type:'text', text:'[a picture]'}");
		return WRITTEN;
	}
	if (is_all_foreign(editing, item, depth)) {
		json_write(editing->json, "content:%r",
		    "[{\"type\":\"text\",\"text\":\"(nothing was said)\"}]");
		return WRITTEN;
	}
	return depth == 2 && !item->is_map && is_foreign_thinking(item->value, editing->arena)
		   ? LEFT_OUT
		   : AS_IS;
}

const char *history_for_anthropic(struct slice messages, struct arena *arena)
{
	return holds(messages, "\"thinking\"") || holds(messages, "\"redacted_thinking\"") ||
		       (holds(messages, "\"image\"") && holds(messages, "\"assistant\""))
		   ? foreign_history_run(messages, NULL, arena, edit_anthropic)
		   : NULL;
}

/* ---- Gemini ---- */

static bool has_signature(struct slice part)
{
	return gemini_member(part, "thoughtSignature").ptr != NULL;
}

static enum edit edit_gemini(struct editing *editing, const struct json_cursor *item, int depth)
{
	bool is_call;

	if (depth == 0)
		editing->call_seen = false;
	is_call = depth == 2 && !item->is_map && json_scan_type(item->value) == JSON_MAP &&
		  gemini_member(item->value, "functionCall").ptr;
	if (!is_call || editing->call_seen)
		return AS_IS;
	editing->call_seen = true;
	if (has_signature(item->value))
		return AS_IS;
	json_write(editing->json, "{thoughtSignature:%", GEMINI_NO_SIGNATURE);
	for (struct json_cursor member = json_cursor(item->value); json_next(&member);) {
		json_write(editing->json, "%:", arena_copy_slice(editing->arena, member.key));
		json_put_raw(editing->json, member.value);
	}
	json_write(editing->json, "}");
	return WRITTEN;
}

const char *history_for_gemini(struct slice contents, struct arena *arena)
{
	return holds(contents, "\"functionCall\"") || holds(contents, "\"function_call\"")
		   ? foreign_history_run(contents, NULL, arena, edit_gemini)
		   : NULL;
}

/* ---- OpenAI ---- */

static enum edit edit_id(struct editing *editing, const struct json_cursor *item)
{
	struct chat_part part = { .id = { NULL, 0 } };

	if (json_scan_type(item->value) == JSON_TEXT)
		part_set_id(&part, json_as_slice(item->value, editing->arena));
	if (!part.signature.len)
		return AS_IS;
	json_write(editing->json, "%:", arena_copy_slice(editing->arena, item->key));
	json_put(editing->json, part.id);
	return WRITTEN;
}

static bool lacks_reasoning(struct slice message)
{
	return json_text_is(json_member(message, "role"), "assistant") &&
	       json_scan_type(json_member(message, "tool_calls")) == JSON_LIST &&
	       json_scan_type(json_member(message, "reasoning_content")) != JSON_TEXT;
}

static enum edit fill_reasoning(struct editing *editing, const struct json_cursor *item)
{
	struct slice other =
	    json_member(item->value, "reasoning"); /* OpenRouter's name, and Groq's */
	bool has_other = json_scan_type(other) == JSON_TEXT;

	if (!lacks_reasoning(item->value))
		return AS_IS;
	json_write(editing->json, "{reasoning_content:%r", has_other ? other : slice_of("\"\""));
	for (struct json_cursor member = json_cursor(item->value); json_next(&member);)
		if (!json_key_is(&member, "reasoning_content") &&
		    !(has_other && json_key_is(&member, "reasoning")))
			copy_item(editing, &member, 1);
	json_write(editing->json, "}");
	return WRITTEN;
}

static bool is_thought(const struct json_cursor *member)
{
	return json_key_is_one_of(member, "reasoning_content reasoning");
}

static struct slice thoughts_of(struct slice message, struct arena *arena)
{
	struct slice thoughts = json_as_slice(json_member(message, "reasoning_content"), arena);

	return thoughts.len ? thoughts : json_as_slice(json_member(message, "reasoning"), arena);
}

/* A text, or a list with the thoughts as its first part. */
static void put_tagged(struct editing *editing, struct slice content, struct slice thoughts)
{
	struct slice none = { "", 0 }, text = json_as_slice(content, editing->arena);

	json_write(editing->json, "content:");
	if (json_scan_type(content) != JSON_LIST) {
		json_put(editing->json,
		    call_with_thoughts(text.ptr ? text : none, thoughts, editing->arena));
		return;
	}
	json_write(editing->json, "[{type:'text', text:%}",
	    call_with_thoughts(none, thoughts, editing->arena));
	for (struct json_cursor part = json_cursor(content); json_next(&part);)
		json_put_raw(editing->json, part.value);
	json_write(editing->json, "]");
}

static enum edit tag_reasoning(struct editing *editing, const struct json_cursor *item)
{
	struct slice thoughts;

	if (json_scan_type(item->value) != JSON_MAP ||
	    !json_text_is(json_member(item->value, "role"), "assistant"))
		return AS_IS;
	thoughts = thoughts_of(item->value, editing->arena);
	if (thoughts.len == 0)
		return AS_IS;
	json_write(editing->json, "{");
	for (struct json_cursor member = json_cursor(item->value); json_next(&member);)
		if (!is_thought(&member) && !json_key_is(&member, "content"))
			copy_item(editing, &member, 1);
	put_tagged(editing, json_member(item->value, "content"), thoughts);
	json_write(editing->json, "}");
	return WRITTEN;
}

static bool is_reasoning(const struct json_cursor *member)
{
	return json_key_is_one_of(member, "reasoning_content reasoning_details");
}

/* Mistral: "Extra inputs are not permitted" (litellm#30835, #30882; a user's name: mistral-go#3).
 */
static bool is_known(const struct json_cursor *member)
{
	return json_key_is_one_of(member, "role content tool_calls tool_call_id prefix");
}

/* LiteLLM's and ours, with which a client gives an answer back; OpenRouter's pictures are
 * unexpected at OpenAI itself. */
static bool is_gateways(const struct openai_history *as, const struct json_cursor *member)
{
	return json_key_is_one_of(member, "thinking_blocks provider_specific_fields") ||
	       (as->developer_is_known && json_key_is(member, "images"));
}

static enum edit edit_message(struct editing *editing, const struct json_cursor *item)
{
	if (is_gateways(editing->as, item) || (editing->as->drop_unknown && !is_known(item)))
		return LEFT_OUT;
	if ((editing->as->drop_reasoning || editing->as->tag_reasoning) && is_reasoning(item))
		return LEFT_OUT;
	if (editing->as->developer_is_known || !json_key_is(item, "role") ||
	    !slice_is(item->value, "\"developer\""))
		return AS_IS;
	json_write(editing->json, "role:'system'");
	return WRITTEN;
}

static enum edit edit_openai(struct editing *editing, const struct json_cursor *item, int depth)
{
	bool is_id = item->is_map && ((depth == 1 && json_key_is(item, "tool_call_id")) ||
					 (depth == 3 && json_key_is(item, "id")));

	if (is_id)
		return edit_id(editing, item);
	if (depth == 0 && editing->as->fill_reasoning)
		return fill_reasoning(editing, item);
	if (depth == 0 && editing->as->tag_reasoning)
		return tag_reasoning(editing, item);
	return depth == 1 && item->is_map ? edit_message(editing, item) : AS_IS;
}

static bool is_foreign(struct slice messages, const struct openai_history *as)
{
	const struct slice words[] = { SLICE("\"thinking_blocks\""),
		SLICE("\"provider_specific_fields\""),
		slice_of(as->developer_is_known ? "\"images\"" : "\"developer\""),
		slice_of(as->fill_reasoning ? "\"tool_calls\"" : NULL),
		slice_of(as->drop_reasoning || as->tag_reasoning ? "\"reasoning" : NULL) };

	return as->drop_unknown || holds(messages, "__thought__") ||
	       slice_holds_any(messages, words, sizeof words / sizeof words[0]);
}

static const char *with_hint(struct slice messages, struct slice hint, struct arena *arena)
{
	AUTO_TEXT struct text json;

	text_init(&json, messages.len + hint.len * 6 + 256);
	json_write(&json, "[{role:'system', content:%}", hint);
	for (struct json_cursor message = json_cursor(messages); json_next(&message);)
		json_put_raw(&json, message.value);
	json_write(&json, "]");
	return arena_copy_slice(arena, text_slice(&json));
}

const char *history_for_openai(
    struct slice messages, const struct openai_history *as, struct arena *arena)
{
	const char *edited = NULL;

	if (is_foreign(messages, as))
		edited = foreign_history_run(messages, as, arena, edit_openai);
	if (!as->hint.ptr)
		return edited;
	return with_hint(edited ? slice_of(edited) : messages, as->hint, arena);
}

/* ---- Responses ---- */

static bool is_forgotten(struct slice item, struct arena *arena)
{
	struct slice content;

	if (json_scan_type(item) != JSON_MAP ||
	    !slice_is(json_as_slice(json_member(item, "type"), arena), "reasoning"))
		return false;
	content = json_as_slice(json_member(item, "encrypted_content"), arena);
	return content.len == 0 || signature_is_foreign(content);
}

static enum edit edit_all_tools(struct editing *editing, const struct json_cursor *item, int depth)
{
	if (depth == 0)
		return is_forgotten(item->value, editing->arena) ? LEFT_OUT : AS_IS;
	return depth == 1 && item->is_map && json_key_is(item, "call_id") ? edit_id(editing, item)
									  : AS_IS;
}

static enum edit edit_responses(struct editing *editing, const struct json_cursor *item, int depth)
{
	if (depth == 2 && !item->is_map && client_tool_is_offer(item->value))
		return LEFT_OUT; /* of an item with additional tools */
	return edit_all_tools(editing, item, depth);
}

const char *history_for_responses(struct slice input, bool searches, struct arena *arena)
{
	return json_scan_type(input) == JSON_LIST &&
		       (holds(input, "\"reasoning\"") || holds(input, "__thought__") ||
			   (!searches && holds(input, "\"web_search")))
		   ? foreign_history_run(
			 input, NULL, arena, searches ? edit_all_tools : edit_responses)
		   : NULL;
}
