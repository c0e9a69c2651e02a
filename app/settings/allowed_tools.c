/*
 * server_tools of a deployment: which tools may run at the provider, and how often.
 */
#include "settings/allowed_tools.h"

#include <string.h>

#include "settings/deployment_fields.h"
#include "settings/values.h"

#include "base/banned.h"

#define USES_MAX 100 /* more windows of input than any budget is for */

const char *const server_tool_names[SERVER_TOOL_COUNT] = {
	[SERVER_WEB_SEARCH] = "web_search",
	[SERVER_WEB_FETCH] = "web_fetch",
	[SERVER_FILE_SEARCH] = "file_search",
	[SERVER_CODE_INTERPRETER] = "code_interpreter",
	[SERVER_IMAGE_GENERATION] = "image_generation",
	[SERVER_GOOGLE_SEARCH] = "google_search",
	[SERVER_URL_CONTEXT] = "url_context",
	[SERVER_CODE_EXECUTION] = "code_execution",
	[SERVER_LIVE_SEARCH] = "live_search",
	[SERVER_X_SEARCH] = "x_search",
};

static int tool_named(const char *name)
{
	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		if (strcmp(server_tool_names[id], name) == 0)
			return id;
	return -1;
}

static const char *names_joined(struct arena *arena)
{
	const char *names = server_tool_names[0];

	for (int id = 1; id < SERVER_TOOL_COUNT; id++)
		names = arena_printf(arena, "%s, %s", names, server_tool_names[id]);
	return names;
}

static void read_tool(struct reading *r, const char *label, const struct yaml_entry *entry,
    struct deployment *deployment)
{
	const char *name = entry->value->kind == YAML_IS_MAP && entry->value->count == 1
			       ? entry->value->entries[0].key
			       : "";
	bool expected = strcmp(name, "expected_uses") == 0;
	int id = tool_named(entry->key);

	if (id < 0) {
		(void)value_fault(r, label, entry->origin,
		    "no tool '%.80s' can be bounded; those that can: %s", entry->key,
		    names_joined(r->arena));
		return;
	}
	if (!expected && strcmp(name, "max_uses") != 0) {
		problems_add(r->problems, PROBLEM_ERROR, entry->origin,
		    "%s.%s: expected {max_uses: 3}, or {expected_uses: 3} where the provider takes "
		    "no limit%s%.80s%s",
		    label, entry->key, *name ? ", not '" : "", name, *name ? "'" : "");
		return;
	}
	deployment->server_tools[id].expected = expected;
	(void)value_whole(r, arena_printf(r->arena, "%s.%s.%s", label, entry->key, name),
	    entry->value->entries[0].value, 1, USES_MAX,
	    &deployment->server_tools[id].uses); /* or a problem was added */
}

void deployment_server_tools(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	if (node->kind != YAML_IS_MAP || node->count == 0)
		(void)value_fault(r, label, node->origin,
		    "expected tools and how often each may run, as in {web_search: {max_uses: 3}}; "
		    "tools that can be bounded: %s",
		    names_joined(r->arena));
	else
		for (size_t i = 0; i < node->count; i++)
			read_tool(r, label, &node->entries[i], base);
}
