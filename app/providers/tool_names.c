/*
 * Names of tools there and back.  See the header.
 */
#include "providers/tool_names.h"

#include "base/digest.h"
#include "base/json_scan.h"
#include "providers/call_parts.h"

#include "base/banned.h"

#define OPENAI_MOST 64 /* of any vendor that speaks OpenAI's format and says nothing else */
#define HASH        9  /* '_' and 8 hex digits */

struct name_rule tool_names_rule(const struct model_traits *traits, enum wire_format_id format)
{
	struct name_rule rule = traits->tool_names;

	/* botocore 1.44.8, ToolName */
	if (format == WIRE_CONVERSE)
		(void)name_rule_read(slice_of("[A-Za-z0-9_-]{1,64}"), &rule);
	if (!rule.first.ptr && (format == WIRE_OPENAI_CHAT || format == WIRE_RESPONSES))
		rule.most = OPENAI_MOST;
	return rule;
}

/* Does another tool bear this name, or one before it become it? */
static bool tool_names_is_taken(const struct chat_conversation *said, const struct name_rule *rule,
    struct slice own, struct slice fitted, struct arena *arena)
{
	bool before = true;

	for (size_t i = 0; i < said->tool_count; i++) {
		struct slice other = said->tools[i].name;

		if (slice_equal(other, own)) {
			before = false;
			continue;
		}
		if (slice_equal(other, fitted) ||
		    (before && slice_equal(name_rule_apply(rule, other, arena), fitted)))
			return true;
	}
	return false;
}

static struct slice with_hash(
    const struct name_rule *rule, struct slice own, struct slice fitted, struct arena *arena)
{
	size_t len = rule->most && fitted.len > rule->most - HASH ? rule->most - HASH : fitted.len;

	return slice_of(arena_printf(
	    arena, "%.*s_%.8s", (int)len, fitted.ptr, digest_sha256(own.ptr, own.len).text));
}

static struct slice fitted(const struct chat_conversation *said, const struct name_rule *rule,
    struct slice own, struct arena *arena)
{
	struct slice name = name_rule_apply(rule, own, arena);

	return !slice_equal(name, own) && tool_names_is_taken(said, rule, own, name, arena)
		   ? with_hash(rule, own, name, arena)
		   : name;
}

static void fit_tools(struct chat_conversation *to, const struct chat_conversation *said,
    const struct name_rule *rule, struct arena *arena)
{
	struct chat_tool *tools = arena_alloc(arena, (to->tool_count + 1) * sizeof *tools);
	struct slice *allowed = arena_alloc(arena, (to->allowed_count + 1) * sizeof *allowed);

	for (size_t i = 0; i < to->tool_count; i++) {
		tools[i] = said->tools[i];
		tools[i].name = fitted(said, rule, tools[i].name, arena);
	}
	for (size_t i = 0; i < to->allowed_count; i++)
		allowed[i] = fitted(said, rule, said->allowed[i], arena);
	to->tools = tools;
	to->allowed = to->allowed ? allowed : NULL;
	to->tool_name = fitted(said, rule, to->tool_name, arena);
}

void tool_names_fit(
    struct chat_conversation *conversation, const struct name_rule *rule, struct arena *arena)
{
	const struct chat_conversation said = *conversation;

	fit_tools(conversation, &said, rule, arena);
	for (size_t t = 0; t < conversation->turn_count; t++)
		for (size_t p = 0; p < conversation->turns[t].part_count; p++) {
			struct chat_part *part = &conversation->turns[t].parts[p];

			if (part->kind == PART_TOOL_CALL || part->kind == PART_TOOL_RESULT)
				part->name = fitted(&said, rule, part->name, arena);
		}
}

static bool passes(struct slice function, const struct name_rule *rule, bool objects)
{
	struct slice name = json_member(function, "name"),
		     schema = json_member(function, "parameters");

	if (json_scan_type(name) == JSON_TEXT && name.len > 2 &&
	    !name_rule_fits(rule, (struct slice){ name.ptr + 1, name.len - 2 }))
		return false;
	return !objects || json_scan_type(schema) <= JSON_NIL || call_is_object_schema(schema);
}

bool tool_names_pass(struct slice tools, const struct name_rule *rule, bool objects)
{
	for (struct json_cursor tool = json_cursor(tools); json_next(&tool);) {
		struct slice function = json_scan_type(tool.value) == JSON_MAP
					    ? json_member(tool.value, "function")
					    : tool.value;

		if (json_scan_type(function) == JSON_MAP && !passes(function, rule, objects))
			return false;
	}
	return true;
}

struct slice tool_names_own(const struct chat_conversation *said, const struct name_rule *rule,
    struct slice name, struct arena *arena)
{
	for (size_t i = 0; i < said->tool_count; i++)
		if (slice_equal(said->tools[i].name, name))
			return name;
	for (size_t i = 0; i < said->tool_count; i++)
		if (slice_equal(fitted(said, rule, said->tools[i].name, arena), name))
			return said->tools[i].name;
	return name;
}
