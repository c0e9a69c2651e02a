/*
 * Lists to choose from.  See the header.
 */
#include "panel/known.h"

#include <string.h>

#include "base/json_build.h"
#include "views/view_names.h"

#include "base/banned.h"

static bool holds(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
			return true;
	return false;
}

static json_t *models_of(const struct page_call *call)
{
	const struct settings *settings = call->catalog ? catalog_settings(call->catalog) : NULL;
	json_t *list = json_array();

	for (size_t i = 0; settings && i < settings->deployment_count; i++)
		if (!holds(list, settings->deployments[i].group))
			json_append(list, json_string(settings->deployments[i].group));
	for (size_t i = 0; settings && i < settings->aliases.count; i++)
		json_append(list, json_string(settings->aliases.items[i].name));
	return list;
}

void known_lists(struct page_call *call, json_t *data)
{
	json_t *known = json_object();

	json_set(known, "models", models_of(call));
	json_set_all(known, "has_models? keys teams",
	    json_array_size(json_object_get(known, "models")) > 0 &&
		json_array_size(json_object_get(known, "models")) <= 30,
	    view_names(call->store, SQL_VIEW_NAMES_KEYS),
	    view_names(call->store, SQL_VIEW_NAMES_TEAMS));
	json_set(data, "known", known);
}
