/*
 * Usage: spend over time by one thing at a time, beside the time before; and all of it as a file.
 */
#include <string.h>

#include "base/json_build.h"
#include "panel/pages.h"
#include "panel/usage.h"
#include "views/view_traffic.h"

#include "base/banned.h"

#define HOUR_MS    INT64_C(3600000)
#define ROWS_SHOWN 100

/* ?by=key; models without one. */
static enum usage_by read_by(struct page_call *call)
{
	const char *name = page_query(call, "by");

	for (int by = 0; name && by < USAGE_BY_COUNT; by++)
		if (strcmp(view_usage_name((enum usage_by)by), name) == 0)
			return (enum usage_by)by;
	return USAGE_BY_MODEL;
}

static json_t *choices(enum usage_by chosen)
{
	static const char *const words[USAGE_BY_COUNT] = { [USAGE_BY_MODEL] = "Model",
		[USAGE_BY_PROVIDER] = "Provider",
		[USAGE_BY_TIER] = "Tier",
		[USAGE_BY_KEY] = "Key",
		[USAGE_BY_TEAM] = "Team",
		[USAGE_BY_USER] = "User",
		[USAGE_BY_TAG] = "Tag" };
	json_t *list = json_array();

	for (int by = 0; by < USAGE_BY_COUNT; by++) {
		json_t *one = json_object();

		json_set_text(one, "value", view_usage_name((enum usage_by)by));
		json_set_text(one, "words", words[by]);
		json_set_bool(one, "here", by == (int)chosen);
		json_append(list, one);
	}
	return list;
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

static int set_kept(
    struct page_call *call, const struct range *range, json_t *data, struct error *err)
{
	json_t *total =
	    view_traffic_total(call->store, range->now.from_ms, range->now.to_ms - HOUR_MS, err);

	if (!total)
		return -1;
	json_set_money(data, "kept",
	    json_integer_value(json_object_get(total, "not_spent_nano")) +
		json_integer_value(json_object_get(total, "cache_saved_nano")));
	json_set(data, "total", total);
	return 0;
}

json_t *page_usage(struct page_call *call, struct error *err)
{
	enum usage_by by = read_by(call);
	json_t *data = json_object(), *chart = NULL;
	struct usage_table table;
	struct range range;

	if (range_read(call, "30d", &range, err) == 0 &&
	    usage_read(call, &range, by, &table, err) == 0 &&
	    set_kept(call, &range, data, err) == 0)
		chart = usage_chart(call, &range, &table,
		    arena_printf(call->arena, "Spend by %s", view_usage_name(by)), err);
	if (!chart) {
		json_decref(data);
		return NULL;
	}
	json_set(data, "chart", chart);
	json_set(
	    data, "usage", usage_rows(call, &range, &table, ROWS_SHOWN, USAGE_DOTS | USAGE_TOKENS));
	json_set(data, "bys", choices(by));
	json_set_text(data, "by", view_usage_name(by));
	json_set_bool(data, "by_tag", by == USAGE_BY_TAG);
	json_set(data, "range", range_json(call, &range));
	set_mean(&range, data, table.all.now.cost_nano);
	return data;
}

/* Every row of the table. */
json_t *page_usage_export(struct page_call *call, struct error *err)
{
	static const char *const columns[] = { "name", "note", "attempts", "failures",
		"input_tokens", "output_tokens", "cost_usd", "before_usd" };
	struct usage_table table;
	struct range range;
	json_t *usage, *sent;

	if (range_read(call, "30d", &range, err) != 0 ||
	    usage_read(call, &range, read_by(call), &table, err) != 0)
		return NULL;
	if (call->problem) {
		(void)error_set(err, ERROR_BAD_REQUEST, "%s", call->problem);
		return NULL;
	}
	usage = usage_rows(call, &range, &table, SIZE_MAX, 0);
	sent = page_send_rows(call, json_object_get(usage, "rows"), "usage", columns,
	    sizeof columns / sizeof columns[0]);
	json_decref(usage);
	return sent;
}
