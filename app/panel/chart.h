#ifndef PANEL_CHART_H
#define PANEL_CHART_H

/*
 * Charts as places and texts, for templates/chart.html, which draws them as SVG: lines over time,
 * or bars with a part for each series.  Everything stands in the page also as a table, for those
 * who do not see the picture.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chart_unit { CHART_MONEY /* nano-dollars */, CHART_PERCENT /* in permille */, CHART_COUNT };

struct chart_series {
	const char *name;
	const int64_t *values; /* one a point, not below 0 */
};

#define CHART_SERIES_MAX 6 /* as many colours as panel.css has */

struct chart {
	const char *title;
	const char *column; /* what a point is: "Day" */
	enum chart_unit unit;
	bool bars; /* else lines, the first with its area */
	const struct chart_series *series;
	size_t series_count;
	const char *const *labels; /* one a point */
	size_t point_count;        /* at least 1 */
	int64_t alert;             /* a dashed line there; 0: none */
	const char *alert_name;
};

/* The object that templates/chart.html takes as its context. */
json_t *chart_json(const struct chart *chart);

#endif
