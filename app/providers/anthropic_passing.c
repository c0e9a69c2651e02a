/*
 * A Messages body for another generation of models.  See the header.
 */
#include "providers/anthropic_passing.h"

#include "base/json_write.h"
#include "providers/anthropic_format.h"
#include "providers/anthropic_thinking.h"
#include "providers/call_parts.h"
#include "providers/model_fit.h"

#include "base/banned.h"

#define MEMBER_MAX ((size_t)1 << 20) /* bytes of output_config */

/* What a model with budgets makes nothing of: an effort without thinking, or thinking that the
 * limit has no room for, where it was not asked for as a budget. */
static const char *lost(const struct chat_request *request, const struct anthropic_passing *passing)
{
	struct slice type = json_member(chat_request_member(request, "thinking"), "type");
	bool adaptive = json_text_is(type, "adaptive");

	if (!passing->any || !passing->traits->by_budget || passing->sent.effort <= EFFORT_NONE)
		return NULL;
	if (!passing->traits->efforts_known && !adaptive && !json_text_is(type, "enabled"))
		return "output_config.effort";
	return adaptive &&
		       anthropic_has_no_room(&passing->sent, passing->traits, request->max_tokens)
		   ? "reasoning"
		   : NULL;
}

static const char *joined(const char *names, const char *name, struct arena *arena)
{
	return names && name ? arena_printf(arena, "%s, %s", names, name) : name ? name : names;
}

void anthropic_passing_read(const struct chat_request *request, const struct provider *provider,
    const struct deployment *deployment, const struct model_traits *traits, int64_t limit,
    struct arena *arena, struct anthropic_passing *out)
{
	struct anthropic_passing passing = { .said = request->conversation,
		.deployment = deployment,
		.traits = traits,
		.limit = limit };

	passing.any = traits->known && passing.said;
	if (passing.any) {
		passing.sent = *passing.said;
		passing.dropped =
		    model_fit(&passing.sent, provider, traits, WIRE_ANTHROPIC, NULL, arena);
	}
	passing.dropped = joined(passing.dropped, lost(request, &passing), arena);
	passing.schema_in_words = passing.any && passing.said->answer == ANSWER_SCHEMA &&
				  traits->json_schema == SCHEMA_NO;
	*out = passing;
}

typedef const char *new_value_fn(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena);

static const char *new_temperature(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	return passing->said->temperature.ptr && !passing->sent.temperature.ptr ? "" : NULL;
}

static const char *new_top_p(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	return passing->said->top_p.ptr && !passing->sent.top_p.ptr ? "" : NULL;
}

static const char *new_top_k(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	return passing->said->top_k.ptr && !passing->sent.top_k.ptr ? "" : NULL;
}

/* The model's own way, as a translated request has it. */
static const char *own_thinking(const struct anthropic_passing *passing, struct arena *arena)
{
	int64_t limit = passing->limit > 0 ? passing->limit : INT32_MAX;
	AUTO_TEXT struct text json = text_empty(MEMBER_MAX);
	struct slice member;

	json_write(&json, "{");
	(void)anthropic_thinking_put(&json, &passing->sent, passing->traits, limit);
	json_write(&json, "}");
	member = json_member(text_slice(&json), "thinking");
	return member.ptr ? arena_copy_slice(arena, member) : "";
}

static bool cannot_think(const struct anthropic_passing *passing)
{
	return passing->sent.effort == EFFORT_UNSET && passing->sent.thinking_budget < 0 &&
	       (passing->said->effort != EFFORT_UNSET || passing->said->thinking_budget > 0);
}

static const char *new_thinking(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	const struct model_traits *traits = passing->traits;
	struct slice type = json_member(value, "type");

	if (json_text_is(type, "disabled"))
		return traits->off == OFF_CANNOT || traits->off == OFF_BETWEEN_TOOLS
			   ? own_thinking(passing, arena)
			   : NULL;
	if (passing->sent.thinking_off)
		return own_thinking(passing, arena);
	if (cannot_think(passing))
		return "";
	return (json_text_is(type, "enabled") && model_adapts(traits)) ||
		       (json_text_is(type, "adaptive") && traits->by_budget)
		   ? own_thinking(passing, arena)
		   : NULL;
}

/* An object without one of its members; "": nothing is left of it, NULL: it has none such. */
static const char *without(struct slice object, const char *name, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };
	bool any = false;

	if (!json_member(object, name).ptr)
		return NULL;
	text_init(&json, object.len + 2);
	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(object); json_next(&member);)
		if (!json_key_is(&member, name)) {
			json_put_raw(&json, member.whole);
			any = true;
		}
	json_write(&json, "}");
	return any ? arena_copy_slice(arena, text_slice(&json)) : "";
}

static const char *new_config(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	const struct model_traits *traits = passing->traits;
	enum chat_effort said =
	    effort_from_name(json_as_slice(json_member(value, "effort"), arena));
	enum chat_effort sent = traits->efforts_known ? model_effort(traits, said, false)
				: traits->by_budget || cannot_think(passing) ? EFFORT_UNSET
									     : said;
	const char *rest = passing->schema_in_words ? without(value, "format", arena) : NULL;

	if (said == EFFORT_UNSET || sent == said)
		return rest;
	return call_with_effort(
	    rest ? slice_of(rest) : value, sent == EFFORT_UNSET ? NULL : effort_name(sent), arena);
}

/* ---- a schema, where the model knows none: in words, behind all other instructions ---- */

static const char *new_format(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	return passing->schema_in_words ? "" : NULL;
}

static void anthropic_passing_put_text(struct text *json, struct slice text)
{
	json_write(json, "{type:'text', text:%}", text);
}

static const char *new_system(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };
	struct slice hint;

	if (!passing->schema_in_words)
		return NULL;
	hint = call_schema_hint(passing->said->schema, arena);
	text_init(&json, value.len + hint.len * 6 + 256);
	json_write(&json, "[");
	if (json_scan_type(value) == JSON_TEXT && value.len > 2)
		anthropic_passing_put_text(&json, json_as_slice(value, arena));
	else if (json_scan_type(value) == JSON_LIST)
		for (struct json_cursor block = json_cursor(value); json_next(&block);)
			json_put_raw(&json, block.value);
	anthropic_passing_put_text(&json, hint);
	json_write(&json, "]");
	return text_failed(&json) ? NULL : arena_copy_slice(arena, text_slice(&json));
}

/* Whether it was changed. */
static bool pass_tool(struct text *json, struct slice tool, bool plain, struct arena *arena)
{
	const char *rest =
	    plain && json_scan_type(tool) == JSON_MAP ? without(tool, "strict", arena) : NULL;

	json_put_raw(json, rest && *rest ? slice_of(rest) : tool);
	return rest != NULL;
}

/* With the client's own number of uses where it is lower.  From 2026 on Claude calls these out of
 * code that it runs at the provider, unless `allowed_callers` says otherwise (anthropic 2.14's
 * web_search_tool_20260318_param.py, read 29 November 2026; without it such a search is refused
 * where no code can run): each run of code reads the input again, and nothing limits those. */
static void put_limited(struct text *json, struct slice tool, int64_t most)
{
	struct slice type = json_member(tool, "type");
	int64_t asked;

	if (json_as_int(json_member(tool, "max_uses"), &asked) && asked > 0 && asked < most)
		most = asked;
	json_write(json, "{");
	for (struct json_cursor member = json_cursor(tool); json_next(&member);)
		if (!json_key_is(&member, "max_uses") && !json_key_is(&member, "allowed_callers"))
			json_put_raw(json, member.whole);
	json_write(json, "max_uses:%", most);
	if (!json_text_is(type, "web_search_20250305") && !json_text_is(type, "web_fetch_20250910"))
		json_write(json, "allowed_callers:['direct']");
	json_write(json, "}");
}

/* One that was only offered has no bound, and a second one would have uses of its own. */
static void pass_server_tool(struct text *json, struct slice tool, const struct server_tool *row,
    const struct anthropic_passing *passing, unsigned *put)
{
	int64_t most = server_tool_uses(passing->deployment, TOOLS_OF_MESSAGES, row->id);

	if (most > 0 && !(*put & (1U << row->id)))
		put_limited(json, tool, most);
	*put |= 1U << row->id;
}

static const struct server_tool *server_row(struct slice tool, struct arena *arena)
{
	return json_scan_type(tool) == JSON_MAP
		   ? server_tool_by_type(
			 TOOLS_OF_MESSAGES, json_as_slice(json_member(tool, "type"), arena))
		   : NULL;
}

/* Models without schemas know no strict tools either. */
static const char *new_tools(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	bool plain = passing->any && passing->traits->json_schema == SCHEMA_NO, changed = false,
	     server = passing->said &&
		      passing->said->features & (FEATURE_OFFERED_SEARCH | FEATURE_SERVER_TOOLS);
	AUTO_TEXT struct text json = { .size = 0 };
	unsigned put = 0;

	if ((!plain && !server) || json_scan_type(value) != JSON_LIST)
		return NULL;
	text_init(&json, value.len + 4096);
	json_write(&json, "[");
	for (struct json_cursor tool = json_cursor(value); json_next(&tool);) {
		const struct server_tool *row = server_row(tool.value, arena);

		if (row)
			pass_server_tool(&json, tool.value, row, passing, &put);
		else
			changed |= pass_tool(&json, tool.value, plain, arena);
	}
	json_write(&json, "]");
	return changed || put ? arena_copy_slice(arena, text_slice(&json)) : NULL;
}

static const char *new_choice(
    const struct anthropic_passing *passing, struct slice value, struct arena *arena)
{
	if (passing->sent.tool_choice == passing->said->tool_choice)
		return NULL;
	return passing->said->one_tool_call
		   ? "{\"type\":\"auto\",\"disable_parallel_tool_use\":true}"
		   : "{\"type\":\"auto\"}";
}

static const struct {
	const char *name;
	new_value_fn *value;
} members[] = {
	{ "temperature", new_temperature },
	{ "top_p", new_top_p },
	{ "top_k", new_top_k },
	{ "thinking", new_thinking },
	{ "output_config", new_config },
	{ "output_format", new_format },
	{ "system", new_system },
	{ "tools", new_tools },
	{ "tool_choice", new_choice },
};

const char *anthropic_passing_member(
    const struct anthropic_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if ((passing->any || members[i].value == new_tools) &&
		    json_key_is(member, members[i].name))
			return members[i].value(passing, member->value, arena);
	return NULL;
}

const char *anthropic_passing_system(const struct anthropic_passing *passing, struct arena *arena)
{
	return new_system(passing, (struct slice){ NULL, 0 }, arena);
}
