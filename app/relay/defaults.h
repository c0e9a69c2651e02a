#ifndef RELAY_DEFAULTS_H
#define RELAY_DEFAULTS_H

/*
 * What a deployment's default parameters add to the bound of each call: they are sent where the
 * client names none, so they count as if the client had sent them.
 */
#include "base/error.h"
#include "prices/cost.h"
#include "settings/settings.h"

/* Once for each load of the settings.  ERROR_BAD_REQUEST and the like for what a client would be
 * refused for: such a deployment has no bound. */
int defaults_weigh(const struct deployment *deployment, struct bound_input *out, struct error *err);

/* Adds them to what a client's request weighs. */
void defaults_add(const struct bound_input *defaults, struct bound_input *input);

#endif
