#ifndef PANEL_PAGE_KEY_H
#define PANEL_PAGE_KEY_H

/*
 * What the pages about keys share.
 */
#include "panel/page.h"

/* KEY of views/view_keys.h that call->parameter names. */
json_t *page_key_find(struct page_call *call, struct error *err);

/* Adds what a row of templates/keys.html needs: budget (the tightest), over_budget, is_bad,
 * is_admin_key, last_used, expires_day, team_link. */
void page_key_row(struct page_call *call, json_t *key);

#endif
