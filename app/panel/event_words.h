#ifndef PANEL_EVENT_WORDS_H
#define PANEL_EVENT_WORDS_H

/*
 * Events of the trail (views/view_audit.h) for people: what changed in words instead of JSON.  Adds
 * "link" (where the thing's page is, below the base) to an event, and rewrites before and after of
 * its changes: budgets as "$5.00 a day", times as dates, lists with commas.
 */
#include <jansson.h>

#include "panel/page.h"
#include "views/view_audit.h"

void event_words(struct page_call *call, json_t *events);

/* The last ones of a thing, so, as "events" of data. */
int event_words_add(
    struct page_call *call, const struct audit_filter *filter, json_t *data, struct error *err);

#endif
