#ifndef SETTINGS_WATCH_SECTIONS_H
#define SETTINGS_WATCH_SECTIONS_H

/*
 * The structured values of sideways_settings that concern watching: metrics.
 */
#include "settings/schema.h"

schema_read watch_metrics_allow;

#endif
