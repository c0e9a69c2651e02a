/*
 * What cache_params says.  See the header.
 */
#include "settings/cache_sections.h"

#include <string.h>

#include "settings/values.h"

#include "base/banned.h"

#define ALL_CALLS (CACHE_COMPLETION | CACHE_TEXT_COMPLETION | CACHE_EMBEDDING)

void cache_defaults(struct reading *r)
{
	struct cache_settings *cache = &r->settings->cache;

	cache->call_types = ALL_CALLS;
	cache->only_repeatable = true;
	cache->max_bytes = INT64_C(256) << 20;
	cache->max_entry_bytes = INT64_C(1) << 20;
	cache->name_space = "";
}

static const struct {
	const char *name;
	enum cache_type type;
	bool other; /* not what LiteLLM does under this name */
} types[] = {
	/* clang-format off */
	{ "sqlite",          CACHE_SQLITE, false },
	{ "local",           CACHE_SQLITE, false },
	{ "disk",            CACHE_SQLITE, false },
	{ "redis",           CACHE_REDIS,  false },
	{ "redis-semantic",  CACHE_REDIS,  true },
	{ "qdrant-semantic", CACHE_SQLITE, true },
	{ "s3",              CACHE_SQLITE, true },
	{ "gcs",             CACHE_SQLITE, true },
	{ "azure-blob",      CACHE_SQLITE, true },
	/* clang-format on */
};

void cache_type(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings *settings = base;
	char *name;

	if (!value_text(r, label, node, &name))
		return;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcmp(types[i].name, name) != 0)
			continue;
		settings->cache.type = types[i].type;
#ifndef HAVE_HIREDIS
		if (types[i].type == CACHE_REDIS)
			(void)value_fault(r, label, node->origin,
			    "this program was built without Redis (configure found no hiredis); "
			    "sqlite caches in the database");
#endif
		if (types[i].other)
			value_warn(r, label, node->origin,
			    "%s is not offered; exact matches are cached in %s", name,
			    types[i].type == CACHE_REDIS ? "Redis" : "the database");
		return;
	}
	(void)value_fault(
	    r, label, node->origin, "'%.40s' is not one of: sqlite local disk redis", name);
}

void cache_mode(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings *settings = base;
	char *mode;

	if (!value_text(r, label, node, &mode))
		return;
	if (strcmp(mode, "default_on") != 0 && strcmp(mode, "default_off") != 0) {
		(void)value_fault(
		    r, label, node->origin, "'%.40s' is not one of: default_on default_off", mode);
		return;
	}
	settings->cache.on_demand = strcmp(mode, "default_off") == 0;
}

/* LiteLLM's names; "a" before one is its asynchronous form. */
static unsigned call_of(const char *name)
{
	static const struct {
		const char *name;
		unsigned call;
	} calls[] = {
		{ "completion", CACHE_COMPLETION },
		{ "responses", CACHE_COMPLETION },
		{ "anthropic_messages", CACHE_COMPLETION },
		{ "text_completion", CACHE_TEXT_COMPLETION },
		{ "embedding", CACHE_EMBEDDING },
	};

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strcmp(name, calls[i].name) == 0 ||
		    (*name == 'a' && strcmp(name + 1, calls[i].name) == 0))
			return calls[i].call;
	return 0;
}

void cache_call_types(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings *settings = base;
	unsigned calls = 0, call;
	char *name;

	if (node->kind != YAML_IS_LIST) {
		(void)value_fault(
		    r, label, node->origin, "expected a list such as [acompletion, aembedding]");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_node *item = node->entries[i].value;

		if (!value_text(r, label, item, &name))
			return;
		call = call_of(name);
		calls |= call;
		if (!call)
			value_note(r, label, item->origin,
			    "there are no calls of the kind '%.40s' here", name);
	}
	settings->cache.call_types = calls;
}

void cache_ssl(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	bool wanted;

	if (value_bool(r, label, node, &wanted) && wanted)
		(void)value_fault(r, label, node->origin,
		    "TLS to Redis is not offered; use a tunnel on this machine (stunnel), and give "
		    "its host and port");
}
