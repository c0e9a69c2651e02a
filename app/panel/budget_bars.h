#ifndef PANEL_BUDGET_BARS_H
#define PANEL_BUDGET_BARS_H

/*
 * What templates/bar.html needs beside a BUDGET of views/view_budgets.h: tight (80 % and more),
 * full, used_percent, place (the page of its key or team, below the base), and for the budget's own
 * page page_id, has_end, of_admins (may it be changed here), is_proxy.
 */
#include <jansson.h>

#include "base/arena.h"

void budget_bars(json_t *budgets, struct arena *arena);

/* The one of the array that has the least left, as a borrowed reference; NULL when it is empty. */
json_t *budget_bars_tightest(json_t *budgets);

/* What the panel calls a scope. */
const char *budget_scope_shown(const char *scope);

#endif
