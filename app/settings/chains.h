#ifndef SETTINGS_CHAINS_H
#define SETTINGS_CHAINS_H

/*
 * Fallback lists and aliases as they are written; whether their names exist is asked later, by
 * references.
 */
#include "settings/schema.h"

schema_read chains_fallbacks;
schema_read chains_context_window;
schema_read chains_content_policy;
schema_read chains_default; /* kept aside until chains_finish */
schema_read chains_aliases;

/* default_fallbacks become the chain of "*", unless fallbacks has one. */
void chains_finish(struct reading *reading);

#endif
