#ifndef CLI_BUDGET_PRINT_H
#define CLI_BUDGET_PRINT_H

/*
 * How a budget and its present window are shown, for `budgets list` and `keys show`.
 */
#include <jansson.h>
#include <stdint.h>

#include "accounts/budgets.h"
#include "cli/table_print.h"

#define BUDGET_BAR_CELLS 20

struct budget_bar {
	char text[BUDGET_BAR_CELLS + 3]; /* "[######==............]": spent, held, left */
};

/* Any spending shows at least one mark, and a budget that is not used up never looks full. */
struct budget_bar budget_bar(int64_t limit_nano, int64_t spent_nano, int64_t held_nano);

/* "1d", or "lifetime" for the empty period. */
const char *budget_period_name(const char *period);

struct table *budget_table_new(void);
/* name is what the budget belongs to, in words for people. */
void budget_table_add(
    struct table *table, const char *name, const struct budget_state *budget, int64_t now_ms);

json_t *budget_json(const struct budget_state *budget);

#endif
