#ifndef PANEL_ATTENTION_H
#define PANEL_ATTENTION_H

/*
 * What needs somebody, grouped by cause: a line each, the worst first.
 */
#include "panel/page.h"

/* [{"bad": bool, "state": "Now", "Soon" or "Look", "path", "link": the words that are its link,
 * "words": what follows, "small"}], from the alerts that last, budgets (budget_bars' objects),
 * overruns of the last seven days and deployments (view_models').  NULL: err. */
json_t *attention_list(
    struct page_call *call, const json_t *budgets, const json_t *models, struct error *err);

/* How many alerts last; 0 also when that cannot be read. */
int64_t attention_alerts(struct page_call *call);

#endif
