/*
 * genai-prices.  See the header.
 *
 * The hours of a day are tried minute by minute: at the cheapest price's hours, where the whole of
 * a quarter has it, that price holds, and at all others the dearest of the day's in each figure.
 */
#include "prices/genai_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_read.h"
#include "prices/price_time.h"

#include "base/banned.h"

#define DAY_SECONDS 86400
#define QUARTERS    96

static const struct {
	const char *name;
	enum figure figure, above; /* above: FIGURES is none */
} genai[] = {
	{ "input_mtok", INPUT, LONG_INPUT },
	{ "output_mtok", OUTPUT, LONG_OUTPUT },
	{ "cache_read_mtok", CACHE_READ, LONG_CACHE_READ },
	{ "cache_write_mtok", CACHE_WRITE, FIGURES },
	{ "cache_write_1h_mtok", CACHE_WRITE_1H, FIGURES },
	{ "input_audio_mtok", AUDIO_INPUT, FIGURES },
	{ "cache_audio_read_mtok", CACHE_READ_AUDIO, FIGURES },
	{ "output_audio_mtok", AUDIO_OUTPUT, FIGURES },
	{ "output_reasoning_mtok", REASONING, FIGURES },
	{ "input_image_mtok", IMAGE_INPUT, FIGURES },
	{ "input_video_mtok", IMAGE_INPUT, FIGURES },
	{ "output_image_mtok", IMAGE_OUTPUT, FIGURES },
	{ "output_video_mtok", IMAGE_OUTPUT, FIGURES },
};

/* A number, or {"base": 1.25, "tiers": [{"start": 200000, "price": 2.5}]}. */
static void genai_figure(const json_t *prices, size_t i, struct list_row *row)
{
	const json_t *value = json_object_get(prices, genai[i].name), *tier;
	size_t index;

	if (!json_is_object(value)) {
		list_row_take(row, genai[i].figure, prices, genai[i].name, 1);
		return;
	}
	list_row_take(row, genai[i].figure, value, "base", 1);
	if (genai[i].above == FIGURES)
		return;
	json_array_foreach(json_object_get(value, "tiers"), index, tier)
	{
		list_row_long(row, list_number(tier, "start", 1), genai[i].above, tier, "price", 1);
	}
}

static void genai_figures(const json_t *prices, struct list_row *row)
{
	for (size_t i = 0; i < sizeof genai / sizeof genai[0]; i++)
		genai_figure(prices, i, row);
}

/* ---- conditions ---- */

static bool is_clock(int hour, int minute, int second)
{
	return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 &&
	       second <= 59;
}

/* "", "Z", "+08:00": seconds before UTC; false: it is no zone. */
static bool zone_seconds(const char *text, int *out)
{
	int hours, minutes, end = 0;
	char sign[2]; /* and its NUL */

	*out = 0;
	if (!*text || strcmp(text, "Z") == 0)
		return true;
	if (sscanf(text, "%1[+-]%2d:%2d%n", sign, &hours, &minutes, &end) != 3 || text[end] ||
	    !is_clock(hours, minutes, 0))
		return false;
	*out = (*sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

/* "00:30:00Z", "01:00:00+08:00", "16:30": the second of the day, UTC; -1: it is no time. */
static int second_of(const char *text)
{
	int hour, minute, second = 0, end = 0, away;

	if (!text || sscanf(text, "%2d:%2d%n", &hour, &minute, &end) != 2)
		return -1;
	text += end;
	if (sscanf(text, ":%2d%n", &second, &end) == 1)
		text += end;
	text += *text == '.' ? 1 + strspn(text + 1, "0123456789") : 0;
	if (!is_clock(hour, minute, second) || !zone_seconds(text, &away))
		return -1;
	return (hour * 3600 + minute * 60 + second - away + DAY_SECONDS) % DAY_SECONDS;
}

/* One of the prices, on a day. */
struct condition {
	const json_t *prices;
	int from, to;     /* seconds of the day, around midnight when to < from; -1, -1: all day */
	bool begun, met;  /* met: at some time of the day */
	bool is_cheapest; /* or costs the same */
};

struct conditions {
	struct condition *items;
	size_t count;
	bool unread; /* one has hours that are not understood: each may hold at any time */
};

static struct condition condition_of(const json_t *item, const char *date, bool *unread)
{
	const json_t *constraint = json_object_get(item, "constraint");
	const char *start = json_read_text(constraint, "start_date"),
		   *from = json_read_text(constraint, "start_time"),
		   *to = json_read_text(constraint, "end_time");
	struct condition out = { json_object_get(item, "prices"), -1, -1,
		!start || strncmp(start, date, 10) <= 0, false, false };

	if (from || to) {
		out.from = second_of(from);
		out.to = second_of(to);
		*unread = *unread || out.from < 0 || out.to < 0;
	} else if (json_object_size(constraint) > 0 && !start) {
		*unread = true;
	}
	return out;
}

static bool condition_holds(const struct condition *condition, int second)
{
	if (!condition->begun || condition->from < 0)
		return condition->begun;
	if (condition->to < condition->from)
		return second >= condition->from || second < condition->to;
	return second >= condition->from && second < condition->to;
}

static struct condition *holder(const struct conditions *all, int second)
{
	for (size_t i = all->count; i-- > 0;)
		if (condition_holds(&all->items[i], second))
			return &all->items[i];
	return &all->items[0];
}

static void mark_met(const struct conditions *all)
{
	for (size_t i = 0; all->unread && i < all->count; i++)
		all->items[i].met = all->items[i].begun;
	for (int minute = 0; !all->unread && minute < DAY_SECONDS / 60; minute++) {
		holder(all, minute * 60)->met = true;
		holder(all, minute * 60 + 59)->met = true;
	}
}

/* ---- the prices of a day ---- */

/* What is not known costs what it follows from. */
static double figure_or_base(const struct list_row *row, int i)
{
	static const enum figure bases[FIGURES] = { [OUTPUT] = OUTPUT,
		[REASONING] = OUTPUT,
		[AUDIO_OUTPUT] = OUTPUT,
		[IMAGE_OUTPUT] = OUTPUT,
		[LONG_OUTPUT] = OUTPUT,
		[LONG_CACHE_READ] = CACHE_READ }; /* INPUT of the others */

	return row->figures[i] >= 0 ? row->figures[i] : row->figures[bases[i]];
}

static void take_dearer(struct list_row *row, const struct list_row *other)
{
	struct list_row out = *row;

	for (int i = 0; i < IMAGE_OUTPUT + 1; i++) {
		double one = figure_or_base(row, i), another = figure_or_base(other, i);

		if (i != LONG_FROM && (row->figures[i] >= 0 || other->figures[i] >= 0))
			out.figures[i] = one > another ? one : another;
	}
	if (other->figures[LONG_FROM] >= 0 &&
	    (row->figures[LONG_FROM] < 0 || other->figures[LONG_FROM] < row->figures[LONG_FROM]))
		out.figures[LONG_FROM] = other->figures[LONG_FROM];
	out.step_count = -1; /* the dearest holds from the lowest length on */
	*row = out;
}

static void take_first(struct list_row *row, const struct list_row *one)
{
	memcpy(row->figures, one->figures, sizeof row->figures);
	memcpy(row->steps, one->steps, sizeof row->steps);
	row->step_count = one->step_count;
}

static double blended(const json_t *prices)
{
	struct list_row row = list_row_new(NULL, NULL);

	genai_figures(prices, &row);
	return 3 * row.figures[INPUT] + row.figures[OUTPUT];
}

static const json_t *cheapest(const struct conditions *all)
{
	const json_t *out = NULL;

	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].met && (!out || blended(all->items[i].prices) < blended(out)))
			out = all->items[i].prices;
	return out;
}

static bool is_cheap_quarter(const struct conditions *all, int quarter)
{
	for (int second = quarter * 900; second < (quarter + 1) * 900; second += 60)
		if (!holder(all, second)->is_cheapest || !holder(all, second + 59)->is_cheapest)
			return false;
	return true;
}

/* "1-7 00:00-01:00,04:00-06:00"; "": never, or always. */
static void write_hours(const struct conditions *all, char *out, size_t size)
{
	size_t len = 0;
	int to;

	*out = '\0';
	for (int from = 0; from < QUARTERS; from = to + 1) {
		for (to = from; to < QUARTERS && is_cheap_quarter(all, to); to++)
			;
		if (to > from && len + sizeof "1-7 00:00-00:00" < size)
			len += (size_t)snprintf(out + len, size - len, "%s%02d:%02d-%02d:%02d",
			    len ? "," : "1-7 ", from / 4, from % 4 * 15, to / 4 % 24, to % 4 * 15);
	}
}

static void take_hours(const struct conditions *all, struct list_row *row)
{
	struct list_row less = list_row_new(NULL, NULL);
	const json_t *prices = cheapest(all);
	bool differ = false;

	for (size_t i = 0; i < all->count; i++) {
		struct condition *item = &all->items[i];

		item->is_cheapest = json_equal(item->prices, prices);
		differ = differ || (item->met && !item->is_cheapest);
	}
	if (!differ || all->unread)
		return;
	write_hours(all, row->off_peak, sizeof row->off_peak);
	if (!*row->off_peak)
		return;
	genai_figures(prices, &less);
	row->figures[OFF_INPUT] = less.figures[INPUT];
	row->figures[OFF_OUTPUT] = less.figures[OUTPUT];
	if (row->figures[CACHE_READ] >= 0)
		row->figures[OFF_CACHE_READ] = figure_or_base(&less, CACHE_READ);
}

static void genai_row_on(const json_t *prices, const char *date, struct list_row *row)
{
	AUTO_FREE struct condition *items = NULL;
	struct conditions all = { .count = json_array_size(prices) };
	bool any = false;

	if (json_is_object(prices))
		genai_figures(prices, row);
	if (!all.count)
		return;
	all.items = items = alloc_zero(all.count, sizeof *items);
	for (size_t i = 0; i < all.count; i++)
		items[i] = condition_of(json_array_get(prices, i), date, &all.unread);
	mark_met(&all);
	for (size_t i = 0; i < all.count; i++) {
		struct list_row one = list_row_new(NULL, NULL);

		if (!items[i].met)
			continue;
		genai_figures(items[i].prices, &one);
		if (any)
			take_dearer(row, &one);
		else
			take_first(row, &one);
		if (*one.wrong) {
			row->wrong_at = one.wrong_at;
			memcpy(row->wrong, one.wrong, sizeof row->wrong);
		}
		any = true;
	}
	take_hours(&all, row);
}

/* The first day after `date` from which on others hold; NULL: none. */
static const char *next_day(const json_t *prices, const char *date)
{
	const char *next = NULL;
	const json_t *item;
	size_t index;

	json_array_foreach((json_t *)prices, index, item)
	{
		const char *start = json_read_text(item, "constraint.start_date");

		if (start && strncmp(start, date, 10) > 0 && (!next || strcmp(start, next) < 0))
			next = start;
	}
	return next;
}

/* ---- models ---- */

static void genai_fill(const json_t *model, const char *date, struct list_row *row)
{
	genai_row_on(json_object_get(model, "prices"), date, row);
	row->figures[MAX_INPUT] = list_number(model, "context_window", 1);
	if (row->figures[OUTPUT] < 0 && strstr(row->model, "embed")) {
		row->mode = "embedding";
		row->figures[OUTPUT] = 0;
	}
}

/* The model as it is on a day, and as a row NAME@DAY for each of the next days on which it
 * changes. */
static void add_model(struct list *list, const json_t *model, struct list_row row, const char *base,
    const char *date, int changes)
{
	const char *day = changes ? next_day(json_object_get(model, "prices"), date) : NULL;
	struct list_row after = list_row_new(row.provider, row.model);
	AUTO_FREE char *name = NULL;

	genai_fill(model, date, &row);
	if (day)
		genai_fill(model, day, &after);
	if (!list_row_is_by_tokens(&row) || !list_row_is_by_tokens(&after)) {
		list_row_add(list, &row);
		return;
	}
	name = alloc_printf("%s@%.10s", base, day);
	row.changes_on = day;
	row.goes_on_as = name;
	list_row_add(list, &row);
	list->note.models--; /* one in several rows */
	add_model(list, model, list_row_new(row.provider, name), base, day, changes - 1);
}

/* Its names that are written out: prefixes and patterns may take in what is another model. */
static void add_names(
    struct list *list, const json_t *model, const json_t *match, const char *provider)
{
	const char *name = json_read_text(match, "equals"), *id = json_read_text(model, "id");
	const json_t *either;
	size_t index;

	if (name && id && strcmp(name, id) != 0) {
		add_model(list, model, list_row_new(provider, name), name, list->as_of,
		    PRICE_CHANGES_MOST);
		list->note.models--;
	}
	json_array_foreach(json_object_get(match, "or"), index, either)
	    add_names(list, model, either, provider);
}

void genai_list_add(struct list *list, const json_t *provider)
{
	const char *name = list_provider(json_read_text(provider, "id"));
	const json_t *models = json_object_get(provider, "models"), *model;
	size_t index;

	json_array_foreach((json_t *)models, index, model)
	{
		const char *id = json_read_text(model, "id");

		id = id ? id : "";
		add_model(list, model, list_row_new(name, id), id, list->as_of, PRICE_CHANGES_MOST);
		add_names(list, model, json_object_get(model, "match"), name);
	}
}
