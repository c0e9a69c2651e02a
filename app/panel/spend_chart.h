#ifndef PANEL_SPEND_CHART_H
#define PANEL_SPEND_CHART_H

/*
 * Spend by day as charts.
 */
#include <jansson.h>

#include "panel/page.h"

/* From then to today, a part for each of the five models that cost most and one for the rest. */
json_t *spend_chart_by_model(struct page_call *call, int64_t from_ms, struct error *err);

/* Of one key or team (the other NULL). */
json_t *spend_chart_of(struct page_call *call, const char *key_id, const char *team_id,
    int64_t from_ms, struct error *err);

#endif
