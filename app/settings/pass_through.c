/*
 * Entries of pass_through_endpoints to deployments.  Members are those of litellm 1.110.2
 * (proxy/_types.py, PassThroughGenericEndpoint; read 2026-11-30).
 */
#include "settings/pass_through.h"

#include <string.h>
#include <strings.h>

#include "settings/deployment_fields.h"
#include "settings/fields.h"
#include "settings/model_list.h"

#include "base/banned.h"

#define PROVIDER "pass_through"
#define LABEL    "pass_through_endpoints"

static bool stands_in(const struct yaml_node *entry, const char *name)
{
	const struct yaml_node *value = yaml_tree_get(entry, name);

	return value && !yaml_tree_is_null(value) &&
	       (value->kind == YAML_IS_TEXT || value->count > 0);
}

/* Why nothing else of it is read, so that nothing that is missing matters. */
static const char *not_taken(const struct yaml_node *entry)
{
	if (!stands_in(entry, "cost_per_request"))
		return "what a request may cost at most is not known; give cost_per_request in "
		       "dollars (0 is a price)";
	/* Without these it would be another call. */
	if (stands_in(entry, "default_query_params"))
		return "default_query_params are not added; a target gets the client's query";
	return stands_in(entry, "guardrails") ? "there are no guardrails" : NULL;
}

static void tell(struct reading *r, const struct yaml_node *node, const char *path, const char *why)
{
	problems_add(r->problems, PROBLEM_WARNING, node->origin,
	    LABEL "%s%.80s%s is not offered: %s", path ? ": '" : "", path ? path : "",
	    path ? "'" : ": an entry", why);
}

static const char *path_unfit(const struct reading *r, const struct deployment *d)
{
	const char *below;

	if (*d->group != '/' || !d->group[1] || strpbrk(d->group, "*{}?#%"))
		return "a path begins with /, and has no pattern, query or escapes";
	/* There a key may come in the query, which goes on. */
	if (strncmp(d->group, "/v1beta", 7) == 0 || strncmp(d->group, "/v1/models", 10) == 0)
		return "the paths below /v1beta and /v1/models are Gemini's";
	if (pass_through_find(r->settings, d->group, &below) && !*below)
		return "the path is given twice";
	for (size_t i = 0; d->id && i < r->settings->deployment_count; i++)
		if (strcmp(r->settings->deployments[i].id, d->id) == 0)
			return "its id is that of another entry";
	return NULL;
}

static void complete(struct reading *r, struct deployment *d)
{
	d->provider = arena_copy(r->arena, PROVIDER);
	d->model = d->group;
	d->mode = d->provider;
	d->prices.input_pico = d->prices.output_pico = 0;
	d->num_retries = 0;
	d->cooldown_ms = 0; /* it has nobody beside it */
	d->insecure_http = strncasecmp(d->api_base, "http://", 7) == 0;
	if (!d->methods)
		d->methods = DEPLOYMENT_METHODS;
	if (!d->id)
		d->id = arena_printf(r->arena, PROVIDER ":%s", d->group);
}

static bool pass_through_members(
    struct reading *r, const struct yaml_node *node, struct deployment *out)
{
	struct problems_mark mark = problems_mark(r->problems);

	r->seen = NULL; /* entries may differ */
	model_list_blank(out);
	out->origin = out->model_origin = node->origin;
	fields_read(r, IN_PASS_THROUGH, node, out);
	if (!problems_confine(r->problems, mark) && (!out->group || !out->api_base)) {
		problems_add(r->problems, PROBLEM_ERROR, node->origin,
		    LABEL ": this entry has no %s", out->group ? "target" : "path");
		(void)problems_confine(r->problems, mark);
	}
	/* "/bria/" with all below it is "/bria". */
	if (out->group && out->include_subpath && slice_ends(slice_of(out->group), "/"))
		out->group =
		    arena_printf(r->arena, "%.*s", (int)strlen(out->group) - 1, out->group);
	return out->group && out->api_base && r->problems->errors == mark.errors;
}

static void read_entry(struct reading *r, const struct yaml_node *node)
{
	bool is_map = node->kind == YAML_IS_MAP;
	const struct yaml_node *path = is_map ? yaml_tree_get(node, "path") : NULL;
	const char *why = is_map ? not_taken(node) : NULL;
	struct deployment d;

	if (why) {
		tell(r, node, path && path->kind == YAML_IS_TEXT ? path->text : NULL, why);
		return;
	}
	if (!pass_through_members(r, node, &d)) /* the others are offered */
		return;
	why = path_unfit(r, &d);
	if (why) {
		tell(r, node, d.group, why);
		return;
	}
	complete(r, &d);
	*(struct deployment *)arena_grow(
	    r->arena, &r->settings->deployments, &r->settings->deployment_count, sizeof d) = d;
}

void pass_through_read(struct reading *r, const struct yaml_node *list)
{
	if (!list || yaml_tree_is_null(list))
		return;
	if (list->kind != YAML_IS_LIST) {
		problems_add(r->problems, PROBLEM_ERROR, list->origin,
		    LABEL ": expected a list of maps with path and target");
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		read_entry(r, list->entries[i].value);
}

/* ---- finding ---- */

const struct deployment *pass_through_find(
    const struct settings *settings, const char *path, const char **out_below)
{
	const struct deployment *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < settings->deployment_count; i++) {
		const struct deployment *d = &settings->deployments[i];
		size_t len = d->methods ? strlen(d->group) : 0;

		if (len <= longest || strncmp(path, d->group, len) != 0 ||
		    (path[len] && !(d->include_subpath && path[len] == '/')))
			continue;
		found = d;
		longest = len;
	}
	*out_below = path + longest;
	return found;
}

bool pass_through_takes(const struct deployment *entry, const char *method)
{
	return deployment_lists_method(entry->methods, method);
}
