/*
 * fallbacks, context_window_fallbacks, content_policy_fallbacks: lists of maps with one key, the
 * group, whose value lists the groups that may stand in for it.  A list that stands in both
 * litellm_settings and router_settings counts once, the router's.
 */
#include "settings/chains.h"

#include <string.h>

#include "settings/values.h"

#include "base/banned.h"

/* A target may be a map, {model: NAME, temperature: 0, ...}: its model is the group. */
static const struct yaml_node *target_name(
    struct reading *r, const char *label, const struct yaml_node *node)
{
	const struct yaml_node *model =
	    node->kind == YAML_IS_MAP ? yaml_tree_get(node, "model") : NULL;

	if (!model)
		return node;
	for (size_t i = 0; i < node->count; i++)
		if (node->entries[i].value != model)
			value_note(r, label, node->entries[i].origin,
			    "'%s' of a fallback's map is not used: the request goes on as the "
			    "client sent it",
			    node->entries[i].key);
	return model;
}

static void add_target(struct reading *r, const char *label, const struct yaml_node *item,
    struct fallback_chain *chain)
{
	const struct yaml_node *node = target_name(r, label, item);
	char *name;
	if (!value_text(r, label, node, &name))
		return;
	for (size_t i = 0; i < chain->target_count; i++) {
		if (strcmp(chain->targets[i].name, name) == 0) {
			value_warn(r, label, node->origin, "'%s' is listed twice for '%s'", name,
			    chain->group);
			return;
		}
	}
	struct settings_pair *target =
	    arena_grow(r->arena, &chain->targets, &chain->target_count, sizeof *target);
	target->name = name;
	target->origin = node->origin;
}

static void read_targets(struct reading *r, const char *label, const struct yaml_node *node,
    struct fallback_chain *chain)
{
	if (node->kind == YAML_IS_TEXT && !yaml_tree_is_null(node)) {
		add_target(r, label, node, chain);
		return;
	}
	if (node->kind != YAML_IS_LIST) {
		(void)value_fault(
		    r, label, node->origin, "'%s' needs a list of model groups", chain->group);
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		add_target(r, label, node->entries[i].value, chain);
}

static void read_chain(struct reading *r, const char *label, const struct yaml_node *node,
    struct fallback_chains *chains)
{
	if (node->kind != YAML_IS_MAP || node->count != 1) {
		(void)value_fault(r, label, node->origin,
		    "each entry is a map with one key, such as - gpt-4o: [gpt-4o-mini]%s",
		    node->kind == YAML_IS_MAP && node->count > 1 ? "; this one has several" : "");
		return;
	}
	const struct yaml_entry *entry = &node->entries[0];
	for (size_t i = 0; i < chains->count; i++) {
		if (strcmp(chains->items[i].group, entry->key) == 0) {
			value_warn(r, label, entry->origin,
			    "'%s' has a chain already, in line %d; this one is left out",
			    entry->key, chains->items[i].origin.line);
			return;
		}
	}
	struct fallback_chain *chain =
	    arena_grow(r->arena, &chains->items, &chains->count, sizeof *chain);
	chain->group = (char *)entry->key;
	chain->origin = entry->origin;
	read_targets(r, label, entry->value, chain);
}

static void read_chains(struct reading *r, const char *label, const struct yaml_node *node,
    struct fallback_chains *chains)
{
	if (node->kind != YAML_IS_LIST) {
		(void)value_fault(r, label, node->origin,
		    "expected a list of maps, such as - gpt-4o: [gpt-4o-mini]");
		return;
	}
	if (chains->count)
		value_warn(r, label, node->origin,
		    "the list that begins in line %d is not used; this one counts",
		    chains->items[0].origin.line);
	*chains = (struct fallback_chains){ 0 };
	for (size_t i = 0; i < node->count; i++)
		read_chain(r, label, node->entries[i].value, chains);
}

void chains_fallbacks(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	read_chains(r, label, node, &((struct settings *)base)->fallbacks);
}

void chains_context_window(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	read_chains(r, label, node, &((struct settings *)base)->context_window_fallbacks);
}

void chains_content_policy(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	read_chains(r, label, node, &((struct settings *)base)->content_policy_fallbacks);
}

void chains_default(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	if (r->default_chain)
		value_warn(r, label, node->origin,
		    "the list in line %d is not used; this one counts",
		    r->default_chain->origin.line);
	r->default_chain = arena_alloc(r->arena, sizeof *r->default_chain);
	r->default_chain->group = arena_copy(r->arena, "*");
	r->default_chain->origin = node->origin;
	read_targets(r, label, node, r->default_chain);
}

void chains_finish(struct reading *r)
{
	struct fallback_chains *chains = &r->settings->fallbacks;
	if (!r->default_chain)
		return;
	for (size_t i = 0; i < chains->count; i++) {
		if (strcmp(chains->items[i].group, "*") == 0) {
			problems_add(r->problems, PROBLEM_WARNING, r->default_chain->origin,
			    "default_fallbacks: fallbacks has a chain for '*' in line %d, which "
			    "counts",
			    chains->items[i].origin.line);
			return;
		}
	}
	struct fallback_chain *chain =
	    arena_grow(r->arena, &chains->items, &chains->count, sizeof *chain);
	*chain = *r->default_chain;
}

static bool read_alias(
    struct reading *r, const char *label, const struct yaml_node *node, struct settings_pair *alias)
{
	if (node->kind != YAML_IS_MAP)
		return value_text(r, label, node, &alias->value);
	const struct yaml_node *hidden = yaml_tree_get(node, "hidden");
	const struct yaml_node *model = yaml_tree_get(node, "model");
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_entry *entry = &node->entries[i];
		if (entry->value != hidden && entry->value != model)
			value_warn(r, label, entry->origin,
			    "unknown key '%s' (have: model, hidden)", entry->key);
	}
	if (!model)
		return value_fault(r, label, node->origin, "names no model");
	if (hidden && !value_bool(r, label, hidden, &alias->hidden))
		return false;
	return value_text(r, label, model, &alias->value);
}

void chains_aliases(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings_pairs *aliases = &((struct settings *)base)->aliases;
	if (node->kind != YAML_IS_MAP) {
		(void)value_fault(
		    r, label, node->origin, "expected a map of names and model groups");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_entry *entry = &node->entries[i];
		struct settings_pair alias = { .name = (char *)entry->key,
			.origin = entry->origin };
		const char *name = arena_printf(r->arena, "%s.%s", label, entry->key);
		if (read_alias(r, name, entry->value, &alias)) {
			struct settings_pair *added =
			    arena_grow(r->arena, &aliases->items, &aliases->count, sizeof *added);
			*added = alias;
		}
	}
}
