#ifndef SETTINGS_KEY_SECTIONS_H
#define SETTINGS_KEY_SECTIONS_H

/*
 * default_key_generate_params and upperbound_key_generate_params: what a new key gets when whoever
 * makes it says nothing, and the most that it may get.  accounts/new_key.h applies them.
 */
#include "settings/schema.h"

schema_read key_defaults;
schema_read key_upper_bounds;
schema_read key_default_models; /* default_key_generate_params.models: a list of names */

#endif
