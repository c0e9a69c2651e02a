#ifndef SETTINGS_WATCH_SECTIONS_H
#define SETTINGS_WATCH_SECTIONS_H

/*
 * The structured values of sideways_settings that concern who may look: metrics, pages in
 * browsers, and prompts in the record.
 */
#include "settings/schema.h"

schema_read watch_metrics_allow, watch_cors_origins, watch_prompt_keys;

#endif
