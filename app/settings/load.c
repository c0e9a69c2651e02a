/*
 * settings_load: the file to a tree, the tree to fields, then the names; and the settings' end.
 *
 * litellm_settings is read before router_settings, so that the router's value counts where both
 * give one, as in LiteLLM.
 */
#include "settings/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/address.h"
#include "settings/alert_sections.h"
#include "settings/cache_sections.h"
#include "settings/chains.h"
#include "settings/fields.h"
#include "settings/model_list.h"
#include "settings/pass_through.h"
#include "settings/references.h"
#include "settings/sections.h"
#include "settings/source_files.h"

#include "base/banned.h"

/* Values are read where os.environ/NAME asks for them; what they hold stands in the file. */
static void look_at_environment(struct reading *r)
{
	const struct yaml_node *map = r->environment;

	if (!map || yaml_tree_is_null(map))
		return;
	if (map->kind != YAML_IS_MAP)
		problems_add(r->problems, PROBLEM_ERROR, map->origin,
		    "environment_variables must be a map of names and values");
	for (size_t i = 0; map->kind == YAML_IS_MAP && i < map->count; i++)
		if (map->entries[i].value->kind == YAML_IS_TEXT &&
		    !yaml_tree_is_null(map->entries[i].value))
			address_warn_written_named(r,
			    arena_printf(r->arena, "environment_variables.%s", map->entries[i].key),
			    map->entries[i].key, map->entries[i].value);
}

static void read_sections(struct reading *r, const struct yaml_node *root)
{
	static const struct {
		const char *key;
		unsigned section;
	} sections[] = { { "litellm_settings", IN_LITELLM }, { "router_settings", IN_ROUTER },
		{ "general_settings", IN_GENERAL }, { "sideways_settings", IN_SIDEWAYS } };
	const struct yaml_node *models = yaml_tree_get(root, "model_list"),
			       *general = yaml_tree_get(root, "general_settings");

	fields_read(r, IN_TOP, root, r->settings);
	look_at_environment(r);
	if (models && !yaml_tree_is_null(models))
		model_list_read(r, models);
	r->seen = NULL;
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
		fields_read(
		    r, sections[i].section, yaml_tree_get(root, sections[i].key), r->settings);
	if (general && general->kind == YAML_IS_MAP)
		pass_through_read(r, yaml_tree_get(general, "pass_through_endpoints"));
	chains_finish(r);
}

/* A file without any section is somebody else's: nothing of it is repeated in a message. */
static bool is_foreign(const struct yaml_node *root)
{
	static const char *const sections[] = { "model_list", "litellm_settings", "router_settings",
		"general_settings", "sideways_settings", "environment_variables", "include" };
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		if (yaml_tree_get(root, sections[i]))
			return false;
	}
	return true;
}

#define DEADLINE_MS 600000 /* as long as SDKs wait by themselves */

/* What follows from other fields where the file says nothing. */
static void fill_in(struct settings *settings)
{
	if (settings->request_deadline_ms != SETTING_UNSET)
		return;
	settings->request_deadline_ms =
	    settings->request_timeout_ms > DEADLINE_MS ? settings->request_timeout_ms : DEADLINE_MS;
}

static int tell_errors(const struct problems *problems, const char *path, struct error *err)
{
	const struct problem *first = NULL;
	for (size_t i = 0; i < problems->count && !first; i++) {
		if (problems->items[i].severity == PROBLEM_ERROR && !problems->items[i].confined)
			first = &problems->items[i];
	}
	size_t errors = problems->errors - problems->confined;
	if (!first)
		return error_set(err, ERROR_SETTINGS, "%s has %zu errors", path, errors);
	const struct origin *at = &first->origin;
	if (errors == 1)
		return error_set(err, ERROR_SETTINGS, "%s:%d:%d: %s", at->file, at->line,
		    at->column, first->text);
	return error_set(err, ERROR_SETTINGS, "%zu errors in %s, the first: %s:%d:%d: %s", errors,
	    path, at->file, at->line, at->column, first->text);
}

/* A file that lets nothing be called would take down what the one before it serves. */
static int check_usable(
    const struct settings *settings, const struct problems *problems, struct error *err)
{
	size_t faulty = 0;
	for (size_t i = 0; i < settings->deployment_count; i++)
		faulty += settings->deployments[i].fault != NULL;
	if (problems->errors > problems->confined)
		return tell_errors(problems, settings->file, err);
	if (faulty < settings->deployment_count)
		return 0;
	if (!settings->deployment_count && !problems->confined)
		return error_set(err, ERROR_SETTINGS,
		    "%s: there is no model_list, so no model can be asked for", settings->file);
	return error_set(err, ERROR_SETTINGS, "%s: no entry of model_list can be used: %s",
	    settings->file,
	    faulty ? settings->deployments[0].fault : "each has an error; see sideways check");
}

static struct settings *settings_new(const char *path)
{
	struct settings *settings = alloc_zero(1, sizeof *settings);
	settings->files = alloc_zero(1, sizeof *settings->files);
	arena_init(&settings->files->arena);
	settings->file = arena_copy(&settings->files->arena, path);
	schema_defaults(settings);
	return settings;
}

static int read_settings(struct reading *r, const char *path, struct error *err)
{
	const struct yaml_node *root = source_files_read(r, path, err);
	if (!root)
		return -1;
	if (is_foreign(root)) {
		problems_release(r->problems);
		return error_set(err, ERROR_SETTINGS,
		    "%s: this is not a settings file: it has neither a model_list nor any other "
		    "section of one",
		    path);
	}
	r->environment = yaml_tree_get(root, "environment_variables");
	r->credentials = yaml_tree_get(root, "credential_list");
	read_sections(r, root);
	fill_in(r->settings);
	r->settings->seen = r->seen;
	references_check(r);
	problems_sort(r->problems); /* the first is told */
	return check_usable(r->settings, r->problems, err);
}

struct settings *settings_load(const char *path, struct problems *problems, struct error *err)
{
	struct settings *settings = settings_new(path);
	struct reading reading = {
		.settings = settings, .arena = &settings->files->arena, .problems = problems
	};
	sections_defaults(&reading);
	alerts_defaults(&reading);
	cache_defaults(&reading);

	int result = read_settings(&reading, path, err);
	problems_sort(problems);
	if (result == 0)
		return settings;
	settings_free(settings);
	return NULL;
}

struct origin settings_origin(const struct settings *settings, size_t offset)
{
	for (const struct field_seen *seen = settings->seen; seen; seen = seen->next)
		if (seen->offset == offset)
			return seen->origin;
	return (struct origin){ .file = settings->file };
}

bool settings_changed(const struct settings *settings)
{
	for (size_t i = 0; i < settings->files->count; i++) {
		const struct origin_file *file = &settings->files->items[i];
		struct stat now;
		if (stat(file->path, &now) || now.st_size != file->seen.st_size ||
		    now.st_ino != file->seen.st_ino || now.st_dev != file->seen.st_dev ||
		    now.st_mtim.tv_sec != file->seen.st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != file->seen.st_mtim.tv_nsec)
			return true;
	}
	return false;
}

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
}

/* Everything else lies in the arena, which is given back whole. */
void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->deployment_count; i++)
		wipe(settings->deployments[i].api_key);
	wipe(settings->master_key);
	wipe(settings->metrics_key);
	arena_release(&settings->files->arena);
	free(settings->files);
	free(settings);
}

static const struct fallback_chain *chain_named(
    const struct fallback_chains *chains, const char *group)
{
	for (size_t i = 0; i < chains->count; i++) {
		if (strcmp(chains->items[i].group, group) == 0)
			return &chains->items[i];
	}
	return NULL;
}

/* As LiteLLM: "openai/gpt-4o" also finds the chain of "gpt-4o". */
const struct fallback_chain *settings_chain(const struct fallback_chains *chains, const char *group)
{
	const char *slash = strchr(group, '/');
	const struct fallback_chain *chain = chain_named(chains, group);
	if (!chain && slash)
		chain = chain_named(chains, slash + 1);
	return chain ? chain : chain_named(chains, "*");
}
