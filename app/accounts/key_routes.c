/*
 * allowed_routes.  See the header.
 */
#include "accounts/key_routes.h"

#include <string.h>

#include "base/json_scan.h"

#include "base/banned.h"

enum family { OPENAI = 1, ANTHROPIC = 2, GOOGLE = 4, ALL = 7 };

/* LiteLLMRoutes of LiteLLM 1.108.7 (litellm/proxy/_types.py). */
static const struct {
	struct slice name;
	unsigned families;
} groups[] = {
	/* clang-format off */
	{ SLICE("llm_api_routes"),             ALL },
	{ SLICE("llm_api_routes_without_mcp"), ALL },
	{ SLICE("openai_routes"),              OPENAI },
	{ SLICE("anthropic_routes"),           ANTHROPIC },
	{ SLICE("google_routes"),              GOOGLE },
	{ SLICE("info_routes"),                0 },
	{ SLICE("public_routes"),              0 },
	{ SLICE("mcp_routes"),                 0 },
	{ SLICE("mcp_inference_routes"),       0 },
	{ SLICE("agent_routes"),               0 },
	{ SLICE("agent_inference_routes"),     0 },
	{ SLICE("litellm_native_routes"),      0 },
	{ SLICE("model_info_routes"),          0 },
	{ SLICE("apply_guardrail_routes"),     0 },
	{ SLICE("mapped_pass_through_routes"), 0 },
	{ SLICE("passthrough_routes_wildcard"), 0 },
	{ SLICE("spend_tracking_routes"),      0 },
	{ SLICE("self_managed_routes"),        0 },
	/* clang-format on */
};
#define GROUP_COUNT (sizeof groups / sizeof groups[0])

static enum family family_of(const char *path)
{
	const char *models = strstr(path, "/models/");

	if (strstr(path, "/messages"))
		return ANTHROPIC;
	if (strncmp(path, "/v1beta/", 8) == 0 || (models && strchr(models, ':')))
		return GOOGLE;
	return OPENAI;
}

static bool covers(struct slice route, const char *path)
{
	size_t len = route.len;

	if (len > 0 && route.ptr[len - 1] == '*')
		return strncmp(path, route.ptr, len - 1) == 0;
	return strncmp(path, route.ptr, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static size_t group_index(struct slice name)
{
	size_t i = 0;

	while (i < GROUP_COUNT && !slice_equal(groups[i].name, name))
		i++;
	return i;
}

bool key_routes_allow(const char *routes, const char *path, struct arena *arena)
{
	bool any = false;

	for (struct json_cursor item = json_cursor(slice_of(routes ? routes : "[]"));
	     json_next(&item); any = true) {
		struct slice route = json_as_slice(item.value, arena);
		size_t group = group_index(route);

		if (group < GROUP_COUNT ? (groups[group].families & family_of(path)) != 0
					: route.len > 0 && covers(route, path))
			return true;
	}
	return !any;
}

int key_routes_check(
    const struct virtual_key *key, const char *path, struct arena *arena, struct error *err)
{
	if (key_routes_allow(key->routes, path, arena))
		return 0;
	return error_set(err, ERROR_FORBIDDEN,
	    "this key may not call %.200s: its allowed_routes do not have it", path);
}

bool key_routes_known(struct slice name)
{
	return (name.len > 0 && name.ptr[0] == '/') || group_index(name) < GROUP_COUNT;
}
