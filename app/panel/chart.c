/*
 * Placing a chart's parts.  See the header.
 */
#include "panel/chart.h"

#include <stdio.h>
#include <string.h>

#include "base/json_build.h"
#include "base/text.h"
#include "panel/show.h"

#include "base/banned.h"

#define WIDTH      560
#define HEIGHT     200
#define LEFT       58
#define RIGHT      8
#define TOP        10
#define BOTTOM     22
#define PLOT_W     (WIDTH - LEFT - RIGHT)
#define PLOT_H     (HEIGHT - TOP - BOTTOM)
#define STEPS      4     /* lines across */
#define LABELS     7     /* texts below, about */
#define PATH_BYTES 65536 /* 1000 points of some 14 bytes, and room */

static struct shown in_unit(const struct chart *chart, int64_t value)
{
	struct shown shown;

	switch (chart->unit) {
	case CHART_MONEY:
		return show_money(value);
	case CHART_PERCENT:
		snprintf(shown.text, sizeof shown.text, "%lld.%lld %%", (long long)(value / 10),
		    (long long)(value % 10));
		return shown;
	default:
		return show_number(value);
	}
}

static int64_t highest(const struct chart *chart)
{
	int64_t most = chart->alert;

	for (size_t i = 0; i < chart->point_count; i++) {
		int64_t sum = 0;

		for (size_t s = 0; s < chart->series_count; s++) {
			int64_t value = chart->series[s].values[i];

			sum = chart->bars ? sum + value : value;
			if (sum > most)
				most = sum;
		}
	}
	return most;
}

/* The least of 1, 2, 4, 5, 8 times a power of ten that is not below the value: its quarters are
 * readable numbers. */
static int64_t round_top(int64_t value)
{
	static const int64_t steps[] = { 1, 2, 4, 5, 8 };
	int64_t unit = 1;

	for (;;) {
		for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
			if (steps[i] * unit >= value)
				return steps[i] * unit;
		if (unit > INT64_MAX / 100)
			return INT64_MAX;
		unit *= 10;
	}
}

static double place_y(int64_t value, int64_t top)
{
	return TOP + PLOT_H - (double)value / (double)top * PLOT_H;
}

static double place_x(const struct chart *chart, size_t point)
{
	double parts = (double)(chart->bars ? chart->point_count : chart->point_count - 1);

	return LEFT + (parts > 0 ? (double)point / parts * PLOT_W : 0);
}

static void set_place(json_t *object, const char *name, double place)
{
	char text[32];

	snprintf(text, sizeof text, "%.1f", place);
	json_set_text(object, name, text);
}

static json_t *axis_y(const struct chart *chart, int64_t top)
{
	json_t *list = json_array();

	for (int i = 0; i <= STEPS; i++) {
		json_t *line = json_object();

		set_place(line, "y", place_y(top / STEPS * i, top));
		set_place(line, "text_y", place_y(top / STEPS * i, top) + 4);
		json_set_text(line, "text", in_unit(chart, top / STEPS * i).text);
		json_append(list, line);
	}
	return list;
}

static json_t *axis_x(const struct chart *chart)
{
	size_t every = (chart->point_count + LABELS - 1) / LABELS;
	json_t *list = json_array();

	for (size_t i = 0; i < chart->point_count; i += every) {
		json_t *mark = json_object();
		double half = chart->bars ? PLOT_W / (double)chart->point_count / 2 : 0;

		set_place(mark, "x", place_x(chart, i) + half);
		json_set_text(mark, "text", chart->labels[i]);
		json_set_text(mark, "anchor", chart->bars || i > 0 ? "middle" : "start");
		json_append(list, mark);
	}
	return list;
}

static json_t *lines(const struct chart *chart, int64_t top)
{
	json_t *list = json_array();

	for (size_t s = 0; s < chart->series_count; s++) {
		json_t *line = json_object();
		AUTO_TEXT struct text path;
		char class[24];

		text_init(&path, PATH_BYTES);
		for (size_t i = 0; i < chart->point_count; i++)
			text_printf(&path, "%c%.1f %.1f", i ? 'L' : 'M', place_x(chart, i),
			    place_y(chart->series[s].values[i], top));
		snprintf(class, sizeof class, "s%zu", s + 1);
		json_set_text(line, "class", class);
		json_set_text(line, "path", path.bytes);
		if (s == 0) {
			text_printf(&path, "L%.1f %dL%d %dZ",
			    place_x(chart, chart->point_count - 1), TOP + PLOT_H, LEFT,
			    TOP + PLOT_H);
			json_set_text(line, "area", path.bytes);
		}
		json_append(list, line);
	}
	return list;
}

static json_t *bars(const struct chart *chart, int64_t top)
{
	double wide = PLOT_W / (double)chart->point_count, gap = wide > 6 ? 2 : wide / 4;
	json_t *list = json_array();

	for (size_t i = 0; i < chart->point_count; i++) {
		int64_t below = 0;

		for (size_t s = 0; s < chart->series_count; s++) {
			int64_t value = chart->series[s].values[i];
			char class[24], words[160];
			json_t *bar;

			if (value == 0)
				continue;
			bar = json_object();
			below += value;
			snprintf(class, sizeof class, "s%zu", s + 1);
			snprintf(words, sizeof words, "%.20s, %.80s: %s", chart->labels[i],
			    chart->series[s].name, in_unit(chart, value).text);
			json_set_text(bar, "class", class);
			json_set_text(bar, "words", words);
			set_place(bar, "x", place_x(chart, i) + gap / 2);
			set_place(bar, "w", wide - gap);
			set_place(bar, "y", place_y(below, top));
			set_place(bar, "h", (double)value / (double)top * PLOT_H);
			json_append(list, bar);
		}
	}
	return list;
}

static json_t *names(const struct chart *chart)
{
	json_t *list = json_array();

	for (size_t s = 0; s < chart->series_count; s++) {
		json_t *one = json_object();
		char class[24];

		snprintf(class, sizeof class, "s%zu", s + 1);
		json_set_text(one, "class", class);
		json_set_text(one, "name", chart->series[s].name);
		json_append(list, one);
	}
	return list;
}

static json_t *rows(const struct chart *chart)
{
	json_t *list = json_array();

	for (size_t i = chart->point_count; i-- > 0;) {
		json_t *row = json_object(), *cells = json_array();

		for (size_t s = 0; s < chart->series_count; s++)
			json_append(
			    cells, json_string(in_unit(chart, chart->series[s].values[i]).text));
		json_set_text(row, "label", chart->labels[i]);
		json_set(row, "cells", cells);
		json_append(list, row);
	}
	return list;
}

json_t *chart_json(const struct chart *chart)
{
	int64_t most = highest(chart), least = chart->unit == CHART_COUNT     ? 4
					       : chart->unit == CHART_PERCENT ? 40
									      : 1000;
	int64_t top = round_top(most > least ? most : least);
	json_t *out = json_object();
	char words[256];

	snprintf(
	    words, sizeof words, "%.120s. Highest: %s.", chart->title, in_unit(chart, most).text);
	json_set_text(out, "title", chart->title);
	json_set_text(out, "description", words);
	json_set_text(out, "column", chart->column);
	json_set_int(out, "width", WIDTH);
	json_set_int(out, "height", HEIGHT);
	json_set_int(out, "left", LEFT);
	json_set_int(out, "right", WIDTH - RIGHT);
	json_set_int(out, "label_x", LEFT - 6);
	json_set_int(out, "label_y", HEIGHT - 5);
	json_set(out, "axis_y", axis_y(chart, top));
	json_set(out, "axis_x", axis_x(chart));
	json_set(out, "lines", chart->bars ? json_array() : lines(chart, top));
	json_set(out, "bars", chart->bars ? bars(chart, top) : json_array());
	json_set(out, "names", names(chart));
	json_set(out, "rows", rows(chart));
	if (chart->alert > 0) {
		set_place(out, "alert_y", place_y(chart->alert, top));
		json_set_text(out, "alert_name", chart->alert_name);
	}
	return out;
}
