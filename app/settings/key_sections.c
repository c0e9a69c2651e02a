/*
 * What the two maps of new keys say.  See the header.
 */
#include "settings/key_sections.h"

#include "settings/fields.h"
#include "settings/yaml_json.h"

#include "base/banned.h"

void key_defaults(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	fields_read_nested(r, label, "default_key_generate_params", node, base);
}

void key_upper_bounds(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	fields_read_nested(r, label, "upperbound_key_generate_params", node, base);
}

void key_default_models(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	enum yaml_json_type type;
	char *json;

	if (node->kind != YAML_IS_LIST) {
		problems_add(r->problems, PROBLEM_ERROR, node->origin,
		    "%s: expected a list of model groups", label);
		return;
	}
	if (yaml_json(r, label, node, &json, &type))
		((struct settings *)base)->new_keys.models = json;
}
