/*
 * One row a budget.  Bars are plain ASCII, since logs and mails carry them too.
 */
#include "cli/budget_print.h"

#include "base/number.h"
#include "cli/json_print.h"
#include "cli/when.h"

#include "base/banned.h"

/* Cells for a part of the limit: rounded down, but a part that is there has at least one. */
static int cells_for(int64_t part_nano, int64_t limit_nano)
{
	if (part_nano <= 0)
		return 0;
	if (part_nano >= limit_nano)
		return BUDGET_BAR_CELLS;
	int cells = (int)((__int128)part_nano * BUDGET_BAR_CELLS / limit_nano);
	return cells ? cells : 1;
}

struct budget_bar budget_bar(int64_t limit_nano, int64_t spent_nano, int64_t held_nano)
{
	struct budget_bar bar;
	int spent = cells_for(spent_nano, limit_nano);
	int both = cells_for(spent_nano + held_nano, limit_nano);

	if (held_nano > 0 && both == spent && both < BUDGET_BAR_CELLS)
		both++;
	bar.text[0] = '[';
	for (int i = 0; i < BUDGET_BAR_CELLS; i++)
		bar.text[1 + i] = (char)(i < spent ? '#' : i < both ? '=' : '.');
	if (spent_nano + held_nano < limit_nano && both == BUDGET_BAR_CELLS)
		bar.text[BUDGET_BAR_CELLS] = '.';
	bar.text[BUDGET_BAR_CELLS + 1] = ']';
	bar.text[BUDGET_BAR_CELLS + 2] = '\0';
	return bar;
}

const char *budget_period_name(const char *period)
{
	return *period ? period : "lifetime";
}

struct table *budget_table_new(void)
{
	return table_new(
	    "BUDGET|PERIOD|>LIMIT|>SPENT|>HELD|>LEASED|>LEFT|SPENT # HELD = LEFT .|RESETS");
}

void budget_table_add(
    struct table *table, const char *name, const struct budget_state *budget, int64_t now_ms)
{
	table_cell(table, "%s", name);
	table_cell(table, "%s", budget_period_name(budget->period));
	table_cell(table, "%s", number_dollars(budget->limit_nano).text);
	table_cell(table, "%s", number_dollars(budget->spent_nano).text);
	table_cell(table, "%s", number_dollars(budget_held_by_calls(budget)).text);
	table_cell(table, "%s", number_dollars(budget->idle_nano).text);
	table_cell(table, "%s", number_dollars(budget_left(budget)).text);
	table_cell(table, "%s",
	    budget_bar(budget->limit_nano, budget->spent_nano, budget_held_by_calls(budget)).text);
	if (budget->ends_ms == INT64_MAX)
		table_cell(table, "never");
	else
		table_cell(table, "%s (%s)", when_show_until(budget->ends_ms, now_ms).text,
		    when_show(budget->ends_ms).text);
}

json_t *budget_json(const struct budget_state *budget)
{
	json_t *object = json_object();

	json_set_all(object, "scope scope_id period limit$ spent$ held$ leased$ lost$ left$",
	    budget->scope, budget->scope_id, budget->period, budget->limit_nano, budget->spent_nano,
	    budget_held_by_calls(budget), budget->idle_nano, budget->lost_nano,
	    budget_left(budget));
	json_set_all(object, "overrun$ starts@ resets@", budget->overrun_nano, budget->starts_ms,
	    budget->ends_ms);
	return object;
}
