/*
 * Usage: spend over time by one thing at a time, beside the time before; and all of it as a file.
 */
#include <string.h>

#include "accounts/keys.h"
#include "base/json_build.h"
#include "panel/known.h"
#include "panel/machines.h"
#include "panel/pages.h"
#include "panel/usage.h"
#include "views/view_traffic.h"

#include "base/banned.h"

#define HOUR_MS    INT64_C(3600000)
#define ROWS_SHOWN 100

static const char *const by_words[USAGE_BY_COUNT] = { "Model", "Provider", "Tier", "Key", "Team",
	"User", "Tag" };

static const struct measure {
	const char *name, *words, *title;
} measures[] = {
	[USAGE_COST] = { "cost", "Cost", "Spend" },
	[USAGE_CALLS] = { "calls", "Calls", "Calls" },
	[USAGE_TOKENS] = { "tokens", "Tokens", "Tokens" },
};
#define MEASURE_COUNT (sizeof measures / sizeof measures[0])

/* Sums are kept of users and of tags, not of both together. */
static void part_labels(struct page_call *call, struct usage_wish *wish)
{
	for (int asked = USAGE_BY_USER; asked <= USAGE_BY_TAG; asked++) {
		int other = USAGE_BY_USER + USAGE_BY_TAG - asked;

		if (!wish->filter.of[asked] || (!wish->filter.of[other] && (int)wish->by != other))
			continue;
		call->problem = "Users and tags are counted apart: ask for one of them.";
		wish->filter.of[other] = NULL;
		if ((int)wish->by == other)
			wish->by = USAGE_BY_MODEL;
	}
}

/* ?by=key&measure=tokens&team=alpha; models and cost without them. */
static void usage_asked(struct page_call *call, struct usage_wish *out)
{
	const char *by = page_query(call, "by"), *measure = page_query(call, "measure");
	const char **of = out->filter.of;
	struct virtual_key key;
	struct error none;

	*out = (struct usage_wish){ 0 };
	for (int i = 0; i < USAGE_BY_COUNT; i++) {
		of[i] = page_query(call, view_usage_name((enum usage_by)i));
		if (by && strcmp(view_usage_name((enum usage_by)i), by) == 0)
			out->by = (enum usage_by)i;
	}
	for (size_t i = 0; measure && i < MEASURE_COUNT; i++)
		if (strcmp(measures[i].name, measure) == 0)
			out->measure = (enum usage_measure)i;
	if (of[USAGE_BY_KEY] &&
	    keys_find(call->store, of[USAGE_BY_KEY], call->arena, &key, &none) == 0)
		of[USAGE_BY_KEY] = key.id;
	part_labels(call, out);
}

/* What is asked for, as a query, by another thing. */
static const char *query_by(struct page_call *call, const struct usage_wish *wish, int by)
{
	const char *query = arena_printf(call->arena, "by=%s&measure=%s",
	    view_usage_name((enum usage_by)by), measures[wish->measure].name);

	for (int i = 0; i < USAGE_BY_COUNT; i++)
		if (wish->filter.of[i])
			query = arena_printf(call->arena, "%s&%s=%s", query,
			    view_usage_name((enum usage_by)i),
			    form_encode(wish->filter.of[i], call->arena));
	return query;
}

static void add_choice(json_t *list, const char *value, const char *words, bool here)
{
	json_t *one = json_object();

	json_set_all(one, "value words here?", value, words, here);
	json_append(list, one);
}

static void set_choices(struct page_call *call, const struct usage_wish *wish, json_t *data)
{
	static const char *const kept[] = { "by", "measure", "model", "provider", "tier", "key",
		"team", "user", "tag" };
	json_t *bys = json_array(), *list = json_array(), *filters = json_object();

	for (int by = 0; by < USAGE_BY_COUNT; by++) {
		add_choice(bys, query_by(call, wish, by), by_words[by], by == (int)wish->by);
		json_set_text(filters, view_usage_name((enum usage_by)by),
		    page_query(call, view_usage_name((enum usage_by)by)));
	}
	for (size_t i = 0; i < MEASURE_COUNT; i++)
		add_choice(list, measures[i].name, measures[i].words, i == wish->measure);
	json_set_all(filters, "measures open?", list,
	    view_usage_is_filtered(&wish->filter) || wish->measure != USAGE_COST);
	json_set_all(data, "bys filters by", bys, filters, view_usage_name(wish->by));
	range_keep(call, data, kept, sizeof kept / sizeof kept[0]);
	json_set_bool(data, "by_tag", wish->by == USAGE_BY_TAG);
	known_lists(call, data);
}

/* The mean of the days that the gateway was there. */
static void set_mean(const struct range *range, json_t *data, int64_t cost_nano)
{
	int64_t from_ms =
	    range->first_ms > range->now.from_ms ? range->first_ms : range->now.from_ms;
	int64_t hours = (range->now.to_ms - from_ms) / HOUR_MS;

	if (hours >= 48)
		json_set_money(data, "a_day", (int64_t)((__int128)cost_nano * 24 / hours));
}

/* Sums of all requests, which filters do not divide. */
static int set_saved(
    struct page_call *call, const struct range *range, json_t *data, struct error *err)
{
	json_t *total =
	    view_traffic_total(call->store, range->now.from_ms, range->now.to_ms - HOUR_MS, err);

	json_set(data, "total", total);
	return total ? 0 : -1;
}

/* What is read, for its columns in shown's days: with filters those of UTC. */
static int read_usage(struct page_call *call, const struct usage_wish *wish,
    struct page_call *shown, struct range *range, struct usage_table *out, struct error *err)
{
	*shown = *call;
	if (range_read(call, "30d", range, err) != 0)
		return -1;
	if (view_usage_is_filtered(&wish->filter) &&
	    !view_usage_is_hourly(wish->by, &wish->filter)) {
		shown->timezone = "UTC";
		range_to_days(shown, range);
	}
	return usage_read(shown, range, wish, out, err);
}

json_t *page_usage(struct page_call *call, struct error *err)
{
	json_t *data = json_object(), *chart = NULL;
	struct usage_table table;
	struct usage_wish wish;
	struct page_call shown;
	struct range range;
	bool filtered;

	usage_asked(call, &wish);
	filtered = view_usage_is_filtered(&wish.filter);
	if (read_usage(call, &wish, &shown, &range, &table, err) == 0 &&
	    (filtered || set_saved(call, &range, data, err) == 0))
		chart = usage_chart(&shown, &range, &table,
		    arena_printf(call->arena, "%s by %s", measures[wish.measure].title,
			view_usage_name(wish.by)),
		    err);
	if (!chart) {
		json_decref(data);
		return NULL;
	}
	json_set_all(data, "chart usage", chart,
	    usage_rows(call, &range, &table, ROWS_SHOWN, USAGE_DOTS | USAGE_TOKEN_COLUMNS));
	set_choices(call, &wish, data);
	json_set_all(
	    data, "of_days? range", shown.timezone != call->timezone, range_json(call, &range));
	set_mean(&range, data, table.all.now.cost_nano);
	return json_if(machines_into(call, data, NULL, err) == 0, data);
}

/* Every row of the table. */
json_t *page_usage_export(struct page_call *call, struct error *err)
{
	static const char *const columns[] = { "name", "note", "attempts", "failures",
		"input_tokens", "output_tokens", "cost_usd", "before_usd" };
	struct usage_table table;
	struct usage_wish wish;
	struct page_call shown;
	struct range range;
	json_t *usage, *sent;

	usage_asked(call, &wish);
	if (read_usage(call, &wish, &shown, &range, &table, err) != 0)
		return NULL;
	if (call->problem)
		return json_none(error_set(err, ERROR_BAD_REQUEST, "%s", call->problem));
	usage = usage_rows(call, &range, &table, SIZE_MAX, 0);
	sent = page_send_rows(call, json_object_get(usage, "rows"), "usage", columns,
	    sizeof columns / sizeof columns[0]);
	json_decref(usage);
	return sent;
}
