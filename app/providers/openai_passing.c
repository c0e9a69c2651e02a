/*
 * The settings of a body that is passed on.  See the header.
 */
#include "providers/openai_passing.h"

#include "chat/openai_chat.h"
#include "providers/call_parts.h"
#include "providers/model_fit.h"
#include "providers/openai_format.h"

#include "base/banned.h"

/* As LiteLLM, which leaves one choice alone. */
static bool is_lacking(const struct openai_passing *passing, const struct json_cursor *member)
{
	return passing->any && passing->drops && model_lists(passing->traits, member->key) &&
	       json_scan_type(member->value) != JSON_NIL &&
	       !(json_key_is(member, "n") && slice_is(member->value, "1"));
}

static void name_lacking(
    const struct chat_request *request, struct openai_passing *passing, struct arena *arena)
{
	for (struct json_cursor member = chat_request_members(request); json_next(&member);) {
		const char *name =
		    is_lacking(passing, &member) ? arena_copy_slice(arena, member.key) : NULL;

		if (name)
			passing->dropped =
			    passing->dropped ? arena_printf(arena, "%s, %s", passing->dropped, name)
					     : name;
	}
}

void openai_passing_read(const struct chat_request *request, const struct provider *provider,
    const struct model_traits *traits, bool drop_params, struct arena *arena,
    struct openai_passing *out)
{
	struct error err;

	out->traits = traits;
	out->drops = drop_params;
	out->dropped = NULL;
	out->any = traits->known && openai_read_settings(request, arena, &out->said, &err) == 0;
	if (!out->any)
		return;
	out->sent = out->said;
	out->dropped = model_fit(&out->sent, provider, traits, WIRE_OPENAI_CHAT, NULL, arena);
	name_lacking(request, out, arena);
}

static bool is_gone(const struct openai_passing *passing, size_t offset)
{
	const struct slice *said = (const void *)((const char *)&passing->said + offset),
			   *sent = (const void *)((const char *)&passing->sent + offset);

	return said->ptr && !sent->ptr;
}

static const struct number {
	const char *name;
	size_t offset;
} numbers[] = {
	{ "temperature", offsetof(struct chat_conversation, temperature) },
	{ "top_p", offsetof(struct chat_conversation, top_p) },
	{ "presence_penalty", offsetof(struct chat_conversation, presence_penalty) },
	{ "frequency_penalty", offsetof(struct chat_conversation, frequency_penalty) },
};
#define NUMBER_COUNT (sizeof numbers / sizeof numbers[0])

static const char *new_number(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		if (json_key_is(member, numbers[i].name) && is_gone(passing, numbers[i].offset))
			return "";
	return NULL;
}

static const char *new_stop(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	return passing->sent.stop_count < passing->said.stop_count ? "" : NULL;
}

static const char *new_effort(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	if (passing->sent.effort == passing->said.effort)
		return NULL;
	return passing->sent.effort == EFFORT_UNSET
		   ? ""
		   : call_quoted(arena, effort_name(passing->sent.effort));
}

static const char *new_format(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	if (!passing->sent.schema_in_words)
		return NULL;
	return passing->sent.json_unknown ? "" : "{\"type\":\"json_object\"}";
}

static const char *new_choice(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	if (passing->sent.tool_choice == passing->said.tool_choice)
		return NULL;
	return passing->sent.tool_choice == TOOLS_REQUIRED ? "\"required\"" : "";
}

/* The model's own word is added (openai_passing_added). */
static const char *new_off_word(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	return passing->sent.thinking_off ? "" : NULL;
}

static const struct {
	const char *name;
	const char *(*value)(const struct openai_passing *passing, const struct json_cursor *member,
	    struct arena *arena);
} members[] = {
	{ "temperature", new_number },
	{ "top_p", new_number },
	{ "presence_penalty", new_number },
	{ "frequency_penalty", new_number },
	{ "stop", new_stop },
	{ "reasoning_effort", new_effort },
	{ "response_format", new_format },
	{ "tool_choice", new_choice },
	{ "thinking", new_off_word },
	{ "enable_thinking", new_off_word },
};

const char *openai_passing_member(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	if (is_lacking(passing, member))
		return "";
	for (size_t i = 0; passing->any && i < sizeof members / sizeof members[0]; i++)
		if (json_key_is(member, members[i].name))
			return members[i].value(passing, member, arena);
	return NULL;
}

bool openai_passing_added(const struct openai_passing *passing, size_t index, const char **out_name,
    const char **out_json, struct arena *arena)
{
	const char *json, *off = passing->any && passing->sent.thinking_off
				     ? openai_off_word(passing->traits, &json)
				     : NULL;

	if (index == 0 && off) {
		*out_name = off;
		*out_json = json;
		return true;
	}
	if (index > (off ? 1 : 0) || !passing->any || passing->said.effort != EFFORT_UNSET ||
	    passing->sent.effort == EFFORT_UNSET)
		return false;
	*out_name = "reasoning_effort";
	*out_json = call_quoted(arena, effort_name(passing->sent.effort));
	return true;
}

bool openai_passing_refuses(const struct openai_passing *passing, const char *name)
{
	const struct model_traits *traits = passing->traits;

	if (!passing->any)
		return false;
	if (passing->drops && model_lists(traits, slice_of(name)))
		return true;
	if (text_is_one_of(name, "temperature top_p"))
		return model_takes_no_sampling(traits, &passing->sent);
	if (text_is_one_of(name, "presence_penalty frequency_penalty"))
		return traits->penalties == TRAIT_NO;
	return strcmp(name, "stop") == 0 && traits->stop == TRAIT_NO;
}
