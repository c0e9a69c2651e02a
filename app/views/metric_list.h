#ifndef VIEWS_METRIC_LIST_H
#define VIEWS_METRIC_LIST_H

/*
 * Which metrics there are: one row a family, in metric_list.c; docs/metrics.md is made from it.
 * Counters come from tables that only grow, so they never go back; gauges are what the store says
 * at the moment.
 */
#include <stddef.h>

#include "store/store.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum metric_unit {
	METRIC_COUNT,
	METRIC_DOLLARS, /* stored as nano-dollars */
	METRIC_SECONDS, /* stored as milliseconds; of histograms as microseconds */
};

enum metric_source {
	METRIC_OF_QUERY,
	METRIC_OF_BUDGETS,  /* each budget's present window; column is a metric_figure */
	METRIC_OF_TIGHTEST, /* of each key, team or provider (what) the budget with the least left
			     */
	METRIC_OF_BUILD,
	METRIC_OF_WAL,
};

enum metric_figure {
	FIGURE_LIMIT,
	FIGURE_SPENT,
	FIGURE_HELD,
	FIGURE_LEASED,
	FIGURE_LOST,
	FIGURE_LEFT,
	FIGURE_ENDS
};

#define METRIC_LABELS_MOST 7

struct metric_family {
	const char *name; /* as it is exposed */
	enum metric_type type;
	enum metric_unit unit;
	enum sql_name query;
	const char *labels[METRIC_LABELS_MOST + 1]; /* the query's first columns; NULL ends them */
	int column;                                 /* of the value, counted from the first label */
	/* Histograms: which observations; the label is the query's first column.  Of the tightest
	 * budget: whose. */
	const char *what;
	const char *help;
	enum metric_source source;
};

extern const struct metric_family metric_families[];
extern const size_t metric_family_count;

#endif
