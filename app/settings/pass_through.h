#ifndef SETTINGS_PASS_THROUGH_H
#define SETTINGS_PASS_THROUGH_H

/*
 * general_settings.pass_through_endpoints: addresses whose requests go to a target as they are.  An
 * entry with a price a request becomes a deployment of the provider "pass_through", whose model and
 * group are its path; one without is told and left out.
 */
#include "settings/reading.h"
#include "settings/settings.h"

void pass_through_read(struct reading *reading, const struct yaml_node *list); /* after models */

/* The entry of a path, the longest that fits; NULL: there is none.  *out_below is what follows it,
 * "" or a path. */
const struct deployment *pass_through_find(
    const struct settings *settings, const char *path, const char **out_below);

/* Does an entry take the method ("POST")? */
bool pass_through_takes(const struct deployment *entry, const char *method);

#endif
