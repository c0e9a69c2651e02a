/*
 * Settings by the rows of their schema.  See the header.
 */
#include "views/view_configuration.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/text.h"
#include "settings/describe.h"
#include "settings/load.h"
#include "settings/schema.h"
#include "views/checklist.h"
#include "views/findings.h"

#include "base/banned.h"

#define VALUE_MAX 4096 /* bytes of one value that are shown */

static const unsigned of_gateway = IN_LITELLM | IN_ROUTER | IN_GENERAL | IN_SIDEWAYS;
static const unsigned of_deployment = IN_ENTRY | IN_PARAMS | IN_INFO;

/* ---- rows ---- */

/* Some keys have a second name for the same field: the first one speaks for it. */
static bool is_second_name(size_t index, unsigned sections)
{
	const struct schema_row *row = schema_at(index), *earlier;

	for (size_t i = 0; i < index; i++) {
		earlier = schema_at(i);
		if ((earlier->sections & sections) && describe_can(earlier) &&
		    earlier->offset == row->offset)
			return true;
	}
	return false;
}

/* A key with a dot stands where its map does: "cache_params.ttl" in litellm_settings. */
static const char *section_of(const struct schema_row *row)
{
	size_t len = strcspn(row->key, ".");
	char map[64];
	const struct schema_row *above;

	if (!row->key[len] || len >= sizeof map)
		return schema_section_name(row->sections);
	memcpy(map, row->key, len);
	map[len] = '\0';
	above = schema_find(IN_LITELLM, map);
	return schema_section_name(above ? above->sections : row->sections);
}

static json_t *setting_json(const struct schema_row *row, const void *base)
{
	AUTO_TEXT struct text value, standard;
	json_t *object = json_object();
	bool is_set, has_default;

	text_init(&value, VALUE_MAX);
	text_init(&standard, VALUE_MAX);
	is_set = describe_value(row, base, &value);
	has_default = describe_default(row, &standard);
	json_set_text(object, "section", section_of(row));
	json_set_text(object, "key", row->key);
	json_set_text(object, "value", is_set ? value.bytes : NULL);
	json_set_text(object, "default", has_default ? standard.bytes : NULL);
	json_set_bool(object, "is_default",
	    is_set == has_default && strcmp(value.bytes, standard.bytes) == 0);
	return object;
}

static json_t *settings_json(unsigned sections, const void *base, bool set_only)
{
	const struct schema_row *row;
	json_t *list = json_array();

	for (size_t i = 0; (row = schema_at(i)); i++) {
		json_t *object;

		if (!(row->sections & sections) || !describe_can(row) ||
		    is_second_name(i, sections))
			continue;
		object = setting_json(row, base);
		if (set_only && json_is_null(json_object_get(object, "value")))
			json_decref(object);
		else
			json_append(list, object);
	}
	return list;
}

/* ---- parts ---- */

static json_t *names_json(const struct settings_pairs *pairs)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pairs->count; i++)
		json_append(list, json_string(pairs->items[i].name));
	return list;
}

static const char *key_from(const struct member *member)
{
	if (!member->api_key)
		return NULL;
	return member->deployment->api_key || !member->provider ? "the settings"
								: member->provider->key_variable;
}

static json_t *deployment_json(const struct group *group, const struct member *member)
{
	const struct deployment *deployment = member->deployment;
	json_t *object = json_object();

	json_set_text(object, "id", deployment->id);
	json_set_text(object, "group", group->name);
	json_set_text(object, "provider", deployment->provider);
	json_set_text(object, "model", member->model);
	json_set_text(object, "file", deployment->origin.file);
	json_set_int(object, "line", deployment->origin.line);
	json_set_bool(object, "has_key", member->api_key != NULL);
	json_set_bool(object, "lacks_key", member_lacks_key(member));
	json_set_text(object, "key_from", key_from(member));
	json_set(object, "settings", settings_json(of_deployment, deployment, true));
	json_set(object, "parameters", names_json(&deployment->parameters));
	json_set(object, "headers", names_json(&deployment->extra_headers));
	return object;
}

static json_t *deployments_json(const struct catalog *catalog)
{
	json_t *list = json_array();

	for (size_t g = 0; g < catalog_group_count(catalog); g++) {
		const struct group *group = catalog_group_at(catalog, g);

		for (size_t m = 0; m < group->member_count; m++)
			json_append(list, deployment_json(group, &group->members[m]));
	}
	return list;
}

static json_t *aliases_json(const struct settings *settings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < settings->aliases.count; i++) {
		const struct settings_pair *alias = &settings->aliases.items[i];
		json_t *object = json_object();

		json_set_text(object, "name", alias->name);
		json_set_text(object, "group", alias->value);
		json_set_bool(object, "hidden", alias->hidden);
		json_append(list, object);
	}
	return list;
}

/* ---- findings ---- */

static void mark_severity(json_t *list)
{
	json_t *finding;
	size_t i;

	json_array_foreach(list, i, finding)
	    json_set_bool(finding, json_read_text(finding, "severity"), 1);
}

/* The file is read anew: what is in force was read without its notices being kept. */
static json_t *view_configuration_check(const char *path)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings = settings_load(path, &problems, &err);
	struct catalog *catalog = settings ? catalog_new(settings, &problems, &err) : NULL;
	json_t *object = json_object(), *list;

	if (catalog)
		checklist_add(catalog, clock_wall_ms(), &problems);
	problems_sort(&problems);
	list = findings_json(&problems);
	mark_severity(list);
	json_set(object, "list", list);
	json_set_int(object, "errors", (int64_t)problems.errors);
	json_set_int(object, "warnings", (int64_t)problems.warnings);
	json_set_int(object, "notices", (int64_t)problems.notices);
	json_set_bool(object, "clean", catalog && problems.count == 0);
	json_set_text(object, "failure", catalog ? NULL : err.text);
	catalog_release(catalog);
	problems_release(&problems);
	return object;
}

static void set_trouble(json_t *root, struct gateway *gateway)
{
	AUTO_ARENA struct arena arena;

	arena_init(&arena);
	json_set_text(root, "trouble", gateway_settings_trouble(gateway, &arena));
}

json_t *view_configuration(struct gateway *gateway, const struct catalog *catalog)
{
	const struct settings *settings = catalog_settings(catalog);
	json_t *root = json_object(), *prices = json_object();
	char version[13];

	snprintf(version, sizeof version, "%s", settings->digest ? settings->digest : "");
	json_set_text(root, "file", settings->file);
	json_set_text(root, "version", version);
	json_set_bool(root, "changed", settings_changed(settings));
	set_trouble(root, gateway);
	json_set(root, "settings", settings_json(of_gateway, settings, false));
	json_set(root, "aliases", aliases_json(settings));
	json_set(root, "deployments", deployments_json(catalog));
	json_set(root, "findings", view_configuration_check(settings->file));
	json_set_text(prices, "date", price_table_date(catalog_prices(catalog)));
	json_set_text(prices, "source", settings->price_file ? settings->price_file : "built in");
	json_set(root, "prices", prices);
	return root;
}
