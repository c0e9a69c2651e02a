#ifndef PANEL_KNOWN_H
#define PANEL_KNOWN_H

/*
 * What there is to choose from in forms and filters: templates/known.html makes lists of it that a
 * field names ("known-models").
 */
#include "panel/page.h"

/* "known": {"models": model groups of the settings, "keys": aliases, "teams": ids}, at most 500
 * each.
 */
void known_lists(struct page_call *call, json_t *data);

/* Is this a model that a client may ask for: a group, an alias of one, or a name that a wildcard of
 * the settings takes?  Wildcards of a key's own ("openai/\*") count when a group fits them.  True
 * while there are no settings. */
bool known_model(struct page_call *call, const char *name);

#endif
