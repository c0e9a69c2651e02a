#ifndef PANEL_ACCOUNT_VALUES_H
#define PANEL_ACCOUNT_VALUES_H

/*
 * The values of a key or team in the words of its form, and a wish without those that the person
 * left as they were.
 */
#include <jansson.h>

#include "panel/account_form.h"
#include "panel/page.h"

/* "2026-12-31", the last good day, of the moment when it ends (0: NULL).  In the arena. */
const char *account_expiry_text(struct page_call *call, int64_t expires_ms);

/* "5/1d@gpt-4o, 1@o3", of the views' model_budgets; NULL for none.  In the arena. */
const char *account_model_budgets_text(struct page_call *call, const json_t *budgets);

/* For form_shown.h; the first budgets_most budgets. */
json_t *account_values(struct page_call *call, const json_t *account, size_t budgets_most);

/* Takes out of a wish that was read from the form what is as the form showed it.
 * ERROR_BAD_REQUEST when somebody else changed the same, and when limits were typed that would not
 * count, since a plan's are followed. */
int account_keep_changed(
    struct page_call *call, const json_t *account, struct account_form *form, struct error *err);

#endif
