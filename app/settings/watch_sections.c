/*
 * Who may read /metrics (the keys inside are rows of the schema under "metrics."), pages of which
 * sites may call models, and whose prompts are kept.
 */
#include "settings/watch_sections.h"

#include <stdlib.h>
#include <string.h>

#include "base/network.h"
#include "settings/values.h"

#include "base/banned.h"

void watch_metrics_allow(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings *settings = base;
	size_t count = yaml_tree_count(node);
	char **items = arena_alloc(r->arena, (count + 1) * sizeof *items);
	struct origin *origins = arena_alloc(r->arena, (count + 1) * sizeof *origins);

	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = yaml_tree_item(node, i);

		origins[i] = item->origin;
		if (!value_text(r, label, item, &items[i]))
			return;
		if (!network_is_valid(items[i])) {
			(void)value_fault(r, label, item->origin,
			    "'%.60s' is not an address or a network such as 127.0.0.1 or "
			    "10.0.0.0/8",
			    items[i]);
			return;
		}
	}
	settings->metrics_allow = items;
	settings->metrics_allow_origins = origins;
	settings->metrics_allow_count = count;
}

void watch_cors_origins(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings *settings = base;
	size_t count = yaml_tree_count(node);
	char **items = arena_alloc(r->arena, (count + 1) * sizeof *items);

	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = yaml_tree_item(node, i);
		size_t len;

		if (!value_ascii(r, label, item, false, &items[i]))
			return;
		len = strlen(items[i]);
		if (strcmp(items[i], "*") == 0 ||
		    (strstr(items[i], "://") && items[i][len - 1] != '/'))
			continue;
		(void)value_fault(r, label, item->origin,
		    "'%.60s' is not an origin such as https://app.example.com, nor *", items[i]);
		return;
	}
	settings->cors_origins = items;
	settings->cors_origin_count = count;
}

#define PROMPT_KEY       "SIDEWAYS_PROMPT_KEY"
#define PROMPT_KEY_BYTES 32

/* Prompts are kept sealed or not at all. */
static bool has_prompt_key(struct reading *r, const char *label, const struct yaml_node *node)
{
	const char *secret = getenv(PROMPT_KEY);
	size_t len = secret ? strlen(secret) : 0;

	if (len >= PROMPT_KEY_BYTES) {
		r->settings->prompts.secret = arena_copy(r->arena, secret);
		return true;
	}
	return value_fault(r, label, node->origin,
	    "prompts are kept only sealed, and the key for it, the environment's " PROMPT_KEY
	    ", %s: give the service one of at least %d characters, such as `openssl rand -hex 32` "
	    "prints",
	    len ? "is too short" : "is not set", PROMPT_KEY_BYTES);
}

void watch_prompt_keys(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	size_t count = yaml_tree_count(node);
	char **keys = arena_alloc(r->arena, (count + 1) * sizeof *keys);

	for (size_t i = 0; i < count; i++)
		if (!value_text(r, label, yaml_tree_item(node, i), &keys[i]))
			return;
	if (count == 0 || !has_prompt_key(r, label, node))
		return;
	r->settings->prompts.keys = keys;
	r->settings->prompts.key_count = count;
}
