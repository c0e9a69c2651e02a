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

#define HEIGHT     230
#define TOP        46 /* the words of a column stand above */
#define PLOT_H     148
#define STEPS      4      /* lines across */
#define LABELS     8      /* texts below, about */
#define PATH_BYTES 262144 /* 10000 points of some 14 bytes, and room */
#define VALUES     10     /* columns that have room for their value above them */

static const char *in_unit(struct page_call *call, const struct chart *chart, int64_t value)
{
	if (chart->unit == CHART_PERCENT)
		return value % 10 == 0
			   ? arena_printf(call->arena, "%lld %%", (long long)(value / 10))
			   : arena_printf(call->arena, "%lld.%lld %%", (long long)(value / 10),
				 (long long)(value % 10));
	return arena_copy(call->arena,
	    (chart->unit == CHART_MONEY ? show_money(value) : show_number(value)).text);
}

static size_t points_of(const struct chart *chart)
{
	size_t count = 0;

	for (size_t i = 0; chart->points && i < chart->column_count; i++)
		count += chart->points[i];
	return chart->points ? count : chart->column_count;
}

static int64_t sum_of(const struct chart *chart, size_t point)
{
	int64_t sum = 0;

	for (size_t s = 0; s < chart->series_count; s++)
		sum += chart->series[s].values[point];
	return sum;
}

static int64_t highest(const struct chart *chart)
{
	int64_t most = chart->alert;

	for (size_t i = 0; i < points_of(chart); i++) {
		if (chart->bars && sum_of(chart, i) > most)
			most = sum_of(chart, i);
		for (size_t s = 0; !chart->bars && s < chart->series_count; s++)
			if (chart->series[s].values[i] > most)
				most = chart->series[s].values[i];
	}
	for (size_t i = 0; chart->before && i < chart->column_count; i++)
		if (chart->before[i] > most)
			most = chart->before[i];
	return most;
}

/* Nothing to see, and nothing to compare it with. */
static bool is_empty(const struct chart *chart)
{
	struct chart plain = *chart;

	plain.alert = 0;
	return highest(&plain) == 0;
}

/* The least of 1, 2, 4, 6, 8 times a power of ten that is not below the value: its quarters are
 * readable numbers. */
static int64_t round_top(int64_t value)
{
	static const int64_t steps[] = { 1, 2, 4, 6, 8 };
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

/* Of a chart where nothing is: a cent, four percent, four. */
static int64_t top_of(const struct chart *chart)
{
	static const int64_t least[] = {
		[CHART_MONEY] = 100000, [CHART_PERCENT] = 40, [CHART_COUNT] = 4
	};
	int64_t most = highest(chart);

	if (most == 0 && chart->unit == CHART_MONEY)
		most = 10000000;
	return round_top(most > least[chart->unit] ? most : least[chart->unit]);
}

static double place_y(int64_t value, int64_t top)
{
	return TOP + PLOT_H - (double)value / (double)top * PLOT_H;
}

static double place_x(const struct chart *chart, size_t column)
{
	return (double)column / (double)chart->column_count * 100;
}

static void set_place(json_t *object, const char *name, double place)
{
	char text[32];

	snprintf(text, sizeof text, "%.2f", place);
	json_set_text(object, name, text);
}

static json_t *axis_y(struct page_call *call, const struct chart *chart, int64_t top)
{
	json_t *list = json_array();

	for (int i = 0; i <= STEPS; i++) {
		json_t *line = json_object();

		set_place(line, "y", place_y(top / STEPS * i, top));
		set_place(line, "text_y", place_y(top / STEPS * i, top) + 4);
		json_set_text(line, "text", in_unit(call, chart, top / STEPS * i));
		json_append(list, line);
	}
	return list;
}

static json_t *axis_x(const struct chart *chart)
{
	size_t every = (chart->column_count + LABELS - 1) / LABELS;
	json_t *list = json_array();

	for (size_t i = 0; i < chart->column_count; i += every) {
		json_t *mark = json_object();

		set_place(mark, "x", place_x(chart, i) + 50.0 / (double)chart->column_count);
		json_set_all(mark, "text under", chart->columns[i].label, chart->columns[i].under);
		json_append(list, mark);
	}
	return list;
}

/* In a box of 1000 x 100 that is stretched over the plot. */
static json_t *lines(const struct chart *chart, int64_t top)
{
	double wide = 1000.0 / (double)chart->column_count;
	size_t most = 1;
	json_t *list = json_array();

	for (size_t i = 0; chart->points && i < chart->column_count; i++)
		most = chart->points[i] > most ? chart->points[i] : most;
	for (size_t s = 0; !chart->bars && s < chart->series_count; s++) {
		json_t *line = json_object();
		AUTO_TEXT struct text path = text_empty(PATH_BYTES);
		char class[24];

		for (size_t i = 0, at = 0; i < chart->column_count; i++)
			for (size_t n = 0; n < (chart->points ? chart->points[i] : 1); n++, at++)
				text_printf(&path, "%c%.1f %.2f", at ? 'L' : 'M',
				    wide * ((double)i + ((double)n + 0.5) / (double)most),
				    100 - (double)chart->series[s].values[at] / (double)top * 100);
		snprintf(class, sizeof class, "s%zu", s + 1);
		json_set_all(line, "class path", class, path.bytes);
		json_append(list, line);
	}
	return list;
}

static json_t *column_bars(const struct chart *chart, size_t column, int64_t top)
{
	double wide = 100.0 / (double)chart->column_count;
	json_t *list = json_array();
	int64_t below = 0;

	for (size_t s = 0; chart->bars && s < chart->series_count; s++) {
		int64_t value = chart->series[s].values[column];
		char class[24];
		json_t *bar;

		if (value == 0)
			continue;
		bar = json_object();
		below += value;
		snprintf(class, sizeof class, "s%zu", s + 1);
		json_set_text(bar, "class", class);
		set_place(bar, "x", place_x(chart, column) + wide * 0.14);
		set_place(bar, "w", wide * 0.72);
		set_place(bar, "y", place_y(below, top));
		set_place(bar, "h", (double)value / (double)top * PLOT_H);
		json_append(list, bar);
	}
	return list;
}

/* Its values, the dearest first said: "$13.15, before $10.63, most by gpt-4o: $6.20". */
static void say(struct page_call *call, const struct chart *chart, size_t i, json_t *column)
{
	size_t most = 0;

	if (chart->columns[i].words) {
		json_set_text(column, "value", chart->columns[i].words);
		return;
	}
	for (size_t s = 1; s < chart->series_count; s++)
		if (chart->series[s].values[i] > chart->series[most].values[i])
			most = s;
	json_set_text(column, "value", in_unit(call, chart, sum_of(chart, i)));
	if (chart->before)
		json_set_text(column, "before", in_unit(call, chart, chart->before[i]));
	if (chart->series_count > 1 && chart->series[most].values[i] > 0)
		json_set_text(column, "most",
		    arena_printf(call->arena, "most by %s: %s", chart->series[most].name,
			in_unit(call, chart, chart->series[most].values[i])));
}

static json_t *columns(struct page_call *call, const struct chart *chart, int64_t top)
{
	double wide = 100.0 / (double)chart->column_count;
	json_t *list = json_array();

	for (size_t i = 0; i < chart->column_count; i++) {
		json_t *column = json_object();
		int64_t sum = chart->bars ? sum_of(chart, i) : 0;

		json_set_all(column, "name link", chart->columns[i].name, chart->columns[i].link);
		say(call, chart, i, column);
		set_place(column, "x", place_x(chart, i));
		set_place(column, "w", wide);
		set_place(column, "middle", place_x(chart, i) + wide / 2);
		json_set(column, "bars", column_bars(chart, i, top));
		if (chart->before && chart->before[i] > 0) {
			set_place(column, "before_y", place_y(chart->before[i], top));
			set_place(column, "right", place_x(chart, i) + wide);
		}
		if (chart->bars && chart->column_count <= VALUES && sum > 0) {
			int64_t above =
			    chart->before && chart->before[i] > sum ? chart->before[i] : sum;

			set_place(column, "value_y", place_y(above, top) - 5);
		}
		json_append(list, column);
	}
	return list;
}

static json_t *heads(const struct chart *chart)
{
	json_t *list = json_array();

	for (size_t s = 0; !chart->points && s < chart->series_count; s++)
		json_append(list, json_string(chart->series[s].name));
	if (chart->points || (chart->bars && chart->series_count > 1))
		json_append(list, json_string(chart->points ? "What happened" : "All"));
	return list;
}

static json_t *names(const struct chart *chart)
{
	json_t *list = json_array();

	for (size_t s = 0; s < chart->series_count; s++) {
		json_t *one = json_object();
		char class[24];

		snprintf(class, sizeof class, "s%zu", s + 1);
		json_set_all(one, "class name", class, chart->series[s].name);
		json_append(list, one);
	}
	return list;
}

/* The newest first.  Lines that have more points than columns are told by the columns' words. */
static json_t *rows(struct page_call *call, const struct chart *chart)
{
	bool by_words = chart->points;
	json_t *list = json_array();

	for (size_t i = chart->column_count; i-- > 0;) {
		json_t *row = json_object(), *cells = json_array();

		for (size_t s = 0; !by_words && s < chart->series_count; s++)
			json_append(
			    cells, json_string(in_unit(call, chart, chart->series[s].values[i])));
		if (by_words)
			json_append(cells, json_string(chart->columns[i].words));
		if (chart->bars && chart->series_count > 1)
			json_append(cells, json_string(in_unit(call, chart, sum_of(chart, i))));
		json_set_all(row, "label cells", chart->columns[i].name, cells);
		json_append(list, row);
	}
	return list;
}

/* "Spend by day: $78.82 in all, most on Thu 26 Nov with $19.51." */
static const char *description(struct page_call *call, const struct chart *chart)
{
	int64_t all = 0;
	size_t most = 0;

	if (!chart->bars)
		return arena_printf(call->arena, "%s. Highest: %s.", chart->title,
		    in_unit(call, chart, highest(chart)));
	for (size_t i = 0; i < chart->column_count; i++) {
		all += sum_of(chart, i);
		if (sum_of(chart, i) > sum_of(chart, most))
			most = i;
	}
	return arena_printf(call->arena, "%s: %s in all, most %s with %s.", chart->title,
	    in_unit(call, chart, all), chart->columns[most].name,
	    in_unit(call, chart, sum_of(chart, most)));
}

/* "spend-by-model": for an id within the page. */
static const char *plain(struct page_call *call, const char *title)
{
	char *id = arena_copy(call->arena, title);

	for (char *at = id; *at; at++)
		*at = *at >= 'A' && *at <= 'Z'   ? (char)(*at + 32)
		      : *at >= 'a' && *at <= 'z' ? *at
						 : '-';
	return id;
}

json_t *chart_json(struct page_call *call, const struct chart *chart)
{
	int64_t top = top_of(chart);
	json_t *out = json_object();

	json_set_all(out, "title id description height top plot_height label_y under_y axis_y",
	    chart->title, plain(call, chart->title), description(call, chart), HEIGHT, TOP, PLOT_H,
	    TOP + PLOT_H + 16, TOP + PLOT_H + 31, axis_y(call, chart, top));
	json_set_all(out, "axis_x lines columns names heads rows is_empty?", axis_x(chart),
	    lines(chart, top), columns(call, chart, top), names(chart), heads(chart),
	    rows(call, chart), chart->unit != CHART_PERCENT && is_empty(chart));
	if (chart->alert > 0) {
		set_place(out, "alert_y", place_y(chart->alert, top));
		set_place(out, "alert_text_y", place_y(chart->alert, top) - 5);
		json_set_text(out, "alert_name", chart->alert_name);
	}
	return out;
}
