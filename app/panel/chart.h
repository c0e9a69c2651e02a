#ifndef PANEL_CHART_H
#define PANEL_CHART_H

/*
 * Charts as places and texts, for templates/chart.html, which draws them as SVG: lines over time,
 * or bars with a part for each series.  Places across are percents and places down are pixels, so
 * letters have one size at every width.
 *
 * A column is what can be pointed at, touched or reached by the keyboard: it is a link that says
 * its values.  Everything stands in the page also as a table, for those who do not see the picture.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "panel/page.h"

enum chart_unit { CHART_MONEY /* nano-dollars */, CHART_PERCENT /* in permille */, CHART_COUNT };

struct chart_series {
	const char *name;
	const int64_t *values; /* one a column, not below 0; of a chart of lines one a point */
};

#define CHART_SERIES_MAX 6 /* as many colours as panel.css has */

struct chart_column {
	const char *label,
	    *under;        /* below the axis, where there is room: "14:00"; "Mon" and "23" */
	const char *name;  /* "Thu 26 Nov" */
	const char *link;  /* below page.base; NULL: none */
	const char *words; /* said of it; NULL: its values */
};

struct chart {
	const char *title;
	enum chart_unit unit;
	bool bars; /* else lines */
	const struct chart_series *series;
	size_t series_count;
	const struct chart_column *columns;
	size_t column_count;   /* at least 1 */
	const size_t *points;  /* of lines: how many a column has; NULL: one */
	const int64_t *before; /* the time before, one a column; NULL: nothing to compare with */
	int64_t alert;         /* a dashed line there; 0: none */
	const char *alert_name;
};

/* The object that templates/chart.html takes as its context. */
json_t *chart_json(struct page_call *call, const struct chart *chart);

#endif
