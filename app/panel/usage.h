#ifndef PANEL_USAGE_H
#define PANEL_USAGE_H

/*
 * Spend in a range beside the time before, by one thing at a time, arranged for a chart and a table
 * whose shares add up to 100.
 */
#include "panel/chart.h"
#include "panel/range.h"
#include "views/view_usage.h"

struct usage_sum {
	int64_t attempts, failures, input_tokens, output_tokens, cost_nano;
};

struct usage_thing {
	const char *id, *name, *note;
	struct usage_sum now, before;
	int64_t *values; /* of cost, by part; NULL: not read */
};

struct usage_table {
	enum usage_by by;
	struct usage_thing *things; /* the dearest first */
	size_t count;
	struct usage_thing all; /* its values and those of the time before are always read */
	int64_t *before_values;
};

int usage_read(struct page_call *call, const struct range *range, enum usage_by by,
    struct usage_table *out, struct error *err);

/* A range's spend of one key, team, user or tag. */
int usage_read_one(struct page_call *call, const struct range *range, enum usage_by by,
    const char *id, struct usage_table *out, struct error *err);

/* Bars with a part for each of the dearest, and one for the rest; NULL and err when what it needs
 * cannot be read. */
json_t *usage_chart(struct page_call *call, const struct range *range, struct usage_table *table,
    const char *title, struct error *err);

/* The spend of one, in the range of the query (30 days without), as a chart; puts "range" and
 * "usage" (a ROW as below) into data. */
json_t *usage_history(
    struct page_call *call, enum usage_by by, const char *id, json_t *data, struct error *err);

/* {"rows": [ROW], "more": count of those beyond most, "all": ROW}; ROW: id, name, note, class (of
 * the chart), place (path of its page), attempts, failures, input_tokens, output_tokens, cost_nano,
 * before_nano, share
 * ("37 %"), share_permille, change ("+15 %"). */
enum usage_columns { USAGE_DOTS = 1 /* the chart's colours */, USAGE_BARS = 2, USAGE_TOKENS = 4 };
json_t *usage_rows(struct page_call *call, const struct range *range,
    const struct usage_table *table, size_t most, unsigned columns);

/* "+15 %", "−1 %", "±0 %", "×12" from ten times on, "new"; "" when there is nothing to compare
 * with. */
const char *usage_change(
    struct page_call *call, const struct range *range, int64_t now, int64_t before);

/* Whole percents of amounts that add up to 100 (none when all are 0), by the largest rests. */
void usage_shares(const int64_t *amounts, size_t count, int *out_percents);

#endif
