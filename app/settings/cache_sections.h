#ifndef SETTINGS_CACHE_SECTIONS_H
#define SETTINGS_CACHE_SECTIONS_H

/*
 * LiteLLM's cache_params.  The plain values inside are rows of the schema under "cache_params.".
 */
#include "settings/schema.h"

schema_read cache_type; /* local, disk and sqlite are the database; redis */
schema_read cache_mode; /* default_on, default_off */
schema_read cache_call_types;
schema_read cache_ssl;

/* What holds when nothing is said. */
void cache_defaults(struct reading *reading);

#endif
