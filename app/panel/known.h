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

#endif
