#ifndef SETTINGS_YAML_JSON_H
#define SETTINGS_YAML_JSON_H

/*
 * A YAML value as JSON text, as Python's YAML loader and json.dumps would write it: plain words
 * of YAML 1.1 are booleans and null, plain numbers stay the digits that were written.
 */
#include "settings/values.h"

enum yaml_json_type {
	YAML_JSON_NULL,
	YAML_JSON_BOOL,
	YAML_JSON_WHOLE,
	YAML_JSON_NUMBER,
	YAML_JSON_TEXT,
	YAML_JSON_OTHER
};

/* False when a variable is not set or the text grows over 1 MiB (a problem is added). */
bool yaml_json(struct reading *reading, const char *label, const struct yaml_node *node,
    char **out_json, enum yaml_json_type *out_type);

#endif
