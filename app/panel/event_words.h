#ifndef PANEL_EVENT_WORDS_H
#define PANEL_EVENT_WORDS_H

/*
 * Events of the trail (views/view_audit.h) for people: what changed in words instead of JSON.  Adds
 * "link" (where the thing's page is, below the base) to an event, and rewrites before and after of
 * its changes: budgets as "$5.00 a day", times as dates, lists with commas.
 */
#include <jansson.h>

#include "base/arena.h"

void event_words(json_t *events, struct arena *arena);

#endif
