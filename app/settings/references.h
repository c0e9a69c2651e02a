#ifndef SETTINGS_REFERENCES_H
#define SETTINGS_REFERENCES_H

/*
 * Names that point at names: fallback chains, aliases, tiers, provider budgets.  Runs when all
 * sections are read.
 */
#include "settings/reading.h"

void references_check(struct reading *reading);

#endif
