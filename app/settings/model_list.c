/*
 * Entries of model_list to deployments.
 *
 * A deployment's id is model_info.id, or the group with a hash of where it leads: provider, model,
 * address, API version and organization (at a cloud also region and project), and its place among
 * entries alike in all of these. Keys, weights and parameters are left out, so that a new key or
 * weight keeps the deployment's budgets and cooldowns.
 */
#include "settings/model_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "settings/deployment_fields.h"
#include "settings/fields.h"
#include "settings/own_words.h"
#include "settings/values.h"

#include "base/banned.h"

/* organization: [a, b, ...] may stand in many entries; a limit keeps the product small. */
#define DEPLOYMENTS_MAX 20000

void model_list_blank(struct deployment *d)
{
	*d = (struct deployment){ 0 };
	int64_t *const unset[] = { &d->rpm, &d->tpm, &d->max_parallel_requests, &d->weight,
		&d->order, &d->timeout_ms, &d->stream_timeout_ms, &d->num_retries, &d->cooldown_ms,
		&d->max_budget_nano, &d->max_input_tokens, &d->max_output_tokens,
		&d->prices.input_pico, &d->prices.output_pico, &d->prices.cache_read_pico,
		&d->prices.cache_write_pico, &d->prices.cache_write_1h_pico,
		&d->prices.cache_write_12h_pico, &d->prices.off_input_pico,
		&d->prices.off_output_pico, &d->prices.off_cache_read_pico,
		&d->prices.cache_read_audio_pico, &d->prices.reasoning_pico,
		&d->prices.audio_input_pico, &d->prices.audio_output_pico,
		&d->prices.long_from_tokens, &d->prices.long_input_pico,
		&d->prices.long_output_pico, &d->prices.long_cache_read_pico,
		&d->prices.per_request_nano, &d->prices.image_input_pico,
		&d->prices.image_output_pico, &d->prices.per_image_nano,
		&d->prices.per_character_pico, &d->prices.per_second_nano,
		&d->prices.per_query_nano, &d->prices.flex.input_pico, &d->prices.flex.output_pico,
		&d->prices.flex.cache_read_pico, &d->prices.priority.input_pico,
		&d->prices.priority.output_pico, &d->prices.priority.cache_read_pico };
	for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
		*unset[i] = SETTING_UNSET;
}

static void check_deployment(struct reading *r, struct deployment *d)
{
	if (strchr(d->model, '*') && !strchr(d->group, '*'))
		problems_add(r->problems, PROBLEM_ERROR, d->model_origin,
		    "litellm_params.model: nothing fills the '*' of '%.60s'; model_name '%.60s' "
		    "has none",
		    d->model, d->group);
	if (d->max_budget_nano != SETTING_UNSET && !d->budget_duration)
		d->budget_duration = arena_copy(r->arena, "1d");
	if (d->max_budget_nano == SETTING_UNSET && d->budget_duration)
		problems_add(r->problems, PROBLEM_WARNING, d->origin,
		    "litellm_params.budget_duration has no effect without max_budget");
	bool has_input = d->prices.input_pico != SETTING_UNSET;
	bool has_output = d->prices.output_pico != SETTING_UNSET;
	if (has_input != has_output)
		problems_add(r->problems, PROBLEM_WARNING, d->origin,
		    "litellm_params: %s is given without %s; the price table must know the other",
		    has_input ? "input_cost_per_token" : "output_cost_per_token",
		    has_input ? "output_cost_per_token" : "input_cost_per_token");
	d->insecure_http = d->api_base && strncasecmp(d->api_base, "http://", 7) == 0;
}

/* ---- entries that cannot be called ---- */

static void mark_faulty(struct reading *r, struct deployment *d, const struct problem *problem)
{
	if (!problem || d->fault)
		return;
	d->fault = arena_printf(r->arena, "%s:%d:%d: %s",
	    problem->origin.file ? problem->origin.file : r->settings->file, problem->origin.line,
	    problem->origin.column, problem->text);
}

static bool model_list_is_empty(const char *text)
{
	return !text || !*text;
}

static bool has_price_key(const struct yaml_node *map)
{
	for (size_t i = 0; map && map->kind == YAML_IS_MAP && i < map->count; i++)
		if (strstr(map->entries[i].key, "cost"))
			return true;
	return false;
}

/* Its place in the draw is kept, and the tier that it would have had, if that can be told. */
static void keep_place(
    struct reading *r, struct deployment *d, const struct yaml_node *entry, const char *model)
{
	const struct yaml_node *info = yaml_tree_get(entry, "model_info");
	bool priced =
	    d->prices.input_pico != SETTING_UNSET && d->prices.output_pico != SETTING_UNSET;

	if (model_list_is_empty(d->provider))
		d->provider = arena_copy(r->arena, "unknown");
	if (model_list_is_empty(d->model))
		d->model = arena_copy(r->arena, model_list_is_empty(model) ? "unknown" : model);
	if (d->tier || priced)
		return;
	d->price_unsure = yaml_tree_get(info, "tier") || has_price_key(info) ||
			  has_price_key(yaml_tree_get(entry, "litellm_params"));
}

/* An entry with a list of organizations is one deployment for each. */
static void add_deployments(struct reading *r, struct deployment *d, const struct yaml_node *params)
{
	struct settings *settings = r->settings;
	const struct yaml_node *organizations = yaml_tree_get(params, "organization");
	bool is_list = organizations && organizations->kind == YAML_IS_LIST;
	for (size_t i = 0; i == 0 || (is_list && i < organizations->count); i++) {
		if (settings->deployment_count == DEPLOYMENTS_MAX) {
			problems_add(r->problems, PROBLEM_ERROR, d->origin,
			    "model_list: more than %d deployments", DEPLOYMENTS_MAX);
			return;
		}
		struct problems_mark mark = problems_mark(r->problems);
		if (i > 0 && !value_ascii(r, "litellm_params.organization",
				 organizations->entries[i].value, false, &d->organization))
			mark_faulty(r, d, problems_confine(r->problems, mark));
		struct deployment *added = arena_grow(
		    r->arena, &settings->deployments, &settings->deployment_count, sizeof *added);
		*added = *d;
		if (i > 0 && d->id)
			added->id = arena_printf(r->arena, "%s-%zu", d->id, i + 1);
	}
}

static bool says_nothing(const struct yaml_node *value)
{
	return !value || yaml_tree_is_null(value) || (value->kind == YAML_IS_TEXT && !*value->text);
}

static bool read_names(struct reading *r, const struct yaml_node *entry, struct deployment *d)
{
	const struct yaml_node *name = yaml_tree_get(entry, "model_name");
	const struct yaml_node *params = yaml_tree_get(entry, "litellm_params");
	bool good = true;
	if (!name || yaml_tree_is_null(name)) {
		problems_add(r->problems, PROBLEM_ERROR, entry->origin,
		    "model_list: this entry has no model_name");
		good = false;
	} else {
		good = value_text(r, "model_name", name, &d->group);
	}
	if (!params || params->kind != YAML_IS_MAP) {
		problems_add(r->problems, PROBLEM_ERROR, params ? params->origin : entry->origin,
		    "model_list: this entry has no litellm_params.model");
		return false;
	}
	const struct yaml_node *model = yaml_tree_get(params, "model");
	if (says_nothing(model)) {
		problems_add(r->problems, PROBLEM_ERROR, params->origin,
		    "litellm_params: no model is named");
		return false;
	}
	d->model_origin = model->origin;
	return good;
}

static bool is_named(const struct yaml_node *credential, const char *name)
{
	const struct yaml_node *own = yaml_tree_get(credential, "credential_name");

	return own && own->kind == YAML_IS_TEXT && strcmp(own->text, name) == 0;
}

/* What credential_list has under its litellm_credential_name, but for what the entry says itself;
 * NULL: nothing. */
static const struct yaml_node *shared_values(struct reading *r, const struct yaml_node *params)
{
	const struct yaml_node *name = yaml_tree_get(params, "litellm_credential_name"),
			       *values = NULL;
	struct yaml_node *left;

	if (!name || name->kind != YAML_IS_TEXT || yaml_tree_is_null(name))
		return NULL;
	for (size_t i = 0; r->credentials && i < r->credentials->count; i++)
		if (is_named(r->credentials->entries[i].value, name->text))
			values =
			    yaml_tree_get(r->credentials->entries[i].value, "credential_values");
	if (!values || values->kind != YAML_IS_MAP) {
		value_warn(r, "litellm_params.litellm_credential_name", name->origin,
		    "credential_list has no values for '%.60s'", name->text);
		return NULL;
	}
	left = arena_alloc(r->arena, sizeof *left);
	*left = *values;
	left->entries = arena_alloc(r->arena, (values->count + 1) * sizeof *left->entries);
	left->count = 0;
	for (size_t i = 0; i < values->count; i++)
		if (says_nothing(yaml_tree_get(params, values->entries[i].key)))
			left->entries[left->count++] = values->entries[i];
	return left;
}

/* model_info first: what litellm_params says wins. */
static void read_into(struct reading *r, const struct yaml_node *entry, struct deployment *d)
{
	if (entry->kind != YAML_IS_MAP) {
		problems_add(r->problems, PROBLEM_ERROR, entry->origin,
		    "model_list: an entry is a map with model_name and litellm_params");
		return;
	}
	d->origin = entry->origin;
	r->seen = NULL;
	bool named = read_names(r, entry, d);
	const struct yaml_node *params = yaml_tree_get(entry, "litellm_params");
	fields_read(r, IN_ENTRY, entry, d);
	fields_read(r, IN_INFO, yaml_tree_get(entry, "model_info"), d);
	own_words_read(r, yaml_tree_get(entry, "model_info"), d);
	if (params && params->kind == YAML_IS_MAP) {
		fields_read(r, IN_PARAMS, shared_values(r, params), d);
		fields_read(r, IN_PARAMS, params, d);
	}
	if (d->model && deployment_split_model(r, d, d->model_origin) && named)
		check_deployment(r, d);
}

/* One that has an error keeps its place, if its name can be read. */
static void model_list_read_entry(struct reading *r, const struct yaml_node *entry)
{
	struct problems_mark mark = problems_mark(r->problems);
	struct deployment d;
	model_list_blank(&d);
	read_into(r, entry, &d);
	const char *model = d.model;
	mark_faulty(r, &d, problems_confine(r->problems, mark));
	if (!d.group || !*d.group)
		return;
	if (d.fault)
		keep_place(r, &d, entry, model);
	add_deployments(r, &d, yaml_tree_get(entry, "litellm_params"));
}

struct identity {
	const char *text;
	struct deployment *deployment;
};

static int by_text(const void *left, const void *right)
{
	const struct identity *a = left;
	const struct identity *b = right;
	int order = strcmp(a->text, b->text);
	return order ? order : (a->deployment > b->deployment) - (a->deployment < b->deployment);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void make_ids(struct reading *r, struct identity *sorted)
{
	struct settings *settings = r->settings;
	for (size_t i = 0; i < settings->deployment_count; i++) {
		struct deployment *d = &settings->deployments[i];
		sorted[i].deployment = d;
		sorted[i].text = arena_printf(r->arena, "%s\n%s\n%s\n%s\n%s\n%s", d->group,
		    d->provider, d->model, or_empty(d->api_base), or_empty(d->api_version),
		    or_empty(d->organization));
		if (d->cloud.region)
			sorted[i].text = arena_printf(r->arena, "%s\n%s\n%s\n%s", sorted[i].text,
			    d->cloud.region, or_empty(d->cloud.project),
			    or_empty(d->cloud.model_id));
	}
	qsort(sorted, settings->deployment_count, sizeof *sorted, by_text);
	for (size_t i = 0, first = 0; i < settings->deployment_count; i++) {
		struct deployment *d = sorted[i].deployment;
		if (strcmp(sorted[i].text, sorted[first].text) != 0)
			first = i;
		if (d->id)
			continue;
		const char *text = arena_printf(r->arena, "%s\n%zu", sorted[i].text, i - first);
		struct digest_hex hex = digest_sha256(text, strlen(text));
		d->id = arena_printf(r->arena, "%s-%.12s", d->group, hex.text);
	}
}

static void check_ids(struct reading *r, struct identity *sorted)
{
	size_t count = r->settings->deployment_count;
	for (size_t i = 0; i < count; i++)
		sorted[i] = (struct identity){ r->settings->deployments[i].id,
			&r->settings->deployments[i] };
	qsort(sorted, count, sizeof *sorted, by_text);
	for (size_t i = 1; i < count; i++) {
		struct deployment *d = sorted[i].deployment;
		struct problems_mark mark = problems_mark(r->problems);
		if (strcmp(sorted[i].text, sorted[i - 1].text) != 0)
			continue;
		problems_add(r->problems, PROBLEM_ERROR, d->origin,
		    "model_info.id: '%s' is also the id of the deployment in line %d",
		    sorted[i].text, sorted[i - 1].deployment->origin.line);
		mark_faulty(r, d, problems_confine(r->problems, mark));
		d->id = arena_printf(r->arena, "%s-line-%d-%zu", d->id, d->origin.line, i);
	}
}

void model_list_read(struct reading *r, const struct yaml_node *list)
{
	if (list->kind != YAML_IS_LIST) {
		problems_add(r->problems, PROBLEM_ERROR, list->origin,
		    "model_list must be a list of models");
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		model_list_read_entry(r, list->entries[i].value);
	size_t count = r->settings->deployment_count;
	if (!count)
		return;
	struct identity *sorted = alloc_zero(count, sizeof *sorted);
	make_ids(r, sorted);
	check_ids(r, sorted);
	free(sorted);
}
