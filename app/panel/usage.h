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

enum usage_measure { USAGE_COST, USAGE_CALLS, USAGE_TOKENS };

struct usage_wish {
	enum usage_by by;
	enum usage_measure measure;
	struct usage_filter filter;
	const char *one; /* all of this one key, team, user or tag, and no things; NULL: things */
};

struct usage_thing {
	const char *id, *tier, *name, *note; /* a name is read when it is shown */
	struct usage_sum now, before;
	int64_t size;    /* now, in the measure */
	int64_t *values; /* in the measure, by part; NULL: not read */
};

struct usage_table {
	enum usage_by by;
	enum usage_measure measure;
	struct usage_filter filter;
	const char *one;
	bool by_part;               /* the values of things were read with them */
	bool makes_all;             /* all is the sum of the things: it is not read */
	struct usage_thing *things; /* the largest first */
	size_t count;
	struct usage_thing all; /* its values and those of the time before are always read */
	int64_t *before_values;
};

int usage_read(struct page_call *call, const struct range *range, const struct usage_wish *wish,
    struct usage_table *out, struct error *err);

/* Bars with a part for each of the largest, and one for the rest; NULL and err when what it needs
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
enum usage_columns {
	USAGE_DOTS = 1 /* the chart's colours */,
	USAGE_BARS = 2,
	USAGE_TOKEN_COLUMNS = 4
};
json_t *usage_rows(struct page_call *call, const struct range *range,
    const struct usage_table *table, size_t most, unsigned columns);

/* "+15 %", "−1 %", "±0 %", "×12" from ten times on, "new"; "" when there is nothing to compare
 * with. */
const char *usage_change(
    struct page_call *call, const struct range *range, int64_t now, int64_t before);

/* Whole percents of amounts that add up to 100 (none when all are 0), by the largest rests. */
void usage_shares(const int64_t *amounts, size_t count, int *out_percents);

#endif
