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
	json_set_all(object, "section key value default is_default?", section_of(row), row->key,
	    is_set ? value.bytes : NULL, has_default ? standard.bytes : NULL,
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

	json_set_all(object, "id group provider model file line has_key? lacks_key? key_from",
	    deployment->id, group->name, deployment->provider, member->model,
	    deployment->origin.file, deployment->origin.line, member->api_key != NULL,
	    member_lacks_key(member), key_from(member));
	json_set_all(object, "settings parameters headers",
	    settings_json(of_deployment, deployment, true), names_json(&deployment->parameters),
	    names_json(&deployment->extra_headers));
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

		json_set_all(
		    object, "name group hidden?", alias->name, alias->value, alias->hidden);
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
	json_set_all(object, "list errors warnings notices clean? failure", list,
	    (int64_t)problems.errors, (int64_t)problems.warnings, (int64_t)problems.notices,
	    catalog && problems.count == 0, catalog ? NULL : err.text);
	catalog_release(catalog);
	problems_release(&problems);
	return object;
}

static void set_trouble(json_t *root, struct gateway *gateway)
{
	AUTO_ARENA struct arena arena = { 0 };

	json_set_text(root, "trouble", gateway_settings_trouble(gateway, &arena));
}

json_t *view_configuration(struct gateway *gateway, const struct catalog *catalog)
{
	const struct settings *settings = catalog_settings(catalog);
	json_t *root = json_object(), *prices = json_object();
	char version[13];

	snprintf(version, sizeof version, "%s", settings->digest ? settings->digest : "");
	json_set_all(
	    root, "file version changed?", settings->file, version, settings_changed(settings));
	set_trouble(root, gateway);
	json_set_all(root, "settings aliases deployments findings",
	    settings_json(of_gateway, settings, false), aliases_json(settings),
	    deployments_json(catalog), view_configuration_check(settings->file));
	json_set_all(prices, "date source", price_table_date(catalog_prices(catalog)),
	    settings->price_file ? settings->price_file : "built in");
	json_set(root, "prices", prices);
	return root;
}
