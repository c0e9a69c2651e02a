#ifndef PRICES_GENAI_LIST_H
#define PRICES_GENAI_LIST_H

/*
 * genai-prices' data.json: one of its providers.
 *
 * Prices may have conditions: a day from which on they hold, or hours of the day (UTC).  As in
 * genai-prices 0.2.3 (types.py, 2026-11-30) the last in the list whose condition holds counts, and
 * the first where none does.
 */
#include "prices/list_row.h"

void genai_list_add(struct list *list, const json_t *provider);

#endif
