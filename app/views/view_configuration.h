#ifndef VIEWS_VIEW_CONFIGURATION_H
#define VIEWS_VIEW_CONFIGURATION_H

/*
 * The settings in force, without secrets; what `sideways check` finds in the file as it is now; and
 * the dates of prices.
 */
#include <jansson.h>

#include "base/error.h"
#include "relay/gateway.h"

/*
 * {"file", "version" (12 digits of its digest), "changed" (the file is newer than what is in
 * force), "trouble": why the newest file is not in force, or null, "settings": [{section, key,
 * value, default (null: none), is_default}], "aliases": [{name, group, hidden}], "deployments":
 * [{id, group, provider, model, file, line, has_key, key_from ("the settings", the name of the
 * provider's variable, or null), "settings": [{key, value}], "parameters": [names], "headers":
 * [names]}], "findings": {"list": as findings_json has them, each with error, warning or notice
 * true, "errors", "warnings", "notices", "clean", "failure": why the file cannot be read, or null},
 *  "prices": {"date", "source"}}
 */
json_t *view_configuration(struct gateway *gateway, const struct catalog *catalog);

#endif
