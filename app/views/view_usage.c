/*
 * Sums of spend between two hours.  See the header.
 */
#include "views/view_usage.h"

#include <string.h>

#include "base/banned.h"

#define HOUR_MS INT64_C(3600000)

static const char *const names[USAGE_BY_COUNT] = { [USAGE_BY_MODEL] = "model",
	[USAGE_BY_PROVIDER] = "provider",
	[USAGE_BY_TIER] = "tier",
	[USAGE_BY_KEY] = "key",
	[USAGE_BY_TEAM] = "team",
	[USAGE_BY_USER] = "user",
	[USAGE_BY_TAG] = "tag" };

const char *view_usage_name(enum usage_by by)
{
	return names[by];
}

bool view_usage_is_hourly(enum usage_by by)
{
	return by <= USAGE_BY_TIER;
}

static const char *name_of(const char *id, const char *name)
{
	return name ? name : strcmp(id, "master") == 0 ? "master key" : *id ? id : "no team";
}

static int each_row(struct statement *s, usage_each *each, void *ctx, struct error *err)
{
	int result;

	while ((result = statement_step(s, err)) == 1) {
		struct usage_row row = { .hour_ms = statement_int(s, 0) * HOUR_MS,
			.id = statement_text(s, 1),
			.note = statement_text(s, 3),
			.attempts = statement_int(s, 4),
			.failures = statement_int(s, 5),
			.input_tokens = statement_int(s, 6),
			.output_tokens = statement_int(s, 7),
			.cost_nano = statement_int(s, 8) };

		row.name = name_of(row.id, statement_text(s, 2));
		each(ctx, &row);
	}
	return result;
}

/* The whole days within, and the hours before and behind them. */
static void bind_days(struct statement *s, int64_t from, int64_t to)
{
	int64_t first_day = (from + 23) / 24, end_day = to / 24;
	int64_t inner_from = first_day * 24 < to ? first_day * 24 : to;
	int64_t inner_to = end_day * 24 > inner_from ? end_day * 24 : inner_from;

	statement_bind_int(s, ":first_day", first_day);
	statement_bind_int(s, ":end_day", end_day);
	statement_bind_int(s, ":inner_from", inner_from);
	statement_bind_int(s, ":inner_to", inner_to);
}

static int run(struct store *store, enum sql_name name, enum usage_by by, const char *id,
    int64_t from_ms, int64_t to_ms, usage_each *each, void *ctx, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, name, err) : NULL;
	int64_t from = from_ms / HOUR_MS, to = to_ms / HOUR_MS;
	int result = -1;

	if (s) {
		statement_bind_text(s, ":by", names[by]);
		statement_bind_int(s, ":from", from);
		statement_bind_int(s, ":to", to);
		if (name == SQL_VIEW_USAGE_THINGS)
			bind_days(s, from, to);
		if (id)
			statement_bind_text(s, ":id", id);
		result = each_row(s, each, ctx, err);
	}
	store_reader_return(store, reader);
	return result;
}

int view_usage(struct store *store, enum usage_by by, int64_t from_ms, int64_t to_ms,
    usage_each *each, void *ctx, struct error *err)
{
	return run(store,
	    view_usage_is_hourly(by) ? SQL_VIEW_USAGE_DEPLOYMENTS : SQL_VIEW_USAGE_THINGS, by, NULL,
	    from_ms, to_ms, each, ctx, err);
}

int view_usage_hours(struct store *store, enum usage_by by, const char *id, int64_t from_ms,
    int64_t to_ms, usage_each *each, void *ctx, struct error *err)
{
	return run(store, SQL_VIEW_USAGE_THING_HOURS, by, id, from_ms, to_ms, each, ctx, err);
}
