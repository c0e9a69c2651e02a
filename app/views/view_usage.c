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

static const char *const nameless[USAGE_BY_COUNT] = { [USAGE_BY_MODEL] = "no answer",
	[USAGE_BY_PROVIDER] = "no answer",
	[USAGE_BY_TIER] = "no answer",
	[USAGE_BY_KEY] = "no key",
	[USAGE_BY_TEAM] = "no team",
	[USAGE_BY_USER] = "no user named",
	[USAGE_BY_TAG] = "no tag" };

const char *view_usage_name(enum usage_by by)
{
	return names[by];
}

static bool is_place(int by) /* where it was spent, not by whom */
{
	return by <= USAGE_BY_TIER;
}

bool view_usage_is_filtered(const struct usage_filter *filter)
{
	for (int by = 0; by < USAGE_BY_COUNT; by++)
		if (filter->of[by])
			return true;
	return false;
}

static bool filters_places_alone(const struct usage_filter *filter)
{
	for (int by = USAGE_BY_TIER + 1; by < USAGE_BY_COUNT; by++)
		if (filter->of[by])
			return false;
	return true;
}

bool view_usage_is_hourly(enum usage_by by, const struct usage_filter *filter)
{
	return is_place((int)by) && filters_places_alone(filter);
}

static int each_row(struct statement *s, usage_each *each, void *ctx, struct error *err)
{
	int result;

	while ((result = statement_step(s, err)) == 1) {
		struct usage_row row = { .hour_ms = statement_int(s, 0) * HOUR_MS,
			.id = statement_text(s, 1),
			.attempts = statement_int(s, 2),
			.failures = statement_int(s, 3),
			.input_tokens = statement_int(s, 4),
			.output_tokens = statement_int(s, 5),
			.cost_nano = statement_int(s, 6),
			.tier = statement_text(s, 7) };

		each(ctx, &row);
	}
	return result;
}

/* ---- what is bound to which statement ---- */

struct asked {
	enum usage_by by;
	const struct usage_filter *filter;
	const char *id;
	int64_t from, to; /* hours */
};

/* The whole days within, and the hours before and behind them. */
static void bind_days(struct statement *s, const struct asked *asked)
{
	int64_t first_day = (asked->from + 23) / 24, end_day = asked->to / 24;
	int64_t inner_from = first_day * 24 < asked->to ? first_day * 24 : asked->to;
	int64_t inner_to = end_day * 24 > inner_from ? end_day * 24 : inner_from;

	statement_bind(s, ":first_day", first_day, ":end_day", end_day, ":inner_from", inner_from,
	    ":inner_to", inner_to);
}

static void bind_hours(struct statement *s, const struct asked *asked)
{
	statement_bind(s, ":from", asked->from, ":to", asked->to);
}

static void bind_places(struct statement *s, const struct asked *asked)
{
	statement_bind(s, ":provider", asked->filter->of[USAGE_BY_PROVIDER], ":tier",
	    asked->filter->of[USAGE_BY_TIER], ":model", asked->filter->of[USAGE_BY_MODEL]);
}

/* Which rows of usage_day: those of users or tags only where one is asked for. */
static enum usage_by label_of(const struct asked *asked)
{
	for (int by = USAGE_BY_USER; by <= USAGE_BY_TAG; by++)
		if (asked->filter->of[by] || (int)asked->by == by)
			return (enum usage_by)by;
	return USAGE_BY_COUNT;
}

static void bind_whole_days(struct statement *s, enum sql_name name, const struct asked *asked)
{
	enum usage_by label = label_of(asked);
	bool labelled = label != USAGE_BY_COUNT;

	statement_bind(s, ":kind", labelled ? names[label] : "", ":first_day", asked->from / 24,
	    ":end_day", (asked->to + 23) / 24);
	bind_places(s, asked);
	if (name == SQL_VIEW_USAGE_DAYS_MODELS)
		return;
	statement_bind(s, ":team", asked->filter->of[USAGE_BY_TEAM]);
	if (name == SQL_VIEW_USAGE_DAYS_TEAM)
		return;
	statement_bind(s, ":key", asked->filter->of[USAGE_BY_KEY]);
	if (name == SQL_VIEW_USAGE_DAYS_LABEL)
		statement_bind(s, ":label", asked->filter->of[label]);
}

static enum sql_name statement_for(const struct asked *asked)
{
	const char *const *of = asked->filter->of;

	if (asked->id)
		return SQL_VIEW_USAGE_THING_HOURS;
	if (view_usage_is_hourly(asked->by, asked->filter))
		return SQL_VIEW_USAGE_DEPLOYMENTS;
	if (!view_usage_is_filtered(asked->filter))
		return SQL_VIEW_USAGE_THINGS;
	return of[USAGE_BY_USER] || of[USAGE_BY_TAG] ? SQL_VIEW_USAGE_DAYS_LABEL
	       : of[USAGE_BY_KEY]                    ? SQL_VIEW_USAGE_DAYS_KEY
	       : of[USAGE_BY_TEAM]                   ? SQL_VIEW_USAGE_DAYS_TEAM
						     : SQL_VIEW_USAGE_DAYS_MODELS;
}

static void bind_asked(struct statement *s, enum sql_name name, const struct asked *asked)
{
	statement_bind(s, ":by", names[asked->by]);
	switch (name) {
	case SQL_VIEW_USAGE_THING_HOURS:
		statement_bind(s, ":id", asked->id);
		bind_hours(s, asked);
		break;
	case SQL_VIEW_USAGE_THINGS:
		bind_hours(s, asked);
		bind_days(s, asked);
		break;
	case SQL_VIEW_USAGE_DEPLOYMENTS:
		bind_hours(s, asked);
		bind_places(s, asked);
		break;
	default:
		bind_whole_days(s, name, asked);
	}
}

static int run(
    struct store *store, const struct asked *asked, usage_each *each, void *ctx, struct error *err)
{
	enum sql_name name = statement_for(asked);
	AUTO_READ struct statement *s = store_read(store, name, err);
	int result = -1;

	if (s) {
		bind_asked(s, name, asked);
		result = each_row(s, each, ctx, err);
	}
	return result;
}

int view_usage(struct store *store, enum usage_by by, const struct usage_filter *filter,
    int64_t from_ms, int64_t to_ms, usage_each *each, void *ctx, struct error *err)
{
	struct asked asked = { by, filter, NULL, from_ms / HOUR_MS, to_ms / HOUR_MS };

	return run(store, &asked, each, ctx, err);
}

int view_usage_hours(struct store *store, enum usage_by by, const char *id, int64_t from_ms,
    int64_t to_ms, usage_each *each, void *ctx, struct error *err)
{
	static const struct usage_filter none;
	struct asked asked = { by, &none, id, from_ms / HOUR_MS, to_ms / HOUR_MS };

	return run(store, &asked, each, ctx, err);
}

int view_usage_names(struct store *store, enum usage_by by, const char *id, struct arena *arena,
    const char **out_name, const char **out_team, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_USAGE_NAME, err);
	int result;

	statement_bind(s, ":by", names[by], ":id", id);
	result = statement_step(s, err);
	if (result == 1) {
		const char *name = statement_text(s, 0);

		if (!name)
			name = strcmp(id, "master") == 0 ? "master key" : *id ? id : nameless[by];
		*out_name = arena_copy(arena, name);
		*out_team = arena_copy(arena, statement_text(s, 1));
	}
	return result == 1 ? 0 : -1;
}
