#ifndef CLI_LESSONS_H
#define CLI_LESSONS_H

/*
 * What the demonstration models (config/demo.yaml) are there to show, as curl lines for people who
 * have just started a gateway with them.
 */
#include "settings/settings.h"

/* On stdout; nothing where the settings have not all of the models.  key is what stands behind
 * "Bearer " within double quotes of a shell: a variable, or a command that prints the key. */
void lessons_print(const struct settings *settings, const char *base, const char *key);

#endif
