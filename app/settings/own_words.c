/*
 * Words of model_info that are the file's own.  See the header.
 */
#include "settings/own_words.h"

#include <string.h>

#include "base/text.h"
#include "settings/schema.h"
#include "settings/values.h"
#include "settings/yaml_json.h"

#include "base/banned.h"

#define NAMED_MOST 4
#define NAME_SHOWN 40

static bool holds_prices(const struct yaml_node *map)
{
	for (size_t i = 0; map->kind == YAML_IS_MAP && i < map->count; i++)
		if (strstr(map->entries[i].key, "cost"))
			return true;
	return false;
}

/* Recursion is bounded by YAML_TREE_DEPTH_MAX. */
static bool names_a_variable(const struct yaml_node *node)
{
	if (node->kind == YAML_IS_TEXT)
		return strncmp(node->text, "os.environ/", strlen("os.environ/")) == 0;
	for (size_t i = 0; i < node->count; i++)
		if (names_a_variable(node->entries[i].value))
			return true;
	return false;
}

bool own_words_is_one(const struct yaml_entry *entry)
{
	return !schema_find(IN_INFO, entry->key) && !schema_find_elsewhere(IN_INFO, entry->key) &&
	       !schema_nearest(IN_INFO, entry->key) && !holds_prices(entry->value);
}

static void own_words_keep(struct reading *r, const struct yaml_entry *entry, struct deployment *d)
{
	enum yaml_json_type type;
	char *json;

	if (names_a_variable(entry->value) ||
	    !yaml_json(r, "model_info", entry->value, &json, &type))
		return;
	struct settings_pair *kept =
	    arena_grow(r->arena, &d->own_info.items, &d->own_info.count, sizeof *kept);
	*kept = (struct settings_pair){
		.name = (char *)entry->key, .value = json, .origin = entry->origin
	};
}

static void own_words_put(struct text *names, const struct yaml_entry *entry, size_t before)
{
	if (before < NAMED_MOST)
		text_printf(names, "%s'%.*s'", before ? ", " : "", NAME_SHOWN, entry->key);
}

void own_words_read(struct reading *r, const struct yaml_node *info, struct deployment *d)
{
	AUTO_TEXT struct text names = text_empty(NAMED_MOST * (NAME_SHOWN + 8));
	size_t count = 0;

	for (size_t i = 0; info && info->kind == YAML_IS_MAP && i < info->count; i++) {
		const struct yaml_entry *entry = &info->entries[i];
		const struct schema_row *row = schema_find(IN_INFO, entry->key);

		bool own = own_words_is_one(entry);

		/* What belongs elsewhere may be a secret: an api_key. */
		if (own || (row && row->type == TYPE_UNSUPPORTED))
			own_words_keep(r, entry, d);
		if (own)
			own_words_put(&names, entry, count++);
	}
	if (!count)
		return;
	value_note(r, "model_info", info->origin, "%.*s%s no effect here; GET /model/info shows %s",
	    (int)names.len, names.bytes,
	    count > NAMED_MOST ? " and others have"
	    : count > 1        ? " have"
			       : " has",
	    count > 1 ? "them" : "it");
}
