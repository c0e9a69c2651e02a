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

static bool read_tool(struct reading *r, const char *label, const struct yaml_entry *entry,
    struct deployment *deployment)
{
	const struct yaml_node *most = yaml_tree_get(entry->value, "max_uses"),
			       *expected = yaml_tree_get(entry->value, "expected_uses");
	const char *name = arena_printf(
	    r->arena, "%s.%s.%s", label, entry->key, most ? "max_uses" : "expected_uses");
	int id = tool_named(entry->key);

	if (id < 0 || !most == !expected || entry->value->count != 1)
		return false;
	deployment->server_tools[id].expected = expected != NULL;
	(void)value_whole(r, name, most ? most : expected, 1, USES_MAX,
	    &deployment->server_tools[id].uses); /* or a problem was added */
	return true;
}

static const char *names_joined(struct arena *arena)
{
	const char *names = server_tool_names[0];

	for (int id = 1; id < SERVER_TOOL_COUNT; id++)
		names = arena_printf(arena, "%s, %s", names, server_tool_names[id]);
	return names;
}

void deployment_server_tools(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	bool good = node->kind == YAML_IS_MAP && node->count > 0;

	for (size_t i = 0; good && i < node->count; i++)
		good = node->entries[i].value->kind == YAML_IS_MAP &&
		       read_tool(r, label, &node->entries[i], base);
	if (!good)
		problems_add(r->problems, PROBLEM_ERROR, node->origin,
		    "%s: expected {web_search: {max_uses: 3}}, or expected_uses where the provider "
		    "takes no limit; tools that can be bounded: %s",
		    label, names_joined(r->arena));
}
