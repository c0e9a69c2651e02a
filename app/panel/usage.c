/*
 * Reading and arranging spend.  See the header.
 */
#include "panel/usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_build.h"

#include "base/banned.h"

#define CHARTED_MOST 4096 /* things that get values by part: beyond them memory is the limit */

struct reading {
	struct page_call *call;
	const struct range_span *span;
	struct usage_table *table;
	size_t most_parts; /* of the time and of the time before, which may have more or fewer */
	bool before;       /* the time before is being read */
	int64_t *values;   /* by part: of all, or of the one thing that is read */

	/* Where a thing stands in the table, by its id: open addressing, twice the room of things.
	 */
	size_t room;
	uint32_t *places; /* from 1; 0: empty */
};

static struct reading reading_of(
    struct page_call *call, const struct range *range, struct usage_table *table)
{
	return (struct reading){ .call = call,
		.span = &range->now,
		.table = table,
		.most_parts = range->now.count > range->before.count ? range->now.count
								     : range->before.count };
}

static void add(struct usage_sum *sum, const struct usage_row *row)
{
	sum->attempts += row->attempts;
	sum->failures += row->failures;
	sum->input_tokens += row->input_tokens;
	sum->output_tokens += row->output_tokens;
	sum->cost_nano += row->cost_nano;
}

static int64_t measured(enum usage_measure measure, const struct usage_sum *sum)
{
	return measure == USAGE_COST    ? sum->cost_nano
	       : measure == USAGE_CALLS ? sum->attempts
					: sum->input_tokens + sum->output_tokens;
}

static int64_t measured_row(const struct reading *reading, const struct usage_row *row)
{
	struct usage_sum sum = { 0 };

	add(&sum, row);
	return measured(reading->table->measure, &sum);
}

static int64_t *new_values(const struct reading *reading)
{
	return arena_alloc(reading->call->arena, (reading->most_parts + 1) * sizeof(int64_t));
}

static uint32_t *place_for(const struct reading *reading, const char *id)
{
	size_t mask = reading->room * 2 - 1, at = 5381;

	for (const char *c = id; *c; c++)
		at = at * 33 + (unsigned char)*c;
	for (at &= mask; reading->places[at]; at = (at + 1) & mask)
		if (strcmp(reading->table->things[reading->places[at] - 1].id, id) == 0)
			break;
	return &reading->places[at];
}

static void make_room(struct reading *reading)
{
	struct usage_table *table = reading->table;
	struct usage_thing *things;

	reading->room = reading->room ? reading->room * 2 : 64;
	things = arena_alloc(reading->call->arena, reading->room * sizeof *things);
	if (table->count > 0)
		memcpy(things, table->things, table->count * sizeof *things);
	table->things = things;
	reading->places =
	    arena_alloc(reading->call->arena, reading->room * 2 * sizeof *reading->places);
	for (size_t i = 0; i < table->count; i++)
		*place_for(reading, things[i].id) = (uint32_t)i + 1;
}

static struct usage_thing *thing_of(struct reading *reading, const struct usage_row *row)
{
	struct usage_table *table = reading->table;
	struct arena *arena = reading->call->arena;
	uint32_t *place;

	if (table->count == reading->room)
		make_room(reading);
	place = place_for(reading, row->id);
	if (*place == 0) {
		table->things[table->count] =
		    (struct usage_thing){ .id = arena_copy(arena, row->id),
			    .tier = arena_copy(arena, row->tier) };
		*place = (uint32_t)++table->count;
	}
	return &table->things[*place - 1];
}

/* Clients need not name a user or a tag: what named none has a row. */
static bool usage_has_rest(const struct usage_table *table)
{
	return table->by >= USAGE_BY_USER && !table->filter.of[table->by];
}

static void add_to_values(void *ctx, const struct usage_row *row)
{
	struct reading *reading = ctx;

	reading->values[range_part(reading->span, row->hour_ms)] += measured_row(reading, row);
}

static void add_to_all(void *ctx, const struct usage_row *row)
{
	struct reading *reading = ctx;
	struct usage_thing *all = &reading->table->all;

	add(reading->before ? &all->before : &all->now, row);
	add_to_values(ctx, row);
}

static void add_row(void *ctx, const struct usage_row *row)
{
	struct reading *reading = ctx;
	struct usage_table *table = reading->table;
	struct usage_thing *thing = thing_of(reading, row);

	add(reading->before ? &thing->before : &thing->now, row);
	if (table->makes_all)
		add_to_all(ctx, row);
	if (!table->by_part || reading->before || table->count > CHARTED_MOST)
		return;
	if (!thing->values)
		thing->values = new_values(reading);
	thing->values[range_part(reading->span, row->hour_ms)] += measured_row(reading, row);
}

static int by_size(const void *a, const void *b)
{
	const struct usage_thing *left = a, *right = b;

	if (left->size != right->size)
		return left->size < right->size ? 1 : -1;
	if (left->before.cost_nano != right->before.cost_nano)
		return left->before.cost_nano < right->before.cost_nano ? 1 : -1;
	return strcmp(left->id, right->id);
}

/* The time, or the time before, of the things and of all. */
static int read_span(struct reading *reading, const struct range_span *span, bool before,
    int64_t **out_values, struct error *err)
{
	struct usage_table *table = reading->table;
	struct store *store = reading->call->store;

	reading->before = before;
	reading->span = span;
	*out_values = reading->values = new_values(reading);
	if (table->one)
		return view_usage_hours(store, table->by, table->one, span->from_ms, span->to_ms,
		    add_to_all, reading, err);
	return view_usage(store, table->by, &table->filter, span->from_ms, span->to_ms, add_row,
		   reading, err) != 0 ||
		       (!table->makes_all &&
			   view_usage(store, USAGE_BY_PROVIDER, &table->filter, span->from_ms,
			       span->to_ms, add_to_all, reading, err) != 0)
		   ? -1
		   : 0;
}

int usage_read(struct page_call *call, const struct range *range, const struct usage_wish *wish,
    struct usage_table *out, struct error *err)
{
	struct reading reading = reading_of(call, range, out);

	*out = (struct usage_table){ .by = wish->by,
		.measure = wish->measure,
		.filter = wish->filter,
		.one = wish->one,
		.by_part = view_usage_is_hourly(wish->by, &wish->filter) ||
			   view_usage_is_filtered(&wish->filter),
		.all.name = "All" };
	out->makes_all = out->by_part && !usage_has_rest(out);
	if (read_span(&reading, &range->now, false, &out->all.values, err) != 0 ||
	    read_span(&reading, &range->before, true, &out->before_values, err) != 0)
		return -1;
	for (size_t i = 0; i < out->count; i++)
		out->things[i].size = measured(out->measure, &out->things[i].now);
	out->all.size = measured(out->measure, &out->all.now);
	if (out->count > 0)
		qsort(out->things, out->count, sizeof *out->things, by_size);
	return 0;
}

/* Names are read of those that are shown; without one the id stands there. */
static void name_thing(
    struct page_call *call, const struct usage_table *table, struct usage_thing *thing)
{
	const char *slash = table->by == USAGE_BY_MODEL ? strchr(thing->id, '/') : NULL;
	struct error unread;

	if (thing->name)
		return;
	thing->name = thing->id;
	if (slash && thing->tier && *thing->tier) {
		thing->name = slash + 1;
		thing->note = arena_printf(
		    call->arena, "%.*s, %s", (int)(slash - thing->id), thing->id, thing->tier);
	} else {
		(void)view_usage_names(call->store, table->by, slash ? "" : thing->id, call->arena,
		    &thing->name, &thing->note, &unread);
	}
}

/* ---- figures in words ---- */

const char *usage_change(
    struct page_call *call, const struct range *range, int64_t now, int64_t before)
{
	int64_t percent;

	if (!range->compared)
		return "";
	if (before == 0)
		return now == 0 ? "\xC2\xB1"
				  "0 %"
				: "new";
	if (now / before >= 10) /* nobody reads "+1438 %" */
		return arena_printf(call->arena, "\xC3\x97%lld", (long long)(now / before));
	percent = (int64_t)(((__int128)now - before) * 200 / before);
	percent = (percent + (percent < 0 ? -1 : 1)) / 2; /* to the nearest */
	return percent == 0
		   ? "\xC2\xB1"
		     "0 %"
		   : arena_printf(call->arena, "%s%lld %%", percent < 0 ? "\xE2\x88\x92" : "+",
			 (long long)(percent < 0 ? -percent : percent));
}

void usage_shares(const int64_t *amounts, size_t count, int *out_percents)
{
	__int128 sum = 0;
	int left = 100;

	for (size_t i = 0; i < count; i++)
		sum += amounts[i];
	for (size_t i = 0; i < count; i++) {
		out_percents[i] = sum > 0 ? (int)((__int128)amounts[i] * 100 / sum) : 0;
		left -= out_percents[i];
	}
	for (; sum > 0 && left > 0; left--) {
		__int128 most = -1;
		size_t best = 0;

		for (size_t i = 0; i < count; i++) {
			__int128 rest =
			    (__int128)amounts[i] * 100 - (__int128)out_percents[i] * sum;

			if (rest > most) {
				most = rest;
				best = i;
			}
		}
		out_percents[best]++;
	}
}

/* ---- the table ---- */

/* Its page, or what it is made of. */
static const char *place_of(
    struct page_call *call, const struct range *range, enum usage_by by, const char *id)
{
	const char *encoded = form_encode(id, call->arena);

	if (by == USAGE_BY_KEY)
		return strncmp(id, "key-", 4) == 0 ? arena_printf(call->arena, "/keys/%s", encoded)
						   : NULL;
	if (by == USAGE_BY_TEAM)
		return *id ? arena_printf(call->arena, "/team?id=%s", encoded) : NULL;
	if (!*id || strcmp(id, "/") == 0)
		return NULL;
	return arena_printf(call->arena, "/usage?by=%s&%s=%s&%s",
	    by >= USAGE_BY_USER ? "model" : "key", view_usage_name(by), encoded, range->query);
}

static json_t *row_json(struct page_call *call, const struct range *range,
    enum usage_measure measure, const struct usage_thing *thing)
{
	json_t *row = json_object();

	json_set_all(row, "name note attempts failures input_tokens output_tokens cost$",
	    thing->name, thing->note, thing->now.attempts, thing->now.failures,
	    thing->now.input_tokens, thing->now.output_tokens, thing->now.cost_nano);
	json_set_all(row, "before$ change", thing->before.cost_nano,
	    usage_change(
		call, range, measured(measure, &thing->now), measured(measure, &thing->before)));
	return row;
}

/* The things, and where clients need not name one a last one for what is left of all. */
static int *shares_of(struct page_call *call, const struct usage_table *table)
{
	int64_t *amounts = arena_alloc(call->arena, (table->count + 1) * sizeof *amounts);
	int *shares = arena_alloc(call->arena, (table->count + 1) * sizeof *shares);
	int64_t rest = table->all.size;

	for (size_t i = 0; i < table->count; i++) {
		amounts[i] = table->things[i].size;
		rest -= amounts[i];
	}
	amounts[table->count] = rest > 0 ? rest : 0;
	usage_shares(amounts, table->count + 1, shares);
	return shares;
}

static void set_share(struct page_call *call, json_t *row, int share, int64_t size)
{
	json_set_all(row, "share share_percent",
	    share == 0 && size > 0 ? "<1 %" : arena_printf(call->arena, "%d %%", share), share);
}

/* Only bars of the chart have a colour; the last colour is that of all the rest. */
static const char *colour_of(struct page_call *call, const struct usage_table *table, size_t i)
{
	if (i >= CHART_SERIES_MAX - 1 && table->count > CHART_SERIES_MAX)
		i = CHART_SERIES_MAX - 1;
	return arena_printf(call->arena, "s%zu", i + 1);
}

static json_t *rest_json(
    struct page_call *call, const struct range *range, const struct usage_table *table)
{
	struct usage_thing rest = table->all;

	rest.name = table->by == USAGE_BY_USER ? "no user named" : "no tag";
	for (size_t i = 0; i < table->count; i++) {
		const struct usage_thing *thing = &table->things[i];

		rest.now.cost_nano -= thing->now.cost_nano;
		rest.now.attempts -= thing->now.attempts;
		rest.now.input_tokens -= thing->now.input_tokens;
		rest.now.output_tokens -= thing->now.output_tokens;
		rest.before.cost_nano -= thing->before.cost_nano;
	}
	return measured(table->measure, &rest.now) > 0
		   ? row_json(call, range, table->measure, &rest)
		   : NULL;
}

json_t *usage_rows(struct page_call *call, const struct range *range,
    const struct usage_table *table, size_t most, unsigned columns)
{
	static const char *const headings[USAGE_BY_COUNT] = { "Model", "Provider", "Tier", "Key",
		"Team", "User", "Tag" };
	const int *shares = shares_of(call, table);
	json_t *out = json_object(), *rows = json_array(), *row;
	size_t i;

	for (i = 0; i < table->count && i < most; i++) {
		name_thing(call, table, &table->things[i]);
		row = row_json(call, range, table->measure, &table->things[i]);
		set_share(call, row, shares[i], table->things[i].size);
		json_set_all(row, "class place", colour_of(call, table, i),
		    place_of(call, range, table->by, table->things[i].id));
		json_append(rows, row);
	}
	row = usage_has_rest(table) ? rest_json(call, range, table) : NULL;
	if (row) {
		set_share(call, row, shares[table->count], 1);
		json_append(rows, row);
	}
	json_set_all(out, "rows more", rows, (int64_t)(table->count - i));
	row = row_json(call, range, table->measure, &table->all);
	json_set_text(row, "share", table->all.size > 0 ? "100 %" : "");
	json_set_all(out, "all compared? heading with_dots? with_bars? with_tokens?", row,
	    range->compared, headings[table->by], columns & USAGE_DOTS, columns & USAGE_BARS,
	    columns & USAGE_TOKEN_COLUMNS);
	return out;
}

/* ---- the chart ---- */

/* What a chart shows has a name, and values: of things whose hours are not read together they are
 * read one by one. */
static int read_values(struct page_call *call, const struct range *range, struct usage_table *table,
    size_t shown, struct error *err)
{
	struct reading reading = reading_of(call, range, table);

	for (size_t i = 0; i < shown; i++) {
		struct usage_thing *thing = &table->things[i];

		name_thing(call, table, thing);
		if (thing->values)
			continue;
		thing->values = reading.values = new_values(&reading);
		if (!table->by_part &&
		    view_usage_hours(call->store, table->by, thing->id, range->now.from_ms,
			range->now.to_ms, add_to_values, &reading, err) != 0)
			return -1;
	}
	return 0;
}

/* Where clients need not name one, what is left of all has a colour, too. */
static size_t shown_series(const struct usage_table *table)
{
	size_t wanted = table->count + usage_has_rest(table);

	return wanted > CHART_SERIES_MAX ? CHART_SERIES_MAX - 1 : table->count;
}

/* What is left of all, which for things that overlap (tags) is not below nothing. */
static int64_t *rest_values(
    struct page_call *call, const struct range *range, const struct usage_table *table)
{
	size_t count = range->now.count;
	int64_t *rest = arena_alloc(call->arena, (count + 1) * sizeof *rest);

	for (size_t part = 0; part < count; part++) {
		rest[part] = table->all.values[part];
		for (size_t i = 0; i < shown_series(table); i++)
			rest[part] -= table->things[i].values[part];
		if (rest[part] < 0)
			rest[part] = 0;
	}
	return rest;
}

/* The first part that has something: an axis does not begin before the gateway did. */
static size_t first_part(const struct range *range)
{
	size_t first = range_part(&range->now, range->first_ms);

	return first < range->now.count ? first : 0;
}

/* A column leads to its requests: of the key and team that are asked for. */
static void name_columns(struct page_call *call, const struct range *range,
    const struct usage_table *table, size_t first, struct chart_column *columns)
{
	const char *query = "";

	for (int by = USAGE_BY_KEY; by <= USAGE_BY_TEAM; by++) {
		const char *id =
		    table->one && (int)table->by == by ? table->one : table->filter.of[by];

		if (id)
			query = arena_printf(call->arena, "%s%s=%s&", query,
			    view_usage_name((enum usage_by)by), form_encode(id, call->arena));
	}
	for (size_t i = first; i < range->now.count; i++) {
		int64_t from_ms = range->now.starts[i], to_ms = range->now.starts[i + 1];

		columns[i - first] = (struct chart_column){
			.name = range_part_name(call, range, from_ms),
			.link = arena_printf(call->arena, "/requests?%sfrom=%s&to=%s", query,
			    range_value(call, from_ms), range_value(call, to_ms)),
		};
		columns[i - first].label =
		    range_label(call, range, from_ms, &columns[i - first].under);
	}
}

json_t *usage_chart(struct page_call *call, const struct range *range, struct usage_table *table,
    const char *title, struct error *err)
{
	size_t first = first_part(range), shown = shown_series(table);
	struct chart_series series[CHART_SERIES_MAX];
	struct chart chart = { .title = title,
		.unit = table->measure == USAGE_COST ? CHART_MONEY : CHART_COUNT,
		.bars = true,
		.series = series,
		.column_count = range->now.count - first };
	struct chart_column *columns =
	    arena_alloc(call->arena, (chart.column_count + 1) * sizeof *columns);

	if (read_values(call, range, table, shown, err) != 0)
		return NULL;
	for (size_t i = 0; i < shown; i++)
		series[i] =
		    (struct chart_series){ table->things[i].name, table->things[i].values + first };
	if (table->count > shown)
		series[shown++] =
		    (struct chart_series){ "other", rest_values(call, range, table) + first };
	else if (shown == 0 || usage_has_rest(table))
		series[shown++] = (struct chart_series){ table->count ? "none" : "all",
			rest_values(call, range, table) + first };
	chart.series_count = shown;
	name_columns(call, range, table, first, columns);
	chart.columns = columns;
	if (range->compared && table->before_values)
		chart.before = table->before_values + first;
	return chart_json(call, &chart);
}

json_t *usage_history(
    struct page_call *call, enum usage_by by, const char *id, json_t *data, struct error *err)
{
	struct usage_wish wish = { .by = by, .one = id };
	struct usage_table table;
	struct range range;

	if (range_read(call, "30d", &range, err) != 0 ||
	    usage_read(call, &range, &wish, &table, err) != 0)
		return NULL;
	json_set_all(data, "range usage", range_json(call, &range),
	    row_json(call, &range, USAGE_COST, &table.all));
	return usage_chart(call, &range, &table, "Spend", err);
}
