#ifndef SETTINGS_CLOUD_SOURCES_H
#define SETTINGS_CLOUD_SOURCES_H

/*
 * Where a cloud's credentials may come from on this machine, without asking anybody: for what
 * `sideways check` and a gateway that starts have to say of a deployment that has none.
 */
#include <stdbool.h>

#include "settings/settings.h"

/* Is there anything that may let its calls in: in the entry, in the environment, in a file, or
 * because this is one of the cloud's own machines? */
bool cloud_has_source(const struct deployment *deployment);

/* gcloud's own file of credentials, in the arena; NULL: there is no home to look in. */
struct arena;
char *cloud_gcloud_file(struct arena *arena);

/* A variable that is set, and not empty; NULL: it is not. */
const char *cloud_variable(const char *name);

#endif
