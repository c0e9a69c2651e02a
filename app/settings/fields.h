#ifndef SETTINGS_FIELDS_H
#define SETTINGS_FIELDS_H

/*
 * Walks the keys of one section through the schema and stores what they say.
 */
#include "settings/schema.h"

/* base is the struct settings or struct deployment that the section's rows point into.  A section
 * that is null or missing (node NULL) is nothing; one that is no map is an error. */
void fields_read(
    struct reading *reading, unsigned section, const struct yaml_node *node, void *base);

#endif
