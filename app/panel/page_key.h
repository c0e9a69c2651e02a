#ifndef PANEL_PAGE_KEY_H
#define PANEL_PAGE_KEY_H

/*
 * What the pages about keys and teams share.
 */
#include "panel/page.h"
#include "views/view_usage.h"

/* KEY of views/view_keys.h that call->parameter names. */
json_t *page_key_find(struct page_call *call, struct error *err);

/* Adds what a row of templates/keys.html needs: budget (the tightest), over_budget, is_bad,
 * is_admin_key, last_used, expires_day, team_link. */
void page_key_row(struct page_call *call, json_t *key);

/* Adds what a key or team did: the chart of its spend, what that went to (models_spent), its last
 * requests and changes. */
int page_account_history(
    struct page_call *call, json_t *data, enum usage_by by, const char *id, struct error *err);

#endif
